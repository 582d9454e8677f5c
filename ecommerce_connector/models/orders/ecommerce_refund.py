from odoo import fields, models


class EcommerceRefund(models.Model):
    """Money given back for an order, as the store states it."""

    _name = "ecommerce.refund"
    _description = "E-commerce Refund"
    _order = "refunded_at desc, id desc"
    _rec_name = "external_id"

    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="restrict", index=True)
    store_id = fields.Many2one(related="order_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("pending", "Pending"), ("done", "Money moved"), ("failed", "Failed"), ("voided", "Cancelled"),
         ("authorized", "Requested")],
        required=True, readonly=True,
    )  # fmt: skip
    refunded_at = fields.Datetime(readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    amount = fields.Monetary(readonly=True)
    already_reduced = fields.Monetary(
        readonly=True, help="Part of the amount for value the store already took out of the order; not credited again."
    )
    reason = fields.Char(readonly=True)
    move_id = fields.Many2one("account.move", string="Credit Note", readonly=True, ondelete="restrict")

    _unique_refund = models.UniqueIndex("(order_id, external_id)", "This refund is already stored.")
