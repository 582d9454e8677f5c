from unittest.mock import patch

from odoo.tests import tagged

from ..command_line import texts
from ..models.proof import store_proof
from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestProof(ConnectorCommon):
    """The proof says what is booked, what is not, and what disagrees, and takes one for none of the others."""

    def report(self):
        return StoreProof(self.store).report()

    def row(self, report, subject, kind="totals"):
        (row,) = [row for row in report[kind] if row["subject"] == subject]
        return row

    def figures(self, row):
        return tuple(D(row[name]) for name in ("store", "ledger", "not_booked", "difference"))

    def sale(self, number="P1", **more):
        more.setdefault("payments", [self.payment(f"p-{number}", "120.00")])
        return self.order(number, [self.line("TSH", "100.00", "20.00")], "120.00", **more)

    def blocked_sale(self, number="P2"):
        return self.sale(number, payments=[self.payment(f"p-{number}", "120.00", gateway="nobody knows")])

    def test_what_is_booked_agrees(self):
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept(self.sale(refunds=[refund]))
        report = self.report()
        self.assertTrue(report["holds"], report)
        self.assertTrue(report["complete"])
        self.assertEqual(self.figures(self.row(report, "sales")), (120, 120, 0, 0))
        self.assertEqual(self.figures(self.row(report, "refunds")), (12, 12, 0, 0))
        # The refund gives its taxes, and its credit note is compared with them.
        self.assertEqual(self.figures(self.row(report, "20 %", "taxes")), (18, 18, 0, 0))
        self.assertIn("The books agree with the store.", texts.proofs([report]))

    def test_what_is_not_booked_is_not_in_the_ledger(self):
        self.accept(self.sale())
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("pattern", "=", "*")]))
        (blocked,) = self.accept(self.blocked_sale())
        self.assertEqual(blocked.state, "blocked")
        report = self.report()
        self.assertEqual(self.figures(self.row(report, "sales")), (240, 120, 120, 0))
        self.assertTrue(report["holds"])
        self.assertFalse(report["complete"])
        self.assertEqual(report["counts"]["orders_not_booked"], 1)
        self.assertIn("The books agree, but 1 order is not booked: see exceptions.", texts.proofs([report]))

    def test_unreadable_order_is_not_booked_either(self):
        broken = self.sale("P3")
        broken["total"] = "not a number"
        (order,) = self.accept(broken)
        self.assertEqual(order.state, "blocked")
        report = self.report()
        self.assertFalse(report["complete"])
        self.assertTrue(report["holds"])

    def test_waiting_order_is_nothing_to_book(self):
        self.accept(self.sale(payments=[]))
        report = self.report()
        self.assertEqual((report["complete"], report["holds"], report["totals"]), (True, True, []))

    def test_payment_voided_after_posting_breaks_a_law(self):
        self.accept(self.sale())
        (order,) = self.accept(
            self.sale(payments=[self.payment("p-P1", "120.00", state="voided")], updated_at="2026-03-11T11:00:00Z")
        )
        self.assertEqual(order.state, "blocked")
        report = self.report()
        self.assertFalse(report["holds"])
        (law,) = report["laws"]
        self.assertEqual((law["law"], law["subject"], law["key"]), (5, "P1", "id-P1"))
        self.assertEqual(self.figures(law), (120, 0, 0, -120))

    def test_order_cancelled_after_posting_is_credited(self):
        self.accept(self.sale())
        (order,) = self.accept(self.sale(cancelled=True, updated_at="2026-03-11T11:00:00Z"))
        self.assertEqual(order.state, "posted", order.explanation)
        report = self.report()
        self.assertTrue(report["holds"], report)
        self.assertEqual(self.figures(self.row(report, "sales")), (120, 120, 0, 0))
        self.assertEqual(self.figures(self.row(report, "refunds")), (120, 120, 0, 0))

    def test_order_cancelled_after_posting_and_not_credited_breaks_a_law(self):
        self.accept(self.sale())
        (order,) = self.accept(self.sale(cancelled=True, updated_at="2026-03-11T11:00:00Z"))
        self.moves_of(order, "credit_note").button_draft()
        report = self.report()
        self.assertFalse(report["holds"])
        self.assertIn((4, "P1"), [(law["law"], law["subject"]) for law in report["laws"]])

    def test_two_orders_of_one_number_do_not_hide_each_other(self):
        first, second = self.sale("P1"), self.sale("P2") | {"number": "P1"}
        self.accept(first, second)
        changed = first | {
            "payments": [self.payment("p-P1", "120.00", state="voided")], "updated_at": "2026-03-11T11:00:00Z",
        }  # fmt: skip
        self.accept(changed)
        report = self.report()
        self.assertEqual(report["laws_checked"], 8)
        self.assertEqual([law["key"] for law in report["laws"]], ["id-P1"])

    def test_draft_entries_are_not_booked(self):
        (order,) = self.accept(self.sale())
        self.moves_of(order, "invoice").button_draft()
        report = self.report()
        self.assertFalse(report["holds"])
        self.assertEqual(self.figures(self.row(report, "sales")), (120, 0, 0, -120))
        self.assertIn(4, {law["law"] for law in report["laws"]})
        self.assertEqual(report["counts"]["invoices"], 0)

    def test_batches_add_up(self):
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept(self.sale("P1", refunds=[refund]), self.sale("P2"), self.sale("P3", payments=[]), self.sale("P4"))
        whole = self.report()
        self.assertEqual(whole["laws_checked"], 12)
        with patch.object(store_proof, "BATCH", 1):
            self.assertEqual(self.report(), whole)

    def test_refund_not_booked_is_to_review(self):
        self.accept(self.sale())
        refund = self.refund("r1", "12.00", gateway="nobody knows", lines=[self.line("TSH", "10.00", "2.00")])
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("pattern", "=", "*")]))
        (order,) = self.accept(self.sale(refunds=[refund], updated_at="2026-03-13T11:00:00Z"))
        self.assertEqual(order.state, "blocked")
        report = self.report()
        self.assertEqual(self.figures(self.row(report, "refunds")), (12, 0, 12, 0))
        self.assertFalse(report["complete"])
        self.assertFalse(report["holds"], "the order is worth less in the store than in the ledger")
