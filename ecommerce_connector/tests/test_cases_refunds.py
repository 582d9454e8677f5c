from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesRefunds(AccountingCase):
    """Cases 08, 16, 17 (its money), 18 to 21 and 37 of the specification: what is given back."""

    def paid(self):
        return [self.payment("p", "110.00")]

    def returned(self, net="50.00", tax="5.00", **more):
        """A refund of goods at 10 %."""
        lines = [self.line("MUG", net, tax, "10")]
        return self.refund("r", f"{float(net) + float(tax):.2f}", lines=lines, **more)

    def sold(self, order):
        """What was booked on the day of the sale, which the case needs and does not show."""
        return (
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(Payment)", self.moves_of(order, "payment"), "2026-03-10"),
        )

    def check(self, *case):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)
        return super().check(*case)

    def credit_note(self, order):
        """The credit note, tied to its invoice and settled."""
        note = self.moves_of(order, "credit_note")
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(
            note, [{"move_type": "out_refund", "reversed_entry_id": invoice.id, "payment_state": "paid"}]
        )
        self.assertEqual(order.refund_ids.move_id, note)
        return note

    def test_case_08_refund_as_store_credit(self):
        self.gateway("store credit", "Store-credit liability", is_liability=True)
        lines = [self.line("MUG", "50.00", "10.00")]
        refund = self.refund("r", "60.00", gateway="store credit", lines=lines)
        order = self.book(self.order("S1", lines, "60.00", [self.payment("p", "60.00")], [refund]))
        self.check(
            "08", "A product of 60.00 with tax is returned; the customer gets store credit instead of money.",
            *self.sold(order),
            Entry("Credit note", self.credit_note(order), "2026-03-12", ("Credit note",)),
            Entry("Refund to store credit", self.moves_of(order, "refund_payment"), "2026-03-12", ("Issue credit",)),
        )  # fmt: skip

    def test_case_16_partial_refund(self):
        order = self.book(self.sale(payments=self.paid(), refunds=[self.returned()]))
        self.check(
            "16", "Half of the order is refunded two days later: 50.00 and 5.00 tax.",
            *self.sold(order),
            Entry("Credit note", self.credit_note(order), "2026-03-12", ("Credit note linked to invoice + refund id",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Refund paid",)),
        )  # fmt: skip

    def test_case_18_refund_above_what_is_left(self):
        refunds = [
            self.returned("100.00", "10.00"),
            self.refund("r2", "15.00", at="2026-03-20T10:00:00Z"),
        ]
        order = self.book(self.sale(payments=self.paid(), refunds=refunds))
        compensation = self.moves_of(order, "compensation")
        exception = self.env["ecommerce.exception"].search([("order_id", "=", order.id)])
        self.assertIn(("compensated", 15.0, "open"), [(item.code, item.amount, item.state) for item in exception])
        first, second = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment").sorted("moved_on")
        self.check(
            "18", "The whole order was refunded on 12 March; eight days later the store gives back 15.00 more. "
            "Nothing is left to credit: the excess is a cost, and an exception asks why it was given.",
            *self.sold(order),
            Entry("(Credit note)", self.moves_of(order, "credit_note"), "2026-03-12"),
            Entry("(First refund)", first.payment_id.move_id, "2026-03-12"),
            Entry("Compensation and second refund", compensation | second.payment_id.move_id, "2026-03-20",
                  ("Compensation",)),
        )  # fmt: skip

    def test_case_19_amount_only_refund(self):
        order = self.book(self.sale(payments=self.paid(), refunds=[self.refund("r", "11.00")]))
        self.check(
            "19", "11.00 are given back without naming a product; the order was taxed at 10 %.",
            *self.sold(order),
            Entry("Credit note", self.credit_note(order), "2026-03-12",
                  ("Credit note, spread over the order's tax mix",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Refund paid",)),
        )  # fmt: skip

    def test_case_20_cancelled_before_any_invoice(self):
        self.rule("payout_fee", "Processing fees", pattern="fee")
        refund = self.refund("r", "110.00")
        order = self.book(self.sale(payments=self.paid(), refunds=[refund], cancelled=True))
        payout = self.pay_out(
            ("t1", "charge", "110.00", "3.49", "ch_p", "ch_p"), ("t2", "refund", "-110.00", "0.00", "re_r", "ch_p"),
        )  # fmt: skip
        self.assertEqual(
            self.moves_of(order, "payment").line_ids.filtered("reconciled").mapped("balance"), [110.0, -110.0]
        )
        self.check(
            "20", "An order is cancelled before it is invoiced, but 110.00 had been captured. The processor keeps "
            "its fee of 3.49. (Here the payout report holds nothing else, so that the fee is taken from the next "
            "payout.)",
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
            Entry("Payout", payout.move_id, "2026-03-15", ("Fee",),
                  besides={"PSP": "3.49", "Payout in transit": "-3.49"}),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Refund",)),
        )  # fmt: skip

    def test_case_21_cancelled_after_posting(self):
        self.book(self.sale(payments=self.paid()))
        refund = self.refund("r", "110.00")
        order = self.book(
            self.sale(
                payments=self.paid(), refunds=[refund], cancelled=True, cancelled_at="2026-03-12T09:00:00Z",
                updated_at="2026-03-12T11:00:00Z",
            )
        )  # fmt: skip
        self.check(
            "21", "An order of 110.00 was invoiced and paid; two days later it is cancelled and the money given back.",
            Entry("Invoice", self.moves_of(order, "invoice"), "2026-03-10", ("Invoice",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
            Entry("Credit note", self.credit_note(order), "2026-03-12", ("Full credit note (new entry, open period)",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Refund",)),
        )  # fmt: skip

    def test_case_37_exchange(self):
        self.gateway("exchange", "Exchanges", is_liability=True)
        customer = {"name": "Ada Byron", "email": "ada@example.com"}
        first, second = self.book(
            self.sale(payments=self.paid(), refunds=[self.returned(gateway="exchange")], customer=customer),
            self.order(
                "S2", [self.line("JUG", "70.00", "7.00", "10")], "77.00",
                [self.payment("x", "55.00", gateway="exchange", at="2026-03-12T10:00:00Z"),
                 self.payment("d", "22.00", at="2026-03-12T10:00:00Z")],
                customer=customer, placed_at="2026-03-12T10:00:00Z",
            ),
        )  # fmt: skip
        exchanged, difference = second.payment_ids.sorted("external_id", reverse=True)
        self.assertEqual(self.moves_of(second, "invoice").payment_state, "paid")
        self.check(
            "37", "A product of 55.00 is exchanged for one of 77.00 on another order; the customer pays the "
            "difference. What the return was worth goes through an account of exchanges, which ends at zero.",
            *self.sold(first),
            Entry("Credit note", self.credit_note(first), "2026-03-12", ("Credit note",)),
            Entry("(Return credited)", self.moves_of(first, "refund_payment"), "2026-03-12"),
            Entry("New invoice", self.moves_of(second, "invoice"), "2026-03-12", ("New invoice",)),
            Entry("(Credit used)", exchanged.payment_id.move_id, "2026-03-12"),
            Entry("Payment of the difference", difference.payment_id.move_id, "2026-03-12", ("Difference paid",)),
        )  # fmt: skip
