from random import Random

from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D

CENT = D("0.01")
ORDERS = 120


@tagged("post_install", "-at_install")
class TestRivalDefects(ConnectorCommon):
    """What was seen to go wrong in another connector's ledger, each once more here, where it goes right."""

    def proved(self):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)

    def test_a_fixed_discount_on_orders_with_odd_cents(self):
        random, orders = Random(120), []
        for number in range(ORDERS):
            lines, left = [], D("5.00")
            for at in range(random.randint(2, 4)):
                gross = D(random.randint(301, 9999)) / 100
                part = min(left, (gross / 3).quantize(CENT)) if at else D("0.99")
                left -= part
                net = ((gross - part) / D("1.2")).quantize(CENT)
                lines.append(
                    self.line(
                        f"P{at}", str(net), str(gross - part - net),
                        discounts=[{"code": "FIVE", "amount": str((part / D("1.2")).quantize(CENT))}],
                    )
                )  # fmt: skip
            total = str(sum(D(line["net"]) + D(line["taxes"][0]["amount"]) for line in lines))
            orders.append(self.order(f"D{number}", lines, total, [self.payment(f"d{number}", total)]))
        booked = self.accept(*orders)
        self.assertEqual([order.number for order in booked if order.state != "posted"], [])
        for order, said in zip(booked, orders, strict=True):
            invoice = self.moves_of(order, "invoice")
            self.assertEqual((D(f"{invoice.amount_total:.2f}"), invoice.payment_state), (D(said["total"]), "paid"))
        self.proved()

    def two_lines(self, number="R1", **more):
        lines = [self.line("MUG", "100.00", "20.00"), self.line("post", "5.00", "1.00", kind="shipping")]
        return self.order(number, lines, "126.00", **({"payments": [self.payment(f"p{number}", "126.00")]} | more))

    def test_a_full_refund_after_the_invoice(self):
        (order,) = self.accept(self.two_lines())
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        refund = self.refund("r", "126.00", lines=self.two_lines()["lines"])
        (order,) = self.accept(self.two_lines(refunds=[refund], updated_at="2026-03-12T11:00:00Z"))
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"amount_total": 126.0, "amount_tax": 21.0, "payment_state": "paid",
                                        "reversed_entry_id": self.moves_of(order, "invoice").id}])  # fmt: skip
        self.assertEqual((str(note.invoice_date), self.balance("Payment clearing")), ("2026-03-12", 0))
        self.proved()

    def test_a_refund_of_shipping_gives_its_tax_back(self):
        shipping = self.line("post", "5.00", "1.00", kind="shipping")
        (order,) = self.accept(self.two_lines(refunds=[self.refund("r", "6.00", lines=[shipping])]))
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"amount_untaxed": 5.0, "amount_tax": 1.0, "amount_total": 6.0}])
        self.assertEqual(note.invoice_line_ids.account_id.name, "Store shipping revenue")

    def test_the_money_given_back_is_booked_and_settles_the_credit_note(self):
        shipping = self.line("post", "5.00", "1.00", kind="shipping")
        (order,) = self.accept(self.two_lines(refunds=[self.refund("r", "6.00", lines=[shipping])]))
        paid_back = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment")
        self.assertRecordValues(paid_back, [{"amount": -6.0, "transaction_id": "re_r"}])
        self.assertEqual(paid_back.payment_id.payment_type, "outbound")
        settled = paid_back.receivable_line_id.matched_credit_ids.credit_move_id.move_id
        self.assertEqual(settled, self.moves_of(order, "credit_note"))

    def test_documents_carry_the_stores_dates(self):
        refund = self.refund("r", "126.00", at="2026-02-01T23:30:00Z", lines=self.two_lines()["lines"])
        payment = self.payment("p", "126.00", at="2026-01-31T23:30:00Z")  # 1 February in Paris
        (order,) = self.accept(
            self.two_lines(
                placed_at="2026-01-31T22:00:00Z",
                payments=[payment],
                refunds=[refund],
                updated_at="2026-02-02T00:00:00Z",
            )
        )
        dates = {posting.kind: str(posting.move_id.date) for posting in order.posting_ids}
        self.assertEqual(
            dates, {"invoice": "2026-02-01", "payment": "2026-02-01", "credit_note": "2026-02-02",
                    "refund_payment": "2026-02-02"}
        )  # fmt: skip

    def test_partly_paid_partly_refunded_and_authorized_orders(self):
        partly, refunded, authorized = self.accept(
            self.two_lines("A", payments=[self.payment("a", "26.00")]),
            self.two_lines("B", refunds=[self.refund("b", "12.00")]),
            self.two_lines("C", payments=[self.payment("c", "126.00", state="authorized")]),
        )
        self.assertEqual(self.moves_of(partly, "invoice").amount_residual, 100.0)
        self.assertEqual(self.moves_of(refunded, "credit_note").amount_total, 12.0)
        self.assertEqual((authorized.state, len(authorized.posting_ids)), ("waiting", 0))
        self.proved()

    def test_an_overpayment_and_a_tip(self):
        tip = self.line("tip", "5.00", rate=None, kind="tip")
        tips = self.env["account.account"].create(
            {"name": "Tips payable", "account_type": "liability_current", "code": "255555"}
        )
        self.env["ecommerce.mapping.rule"].create({"kind": "tip", "store_id": self.store.id, "account_id": tips.id})
        lines = [self.line("MUG", "100.00", "20.00")]
        over, tipped = self.accept(
            self.order("O1", lines, "120.00", [self.payment("o", "125.00")]),
            self.order("T1", [*lines, tip], "125.00", [self.payment("t", "125.00")]),
        )
        self.assertEqual([(item.code, item.amount) for item in over.exception_ids], [("overpaid", 5.0)])
        self.assertEqual(over.payment_ids.receivable_line_id.amount_residual, -5.0)
        self.assertEqual((tipped.exception_ids.ids, self.balance("Tips payable")), ([], D("-5.00")))
        self.proved()

    def test_a_gift_card_payment(self):
        payments = [self.payment("g", "26.00", gateway="gift card"), self.payment("p", "100.00")]
        (order,) = self.accept(self.two_lines(payments=payments))
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        self.assertEqual((self.balance("Gift card liability"), self.balance("Payment clearing")), (D(26), D(100)))

    def test_products_shared_between_companies(self):
        shared = self.env["product.product"].create({"name": "Mug", "company_id": False})
        other = self.setup_other_company(name="Second company")["company"]
        other.currency_id = self.euro
        for company in (self.company, other):
            store = self.store
            if company == other:
                store = self.env["ecommerce.store"].create(
                    {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": other.id}
                )
                store._create_accounting(currencies=["EUR"], rates={D(20)})
            self.env["ecommerce.mapping.rule"].create(
                {"kind": "product", "pattern": "MUG", "store_id": store.id, "company_id": company.id,
                 "product_id": shared.id,
                 "account_id": store.rule_ids.filtered(lambda rule: rule.kind == "product").account_id.id}
            )  # fmt: skip
        mine = self.store
        (first,) = self.accept(self.order("S1", [self.line("MUG", "100.00", "20.00")], "120.00",
                                          [self.payment("s1", "120.00")]))  # fmt: skip
        type(self).store = self.env["ecommerce.store"].search([("company_id", "=", other.id)])
        try:
            (second,) = self.accept(self.order("S1", [self.line("MUG", "50.00", "10.00")], "60.00",
                                               [self.payment("s1", "60.00")]))  # fmt: skip
        finally:
            type(self).store = mine
        for order, company in ((first, self.company), (second, other)):
            invoice = self.moves_of(order, "invoice")
            self.assertEqual((order.state, invoice.company_id), ("posted", company), order.explanation)
            self.assertEqual(invoice.invoice_line_ids.product_id, shared)
            self.assertEqual(invoice.invoice_line_ids.account_id.company_ids, company)
