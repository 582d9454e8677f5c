from odoo import api, fields, models


class EcommercePayment(models.Model):
    """Money that moved for an order, in or out: what a payout report is matched with."""

    _name = "ecommerce.payment"
    _description = "E-commerce Payment"
    _order = "moved_on desc, id desc"

    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="restrict", index=True)
    store_id = fields.Many2one(related="order_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    kind = fields.Selection([("payment", "Payment"), ("refund_payment", "Refund")], required=True, readonly=True)
    external_id = fields.Char(required=True, readonly=True)
    transaction_id = fields.Char(readonly=True, index=True, help="The processor's id, which payout reports carry.")
    gateway = fields.Char(readonly=True)
    moved_on = fields.Date(readonly=True, help="The day the money moved, in the store's time zone.")
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    amount = fields.Monetary(readonly=True, help="Positive: received. Negative: given back.")
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", readonly=True, index=True, ondelete="restrict"
    )
    payment_id = fields.Many2one("account.payment", readonly=True, ondelete="restrict")
    clearing_line_id = fields.Many2one(
        "account.move.line", string="Clearing Item", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    receivable_line_id = fields.Many2one(
        "account.move.line", string="Receivable Item", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    is_advance = fields.Boolean(
        readonly=True, help="It came before anything was sold: it was booked on an account of advances."
    )
    is_settled = fields.Boolean(
        related="clearing_line_id.reconciled", help="A payout settled it on the clearing account."
    )
    balance_transaction_ids = fields.One2many("ecommerce.balance.transaction", "payment_id")

    _unique_payment = models.UniqueIndex("(order_id, kind, external_id)", "This payment is already stored.")

    @api.depends("order_id.number", "transaction_id", "external_id")
    def _compute_display_name(self):
        for payment in self:
            payment.display_name = f"{payment.order_id.number} {payment.transaction_id or payment.external_id}"
