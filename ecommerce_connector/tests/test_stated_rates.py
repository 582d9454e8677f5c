from odoo.tests import tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestStatedRates(PayoutCommon):
    """Orders and payouts in dollars of a company in euros, with the rates that store and processor state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.env.ref("base.USD")
        cls.dollar.active = True
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.dollar.id)]).unlink()
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.dollar.id, "name": day, "rate": rate, "company_id": cls.company.id}
                for day, rate in (("2026-03-01", 1.10), ("2026-03-12", 1.12), ("2026-03-15", 1.13))
            ]
        )
        cls.store.rate_source = "stated"
        cls.dollars = cls.processor_account("USD")

    def dollar_order(self, number="U1", payment_rate=None, **more):
        """110.00 USD ordered on the 10th, paid on the 12th."""
        payment = self.payment(f"p-{number}", "110.00", at="2026-03-12T10:00:00Z", exchange_rate=payment_rate)
        (order,) = self.accept(
            self.order(number, [self.line("MUG", "110.00", "0.00", "0")], "110.00", [payment], currency="USD", **more)
        )
        return order

    def balances(self, order):
        """What the invoice, and the payment, are in euros."""
        invoice = self.moves_of(order, "invoice")
        return D(f"{invoice.amount_total_signed:.2f}"), D(f"{order.payment_ids.clearing_line_id.balance:.2f}")

    def test_odoos_rates_are_the_default(self):
        self.store.rate_source = "odoo"
        self.store.invoice_on = "order"
        order = self.dollar_order(exchange_rate="1.08", payment_rate="1.07")
        self.assertEqual(self.balances(order), (D("100.00"), D("98.21")))

    def test_the_stores_rate(self):
        for mode in ("odoo", "batch"):
            self.store.payment_mode = mode
            order = self.dollar_order(f"U-{mode}", exchange_rate="1.0750")
            with self.subTest(mode=mode):
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertEqual(self.moves_of(order, "invoice").invoice_currency_rate, 1.075)
                self.assertEqual(self.balances(order), (D("102.33"), D("102.33")))
                self.assertTrue(order.payment_ids.receivable_line_id.reconciled)

    def test_a_payment_with_a_rate_of_its_own(self):
        order = self.dollar_order(exchange_rate="1.0750", payment_rate="1.10")
        self.assertEqual(self.balances(order), (D("102.33"), D("100.00")))
        exchange = order.payment_ids.receivable_line_id.matched_debit_ids.exchange_move_id
        self.assertEqual(sum(exchange.line_ids.mapped("debit")), 2.33)

    def test_a_refund_has_its_own_rate(self):
        refund = self.refund("r1", "11.00", lines=[self.line("MUG", "11.00", "0.00", "0")], exchange_rate="1.10")
        order = self.dollar_order(exchange_rate="1.0750", refunds=[refund])
        note = self.moves_of(order, "credit_note")
        self.assertEqual((note.invoice_currency_rate, note.amount_total_signed), (1.1, -10.0))
        given_back = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment")
        self.assertEqual(given_back.clearing_line_id.balance, -10.0)

    def test_a_missing_rate_blocks_the_order(self):
        order = self.dollar_order()
        self.assertEqual((order.state, order.posting_ids.ids), ("blocked", []))
        (item,) = order.exception_ids
        self.assertEqual(item.code, "no_stated_rate")
        self.assertIn("Order U1 states no exchange rate of USD", item.message)
        self.assertIn("choose Odoo's rates", item.hint)
        self.store.rate_source = "odoo"
        order.action_post()
        self.assertRecordValues(order, [{"state": "posted"}])
        self.assertEqual(item.state, "resolved")

    def test_orders_in_the_companys_currency_need_none(self):
        (order,) = self.accept(self.paid_order())
        self.assertEqual(order.state, "posted")

    def test_a_rate_that_is_far_off_blocks_the_order(self):
        order = self.dollar_order(exchange_rate="1.0639")  # 5.01 % below 1.12
        self.assertEqual(order.exception_ids.mapped("code"), ["rate_deviates"])
        self.assertIn("on Mar 12, 2026 is 1.0639, Odoo's is 1.12: 5.01 % off, more than the 5.00 %", order.explanation)
        self.store.rate_bound = 5.01
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.balances(order)[0], D("103.39"))

    def test_booked_in_the_customers_currency_with_its_rate(self):
        self.store.order_currency = "presentment"
        presentment = {
            "currency": "USD", "total": "134.40", "exchange_rate": "1.0950",
            "lines": [{"id": "product-TSH", "net": "112.00", "taxes": ["22.40"]}],
            "payments": [{"id": "p-C1", "amount": "134.40"}],
        }  # fmt: skip
        (order,) = self.accept(self.paid_order("C1", presentment=presentment, exchange_rate="1.00"))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.balances(order), (D("122.74"), D("122.74")))

    # === Payouts === #

    HEADER = "payout_id,paid_on,transaction_id,type,gross,fee,net,currency,date,source_id,exchange_rate\n"
    CHARGE = "P-1,2026-03-15,t1,charge,110.00,3.50,106.50,USD,2026-03-12,ch_p-U1,{}"
    PAYOUT = "P-1,2026-03-15,t2,payout,106.50,0.00,106.50,USD,,,{}"

    def dollar_payout(self, *rows):
        self.store.rate_source = "odoo"
        self.store.invoice_on = "order"
        self.dollars.write({"processor": "generic", "rate_source": "stated"})
        order = self.dollar_order()
        self.assertEqual(order.state, "posted", order.explanation)
        return self.import_payout((self.HEADER + "\n".join(rows) + "\n").encode(), self.dollars)

    def values(self, payout):
        return [(item.account_id.name, D(f"{item.balance:.2f}")) for item in payout.move_id.line_ids.sorted("sequence")]

    def test_the_processors_rates(self):
        payout = self.dollar_payout(self.CHARGE.format("1.0900"), self.PAYOUT.format("1.1100"))
        self.assertFalse(payout.is_blocked, payout.explanation)
        self.assertRecordValues(payout, [{"exchange_rate": 1.11}])
        payout.action_post()
        self.assertEqual(
            self.values(payout),
            [
                ("Payment clearing", D("-98.21")), ("Payment processing fees", D("3.21")),
                ("Payouts in transit", D("95.95")),
                (self.company.income_currency_exchange_account_id.name, D("-0.95")),
            ],
        )  # fmt: skip
        self.assertEqual((self.balance("Payment clearing", "USD"), self.balance("Payment clearing")), (0, 0))

    def test_odoos_rates_stay_the_default_of_payouts(self):
        payout = self.dollar_payout(self.CHARGE.format("1.0900"), self.PAYOUT.format("1.1100"))
        self.dollars.rate_source = "odoo"
        payout.action_post()
        self.assertEqual(dict(self.values(payout))["Payment processing fees"], D("3.13"))
        self.assertEqual(dict(self.values(payout))["Payouts in transit"], D("94.25"))

    def test_a_report_without_rates_is_blocked(self):
        payout = self.dollar_payout(self.CHARGE.format(""), self.PAYOUT.format(""))
        self.assertTrue(payout.is_blocked)
        (item,) = payout.exception_ids
        self.assertEqual(item.code, "no_stated_rate")
        self.assertIn("no exchange rate of USD for t1, the payout itself", item.message)
        self.dollars.rate_source = "odoo"
        payout.action_match()
        self.assertEqual((payout.is_blocked, item.state), (False, "resolved"))

    def test_a_fuller_report_tells_the_rates(self):
        payout = self.dollar_payout(self.CHARGE.format(""), self.PAYOUT.format(""))
        rows = (self.CHARGE.format("1.0900"), self.PAYOUT.format("1.1100"))
        again = self.import_payout((self.HEADER + "\n".join(rows) + "\n").encode(), self.dollars)
        self.assertEqual((again, payout.is_blocked, payout.exchange_rate), (payout, False, 1.11))

    def test_a_processors_rate_that_is_far_off_is_blocked(self):
        payout = self.dollar_payout(self.CHARGE.format("10.9"), self.PAYOUT.format("1.1100"))
        (item,) = payout.exception_ids
        self.assertEqual(item.code, "rate_deviates")
        self.assertIn("on Mar 12, 2026 is 10.9, Odoo's is 1.12: 873.21 % off", item.message)
