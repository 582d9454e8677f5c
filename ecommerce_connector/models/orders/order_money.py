from odoo import api, fields, models

from ...core.plans import EntryKind
from .money_standing import payment_standing, refund_standing
from .open_records import open_records
from .posting_keys import is_of, posting_key

#: Kinds of postings that are of a payment or of a refund, by model.
KINDS = {
    "ecommerce.payment": (EntryKind.PAYMENT, EntryKind.REFUND_PAYMENT, EntryKind.DOWN_PAYMENT, EntryKind.ADVANCE_USED),
    "ecommerce.refund": (EntryKind.CREDIT_NOTE, EntryKind.REFUND_PAYMENT, EntryKind.COMPENSATION),
}
#: Postings of money: of their entries only the payment's own items count, since a batch entry holds many payments.
MONEY = ("payment", "refund_payment")


class EcommerceMoneyMixin(models.AbstractModel):
    """Money of an order, in or out: what was booked for it and why, and where it is by now."""

    _name = "ecommerce.money.mixin"
    _description = "Money of a Store Order"

    standing = fields.Text(compute="_compute_standing", string="Where It Is")
    booked_posting_ids = fields.Many2many("ecommerce.posting", compute="_compute_booked", string="Postings")
    booked_item_ids = fields.Many2many("account.move.line", compute="_compute_booked", string="Journal Items")
    move_count = fields.Integer(compute="_compute_booked")
    invoice_id = fields.Many2one("account.move", compute="_compute_booked")
    row_ids = fields.Many2many("ecommerce.balance.transaction", compute="_compute_paid_out", string="In Payouts")
    payout_ids = fields.Many2many("ecommerce.payout", compute="_compute_paid_out", string="Payouts")
    payout_count = fields.Integer(compute="_compute_paid_out")
    dispute_ids = fields.Many2many("ecommerce.dispute", compute="_compute_disputes", string="Disputes")
    dispute_count = fields.Integer(compute="_compute_disputes")
    exception_ids = fields.Many2many("ecommerce.exception", compute="_compute_exceptions", string="Exceptions")

    def _payments(self):
        """The money that moved for it, as it is booked.

        :rtype: ecommerce.payment
        """
        raise NotImplementedError

    # === The ledger's side === #

    @api.depends("order_id.posting_ids.move_id", "order_id.payment_ids")
    def _compute_booked(self):
        kinds = {kind.value for kind in KINDS[self._name]}
        for record in self:
            order = record.order_id
            key = posting_key(order.external_id, (EntryKind.PAYMENT, record.external_id or ""))
            postings = order.posting_ids.filtered(
                lambda posting, key=key: is_of(posting.external_id, key) and posting.kind in kinds
            )
            if self._name == "ecommerce.payment":  # a refund may have the id of a payment
                other = "refund_payment" if record.kind == "payment" else "payment"
                postings = postings.filtered(lambda posting, other=other: posting.kind != other)
            record.booked_posting_ids = postings
            record.booked_item_ids = record._items(postings)
            record.move_count = len(record._moves())
            invoices = order.posting_ids.filtered(lambda posting: posting.kind == "invoice").move_id
            record.invoice_id = record._credited_invoice() or invoices[:1]

    def _credited_invoice(self):
        return self.env["account.move"]

    def _items(self, postings):
        """Journal items of its entries and of what corrects or reverses them; without headings and notes."""
        others = postings.filtered(lambda posting: posting.kind not in MONEY)
        documents = others.filtered(lambda posting: not posting.summary_id).move_id
        documents |= documents.ecommerce_correction_ids
        documents |= documents.reversal_move_ids
        items = self._payments().clearing_line_id | self._payments().receivable_line_id
        items |= others.row_ids.line_id  # of a summary, what it is part of
        items |= self._payments().payment_id.move_id.reversal_move_ids.line_ids
        items |= documents.line_ids.filtered(lambda item: item.display_type in ("product", "tax", "payment_term"))
        return items.sorted(lambda item: (item.date, item.move_id.id, item.id))

    def _moves(self):
        return self.booked_item_ids.move_id

    # === The processor's side === #

    @api.depends("order_id.payment_ids.balance_transaction_ids.payout_id.state")
    def _compute_paid_out(self):
        for record in self:
            record.row_ids = record._payments().balance_transaction_ids.filtered("payout_id.active")
            record.payout_ids = record.row_ids.payout_id
            record.payout_count = len(record.payout_ids)

    @api.depends("order_id.dispute_ids")
    def _compute_disputes(self):
        for record in self:
            record.dispute_ids = record._disputes()
            record.dispute_count = len(record.dispute_ids)

    def _disputes(self):
        return self.order_id.dispute_ids.filtered(lambda dispute: dispute.payment_id in self)

    @api.depends("order_id.exception_line_ids", "payout_ids")
    def _compute_exceptions(self):
        for record in self:
            found = record.order_id.exception_ids | record.payout_ids.exception_ids
            record.exception_ids = found.filtered(lambda item: item.state == "open")

    @api.depends("booked_posting_ids", "payout_ids")
    def _compute_standing(self):
        tell = payment_standing if self._name == "ecommerce.payment" else refund_standing
        for record in self:
            record.standing = tell(record)

    # === Buttons === #

    def action_view_order(self):
        """Open the order."""
        self.ensure_one()
        return open_records(self.order_id, self.env._("Order"))

    def action_view_moves(self):
        """Open its entries."""
        self.ensure_one()
        return open_records(
            self._moves(), self.env._("Entries of %(money)s", money=self.display_name),
            context={"list_view_ref": "account.view_move_tree"},
        )  # fmt: skip

    def action_view_payouts(self):
        """Open the payouts that list it."""
        self.ensure_one()
        return open_records(self.payout_ids, self.env._("Payouts of %(money)s", money=self.display_name))

    def action_view_disputes(self):
        """Open the disputes of the payment."""
        self.ensure_one()
        return open_records(self.dispute_ids, self.env._("Disputes of %(money)s", money=self.display_name))
