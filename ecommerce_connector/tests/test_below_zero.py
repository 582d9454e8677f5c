from odoo.tests import tagged

from .common import ConnectorCommon


@tagged("post_install", "-at_install")
class TestBelowZero(ConnectorCommon):
    """A parcel whose deductions are more than its goods: Odoo posts no invoice below zero."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.invoice_on = "fulfilment"

    def below_zero(self, *refunds):
        """A fee of -24.00 goes with the first parcel, of 12.00."""
        lines = [
            self.line("POT", "10.00", "2.00"), self.line("CUP", "90.00", "18.00"),
            self.line("BACK", "-20.00", "-4.00", kind="fee"),
        ]  # fmt: skip
        goods = [{"line": lines[0]["id"], "quantity": "1"}]
        shipments = [{"id": "f1", "at": "2026-03-12T10:00:00Z", "lines": goods}]
        (order,) = self.accept(
            self.order("N1", lines, "96.00", [self.payment("p", "96.00")], refunds, fulfilments=shipments)
        )
        self.assertEqual((order.state, order.posting_ids.ids), ("blocked", []))
        return order

    def test_it_is_told_and_nothing_is_booked(self):
        order = self.below_zero()
        self.assertEqual(order.exception_ids.mapped("code"), ["delivery_below_zero"])
        self.assertIn("the deductions that go with the delivery of 2026-03-12 are 12.00 EUR more", order.explanation)
        self.assertIn("mark the order as corrected", order.explanation)

    def test_what_odoo_refuses_is_told_in_words_of_the_order(self):
        """Some of it is given back: then the parcel's sum of invoice and credit note is not below zero."""
        order = self.below_zero(self.refund("r", "30.00", at="2026-03-13T10:00:00Z"))
        self.assertEqual(order.exception_ids.mapped("code"), ["cannot_post"])
        self.assertIn(
            "Its invoice shipment:f1 would come to -12.00 EUR: Odoo posts no document below zero", order.explanation
        )
