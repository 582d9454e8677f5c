import logging
from collections import defaultdict

from odoo import api, fields, models

from ..ledger.quiet import UNTOLD
from .exception_owners import ACTIVITY
from .exception_rule import READING_GROUP

_logger = logging.getLogger(__name__)

#: Exceptions that are told of in one go; what is more follows at once.
AT_ONCE = 2000


class EcommerceException(models.Model):
    """What nobody decided in time is told to a second person, once."""

    _inherit = "ecommerce.exception"

    @api.model
    def _cron_look_after(self):
        """Give owners to what has none since rules were added, and tell second persons of what is overdue."""
        companies = [company for (company,) in self._read_group([("state", "=", "open")], ["company_id"])]
        for number, company in enumerate(companies, start=1):
            ours = self.with_company(company)
            try:
                ours.search(
                    [("company_id", "=", company.id), ("state", "=", "open"), ("user_id", "=", False)]
                )._give_owners()
                ours._escalate(company)
            except Exception:  # a defect met in one company must not keep the others waiting
                _logger.exception("Exceptions of %s cannot be looked after", company.name)
                self.env["ecommerce.store"]._rollback_unless_testing()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - number):
                break

    @api.model
    def _escalate(self, company):
        """Tell the second persons of a company what became overdue for them, one mail each.

        Rows that another worker tells of just now are left to him; what is told is marked in the same transaction.

        :return: what was told
        :rtype: ecommerce.exception
        """
        due = self.sudo().search(  # sudo: whoever may read it is told, see _mail_about
            [
                ("company_id", "=", company.id), ("state", "=", "open"), ("escalated_at", "=", False),
                ("escalate_on", "<=", fields.Date.context_today(self)),
            ], limit=AT_ONCE,
        ).try_lock_for_update(allow_referencing=True)  # fmt: skip
        due.invalidate_recordset(["state", "escalated_at"])
        due = due.filtered(lambda item: item.state == "open" and not item.escalated_at)
        due.with_context(**UNTOLD).write({"escalated_at": fields.Datetime.now()})
        told = defaultdict(self.browse)
        for item in due:
            told[item.escalation_user_id] |= item
        for user, items in told.items():
            items._escalate_to(user, company)
        return due

    def _escalate_to(self, user, company):
        """An activity on each, a note in its log, and one mail about all."""
        obstacle = self.env["ecommerce.exception.rule"]._obstacle(user, company, READING_GROUP)
        if obstacle:
            self._log_each(self.env._("It is overdue, but nobody was told: %(why)s", why=obstacle))
            return
        kind, today = self.env.ref(ACTIVITY), fields.Date.context_today(self)
        words = self.with_context(lang=user.lang or self.env.lang).env
        summary = words._("Overdue: see that it is decided")
        self.env["mail.activity"].sudo().with_context(**UNTOLD).create(  # sudo: for somebody else
            [item._activity_vals(kind, user, today, summary) for item in self if item.user_id != user]
        )
        self._log_each(self.env._("It is overdue: %(user)s was told.", user=user.name))
        self._mail_about(user, "ecommerce_connector.exceptions_escalated_mail")
