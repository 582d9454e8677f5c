from odoo import api, fields, models
from odoo.tools import formatLang

from ..models.ledger.amounts import float_of
from ..models.ledger.days import said_day
from ..models.period_end.in_transit import InTransit

COLUMNS = (
    "date",
    "account",
    "processor account",
    "payout",
    "sent on",
    "age",
    "currency",
    "amount",
    "entry",
    "at the bank",
)


class EcommerceTransitList(models.TransientModel):
    """Payouts on their way to the bank at the end of a day: the evidence for the balance of their account."""

    _name = "ecommerce.transit.list"
    _inherit = "ecommerce.list.as.of"
    _description = "Payouts in Transit"
    _transient_max_hours = 24  # somebody may look into its rows for a day

    line_ids = fields.One2many("ecommerce.transit.line", "list_id", readonly=True)
    totals_text = fields.Text(string="Ledger", readonly=True)

    @api.depends("day")
    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._("Payouts in Transit on %(day)s", day=said_day(one.env, one.day))

    def _fill(self):
        transit = InTransit(self._company(), self.day)
        users = transit.accounts()
        self.line_ids.unlink()
        self.line_ids = [(0, 0, self._vals(found, users)) for found in transit.open_items()]
        self.totals_text = "\n".join(self._totals(transit))

    def _vals(self, found, users):
        owner = found.payout.processor_account_id or users[found.item.account_id][:1]
        return {
            "processor_account_id": owner.id, "payout_id": found.payout.id, "item_id": found.item.id,
            "amount": float_of(found.amount), "sent_on": found.since, "age": found.age(self.day),
            "settled_on": found.settled_on,
        }  # fmt: skip

    def _totals(self, transit):
        """The ledger's own balance, which the rows add up to."""
        for (account, currency), balance in transit.balances().items():
            if balance:
                yield self.env._(
                    "%(account)s: %(balance)s in the ledger", account=account.display_name,
                    balance=formatLang(self.env, float_of(balance), currency_obj=currency),
                )  # fmt: skip

    def action_compute(self):
        """Show the list as it is now."""
        self.ensure_one()
        self._fill()
        return True

    def action_view_lines(self):
        """The rows as a list of their own, which can be filtered and exported."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.transit.line", "view_mode": "list",
            "name": self.display_name, "domain": [("list_id", "=", self.id)],
        }  # fmt: skip

    def action_export_csv(self):
        """Download the list."""
        return self._export(f"payouts in transit {self.company_id.name} {self.day}", COLUMNS, self.line_ids)


class EcommerceTransitLine(models.TransientModel):
    """One journal item that was open."""

    _name = "ecommerce.transit.line"
    _description = "Payout in Transit"
    _order = "sent_on, id"
    _transient_max_hours = 24  # as long as the list it belongs to

    list_id = fields.Many2one("ecommerce.transit.list", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="list_id.company_id", store=True)
    processor_account_id = fields.Many2one("ecommerce.processor.account", readonly=True)
    payout_id = fields.Many2one("ecommerce.payout", readonly=True, help="Empty: an entry that somebody made by hand.")
    item_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one(related="item_id.move_id", string="Journal Entry")
    account_id = fields.Many2one(related="item_id.account_id")
    currency_id = fields.Many2one(related="item_id.currency_id")
    amount = fields.Monetary(readonly=True, help="Open at the end of the day; negative: on its way to the processor.")
    sent_on = fields.Date(readonly=True, help="By the processor; of an entry without a payout, its date.")
    age = fields.Integer(string="Days", readonly=True, aggregator=None, help="On its way at the end of the day.")
    settled_on = fields.Date(string="At the Bank", readonly=True, help="When it was settled after all; empty: not yet.")

    def _row(self):
        """Its cells in the export, amounts with a decimal point."""
        return [
            self.list_id.day.isoformat(), self.account_id.code or "", self.processor_account_id.name or "",
            self.payout_id.external_id or "", self.sent_on.isoformat(), self.age, self.currency_id.name,
            f"{self.amount:.{self.currency_id.decimal_places}f}", self.move_id.name or "",
            self.settled_on.isoformat() if self.settled_on else "",
        ]  # fmt: skip
