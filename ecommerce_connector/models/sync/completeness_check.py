from datetime import timedelta

from odoo import api, fields, models

from ...core.errors import ConnectorError
from ...core.reasons import Reason
from ...core.rounding import ZERO
from ...core.sync.completeness import Listed, compare, number_gaps
from ..ledger.amounts import amount_of, float_of
from ..ledger.days import said_day
from ..ledger.instants import aware

#: Codes of what a check finds.
INCOMPLETE, NUMBER_GAP = "incomplete", "number_gap"
#: Orders that a message names.
NAMED = 20
#: Between two checks.
PACES = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}


class EcommerceBackfillTally(models.Model):
    """What a completeness check counted in one currency."""

    _name = "ecommerce.backfill.tally"
    _description = "Count of a Completeness Check"
    _order = "currency_id"

    backfill_id = fields.Many2one("ecommerce.backfill", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="backfill_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    store_count = fields.Integer(string="In the Store", readonly=True)
    held_count = fields.Integer(string="Here Before", readonly=True)
    store_total = fields.Monetary(string="Total There", readonly=True)
    held_total = fields.Monetary(string="Total Here Before", readonly=True)
    difference = fields.Monetary(compute="_compute_difference", help="What was missing here, or different.")

    @api.depends("store_total", "held_total")
    def _compute_difference(self):
        for tally in self:
            tally.difference = tally.store_total - tally.held_total


class EcommerceBackfill(models.Model):
    """A reading that also counts what the store has against what was held before."""

    _inherit = "ecommerce.backfill"

    kind = fields.Selection(
        [("backfill", "Backfill"), ("check", "Completeness check")], default="backfill", required=True, readonly=True
    )
    tally_ids = fields.One2many(
        "ecommerce.backfill.tally", "backfill_id", string="Store against Orders Here", readonly=True
    )
    missing_count = fields.Integer(string="Were Missing", readonly=True)
    different_count = fields.Integer(string="Were Different", readonly=True)
    findings = fields.Text(readonly=True)

    def _before_storing(self, page):
        """Compare a page with what is held, before it is stored."""
        if self.kind != "check":
            return
        store, listed = self.store_id, []
        read = store._document_reader()
        for record in page.records:
            try:
                document = read(record.payload)
            except ConnectorError:
                continue  # it gets an exception of its own
            listed.append(
                Listed(
                    external_id=record.external_id, number=document.number, currency=document.currency,
                    total=document.total,
                )
            )  # fmt: skip
        ids = [order.external_id for order in listed]
        held = {
            order.external_id: Listed(
                external_id=order.external_id, number=order.number, currency=order.currency_id.name,
                total=amount_of(order.total, order.currency_id),
            )
            for order in self.env["ecommerce.order"].search([("store_id", "=", store.id), ("external_id", "in", ids)])
        }  # fmt: skip
        self._count_in(compare(listed, held))

    def _count_in(self, found):
        """Add what a page showed."""
        check = self.sudo()  # sudo: see action_start
        known = {tally.currency_id.name: tally for tally in check.tally_ids}
        for code, counted in found.tallies.items():
            if code not in known:
                currency = (
                    self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
                )
                known[code] = check.env["ecommerce.backfill.tally"].create(
                    {"backfill_id": self.id, "currency_id": currency.id}
                )
            tally = known[code]
            totals = {
                name: float_of(amount_of(tally[name], tally.currency_id) + getattr(counted, name))
                for name in ("store_total", "held_total")
            }
            counts = {name: tally[name] + getattr(counted, name) for name in ("store_count", "held_count")}
            tally.write(totals | counts)
        named = [self.env._("missing: %s", number) for number in found.missing]
        named += [self.env._("different: %s", number) for number in found.different]
        if named:
            check.write(
                {
                    "missing_count": self.missing_count + len(found.missing),
                    "different_count": self.different_count + len(found.different),
                    "findings": "\n".join(filter(None, [self.findings, *named])),
                }
            )

    def _after_all(self):
        """Tell what a check found; what an earlier one found is closed with it."""
        if self.kind != "check":
            return
        store = self.store_id
        reasons = [*self._reasons_of_orders(), *self._reasons_of_numbers()]
        self.env["ecommerce.exception"]._sync(
            store, {store: [(reason, "0") for reason in reasons]}, company=store.company_id,
            codes=[INCOMPLETE, NUMBER_GAP],
        )  # fmt: skip

    def _days(self):
        last = self.until.date() if not self.date_to else self.date_to
        return self.env._(
            "%(first)s to %(last)s", first=said_day(self.env, self.date_from), last=said_day(self.env, last)
        )

    def _reasons_of_orders(self):
        if not (self.missing_count or self.different_count):
            return []
        lines = (self.findings or "").splitlines()
        more = self.env._(" and %s more", len(lines) - NAMED) if len(lines) > NAMED else ""
        difference = {tally.currency_id: amount_of(tally.difference, tally.currency_id) for tally in self.tally_ids}
        own = difference.get(self.store_id.company_currency_id, ZERO)
        return [
            Reason(
                code=INCOMPLETE, key=str(self.id), amount=own,
                message=self.env._(
                    "Completeness check of %(days)s: of %(count)s orders in the store, %(missing)s were missing here "
                    "and %(different)s were different (%(names)s%(more)s). They have been fetched now.",
                    days=self._days(), count=sum(self.tally_ids.mapped("store_count")), missing=self.missing_count,
                    different=self.different_count, names=", ".join(lines[:NAMED]), more=more,
                ),
                hint=self.env._("Post them, and look in the sync log why they were not read when they changed."),
            )
        ]  # fmt: skip

    def _reasons_of_numbers(self):
        if not self.store_id.consecutive_numbers:
            return []
        begin, end = self._begin().replace(tzinfo=None), self.until
        numbers = self.env["ecommerce.order"].search_fetch(
            [("store_id", "=", self.store_id.id), ("placed_at", ">=", begin), ("placed_at", "<", end)], ["number"]
        )  # fmt: skip
        gaps = number_gaps(numbers.mapped("number"))
        if not gaps:
            return []
        more = self.env._(" and %s more", len(gaps) - NAMED) if len(gaps) > NAMED else ""
        return [
            Reason(
                code=NUMBER_GAP, key="numbers",
                message=self.env._(
                    "Orders placed %(days)s: these numbers are in no order here: %(names)s%(more)s.", days=self._days(),
                    names=", ".join(gaps[:NAMED]), more=more,
                ),
                hint=self.env._(
                    "Look for them in the store: an order that was deleted there, or that the key may not read, is not "
                    "here."
                ),
            )
        ]  # fmt: skip


class EcommerceStore(models.Model):
    """When a store is checked for completeness."""

    _inherit = "ecommerce.store"

    check_pace = fields.Selection(
        [("never", "Never"), ("daily", "Daily"), ("weekly", "Weekly")], string="Check Completeness", default="weekly",
        required=True, tracking=True,
        help="Counts and sums what the store has against the orders here, and fetches what is missing. Needs "
        "'Fetch Automatically'.",
    )  # fmt: skip
    check_days = fields.Integer(string="Days Checked", default=7, tracking=True, help="Up to now.")
    consecutive_numbers = fields.Boolean(
        tracking=True, help="The store leaves out no order number: a gap becomes an exception."
    )
    last_check_id = fields.Many2one("ecommerce.backfill", compute="_compute_last_check")

    _check_days_bounds = models.Constraint("CHECK (check_days BETWEEN 1 AND 366)", "1 to 366 days are checked.")

    def _compute_last_check(self):
        for store in self:
            store.last_check_id = store._last_check()

    def _last_check(self):
        return self.env["ecommerce.backfill"].search(
            [("store_id", "=", self.id), ("kind", "=", "check")], order="id desc", limit=1
        )

    def action_check_completeness(self):
        """Begin a check of the last days in the background, and show it."""
        self.ensure_one()
        check = self._begin_check()
        return {"type": "ir.actions.act_window", "res_model": check._name, "res_id": check.id, "view_mode": "form"}

    def _begin_check(self):
        today = aware(fields.Datetime.now()).astimezone(self._policy_zone()).date()
        first = today - timedelta(days=self.check_days)
        check = self.env["ecommerce.backfill"].create(
            {"store_id": self.id, "kind": "check", "date_from": first, "post": self.auto_post}
        )
        check.action_start()
        return check

    @api.model
    def _cron_check(self):
        """Begin the checks that are due."""
        stores = self.search([*self._domain_to_sync(), ("check_pace", "!=", "never")])
        for store in stores:
            last = store._last_check()
            over = not last or last.state in ("done", "cancelled")
            # An hour less: the scheduled action is not always on time.
            due = not last or last.started_at <= fields.Datetime.now() - PACES[store.check_pace] + timedelta(hours=1)
            if over and due:
                store._begin_check()
