from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesMoney(AccountingCase):
    """Cases 11, 14, 15, 31 and 40 of the specification: money received and outstanding."""

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

    def deposit_order(self, *payments, **more):
        return self.order("S1", [self.line("SOFA", "200.00", "40.00")], "240.00", payments, **more)

    FIRST = {"external_id": "d1", "amount": "60.00"}
    LAST = {"external_id": "d2", "amount": "180.00", "at": "2026-03-20T10:00:00Z"}

    def test_case_14_deposit_and_balance(self):
        self.store.write({"invoice_on": "paid", "down_payments": True})
        order = self.book(self.deposit_order(self.payment(**self.FIRST)))
        deposit = self.moves_of(order, "down_payment")
        self.assertRecordValues(
            deposit, [{"move_type": "out_invoice", "amount_total": 60.0, "amount_tax": 10.0, "payment_state": "paid"}]
        )
        both = self.payment(**self.FIRST), self.payment(**self.LAST)
        order = self.book(self.deposit_order(*both, updated_at="2026-03-20T11:00:00Z"))
        invoice = self.moves_of(order, "invoice")
        self.assertEqual(self.moves_of(order, "down_payment"), deposit)
        self.assertRecordValues(invoice, [{"amount_total": 180.0, "amount_tax": 30.0, "payment_state": "paid"}])
        self.assertTrue(StoreProof(self.store).report()["holds"])
        first, last = order.payment_ids.sorted("external_id")
        self.check(
            "14", "A deposit of 60.00 on an order of 240.00 with tax, and the rest ten days later. The store "
            "invoices when orders are paid in full, and deposits get an invoice of their own.",
            Entry("Down-payment invoice", deposit, "2026-03-10", ("Down-payment invoice",)),
            Entry("Payment", first.payment_id.move_id, "2026-03-10", ("Capture 1",)),
            Entry("Final invoice", invoice, "2026-03-20", ("Final invoice less down payment",)),
            Entry("Payment", last.payment_id.move_id, "2026-03-20", ("Capture 2",)),
        )  # fmt: skip

    def test_case_14_where_no_tax_is_due_on_advances(self):
        self.store.invoice_on = "paid"
        order = self.book(self.deposit_order(self.payment(**self.FIRST)))
        self.assertEqual((self.balance("Customer advances"), self.balance("AR")), (-60, 0))
        both = self.payment(**self.FIRST), self.payment(**self.LAST)
        order = self.book(self.deposit_order(*both, updated_at="2026-03-20T11:00:00Z"))
        invoice, used = self.moves_of(order, "invoice"), self.moves_of(order, "advance_used")
        self.assertRecordValues(invoice, [{"amount_total": 240.0, "amount_tax": 40.0, "payment_state": "paid"}])
        self.assertRecordValues(used, [{"state": "posted", "amount_total": 60.0, "move_type": "entry"}])
        self.assertEqual(str(used.date), "2026-03-20")
        self.assertEqual((self.balance("Customer advances"), self.balance("AR")), (0, 0))
        self.assertEqual(set(used.line_ids.mapped("reconciled")), {True})
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_a_deposit_given_back_is_credited_to_its_invoice(self):
        self.store.write({"invoice_on": "paid", "down_payments": True})
        self.book(self.deposit_order(self.payment(**self.FIRST)))
        refund = self.refund("r", "60.00")
        order = self.book(
            self.deposit_order(
                self.payment(**self.FIRST), refunds=[refund], cancelled=True, updated_at="2026-03-12T11:00:00Z"
            )
        )
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note, [{"reversed_entry_id": self.moves_of(order, "down_payment").id, "amount_tax": 10.0,
                    "amount_total": 60.0, "payment_state": "paid"}]
        )  # fmt: skip
        self.assertEqual([self.balance(name) for name in ("AR", "Customer advances", "Tax payable", "PSP")], [0] * 4)
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_orders_on_terms_are_invoiced_when_placed_and_due_later(self):
        self.store.write({"terms_gateways": "bank transfer, invoice*", "terms_days": 14})
        pending = self.payment("t", "110.00", gateway="Bank Transfer", state="pending")
        order = self.book(self.sale(payments=[pending]))
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(invoice, [{"payment_state": "not_paid", "amount_residual": 110.0}])
        self.assertEqual((str(invoice.invoice_date), str(invoice.invoice_date_due)), ("2026-03-10", "2026-03-24"))
        term = invoice.line_ids.filtered(lambda item: item.display_type == "payment_term")
        self.assertEqual(str(term.date_maturity), "2026-03-24")
        paid = self.payment("t", "110.00", gateway="Bank Transfer", at="2026-03-21T10:00:00Z")
        order = self.book(self.sale(payments=[paid], updated_at="2026-03-21T11:00:00Z"))
        self.assertEqual((self.moves_of(order, "invoice"), invoice.payment_state), (invoice, "paid"))
        self.assertEqual(str(self.moves_of(order, "payment").date), "2026-03-21")

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
