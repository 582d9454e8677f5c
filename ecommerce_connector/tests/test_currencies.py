from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import D
from .payout_common import PayoutCommon

CAPTURED, PAID_OUT, AT_BANK = "2026-03-12", "2026-03-15", "2026-03-17"
MODES = ("odoo", "batch")


@tagged("post_install", "-at_install")
class TestCurrencies(PayoutCommon):
    """Orders in a foreign currency: exact in both, and zero in one means zero in the other (law 15)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.env.ref("base.USD")
        cls.store.invoice_on = "order"
        cls.bank = cls.env["account.journal"].create(
            {"name": "Dollar bank", "code": "DBNK", "type": "bank", "currency_id": cls.dollar.id}
        )
        cls.dollars = cls.processor_account("USD")
        cls.dollars.bank_journal_id = cls.bank

    def set_rates(self, **by_day):
        """Dollars per euro, e.g. ``d0310="1.10"`` for March 10."""
        self.env["res.currency.rate"].create(
            [
                {
                    "name": f"2026-{day[1:3]}-{day[3:]}", "company_rate": float(rate), "currency_id": self.dollar.id,
                    "company_id": self.company.id,
                }
                for day, rate in by_day.items()
            ]
        )  # fmt: skip

    def dollar_order(self, number="U1", captured=CAPTURED, **more):
        """USD 110: 100 without tax and 10 of shipping."""
        lines = [self.line("TSH", "100.00", rate=None), self.line("standard", "10.00", rate=None, kind="shipping")]
        payment = self.payment(f"p-{number}", "110.00", at=f"{captured}T10:00:00Z")
        return self.order(number, lines, "110.00", [payment], currency="USD", **more)

    def assert_settled(self, order):
        """Nothing is left of the order's receivable, in either currency."""
        terms = self.moves_of(order, "invoice").line_ids.filtered(lambda line: line.display_type == "payment_term")
        for line in terms | order.payment_ids.receivable_line_id:
            self.assertRecordValues(
                line, [{"amount_residual": 0.0, "amount_residual_currency": 0.0, "reconciled": True}]
            )

    def exchange_entries(self, order):
        terms = self.moves_of(order, "invoice").line_ids.filtered(lambda line: line.display_type == "payment_term")
        return (terms.matched_credit_ids | terms.matched_debit_ids).exchange_move_id

    def test_capture_at_another_rate(self):
        self.set_rates(d0310="1.10", d0312="1.12")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                (order,) = self.accept(self.dollar_order(f"U-{mode}"))
                self.assertEqual(order.state, "posted", order.explanation)
                invoice = self.moves_of(order, "invoice")
                self.assertRecordValues(
                    invoice,
                    [{"currency_id": self.dollar.id, "amount_total": 110.0, "amount_total_signed": 100.0,
                      "invoice_currency_rate": 1.1, "payment_state": "paid"}],
                )  # fmt: skip
                clearing = order.payment_ids.clearing_line_id
                self.assertRecordValues(clearing, [{"amount_currency": 110.0, "balance": 98.21}])
                self.assert_settled(order)
                exchange = self.exchange_entries(order)
                self.assertRecordValues(
                    exchange.line_ids.sorted("balance"),
                    [
                        {"account_id": invoice.partner_id.property_account_receivable_id.id, "balance": -1.79},
                        {"account_id": self.company.expense_currency_exchange_account_id.id, "balance": 1.79},
                    ],
                )

    def test_exchange_differences_have_the_day_on_which_they_arose(self):
        """Odoo would move them to the end of the month, or with numbers by year to the last day of that year."""
        self.set_rates(d0310="1.10", d0312="1.12")
        journal = self.company.currency_exchange_journal_id
        for name in (False, "EXCH/2025/0001"):
            if name:
                first = self.env["account.move"].create({
                    "journal_id": journal.id, "date": "2025-01-01", "name": name, "line_ids": [
                        (0, 0, {"account_id": self.company.expense_currency_exchange_account_id.id, "balance": amount})
                        for amount in (1.0, -1.0)
                    ],
                })  # fmt: skip
                first.action_post()
            (order,) = self.accept(self.dollar_order(f"U-{name}"))
            self.assertEqual(self.exchange_entries(order).date, date(2026, 3, 12), name)
        self.company.fiscalyear_lock_date = "2026-03-31"
        (order,) = self.accept(self.dollar_order("U-late"))
        self.assertEqual(self.exchange_entries(order).date, date(2026, 4, 1))

    def test_same_rate_makes_no_exchange_entry(self):
        self.set_rates(d0310="1.10")
        (order,) = self.accept(self.dollar_order())
        self.assert_settled(order)
        self.assertFalse(self.exchange_entries(order))

    def test_taxed_order_balances_in_both_currencies(self):
        """Each line is rounded to euros by itself; the receivable takes what they come to."""
        self.set_rates(d0310="1.0837", d0312="1.0931")
        lines = [
            self.line("TSH", "33.40", "6.67"), self.line("BOOK", "18.90", "1.04", "5.5"),
            self.line("standard", "4.17", "0.83", kind="shipping"),
        ]  # fmt: skip
        payment = self.payment("p1", "65.01", at=f"{CAPTURED}T10:00:00Z")
        (order,) = self.accept(self.order("U3", lines, "65.01", [payment], currency="USD"))
        self.assertEqual(order.state, "posted", order.explanation)
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(invoice, [{"amount_total": 65.01, "amount_tax": 8.54, "payment_state": "paid"}])
        self.assertEqual(D(f"{sum(invoice.line_ids.mapped('balance')):.2f}"), D("0.00"))
        self.assertEqual(D(f"{sum(invoice.line_ids.mapped('amount_currency')):.2f}"), D("0.00"))
        self.assertEqual(
            sorted((D(f"{line.amount_currency:.2f}"), D(f"{line.balance:.2f}")) for line in invoice.line_ids),
            [
                (D("-33.40"), D("-30.82")), (D("-18.90"), D("-17.44")), (D("-7.50"), D("-6.92")),
                (D("-4.17"), D("-3.85")), (D("-1.04"), D("-0.96")), (D("65.01"), D("59.99")),
            ],
        )  # fmt: skip
        self.assert_settled(order)

    def test_payout_clears_both_currencies(self):
        self.set_rates(d0310="1.10", d0312="1.12", d0315="1.13", d0317="1.15")
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                number = f"U-{mode}"
                self.accept(self.dollar_order(number))
                payout_id = f"po_{mode}"
                payout = self.import_payout(
                    self.report(self.charge(f"p-{number}", "110.00", "3.50"), payout=payout_id, currency="usd"),
                    self.dollars,
                )
                self.assertRecordValues(payout, [{"currency_id": self.dollar.id, "amount": 106.5, "is_blocked": False}])
                payout.action_post()
                self.assertRecordValues(
                    payout.move_id.line_ids.sorted("sequence"),
                    [
                        {
                            "account_id": self.account("Payment clearing").id,
                            "amount_currency": -110.0,
                            "balance": -98.21,
                        },
                        {
                            "account_id": self.account("Payment processing fees").id,
                            "amount_currency": 3.5,
                            "balance": 3.1,
                        },
                        {
                            "account_id": self.account("Payouts in transit").id,
                            "amount_currency": 106.5,
                            "balance": 94.25,
                        },
                        {
                            "account_id": self.company.expense_currency_exchange_account_id.id,
                            "amount_currency": 0.0,
                            "balance": 0.86,
                        },
                    ],
                )
                self.assert_zero("Payment clearing")
                self.bank_line(106.5, text=f"STRIPE {payout_id}", journal=self.bank)
                payout.action_match_bank()
                self.assertEqual(payout.state, "banked")
                self.assert_zero("Payouts in transit")
                payout.action_undo()
                self.assertEqual(self.balance("Payouts in transit", "USD"), D("106.50"))
                self.assertEqual(self.balance("Payouts in transit"), D("94.25"))
                payout.action_undo()
                self.assertEqual(self.balance("Payment clearing", "USD"), D("110.00"))
                self.assertEqual(self.balance("Payment clearing"), D("98.21"))
                self.assert_zero("Payouts in transit")
                payout.action_post()
                payout.action_match_bank()
                self.assert_zero("Payment clearing")
                self.assert_zero("Payouts in transit")

    def assert_zero(self, name):
        """The account is empty in dollars, and therefore in euros (law 15)."""
        self.assertEqual((self.balance(name, "USD"), self.balance(name)), (D("0.00"), D("0.00")), name)

    def test_refund_at_another_rate(self):
        self.set_rates(d0310="1.10", d0312="1.12", d0315="1.13")
        refund = self.refund("r1", "110.00", at=f"{PAID_OUT}T10:00:00Z")
        (order,) = self.accept(self.dollar_order(refunds=[refund]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assert_settled(order)
        terms = self.moves_of(order, "credit_note").line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertRecordValues(terms, [{"amount_residual": 0.0, "amount_residual_currency": 0.0}])
        self.assertEqual(self.balance("Payment clearing", "USD"), D("0.00"))
        payout = self.import_payout(
            self.report(
                self.charge("p-U1", "110.00"), ("txn_r", "-110.00", "0.00", "refund", "re_r1", "ch_p-U1"),
                ("txn_f", "-3.50", "0.00", "fee"), currency="usd",
            ), self.dollars,
        )  # fmt: skip
        payout.action_post()
        self.assert_zero("Payment clearing")

    def test_missing_rate_blocks_with_currency_and_date(self):
        moves = self.env["account.move"].search_count([])
        (order,) = self.accept(self.dollar_order())
        self.assertEqual(order.state, "blocked")
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.key, found.severity), ("currency", "USD", "1"))
        self.assertIn("USD", found.message)
        self.assertIn("USD on Mar 10, 2026", found.message)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertFalse(order.posting_ids)
        self.set_rates(d0310="1.10", d0312="1.12")
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(found.state, "resolved")
        self.assert_settled(order)

    def test_rate_that_begins_after_the_order(self):
        self.set_rates(d0312="1.12")
        (order,) = self.accept(self.dollar_order())
        self.assertEqual(order.state, "blocked")
        self.assertIn("USD on Mar 10, 2026", order.explanation)

    def test_rate_must_cover_the_true_date_of_a_late_entry(self):
        """An order of a locked month is booked later, but at the rate of its own day."""
        self.company.fiscalyear_lock_date = "2026-03-11"
        self.set_rates(d0312="1.12")
        (order,) = self.accept(self.dollar_order())
        self.assertEqual(order.state, "blocked", "it would be invoiced 1:1")
        self.assertIn("USD on Mar 10, 2026", order.explanation)

    def test_late_payment_is_worth_what_it_was_on_its_day(self):
        """A lock date moves the entry, not the rate; in both payment modes."""
        self.set_rates(d0310="1.10", d0312="1.12", d0315="1.20")
        self.company.fiscalyear_lock_date = "2026-03-15"
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                (order,) = self.accept(self.dollar_order(f"U-{mode}"))
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertRecordValues(
                    order.payment_ids.clearing_line_id,
                    [{"amount_currency": 110.0, "balance": 98.21, "date": date(2026, 3, 16)}],
                )
                self.assertRecordValues(self.moves_of(order, "invoice"), [{"amount_total_signed": 100.0}])
                self.assert_settled(order)

    def test_payout_without_rate_is_blocked(self):
        payout = self.import_payout(self.report(("txn_f", "-3.50", "0.00", "fee"), currency="usd"), self.dollars)
        self.assertTrue(payout.is_blocked)
        self.assertIn("no exchange rate of USD on Mar 15, 2026", payout.explanation)
        with self.assertRaisesRegex(UserError, "exchange rate"):
            payout.action_post()
        self.assertFalse(payout.move_id)
        self.set_rates(d0310="1.10")
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(payout.exception_ids.mapped("state"), ["resolved"])

    def test_inactive_currency(self):
        pound = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "GBP")])
        pound.active = False
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "gateway", "pattern": "card", "processor_account_id": self.dollars.id}
        )
        lines = [self.line("TSH", "50.00", rate=None)]
        (order,) = self.accept(self.order("G1", lines, "50.00", [self.payment("g", "50.00")], currency="GBP"))
        self.assertEqual(order.state, "blocked")
        self.assertEqual(order.currency_id, pound)
        self.assertIn("GBP is not active", order.explanation)
        self.assertFalse(order.posting_ids)

    def test_gateway_of_another_currency_is_named(self):
        self.set_rates(d0310="1.10")
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "gateway"), ("pattern", "=", "*"), ("currency_id", "=", self.dollar.id)]
        )
        rule.processor_account_id = self.processor
        (order,) = self.accept(self.dollar_order())
        self.assertEqual(order.state, "blocked")
        self.assertRegex(order.explanation, "Card payments EUR.* in EUR.*payment is in USD")
        self.assertFalse(order.posting_ids)
