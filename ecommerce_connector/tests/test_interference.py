from odoo.tests import tagged

from ..models.ledger.document_executor import DocumentExecutor
from ..models.proof.store_proof import StoreProof
from .common import D
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
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("pattern", "=", "*")]))
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

    # === Reconciliation === #

    def test_payment_that_is_not_reconciled_any_more(self):
        (order,) = self.accept(self.paid_order())
        invoice = self.moves_of(order, "invoice")
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        (row,) = self.proof()["laws"]
        self.assertEqual((row["law"], row["name"], row["subject"]), (5, "open, and not reconciled", "P1"))
        self.assertEqual((D(row["store"]), D(row["ledger"]), D(row["difference"])), (0, 120, 120))
        # What comes next of the order brings it in order again.
        self.accept(self.partly_refunded())
        self.assertEqual((order.state, invoice.payment_state), ("posted", "paid"))
        self.assertTrue(self.proof()["holds"], self.proof()["laws"])

    # === Reversals === #

    def reverse(self, entry, *, is_modify=False, post=True):
        """Reverse an entry as a person does, with Odoo's own wizard."""
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=entry.ids)
        wizard.create({"journal_id": entry.journal_id.id, "date": "2026-03-12"}).reverse_moves(is_modify=is_modify)
        reversal = entry.reversal_move_ids.sorted("id")[-1]
        if post and reversal.state == "draft":
            reversal.action_post()
        return reversal

    def refunded(self, number="P1"):
        """The order again, with all of it given back."""
        back = self.refund("r1", "120.00", lines=[self.line("TSH", "100.00", "20.00")])
        return self.paid_order(number, refunds=[back], updated_at=self.LATER)

    def figures(self, subject, kind="totals"):
        (row,) = [row for row in self.proof()[kind] if row["subject"] == subject]
        return tuple(D(row[name]) for name in ("store", "ledger", "not_booked", "difference"))

    def test_store_refunds_what_was_reversed_in_odoo(self):
        (order,) = self.accept(self.paid_order())
        invoice = self.moves_of(order, "invoice")
        reversal = self.reverse(invoice)
        self.accept(self.refunded())
        item = self.assert_waits(
            order, "reversed_in_odoo", f"its invoice {invoice.name} was reversed in Odoo by {reversal.name}",
            f"take {reversal.name} back",
        )  # fmt: skip
        self.assertEqual(item.amount, 120.0)
        self.assertEqual(self.balance("Store sales"), D("0.00"), "credited once, by the accountant")
        self.assertFalse(self.proof()["holds"])

        reversal.button_draft()
        reversal.button_cancel()
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "credit_note").amount_total, 120.0)
        self.assertEqual(self.balance("Store sales"), D("0.00"))
        self.assertTrue(self.proof()["holds"], self.proof()["laws"])

    def test_proof_counts_a_reversal_that_no_posting_knows(self):
        (order,) = self.accept(self.paid_order())
        invoice = self.moves_of(order, "invoice")
        reversal = self.reverse(invoice, post=False)
        self.assertTrue(self.proof()["holds"], "a draft takes nothing back")
        reversal.action_post()
        self.assertFalse(self.proof()["holds"])
        self.assertEqual(self.figures("sales"), (120, 120, 0, 0))
        self.assertEqual(self.figures("refunds"), (0, 120, 0, 120))
        self.assertEqual(self.figures("20 %", "taxes"), (20, 0, 0, -20))
        self.assertEqual(self.laws(), [(f"entry is reversed by {reversal.name}", f"P1: {invoice.name}")])
        self.assertEqual(self.laws(4), [("worth of the order", "P1")])
        self.assertEqual(self.laws(5), [("outstanding", "P1")])

    def test_reversal_that_was_reversed_takes_nothing_back(self):
        (order,) = self.accept(self.paid_order())
        reversal = self.reverse(self.moves_of(order, "invoice"))
        again = self.reverse(reversal)
        self.assertEqual((again.move_type, again.state), ("out_invoice", "posted"))
        self.assertEqual((self.laws(), self.proof()["holds"]), ([], True))
        self.accept(self.partly_refunded())
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertTrue(self.proof()["holds"], self.proof()["laws"])

    def test_reversal_of_a_part(self):
        (order,) = self.accept(self.paid_order())
        reversal = self.reverse(self.moves_of(order, "invoice"), post=False)
        reversal.invoice_line_ids.price_unit = 10.0
        reversal.action_post()
        self.assertEqual(reversal.amount_total, 12.0)
        self.assertEqual(self.figures("refunds"), (0, 12, 0, 12))
        self.assertEqual(self.figures("20 %", "taxes"), (20, 18, 0, -2))
        self.accept(self.partly_refunded())
        self.assert_waits(order, "reversed_in_odoo", reversal.name)

    def test_reversed_and_replaced_by_another_invoice(self):
        (order,) = self.accept(self.paid_order())
        reversal = self.reverse(self.moves_of(order, "invoice"), is_modify=True)
        self.accept(self.partly_refunded())
        self.assert_waits(order, "reversed_in_odoo", reversal.name)

    def test_credit_note_that_was_reversed(self):
        (order,) = self.accept(self.partly_refunded())
        note = self.moves_of(order, "credit_note")
        self.assertEqual((self.laws(), self.proof()["holds"]), ([], True))
        reversal = self.reverse(note)
        self.assertEqual(self.figures("refunds"), (12, 0, 0, -12))
        self.assertEqual(self.figures("20 %", "taxes"), (18, 20, 0, 2))
        self.assertEqual(self.laws(), [(f"entry is reversed by {reversal.name}", f"P1: {note.name}")])
        order.action_post()
        self.assertEqual(order.state, "blocked")

    def test_payment_that_was_reversed(self):
        for mode in ("odoo", "batch"):
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                number = f"P-{mode}"
                (order,) = self.accept(self.paid_order(number))
                entry = order.payment_ids.clearing_line_id.move_id
                reversal = self.reverse(entry)
                self.assertIn((f"entry is reversed by {reversal.name}", f"{number}: {entry.name}"), self.laws())
                self.accept(self.partly_refunded(number))
                self.assert_waits(order, "reversed_in_odoo", f"its payment {entry.name}", reversal.name)
