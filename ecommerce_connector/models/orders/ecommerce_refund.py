from odoo import api, fields, models

from .open_records import open_records


class EcommerceRefund(models.Model):
    """Money given back for an order, as the store states it."""

    _name = "ecommerce.refund"
    _description = "E-commerce Refund"
    _inherit = ["ecommerce.money.mixin"]
    _order = "refunded_at desc, id desc"
    _rec_name = "external_id"

    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="restrict", index=True)
    store_id = fields.Many2one(related="order_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("pending", "Pending"), ("done", "Money moved"), ("failed", "Failed"), ("voided", "Cancelled"),
         ("authorized", "Requested")],
        string="Status", required=True, readonly=True,
    )  # fmt: skip
    refunded_at = fields.Datetime(readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    amount = fields.Monetary(readonly=True)
    already_reduced = fields.Monetary(
        readonly=True, help="Part of the amount for value the store already took out of the order; not credited again."
    )
    reason = fields.Char(readonly=True)
    gateway = fields.Char(readonly=True, help="Where the money comes from, as the store names it.")
    transaction_id = fields.Char(readonly=True, help="The processor's id, which payout reports carry.")
    move_id = fields.Many2one(
        "account.move", string="Credit Note", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    payment_id = fields.Many2one("ecommerce.payment", compute="_compute_payment_id")

    _unique_refund = models.UniqueIndex("(order_id, external_id)", "This refund is already stored.")

    @api.depends("order_id.number", "external_id")
    def _compute_display_name(self):
        for refund in self:
            refund.display_name = f"{refund.order_id.number} {refund.external_id}"

    @api.depends("order_id.payment_ids")
    def _compute_payment_id(self):
        for refund in self:
            refund.payment_id = refund._payments()[:1]

    def _payments(self):
        keys = {(refund.order_id.id, refund.external_id) for refund in self}
        return self.order_id.payment_ids.filtered(
            lambda payment: payment.kind == "refund_payment" and (payment.order_id.id, payment.external_id) in keys
        )

    def _credited_invoice(self):
        return self.move_id.reversed_entry_id

    def _disputes(self):
        return self.order_id.dispute_ids

    def action_view_payment(self):
        """Open the payment that gave the money back."""
        self.ensure_one()
        return open_records(self.payment_id, self.env._("Payments of %(money)s", money=self.display_name))
