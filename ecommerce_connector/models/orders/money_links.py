"""The ways between orders, their money, and Odoo's own entries and payments."""

from odoo import api, fields, models

from .open_records import open_records

VIEWER = "ecommerce_connector.group_viewer"


class EcommerceOrder(models.Model):
    """What of an order is money, and where that is."""

    _inherit = "ecommerce.order"

    payment_count = fields.Integer(compute="_compute_money_counts")
    refund_count = fields.Integer(compute="_compute_money_counts")
    payout_count = fields.Integer(compute="_compute_money_counts")
    unbooked_money = fields.Text(
        compute="_compute_unbooked_money", string="Not Booked",
        help="Payments that the store tells of and that are not booked, and why.",
    )  # fmt: skip

    @api.depends("payment_ids.balance_transaction_ids.payout_id", "refund_ids")
    def _compute_money_counts(self):
        for order in self:
            order.payment_count = len(order.payment_ids)
            order.refund_count = len(order.refund_ids)
            order.payout_count = len(order.payment_ids.payout_ids)

    @api.depends("event_id", "payment_ids", "state")
    def _compute_unbooked_money(self):
        for order in self:
            documents, _broken = order.store_id._stored_documents(order)
            known = set(order.payment_ids.filtered(lambda payment: payment.kind == "payment").mapped("external_id"))
            tenders = documents[order].tenders if order in documents else ()
            told = [order._why_unbooked(tender) for tender in tenders if tender.external_id not in known]
            order.unbooked_money = "\n".join(told)

    def _why_unbooked(self, tender):
        """A sentence on a payment that is not booked."""
        reasons = {
            "authorized": self.env._("it is authorized, not captured: no money moved"),
            "pending": self.env._("it is pending: it is booked when the money moves"),
            "failed": self.env._("it failed: no money moved"),
            "voided": self.env._("it was cancelled: no money moved"),
        }
        why = reasons.get(tender.state.value) or self._why_captured_is_unbooked(tender)
        return self.env._(
            "%(payment)s by %(gateway)s, %(amount)s %(code)s: %(why)s.", payment=tender.external_id,
            gateway=tender.gateway, amount=tender.amount, code=self.currency_id.name, why=why,
        )  # fmt: skip

    def _why_captured_is_unbooked(self, tender):
        if not tender.amount:
            return self.env._("it is of nothing")
        if self.state == "blocked":
            return self.env._("the order is blocked, see above")
        return self.env._("the order is not posted yet")

    def action_view_payments(self):
        """Open its payments, in and out."""
        self.ensure_one()
        return open_records(self.payment_ids, self.env._("Payments of %(order)s", order=self.number))

    def action_view_refunds(self):
        """Open its refunds."""
        self.ensure_one()
        return open_records(self.refund_ids, self.env._("Refunds of %(order)s", order=self.number))

    def action_view_payouts(self):
        """Open the payouts that list its payments."""
        self.ensure_one()
        return open_records(self.payment_ids.payout_ids, self.env._("Payouts of %(order)s", order=self.number))


class EcommerceBalanceTransaction(models.Model):
    """How far the payout of a row has come, for the forms of the money in it."""

    _inherit = "ecommerce.balance.transaction"

    payout_state = fields.Selection(related="payout_id.state", string="Payout's Status")
    bank_line_id = fields.Many2one(related="payout_id.bank_line_id", string="Bank Line")


class AccountMove(models.Model):
    """From an entry to the orders, refunds, payments and payouts that it books."""

    _inherit = "account.move"

    ecommerce_order_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)
    ecommerce_refund_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)
    ecommerce_payment_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)
    ecommerce_payout_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)

    @api.depends("ecommerce_posting_ids")
    def _compute_ecommerce_counts(self):
        for move in self:
            move.ecommerce_order_count = len(move._ecommerce_orders())
            move.ecommerce_payment_count = len(move._ecommerce_payments())
            move.ecommerce_refund_count = len(move._ecommerce_refunds())
            move.ecommerce_payout_count = len(move._ecommerce_payouts())

    def _ecommerce_entries(self):
        """The entries themselves, and those that they reverse or correct."""
        reversed_entries = self.reversed_entry_id.filtered(lambda move: move.move_type == "entry")
        return self | reversed_entries | self.ecommerce_corrected_move_id

    def _ecommerce_orders(self):
        """Orders besides the one that the entry itself names."""
        return self._ecommerce_entries().ecommerce_posting_ids.order_id - self.ecommerce_order_id

    def _ecommerce_payments(self):
        """Payments of orders with an item in the entries."""
        ids = self._ecommerce_entries().ids
        return self.env["ecommerce.payment"].search(
            ["|", ("clearing_line_id.move_id", "in", ids), ("receivable_line_id.move_id", "in", ids)]
        )

    def _ecommerce_refunds(self):
        """Refunds that the entries credit, pay back or compensate."""
        entries = self._ecommerce_entries()
        credited = self.env["ecommerce.refund"].search([("move_id", "in", entries.ids)])
        compensated = entries.ecommerce_posting_ids.filtered(lambda posting: posting.kind == "compensation").order_id
        found = compensated.refund_ids.filtered(lambda refund: refund.booked_posting_ids.move_id & entries)
        return credited | found | self._ecommerce_payments()._refunds()

    def _ecommerce_payouts(self):
        """Payouts that the entries book, and those that contain their payments."""
        entries = self._ecommerce_entries()
        return entries.ecommerce_posting_ids.payout_id | self._ecommerce_payments().payout_ids

    def action_view_ecommerce_orders(self):
        """Open the orders whose money the entry books."""
        return open_records(self._ecommerce_orders(), self.env._("Store Orders"))

    def action_view_ecommerce_refunds(self):
        """Open the refunds it books."""
        return open_records(self._ecommerce_refunds(), self.env._("Refunds"))

    def action_view_ecommerce_payments(self):
        """Open the payments of orders it books."""
        return open_records(self._ecommerce_payments(), self.env._("Payments"))

    def action_view_ecommerce_payouts(self):
        """Open the payouts it books, or that contain its payments."""
        return open_records(self._ecommerce_payouts(), self.env._("Payouts"))


class AccountPayment(models.Model):
    """From Odoo's payment to the order, refund and payout it is of."""

    _inherit = "account.payment"

    ecommerce_payment_ids = fields.One2many("ecommerce.payment", "payment_id", groups=VIEWER, string="Store Payments")
    ecommerce_refund_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)
    ecommerce_payout_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)

    @api.depends("ecommerce_payment_ids")
    def _compute_ecommerce_counts(self):
        for payment in self:
            payment.ecommerce_refund_count = len(payment.ecommerce_payment_ids._refunds())
            payment.ecommerce_payout_count = len(payment.ecommerce_payment_ids.payout_ids)

    def action_view_ecommerce_order(self):
        """Open the order that was paid."""
        return open_records(self.ecommerce_payment_ids.order_id, self.env._("Store Orders"))

    def action_view_ecommerce_payment(self):
        """Open what the store says of it."""
        return open_records(self.ecommerce_payment_ids, self.env._("Payments"))

    def action_view_ecommerce_refunds(self):
        """Open the refund whose money it is."""
        return open_records(self.ecommerce_payment_ids._refunds(), self.env._("Refunds"))

    def action_view_ecommerce_payouts(self):
        """Open the payouts that contain it."""
        return open_records(self.ecommerce_payment_ids.payout_ids, self.env._("Payouts"))
