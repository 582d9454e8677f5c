from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger.days import said_day
from ..orders.open_records import open_records


class EcommerceSummary(models.Model):
    """One summary entry: what some orders of a store add to the books of one day, in one currency.

    What arrives for a day that has its summary is another one of that day, which points back to the first.
    """

    _name = "ecommerce.summary"
    _description = "E-commerce Summary"
    _order = "day desc, id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    kind = fields.Selection(
        [
            ("day", "Day"), ("payout", "Payout"), ("month", "Month End"), ("invoice", "Combined invoice"),
            ("correction", "Correction"),
        ],
        required=True, readonly=True,
        help="Day: what happened on it. Payout: what it pays out. Month End: what no payout had by then. Combined "
        "invoice: of several orders of a customer. Correction: what changed mapping rules move within one of these, or "
        "what changed in the store of orders that are in one.",
    )  # fmt: skip
    day = fields.Date(
        required=True, readonly=True,
        help="The day it happened, in the store's time zone; a lock date can make the entry later.",
    )  # fmt: skip
    payout_id = fields.Many2one(
        "ecommerce.payout", readonly=True, ondelete="restrict", index="btree_not_null",
        help="The payout that it sums up; the last day of an earlier month has the part that happened in it.",
    )  # fmt: skip
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    move_id = fields.Many2one(
        "account.move", string="Entry", required=True, readonly=True, ondelete="restrict", index=True
    )
    first_id = fields.Many2one(
        "ecommerce.summary", string="Adds To", readonly=True, ondelete="restrict", index="btree_not_null",
        help="The first of the same day, or of the same customer and period; this one has what came later.",
    )  # fmt: skip
    delta_ids = fields.One2many("ecommerce.summary", "first_id", string="Later Summaries")
    posting_ids = fields.One2many("ecommerce.posting", "summary_id")
    row_ids = fields.One2many("ecommerce.summary.row", "summary_id")
    order_count = fields.Integer(readonly=True, string="Orders")
    entry_name = fields.Char(related="move_id.name", string="Entry Number")
    entry_date = fields.Date(related="move_id.date")
    entry_state = fields.Selection(related="move_id.state", string="Status")
    turnover = fields.Monetary(
        readonly=True, string="Invoiced", help="Invoices less credit notes, with tax, in the currency of the orders."
    )

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict", string="Customer")
    period = fields.Char(readonly=True, help="Of a combined invoice: the day, week or month it is of.")
    date_from = fields.Date(readonly=True, string="First Day")
    date_to = fields.Date(readonly=True, string="Last Day")

    @api.depends("store_id.name", "day", "move_id.name", "period", "partner_id", "payout_id.external_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for summary in self:  # with its entry: what came later for a day is a summary of the same day
            what = (
                f"{summary.period} {summary.partner_id.display_name}"
                if summary.period
                else (said_day(summary.env, summary.day))
            )
            names = (summary.store_id.name, what, summary.payout_id.external_id, summary.move_id.name)
            summary.display_name = " · ".join(filter(None, names))

    @property
    def is_of_days(self):
        """Whether it is a summary of a day or payout, or what corrects one: no combined invoice. False for none."""
        return bool(self) and "invoice" not in (self | self.first_id).mapped("kind")

    def action_view_orders(self):
        """Open the orders it adds up."""
        self.ensure_one()
        return open_records(self.posting_ids.order_id, self.env._("Store Orders"))

    def action_view_rows(self):
        """Open what each order adds to it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.display_name, "res_model": "ecommerce.summary.row",
            "view_mode": "list,pivot", "domain": [("summary_id", "=", self.id)],
            "context": {"search_default_group_account": 1},
        }  # fmt: skip

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A summary is evidence of what its entry adds up; it cannot be deleted."))
