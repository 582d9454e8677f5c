from decimal import Decimal

from odoo import api, fields, models

from ..ledger.amounts import amount_of, float_of, rate_of
from ..orders.open_records import open_records

VIEWER = "ecommerce_connector.group_viewer"


class EcommercePosting(models.Model):
    """A posting whose entry is that of a summary has its own amounts in rows."""

    _inherit = "ecommerce.posting"

    kind = fields.Selection(selection_add=[("fee", "Fee")], ondelete={"fee": "cascade"})
    summary_id = fields.Many2one("ecommerce.summary", readonly=True, ondelete="restrict", index="btree_not_null")
    row_ids = fields.One2many("ecommerce.summary.row", "posting_id")
    rate = fields.Char(
        readonly=True, help="Of a summary: units of the order's currency for one of the company's it was booked with."
    )
    corrected_id = fields.Many2one(
        "ecommerce.posting", string="Corrects", readonly=True, ondelete="restrict", index="btree_not_null",
        help="Of a correction: the posting that it corrects, where the entry alone does not tell.",
    )  # fmt: skip
    entry_total = fields.Monetary(
        related=None, compute="_compute_entry_total", currency_field="entry_currency_id", string="Total"
    )

    @api.depends("move_id.amount_total", "summary_id")
    def _compute_entry_total(self):
        for posting in self:
            posting.entry_total = float_of(posting._total())

    def _first_corrected(self):
        """Of a correction, what it corrects in the end: of what corrects an amendment, what that amends.

        :rtype: ecommerce.posting
        """
        self.ensure_one()
        found = self
        while found.corrected_id:
            found = found.corrected_id
        return found

    def _exact_rate(self):
        """The exchange rate with which it was booked: units of the order's currency for one of the company's.

        :rtype: Decimal
        """
        self.ensure_one()
        if self.summary_id:
            return Decimal(self.rate) if self.rate else Decimal(1)
        return rate_of(self.move_id.invoice_currency_rate or 1)

    def _turnover(self):
        """What a document in a summary comes to, with tax; credit notes negative.

        :rtype: Decimal
        """
        self.ensure_one()
        customer = self.row_ids.filtered("is_customer")
        return sum((amount_of(row.amount, row.currency_id) for row in customer), Decimal(0))

    def _total(self):
        """What it books of its order alone, with tax.

        :rtype: Decimal
        """
        self.ensure_one()
        currency = self.entry_currency_id
        if not self.summary_id:
            return amount_of(self.move_id.amount_total, currency)
        # Debits are credits, of a posting of a summary, too.
        return sum((amount_of(row.amount, currency) for row in self.row_ids if row.amount > 0), amount_of(0, currency))


class EcommerceOrder(models.Model):
    """An order of a store that books summaries."""

    _inherit = "ecommerce.order"

    summary_on = fields.Date(
        readonly=True, index="btree_not_null", string="Next Summary",
        help="The day whose summary entry will book what is new of it.",
    )  # fmt: skip
    summary_payout_id = fields.Many2one(
        "ecommerce.payout", readonly=True, ondelete="restrict", index="btree_not_null", string="Next Summary's Payout",
        help="The payout whose summary will book what is new of it.",
    )  # fmt: skip
    is_for_payout = fields.Boolean(
        readonly=True, help="It is booked with payouts: with the one that has its money, at the latest at the end of "
        "the month.",
    )  # fmt: skip
    awaited = fields.Json(readonly=True, help="What payouts call the money of it that is not booked yet.")
    summary_row_ids = fields.One2many("ecommerce.summary.row", "order_id", string="Summary Rows")
    summary_ids = fields.Many2many("ecommerce.summary", compute="_compute_summary_ids", string="Summaries")
    summary_count = fields.Integer(compute="_compute_summary_ids")

    @api.depends("posting_ids.summary_id")
    def _compute_summary_ids(self):
        for order in self:
            order.summary_ids = order.posting_ids.summary_id.filtered(lambda summary: summary.kind != "invoice")
            order.summary_count = len(order.summary_ids)

    def action_view_summaries(self):
        """Open the summaries it is in."""
        self.ensure_one()
        return open_records(self.summary_ids, self.env._("Summaries of %(order)s", order=self.number))


class AccountMove(models.Model):
    """From a summary entry to what each order adds to it."""

    _inherit = "account.move"

    ecommerce_summary_ids = fields.One2many("ecommerce.summary", "move_id", groups=VIEWER, string="Summary")
    ecommerce_summary_day = fields.Date(related="ecommerce_summary_ids.day", groups=VIEWER, string="Summary of")
    ecommerce_combined_period = fields.Char(
        related="ecommerce_summary_ids.period", groups=VIEWER, string="Combined Invoice of"
    )
    ecommerce_first_summary_id = fields.Many2one(
        related="ecommerce_summary_ids.first_id.move_id", groups=VIEWER, string="Adds To"
    )

    def action_view_ecommerce_rows(self):
        """Open what each order adds to the entry."""
        self.ensure_one()
        return self.ecommerce_summary_ids[:1].action_view_rows()


class AccountMoveLine(models.Model):
    """From a line of a summary entry to its rows."""

    _inherit = "account.move.line"

    ecommerce_row_ids = fields.One2many("ecommerce.summary.row", "line_id", groups=VIEWER, string="Summary Rows")
    ecommerce_row_count = fields.Integer(compute="_compute_ecommerce_row_count", groups=VIEWER)

    def _compute_ecommerce_row_count(self):
        rows = self.env["ecommerce.summary.row"]._read_group([("line_id", "in", self.ids)], ["line_id"], ["__count"])
        counts = {line.id: count for line, count in rows}
        for line in self:
            line.ecommerce_row_count = counts.get(line.id, 0)

    def action_view_ecommerce_rows(self):
        """Open the rows that add up to it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Rows of %(line)s", line=self.name),
            "res_model": "ecommerce.summary.row", "view_mode": "list,pivot", "domain": [("line_id", "=", self.id)],
        }  # fmt: skip
