from odoo import api, fields, models

from ..ledger.instants import utc
from .open_records import open_records


class EcommercePayment(models.Model):
    """Money that moved for an order, in or out: what a payout report is matched with."""

    _name = "ecommerce.payment"
    _description = "E-commerce Payment"
    _inherit = ["ecommerce.money.mixin"]
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
    other_currency_id = fields.Many2one(related="order_id.other_currency_id")
    other_amount = fields.Monetary(
        readonly=True, currency_field="other_currency_id", string="Also Stated As",
        help="The same money in the other currency of the order; a payout report may state either.",
    )  # fmt: skip
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", readonly=True, index=True, ondelete="restrict"
    )
    payment_id = fields.Many2one("account.payment", readonly=True, ondelete="restrict", index="btree_not_null")
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
    stated_state = fields.Selection(
        [
            ("authorized", "Authorized"), ("pending", "Pending"), ("done", "Money moved"), ("failed", "Failed"),
            ("voided", "Cancelled"), ("gone", "Gone from the store"), ("unread", "The order cannot be read"),
        ],
        compute="_compute_stated", string="Store's Status", help="What the store says of it now.",
    )  # fmt: skip
    stated_amount = fields.Monetary(compute="_compute_stated", string="Store's Amount")
    stated_at = fields.Datetime(compute="_compute_stated", string="Store's Time", help="When the money moved (UTC).")

    _unique_payment = models.UniqueIndex("(order_id, kind, external_id)", "This payment is already stored.")

    @api.depends("order_id.number", "transaction_id", "external_id")
    def _compute_display_name(self):
        for payment in self:
            payment.display_name = f"{payment.order_id.number} {payment.transaction_id or payment.external_id}"

    @api.depends("order_id.event_id")
    def _compute_stated(self):
        said = {}
        for store in self.store_id:
            documents, _broken = store._stored_documents(self.order_id.filtered(lambda o, s=store: o.store_id == s))
            said |= {order.id: document for order, document in documents.items()}
        for record in self:
            document = said.get(record.order_id.id)
            money = record._of_document(document) if document else None
            record.stated_state = money.state.value if money else "gone" if document else "unread"
            record.stated_amount = money.amount if money else False
            record.stated_at = utc(money.at) if money else False

    def _of_document(self, document):
        """What the store's document says of it; None if nothing."""
        items = document.tenders if self.kind == "payment" else document.refunds
        return next((item for item in items if item.external_id == self.external_id), None)

    def _payments(self):
        return self

    def _refunds(self):
        """The refunds whose money these are."""
        given_back = self.filtered(lambda payment: payment.kind == "refund_payment")
        keys = {(payment.order_id.id, payment.external_id) for payment in given_back}
        return given_back.order_id.refund_ids.filtered(lambda refund: (refund.order_id.id, refund.external_id) in keys)

    def action_view_refund(self):
        """Open the refund whose money it is."""
        self.ensure_one()
        return open_records(self._refunds(), self.env._("Refunds of %(money)s", money=self.display_name))
