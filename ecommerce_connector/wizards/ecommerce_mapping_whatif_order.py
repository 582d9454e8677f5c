from odoo import fields, models


class EcommerceMappingWhatifOrder(models.TransientModel):
    """What one order adds to a figure of a what-if; the differences of all of them come to the figure's."""

    _name = "ecommerce.mapping.whatif.order"
    _description = "Order behind a What-If Figure"
    _order = "id"
    _rec_name = "name"
    _transient_max_hours = 24  # as long as the what-if it belongs to

    line_id = fields.Many2one(
        "ecommerce.mapping.whatif.line", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    order_id = fields.Many2one(
        "ecommerce.order", readonly=True, ondelete="cascade", help="Empty: a sum of several orders."
    )
    name = fields.Char(readonly=True, required=True, string="Order")
    placed_at = fields.Datetime(related="order_id.placed_at", string="Placed")
    customer_name = fields.Char(related="order_id.customer_name")
    order_total = fields.Monetary(related="order_id.total", string="Order Total", aggregator=None)
    currency_id = fields.Many2one(related="line_id.currency_id")
    amount_now = fields.Monetary(readonly=True, string="Now", aggregator="sum", help="By the rules in force.")
    amount_then = fields.Monetary(readonly=True, string="Then", aggregator="sum", help="By the drafts.")
    difference = fields.Monetary(readonly=True, aggregator="sum")
    moved = fields.Monetary(
        readonly=True, string="Booked Elsewhere", aggregator="sum",
        help="How much of it goes to another account, tax, product or analytic account, even if the sum stays.",
    )  # fmt: skip

    def action_open_order(self):
        """The order itself; nothing for a sum of several."""
        self.ensure_one()
        return self.order_id and {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "res_id": self.order_id.id,
            "view_mode": "form", "name": self.name,
        }  # fmt: skip
