from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import D
from .payout_common import PayoutCommon

HEADER = "payout_id,paid_on,transaction_id,type,gross,fee,net,currency,date,source_id,charged_amount,charged_currency\n"


@tagged("post_install", "-at_install")
class TestPresentment(PayoutCommon):
    """A store in euros whose customer paid in dollars: one of the two is booked, a payout may state either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.env.ref("base.USD")
        cls.dollar.active = True
        cls.processor.processor = "generic"
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.dollar.id)]).unlink()
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.dollar.id, "name": "2026-03-01", "rate": 1.1, "company_id": cls.company.id}
        )

    def two_currencies(self, number="P1", **changes):
        """120.00 EUR that the customer saw as 134.40 USD, 30.00 EUR of which (33.60 USD) are given back."""
        line = {**self.line("TSH", "25.00", "5.00"), "quantity": "0.25"}
        presentment = {
            "currency": "USD", "total": "134.40",
            "lines": [{"id": "product-TSH", "net": "112.00", "taxes": ["22.40"]}],
            "payments": [{"id": f"p-{number}", "amount": "134.40"}],
            "refunds": [
                {"id": f"r-{number}", "amount": "33.60",
                 "lines": [{"id": "product-TSH", "net": "28.00", "taxes": ["5.60"]}]}
            ],
            **changes,
        }  # fmt: skip
        refund = self.refund(f"r-{number}", "30.00", lines=[line])
        return self.paid_order(number, refunds=[refund], presentment=presentment)

    def payout(self, *rows):
        payout = self.import_payout((HEADER + "\n".join(rows) + "\n").encode())
        self.assertFalse(payout.is_blocked, payout.explanation)
        payout.action_post()
        return payout

    def items(self, move):
        return [
            (item.account_id.name, item.currency_id.name, D(f"{item.amount_currency:.2f}"), D(f"{item.balance:.2f}"))
            for item in move.line_ids.sorted("sequence")
        ]

    CHARGE = "PO-1,2026-03-15,t1,charge,{},0.00,{},EUR,2026-03-12,ch_p-P1,134.40,USD"
    REFUND = "PO-1,2026-03-15,t2,refund,{},0.00,{},EUR,2026-03-13,re_r-P1,-33.60,USD"

    def test_booked_in_the_stores_currency(self):
        (order,) = self.accept(self.two_currencies())
        self.assertRecordValues(
            order, [{"state": "posted", "currency_id": self.euro.id, "total": 120.0, "other_total": 134.4,
                     "other_currency_id": self.dollar.id}],
        )  # fmt: skip
        self.assertEqual(self.moves_of(order, "invoice").currency_id, self.euro)
        self.assertEqual(sorted(order.payment_ids.mapped("other_amount")), [-33.6, 134.4])
        self.assertEqual(self.balance("Payment clearing"), 90)
        payout = self.payout(self.CHARGE.format("119.50", "119.50"), self.REFUND.format("-30.20", "-30.20"))
        self.assertEqual(
            self.items(payout.move_id),
            [
                ("Payment clearing", "EUR", D("-120.00"), D("-120.00")),
                ("Payment clearing", "EUR", D("30.00"), D("30.00")),
                ("Payouts in transit", "EUR", D("89.30"), D("89.30")),
                (self.company.expense_currency_exchange_account_id.name, "EUR", D("0.70"), D("0.70")),
            ],
        )  # fmt: skip
        self.assertTrue(all(order.payment_ids.mapped("is_settled")))
        self.assertEqual(self.balance("Payment clearing"), 0)

    def test_a_report_in_the_stores_currency(self):
        self.accept(self.two_currencies())
        payout = self.payout(self.CHARGE.format("120.00", "120.00"), self.REFUND.format("-30.00", "-30.00"))
        self.assertEqual(
            self.items(payout.move_id),
            [
                ("Payment clearing", "EUR", D("-120.00"), D("-120.00")),
                ("Payment clearing", "EUR", D("30.00"), D("30.00")),
                ("Payouts in transit", "EUR", D("90.00"), D("90.00")),
            ],
        )  # fmt: skip

    def in_dollars(self):
        self.store.order_currency = "presentment"
        self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "gateway"), ("pattern", "=", "*"), ("currency_id", "=", self.dollar.id)]
        ).processor_account_id = self.processor
        self.processor.converts_charges = True

    def test_booked_in_the_customers_currency(self):
        self.in_dollars()
        (order,) = self.accept(self.two_currencies())
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertRecordValues(
            order, [{"currency_id": self.dollar.id, "total": 134.4, "paid_total": 134.4, "other_total": 120.0,
                     "other_currency_id": self.euro.id}],
        )  # fmt: skip
        self.assertRecordValues(
            self.moves_of(order, "invoice"),
            [{"currency_id": self.dollar.id, "amount_total": 134.4, "amount_tax": 22.4, "amount_residual": 0.0}],
        )
        self.assertRecordValues(
            self.moves_of(order, "credit_note"), [{"amount_total": 33.6, "amount_tax": 5.6, "amount_residual": 0.0}]
        )
        self.assertEqual(order.refund_ids.amount, 33.6)
        # The report knows nothing of dollars: its euros are the store's own.
        payout = self.payout("PO-1,2026-03-15,t1,charge,120.00,0.00,120.00,EUR,2026-03-12,ch_p-P1,,",
                             "PO-1,2026-03-15,t2,refund,-30.00,0.00,-30.00,EUR,2026-03-13,re_r-P1,,")  # fmt: skip
        self.assertEqual(
            self.items(payout.move_id),
            [
                ("Payment clearing", "USD", D("-134.40"), D("-122.18")),
                ("Payment clearing", "USD", D("33.60"), D("30.55")),
                ("Payouts in transit", "EUR", D("90.00"), D("90.00")),
                (self.company.expense_currency_exchange_account_id.name, "EUR", D("1.63"), D("1.63")),
            ],
        )  # fmt: skip
        self.assertEqual((self.balance("Payment clearing", "USD"), self.balance("Payment clearing")), (0, 0))

    def test_what_is_not_stated_blocks_the_order_by_name(self):
        self.in_dollars()
        (order,) = self.accept(self.two_currencies(lines=[{"id": "product-TSH", "net": "112.00"}]))
        self.assertEqual((order.state, order.posting_ids.ids), ("blocked", []))
        self.assertRegex(order.explanation, r"order P1, line product-TSH \(TSH\), tax VAT: its amount in USD")
        (item,) = order.exception_ids
        self.assertIn("store's form", item.hint)
        self.store.order_currency = "store"
        self.assertRecordValues(order, [{"state": "ready", "currency_id": self.euro.id, "total": 120.0}])
        self.assertEqual(item.state, "resolved")
        order.action_post()
        self.assertEqual(order.state, "posted")

    def test_another_choice_reads_what_is_not_booked_again(self):
        self.store._accept(self.records(self.two_currencies()), post=False)
        order = self.store.order_ids
        self.assertRecordValues(order, [{"currency_id": self.euro.id, "total": 120.0}])
        self.in_dollars()
        self.assertRecordValues(
            order, [{"state": "ready", "currency_id": self.dollar.id, "total": 134.4, "other_total": 120.0}]
        )
        self.assertEqual(order.refund_ids.amount, 33.6)
        self.assertIn("USD", order.plan_text)

    def test_the_choice_stays_once_an_order_is_booked(self):
        self.accept(self.two_currencies())
        with self.assertRaisesRegex(UserError, "Order P1 of Test shop is booked in EUR"):
            self.store.order_currency = "presentment"
        self.assertEqual(self.store.order_currency, "store")

    def test_orders_in_one_currency_leave_the_choice_open(self):
        self.accept(self.paid_order())
        self.store.order_currency = "presentment"
        self.assertEqual(self.store.order_currency, "presentment")
