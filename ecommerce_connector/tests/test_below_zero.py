from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestBelowZero(SummaryMixin, ConnectorCommon):
    """A parcel whose deductions are more than its goods: Odoo posts no invoice below zero."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.invoice_on = "fulfilment"

    def below_zero(self):
        """A fee of -20.00 goes with the first parcel, of 10.00."""
        lines = [
            self.line("POT", "10.00", "2.00"), self.line("CUP", "90.00", "18.00"),
            self.line("BACK", "-20.00", "-4.00", kind="fee"),
        ]  # fmt: skip
        goods = [{"line": lines[0]["id"], "quantity": "1"}]
        shipments = [{"id": "f1", "at": "2026-03-12T10:00:00Z", "lines": goods}]
        return self.order("N1", lines, "96.00", [self.payment("p", "96.00")], fulfilments=shipments)

    def test_it_is_told_and_nothing_is_booked(self):
        (order,) = self.accept(self.below_zero())
        self.assertEqual((order.state, order.posting_ids.ids), ("blocked", []))
        self.assertEqual(order.exception_ids.mapped("code"), ["cannot_post"])
        self.assertIn(
            "Its invoice shipment:f1 would come to -12.00 EUR: Odoo posts no document below zero", order.explanation
        )
        self.assertIn("mark the order as corrected", order.explanation)

    def test_in_a_summary_it_is_booked(self):
        self.switch()
        (order,) = self.accept(self.below_zero())
        self.summarize()
        self.assertEqual(order.state, "posted", order.explanation)
        invoiced = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        self.assertEqual(sum(invoiced.row_ids.filtered("is_customer").mapped("amount")), -12.0)
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
