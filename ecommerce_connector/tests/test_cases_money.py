from odoo.tests import tagged

from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesMoney(AccountingCase):
    """Cases 11, 15, 31, 39 and 40 of the specification: money received and outstanding."""

    def test_case_11_payment_captured(self):
        authorized = self.payment("p", "110.00", state="authorized")
        order = self.book(self.sale(payments=[authorized]))
        self.assertEqual((order.state, order.posting_ids), ("waiting", self.env["ecommerce.posting"]))
        captured = self.payment("p", "110.00", at="2026-03-12T22:30:00Z")  # 23:30 in Paris
        order = self.book(self.sale(payments=[captured], updated_at="2026-03-12T23:00:00Z"))
        self.check(
            "11", "110.00 were authorized on 10 March, when the order was placed, and captured on 12 March. The "
            "authorization is no entry.",
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-12"),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-12", ("Capture, date = processed_at",)),
        )  # fmt: skip

    def test_failed_and_voided_payments_are_no_entry(self):
        payments = [self.payment("a", "110.00", state="failed"), self.payment("b", "110.00", state="voided")]
        order = self.book(self.sale(payments=payments))
        self.assertEqual((order.state, len(order.posting_ids)), ("waiting", 0))

    def test_case_15_partial_payment(self):
        order = self.book(self.sale(payments=[self.payment("p", "50.00")]))
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(invoice, [{"payment_state": "partial", "amount_residual": 60.0}])
        self.check(
            "15", "Of an order of 110.00 the customer has paid 50.00.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
        )  # fmt: skip

    def test_case_31_cash_on_delivery(self):
        courier = self.gateway("cod", "COD clearing (courier)")
        self.rule("payout_fee", "COD fees", pattern="fee")
        self.store.invoice_on = "order"
        lines = [self.line("MUG", "50.00", "10.00")]
        self.book(self.order("S1", lines, "60.00"))
        collected = self.payment("parcel1", "60.00", gateway="cod", at="2026-03-13T15:00:00Z")
        order = self.book(self.order("S1", lines, "60.00", [collected], updated_at="2026-03-13T16:00:00Z"))
        payout = self.pay_out(
            ("c1", "charge", "60.00", "0.00", "ch_parcel1", "ch_parcel1"), ("c2", "fee", "-4.00", "0.00"),
            processor=courier, paid="2026-03-20",
        )  # fmt: skip
        bank = self.bank_line(56.00, on="2026-03-21", text="COURIER PO-0001")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        self.check(
            "31", "Cash on delivery: invoiced when ordered, collected by the courier three days later. The courier "
            "keeps 4.00 and sends 56.00; its list is imported as a payout report, and its transfer matched with the "
            "bank line.",
            Entry("Invoice", self.moves_of(order, "invoice"), "2026-03-10", ("Invoice on shipment",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-13", ("Delivered and collected",)),
            Entry("Payout of the courier", payout.move_id, "2026-03-20", ("Courier fee",),
                  besides={"Payout in transit": "56", "COD clearing (courier)": "-56"}),
            Entry("Bank line", bank.move_id, "2026-03-21", ("Remitted",),
                  besides={"Payout in transit": "-56", "COD clearing (courier)": "56"}),
        )  # fmt: skip

    def test_case_40_duplicate_capture_returned(self):
        twice = [self.payment("a", "110.00"), self.payment("b", "110.00", at="2026-03-10T10:05:00Z")]
        order = self.book(self.sale(payments=twice))
        first, second = order.payment_ids.sorted("external_id")
        exception = self.env["ecommerce.exception"].search([("order_id", "=", order.id)])
        self.assertRecordValues(exception, [{"code": "overpaid", "amount": 110.0, "state": "open"}])
        returned = self.refund("r", "110.00", lines=[], already_reduced="110.00")
        order = self.book(self.sale(payments=twice, refunds=[returned], updated_at="2026-03-12T11:00:00Z"))
        self.assertEqual(exception.state, "resolved")
        self.check(
            "40", "The customer was charged twice, and got the second charge back two days later. The second payment "
            "stands as a credit of the customer, with an exception, until it is returned.",
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(First payment)", first.payment_id.move_id, "2026-03-10"),
            Entry("Second payment", second.payment_id.move_id, "2026-03-10", ("Second capture, nothing to settle",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Returned",)),
        )  # fmt: skip
