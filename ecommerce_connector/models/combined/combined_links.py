from odoo import api, fields, models

from ..orders.open_records import open_records


class EcommerceOrder(models.Model):
    """An order whose invoice is one of several orders."""

    _inherit = "ecommerce.order"

    combined_on = fields.Date(
        readonly=True, index="btree_not_null", string="Combined Invoice On",
        help="The last day of the period whose combined invoice it waits for.",
    )  # fmt: skip
    combined_from = fields.Date(readonly=True, string="First Day of the Period")
    combined_period = fields.Char(
        readonly=True, string="Waits for the Invoice of", help="The day, week or month whose combined invoice it is on."
    )
    combined_invoice_id = fields.Many2one(
        "account.move", compute="_compute_combined_invoice_id",
        help="The invoice that it shares with other orders of the customer.",
    )  # fmt: skip

    @api.depends("posting_ids.summary_id.kind", "posting_ids.move_id")
    def _compute_combined_invoice_id(self):
        for order in self:
            combined = order.posting_ids.filtered(lambda posting: posting.summary_id.kind == "invoice")
            order.combined_invoice_id = combined[:1].move_id

    def _is_summarized(self):
        """Whether it is booked in summaries of days.

        :rtype: bool
        """
        self.ensure_one()
        return any(summary.is_of_days for summary in self.posting_ids.summary_id)

    def action_view_combined_invoice(self):
        """Open the invoice that it shares."""
        self.ensure_one()
        return open_records(self.combined_invoice_id, self.env._("Combined Invoice"))
