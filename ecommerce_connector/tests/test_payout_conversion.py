from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.payouts.payout_executor import PayoutExecutor
from ..models.proof.payout_proof import PayoutProof
from .common import D
from .payout_common import PayoutCommon

HEADER = "payout_id,paid_on,transaction_id,type,gross,fee,net,currency,date,source_id"


@tagged("post_install", "-at_install")
class TestPayoutConversion(PayoutCommon):
    """Payouts and charges that change their currency on the way, and law 15 after them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar, cls.euro = cls.env.ref("base.USD"), cls.env.ref("base.EUR")
        cls.store.invoice_on = "order"
        cls.dollars = cls.processor_account("USD")
        (cls.dollars | cls.processor).processor = "generic"
        cls.dollars.bank_journal_id = cls.company_data["default_journal_bank"]
        cls.env["res.currency.rate"].create(
            [
                {"name": day, "company_rate": rate, "currency_id": cls.dollar.id, "company_id": cls.company.id}
                for day, rate in (("2026-03-10", 1.10), ("2026-03-12", 1.12), ("2026-03-15", 1.13))
            ]
        )
        cls.loss, cls.gain = (cls.company[f"{side}_currency_exchange_account_id"] for side in ("expense", "income"))

    def dollar_order(self, number="U1"):
        lines = [self.line("TSH", "110.00", rate=None)]
        payment = self.payment(f"p-{number}", "110.00", at="2026-03-12T10:00:00Z")
        (order,) = self.accept(self.order(number, lines, "110.00", [payment], currency="USD"))
        return order

    def dollar_payout(self, number="U1", **columns):
        """USD 106.50 for an order of USD 110.00."""
        return self.import_payout(self.csv(
            f"PAYOUT-01,2026-03-15,t1,charge,110.00,3.50,106.50,USD,2026-03-12,ch_p-{number}",
            "PAYOUT-01,2026-03-15,t2,payout,106.50,0.00,106.50,USD,,", **columns,
        ), self.dollars)  # fmt: skip

    @staticmethod
    def csv(*rows, **columns):
        """The connector's payout CSV; columns that are given have their value in every payout row."""
        lines = [",".join([HEADER, *columns])]
        for row in rows:
            values = columns.values() if ",payout," in row else [""] * len(columns)
            lines.append(",".join([row, *values]))
        return ("\n".join(lines) + "\n").encode()

    def items(self, move):
        return [
            (item.account_id.name, item.currency_id.name, D(f"{item.amount_currency:.2f}"), D(f"{item.balance:.2f}"))
            for item in move.line_ids.sorted("sequence")
        ]

    def assert_proved(self, *names):
        checks = PayoutProof(self.company).checks()
        self.assertFalse([check for check in checks if not check.holds], checks)
        for name in names:
            self.assertEqual(self.balance(name), D("0.00"), name)

    def test_a_person_says_what_the_bank_made_of_it(self):
        order = self.dollar_order()
        payout = self.dollar_payout()
        self.assertTrue(payout.needs_conversion)
        payout = payout.with_context(tracking_disable=False, mail_notrack=False)
        self.env.cr.precommit.run()
        payout.write({"bank_currency_id": self.euro.id, "bank_amount": 93.10, "conversion_fee": 0.0})
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertFalse(payout.needs_conversion)
        self.assertIn("(93.10 EUR)", payout.plan_text)
        self.assertIn(93.1, payout.message_ids.tracking_value_ids.mapped("new_value_float"), "who said so is told")
        payout.action_post()
        self.assertEqual(
            self.items(payout.move_id),
            [
                ("Payment clearing", "USD", D("-110.00"), D("-98.21")),
                ("Payment processing fees", "USD", D("3.50"), D("3.13")),
                ("Payouts in transit", "EUR", D("93.10"), D("93.10")),
                (self.loss.name, "USD", D("0.00"), D("1.98")),
            ],
        )  # fmt: skip
        self.assertTrue(order.payment_ids.clearing_line_id.reconciled)
        self.assert_proved("Payment clearing")
        with self.assertRaisesRegex(UserError, "Undo the posting before you say what it arrived as"):
            payout.bank_amount = 93.0
        self.bank_line(93.10, text="WIRE PAYOUT-01")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        self.assert_proved("Payment clearing", "Payouts in transit")

    def test_undone_and_posted_again(self):
        self.dollar_order()
        payout = self.dollar_payout(bank_amount="93.10", bank_currency="EUR", conversion_fee="")
        payout.action_post()
        first = self.items(payout.move_id)
        payout.action_undo()
        self.assertEqual((self.balance("Payment clearing", "USD"), self.balance("Payment clearing")), (110, D("98.21")))
        self.assertEqual(self.balance("Payouts in transit"), 0)
        self.assert_proved()
        payout.action_post()
        self.assertEqual(self.items(payout.move_id), first)
        self.assert_proved("Payment clearing")

    def test_it_arrives_on_a_bank_account_of_its_currency(self):
        self.dollar_order()
        bank = self.env["account.journal"].create(
            {"name": "Bank USD", "code": "BUSX", "type": "bank", "currency_id": self.dollar.id}
        )
        self.dollars.bank_journal_id = bank
        payout = self.dollar_payout(bank_amount="93.10", bank_currency="EUR")
        self.assertTrue(payout.is_blocked)
        self.assertIn("arrives in EUR, but Bank USD", payout.explanation)
        with self.assertRaisesRegex(UserError, "Choose the bank account it arrives on"), self.env.cr.savepoint():
            payout.action_post()
        self.dollars.bank_journal_id = self.company_data["default_journal_bank"]
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(payout.exception_ids.mapped("state"), ["resolved"])

    def test_what_the_report_says_is_kept(self):
        self.dollar_order()
        payout = self.dollar_payout(bank_amount="93.10", bank_currency="EUR", conversion_fee="0.40")
        self.assertRecordValues(
            payout, [{"bank_amount": 93.1, "bank_currency_id": self.euro.id, "conversion_fee": 0.4,
                      "is_conversion_stated": True, "needs_conversion": False}],
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "The report of payout PAYOUT-01 says what it arrives as"):
            payout.bank_amount = 90.0
        self.assertEqual(payout.bank_amount, 93.1)

    def test_a_fuller_report_tells_of_the_conversion(self):
        self.dollar_order()
        payout = self.dollar_payout()
        again, notices = self.dollars._import_report("second.csv", self.csv(
            "PAYOUT-01,2026-03-15,t1,charge,110.00,3.50,106.50,USD,2026-03-12,ch_p-U1",
            "PAYOUT-01,2026-03-15,t2,payout,106.50,0.00,106.50,USD,,", bank_amount="93.10", bank_currency="EUR",
        ), self.store)  # fmt: skip
        self.assertEqual(again, payout)
        self.assertIn("93.10 EUR instead of 106.50 USD at the bank", " ".join(notices))
        self.assertRecordValues(payout, [{"bank_amount": 93.1, "is_conversion_stated": True}])

    def test_senseless_conversions_are_refused(self):
        self.dollar_order()
        payout = self.dollar_payout()
        for values, problem in (
            ({"bank_currency_id": self.dollar.id, "bank_amount": 106.5}, "nothing was converted"),
            ({"bank_currency_id": self.euro.id, "bank_amount": -93.1}, "106.50 USD cannot become -93.10 EUR"),
            ({"bank_currency_id": self.euro.id, "bank_amount": 0.0}, "cannot become 0.00 EUR"),
            ({"bank_currency_id": self.euro.id, "bank_amount": 93.1, "conversion_fee": -1.0}, "is negative"),
        ):
            with self.subTest(**values), self.assertRaisesRegex(ValidationError, problem), self.env.cr.savepoint():
                payout.write(values)
        with self.assertRaises(AccessError):
            payout.write({"is_conversion_stated": True})

    def converting(self):
        """The euro account takes charges in dollars; the processor converts them."""
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "gateway"), ("pattern", "=", "*"), ("currency_id", "=", self.dollar.id)]
        )
        rule.processor_account_id = self.processor
        self.processor.converts_charges = True

    EUROS = f"{HEADER},charged_amount,charged_currency\n"

    def test_charges_that_are_converted_at_once(self):
        self.converting()
        order = self.dollar_order()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertRecordValues(
            order.payment_ids.clearing_line_id,
            [{"currency_id": self.dollar.id, "amount_currency": 110.0, "balance": 98.21}],
        )
        self.assert_proved()
        payout = self.import_payout(
            (self.EUROS + "PO-2,2026-03-15,t1,charge,97.90,3.00,94.90,EUR,2026-03-12,ch_p-U1,110.00,USD\n").encode()
        )
        self.assertEqual((payout.matched_count, payout.is_blocked), (1, False), payout.explanation)
        payout.action_post()
        self.assertEqual(
            self.items(payout.move_id),
            [
                ("Payment clearing", "USD", D("-110.00"), D("-98.21")),
                ("Payment processing fees", "EUR", D("3.00"), D("3.00")),
                ("Payouts in transit", "EUR", D("94.90"), D("94.90")),
                (self.loss.name, "EUR", D("0.31"), D("0.31")),
            ],
        )  # fmt: skip
        self.assertTrue(order.payment_ids.clearing_line_id.reconciled)
        self.assert_proved("Payment clearing")
        self.assertEqual(self.balance("Payment clearing", "USD"), 0)

    def test_a_gain_of_the_processors_rate(self):
        self.converting()
        self.dollar_order()
        payout = self.import_payout(
            (self.EUROS + "PO-2,2026-03-15,t1,charge,98.50,0.00,98.50,EUR,2026-03-12,ch_p-U1,110.00,USD\n").encode()
        )
        payout.action_post()
        self.assertEqual(self.items(payout.move_id)[-1], (self.gain.name, "EUR", D("-0.29"), D("-0.29")))

    def test_without_leave_another_currency_is_refused(self):
        self.converting()
        self.processor.converts_charges = False
        order = self.dollar_order()
        self.assertEqual(order.state, "blocked")
        self.assertIn("tick Converts Charges", order.explanation)

    def test_an_order_that_comes_after_its_converted_charge_was_accepted(self):
        self.converting()
        payout = self.import_payout(
            (self.EUROS + "PO-2,2026-03-15,t1,charge,97.90,0.00,97.90,EUR,2026-03-12,ch_p-U1,110.00,USD\n").encode()
        )
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.assertEqual(self.items(payout.move_id)[0], ("Payment clearing", "EUR", D("-97.90"), D("-97.90")))
        self.assert_proved()
        order = self.dollar_order()
        payout.action_match()
        self.assertFalse(order.payment_ids.clearing_line_id.reconciled)
        (found,) = payout.exception_ids.filtered(lambda item: item.state == "open")
        self.assertIn("undo the payout, and post it again", found.message)
        payout.action_undo()
        payout.action_post()
        self.assertEqual(self.items(payout.move_id)[0], ("Payment clearing", "USD", D("-110.00"), D("-98.21")))
        self.assertEqual(found.state, "resolved")
        self.assert_proved("Payment clearing")

    RESERVE = "Store suspense (unmapped)"

    def reserves(self, *rows):
        """Payouts of (day, kind, amount) on a reserve account, posted in their order."""
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "reserve", "pattern": "*", "account_id": self.account(self.RESERVE).id,
                "company_id": self.company.id,
            }
        )  # fmt: skip
        for number, (day, kind, amount) in enumerate(rows):
            payout = self.import_payout(
                self.csv(f"R-{number},{day},r{number},{kind},{amount},0.00,{amount},USD,{day},"), self.dollars
            )
            payout.action_post()
        return payout

    def assert_no_reserve(self):
        self.assertEqual((self.balance(self.RESERVE, "USD"), self.balance(self.RESERVE)), (D("0.00"), D("0.00")))

    def test_payouts_under_way_that_cancel_out(self):
        """Nothing in dollars is in transit, and yet something in euros: each will leave with its own value."""
        for number, (day, amount) in enumerate((("2026-03-10", "-50.00"), ("2026-03-15", "50.00"))):
            payout = self.import_payout(
                self.csv(f"X-{number},{day},x{number},fee,{amount},0.00,{amount},USD,{day},"), self.dollars
            )
            payout.action_post()
        name = "Payouts in transit"
        self.assertEqual((self.balance(name, "USD"), self.balance(name)), (D("0.00"), D("-1.20")))
        self.assert_proved()
        entry = self.env["account.move"].create(
            {
                "date": "2026-03-15", "line_ids": [
                    (0, 0, {"account_id": account.id, "currency_id": self.dollar.id, "amount_currency": 0.0,
                            "balance": amount})
                    for account, amount in ((self.account(name), 1.20), (self.loss, -1.20))
                ],
            }
        )  # fmt: skip
        entry.action_post()
        broken = [check for check in PayoutProof(self.company).checks() if not check.holds]
        self.assertEqual([(check.law, check.expected, check.actual) for check in broken], [(15, D("-1.20"), D("0.00"))])

    def test_a_reserve_is_given_back_with_what_it_was_worth(self):
        payout = self.reserves(("2026-03-10", "reserve_hold", "-50.00"), ("2026-03-15", "reserve_release", "50.00"))
        self.assert_no_reserve()
        self.assertEqual(self.items(payout.move_id)[-1][-1], D("1.20"), "45.45 came back as 44.25")

    def test_a_reserve_that_is_given_back_before_the_payout_that_held_it_is_posted(self):
        payout = self.reserves(("2026-03-15", "reserve_release", "50.00"), ("2026-03-10", "reserve_hold", "-50.00"))
        self.assert_no_reserve()
        self.assertEqual(self.items(payout.move_id)[-1][-1], D("1.20"))

    def test_more_is_given_back_than_is_held(self):
        self.reserves(
            ("2026-03-10", "reserve_hold", "-50.00"), ("2026-03-15", "reserve_release", "60.00"),
            ("2026-03-16", "reserve_hold", "-10.00"),
        )  # fmt: skip
        self.assert_no_reserve()

    def test_no_account_for_the_exchange_difference(self):
        self.dollar_order()
        payout = self.dollar_payout(bank_amount="93.10", bank_currency="EUR", conversion_fee="")
        self.company.expense_currency_exchange_account_id = False
        with self.assertRaisesRegex(UserError, "PAYOUT-01 is 1.98 EUR, and .* has no account for it"):
            payout.action_post()
        self.assertFalse(payout.move_id)

    def test_many_converted_charges_need_no_query_each(self):
        self.converting()
        numbers = range(20)
        self.accept(*(
            self.order(
                f"U{at}", [self.line("TSH", "110.00", rate=None)], "110.00",
                [self.payment(f"p-U{at}", "110.00", at="2026-03-12T10:00:00Z")], currency="USD",
            )
            for at in numbers
        ))  # fmt: skip
        rows = "".join(
            f"PO-2,2026-03-15,t{at},charge,97.90,3.00,94.90,EUR,2026-03-12,ch_p-U{at},110.00,USD\n" for at in numbers
        )
        payout = self.import_payout((self.EUROS + rows).encode())
        _matches, plan = payout._plan()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        lines = PayoutExecutor(payout)._lines(plan)
        self.assertEqual(len(lines), 20 + 3)
        self.assertLess(self.env.cr.sql_log_count - before, 20)
