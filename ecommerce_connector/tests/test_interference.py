from odoo.tests import tagged

from ..models.document_executor import DocumentExecutor
from ..models.store_proof import StoreProof
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestInterference(PayoutCommon):
    """Accountants take posted entries back on Odoo's own screens: nothing is booked on top of that, and it shows."""

    LATER = "2026-03-13T11:00:00Z"

    def partly_refunded(self, number="P1"):
        """The order again, with 12.00 of its 120.00 given back."""
        back = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        return self.paid_order(number, refunds=[back], updated_at=self.LATER)

    def proof(self):
        return StoreProof(self.store).report()

    def laws(self, law=3):
        """Broken laws of a number: (name, subject)."""
        return [(row["name"], row["subject"]) for row in self.proof()["laws"] if row["law"] == law]

    def assert_waits(self, order, code, *words):
        """The order is blocked with this one reason, and nothing of its refund is booked."""
        self.assertEqual(order.state, "blocked")
        (item,) = order.exception_ids.filtered(lambda item: item.state == "open")
        self.assertEqual((item.code, item.severity), (code, "1"))
        for word in words:
            self.assertIn(word, f"{item.message} {item.hint}")
        self.assertIn(item.message, order.explanation)
        self.assertFalse(self.moves_of(order, "credit_note"))
        self.assertFalse(self.moves_of(order, "refund_payment"))
        return item

    # === Drafts === #

    def test_refund_of_an_invoice_that_is_a_draft(self):
        (order,) = self.accept(self.paid_order())
        invoice = self.moves_of(order, "invoice")
        invoice.button_draft()
        self.accept(self.partly_refunded())
        item = self.assert_waits(
            order, "entry_not_posted", f"Order P1: its invoice {invoice.name} is a draft in Odoo.", "Post it again",
        )  # fmt: skip
        self.assertEqual((item.amount, item.key), (120.0, "invoice:id-P1"))
        self.assertEqual((self.run_log.posted, self.run_log.blocked), (0, 1))

        invoice.action_post()
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(item.state, "resolved")
        self.assertEqual(self.moves_of(order, "credit_note").amount_total, 12.0)

    def test_refund_of_an_invoice_that_is_cancelled(self):
        (order,) = self.accept(self.paid_order())
        invoice = self.moves_of(order, "invoice")
        invoice.button_draft()
        invoice.button_cancel()
        self.accept(self.partly_refunded())
        self.assert_waits(order, "entry_not_posted", f"{invoice.name} is cancelled in Odoo", "Reset it to draft")

    def test_refund_after_a_payment_became_a_draft(self):
        for mode in ("odoo", "batch"):
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                number = f"P-{mode}"
                (order,) = self.accept(self.paid_order(number))
                entry = order.payment_ids.clearing_line_id.move_id
                (order.payment_ids.payment_id.action_draft if mode == "odoo" else entry.button_draft)()
                self.accept(self.partly_refunded(number))
                self.assert_waits(order, "entry_not_posted", f"its payment {entry.name} is a draft in Odoo")

    def test_a_blocked_plan_names_the_draft_too(self):
        (order,) = self.accept(self.paid_order())
        self.moves_of(order, "invoice").button_draft()
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("pattern", "=", "*")]).unlink()
        more = self.partly_refunded()
        more["refunds"][0]["gateway"] = "nobody knows"
        self.accept(more)
        codes = set(order.exception_ids.filtered(lambda item: item.state == "open").mapped("code"))
        self.assertEqual(codes, {"entry_not_posted", "mapping_missing"})

    def test_open_items_of_drafts_are_no_open_items(self):
        (order,) = self.accept(self.paid_order())
        invoice, payment = self.moves_of(order, "invoice"), order.payment_ids
        self.assertEqual(len(DocumentExecutor._receivable_lines(order)), 2)
        invoice.button_draft()
        self.assertEqual(DocumentExecutor._receivable_lines(order), payment.receivable_line_id)

    def test_proof_names_each_entry_that_is_not_posted(self):
        orders = self.accept(self.paid_order("P1"), self.paid_order("P2"), self.paid_order("P3"))
        self.assertEqual((self.laws(), self.proof()["holds"]), ([], True))
        draft, cancelled = (self.moves_of(order, "invoice") for order in orders[:2])
        payment = orders[2].payment_ids.payment_id
        (draft | cancelled).button_draft()
        cancelled.button_cancel()
        payment.action_draft()
        self.assertEqual(
            sorted(self.laws()),
            [("entry is a draft", f"P1: {draft.name}"), ("entry is a draft", f"P3: {payment.move_id.name}"),
             ("entry is cancelled", f"P2: {cancelled.name}")],
        )  # fmt: skip
        self.assertFalse(self.proof()["holds"])

    def test_proof_counts_no_money_of_a_draft_payment(self):
        (order,) = self.accept(self.paid_order())
        order.payment_ids.payment_id.action_draft()
        (row,) = [row for row in self.proof()["laws"] if row["law"] == 5]
        self.assertEqual((row["store"], row["ledger"], row["difference"]), ("0.00", "120.00", "120.00"))
