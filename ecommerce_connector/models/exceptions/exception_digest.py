import logging
from collections import Counter, defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models

from .exception_rule import READING_GROUP

_logger = logging.getLogger(__name__)

#: From which hour of the day on, in the zone of who gets it.
HOUR = 6
#: The largest ones that a digest names.
LARGEST = 5


class ResUsers(models.Model):
    """How often somebody hears of open exceptions."""

    _inherit = "res.users"

    ecommerce_digest = fields.Selection(
        [("daily", "Each day"), ("weekly", "On Mondays"), ("never", "Never")],
        string="Mail about Store Exceptions", default="daily", required=True,
        help="What is new, overdue and large among the exceptions of your stores. Without anything new or overdue "
        "there is no mail.",
    )  # fmt: skip
    ecommerce_digest_at = fields.Datetime(readonly=True, copy=False, help="Until when the last mail told of new ones.")

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "ecommerce_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "ecommerce_digest"]

    def _wants_digest(self, now):
        """Whether it is time: once on a local day, from the morning on."""
        self.ensure_one()
        zone = pytz.timezone(self.tz or "UTC")
        local = pytz.utc.localize(now).astimezone(zone)
        if local.hour < HOUR or (self.ecommerce_digest == "weekly" and local.weekday() != 0):
            return False
        last = self.ecommerce_digest_at
        return not last or pytz.utc.localize(last).astimezone(zone).date() < local.date()


class EcommerceException(models.Model):
    """A mail that says what is to be decided."""

    _inherit = "ecommerce.exception"

    @api.model
    def _cron_digest(self):
        """Send the digests that are due now."""
        readers = self.env.ref(READING_GROUP).all_user_ids.filtered(
            lambda user: user.active and not user.share and user.ecommerce_digest != "never"
        )
        now = fields.Datetime.now()
        due = readers.filtered(lambda user: user.email and user._wants_digest(now))
        for number, user in enumerate(due, start=1):
            try:
                self._send_digest(user, now)
            except Exception:  # a defect met for one person must not keep the others waiting
                _logger.exception("No digest for %s", user.login)
                self.env["ecommerce.store"]._rollback_unless_testing()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(due) - number):
                break

    @api.model
    def _send_digest(self, user, now):
        """Queue the digest of one person; nothing if another worker does so just now, or nothing is to be told.

        :param datetime now: until when exceptions are new; the next digest goes on there
        :return: the mail, empty if there is none
        :rtype: mail.mail
        """
        user = user.sudo().try_lock_for_update(allow_referencing=True)  # sudo: the mark of a colleague
        user.invalidate_recordset(["ecommerce_digest_at"])
        if not user or not user._wants_digest(now):
            return self.env["mail.mail"]
        period = timedelta(days=7 if user.ecommerce_digest == "weekly" else 1)
        since, user.ecommerce_digest_at = user.ecommerce_digest_at or now - period, now
        # sudo: whose rights are looked at is decided by _as_read_by
        items = self.sudo().search([("state", "=", "open"), ("company_id", "in", user.company_ids.ids)])
        items = items._as_read_by(user)
        digest = items._digest(since)
        if not digest["new"] and not digest["overdue"]:
            return self.env["mail.mail"]
        return items._queue_mail(user, "ecommerce_connector.exceptions_digest_mail", digest)

    def _digest(self, since):
        """What a digest shows of open exceptions: each section with the largest first, the reader's own before.

        :param datetime since: what was found later is new
        """
        mine = self.env.user

        def by_amount(item):
            return (item.user_id != mine, -item.amount_company, item.id)

        overdue = self.filtered("is_overdue").sorted(
            lambda item: (item.user_id != mine, item.date_due, -item.amount_company)
        )
        new = self.filtered(lambda item: item.opened_at and item.opened_at > since).sorted(by_amount)
        rest = (self - overdue - new).filtered("amount_company")
        return {
            "new": new, "overdue": overdue, "open": self,
            "largest": rest.sorted(lambda item: (-item.amount_company, item.id))[:LARGEST],
            "stores": self._by_store(), "totals": self._totals(),
            "mine": self.filtered(lambda item: item.user_id == mine),
            "nobodys": self.filtered(lambda item: not item.user_id),
        }  # fmt: skip

    def _by_store(self):
        """A row per store, and one per processor account for what belongs to no store; the largest first."""
        groups = defaultdict(self.browse)
        for item in self:
            groups[item.store_id or item.processor_account_id or item.company_id] |= item
        rows = [
            {
                "name": place.display_name, "company": items.company_id[:1], "open": len(items),
                "overdue": len(items.filtered("is_overdue")), "amount": sum(items.mapped("amount_company")),
            }
            for place, items in groups.items()
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (-row["amount"], row["name"]))

    def _totals(self):
        """(currency, sum) of what waits, per currency of a company."""
        sums = Counter()
        for item in self:
            sums[item.company_currency_id] += item.amount_company
        return [(currency, amount) for currency, amount in sums.items() if amount]
