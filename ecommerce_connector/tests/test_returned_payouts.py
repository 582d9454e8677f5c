from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.payouts.returned_payouts import RETURN_OPEN, WAITS
from ..models.proof.payout_proof import PayoutProof
from .common import D
from .payout_common import PayoutCommon

TRANSIT = "Payouts in transit"


class ReturnedCommon(PayoutCommon):
    """Payout po_1 and a later one, po_2, of which one row is the first that came back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.invoice_on = "order"
        cls.dollar = cls.env.ref("base.USD")

    def sold(self, number, amount, currency="EUR"):
        """The report's row of an order's payment, 3.00 of fee."""
        lines = [self.line("TSH", amount, rate=None)]
        paid = [self.payment(f"p-{number}", amount)]
        self.accept(self.order(number, lines, amount, paid, currency=currency))
        return self.charge(f"p-{number}", amount, "3.00")

    @staticmethod
    def came_back(amount="117.00", tx="txn_back", original="po_1"):
        return tx, amount, "0.00", "payout_reversal", original, ""

    def first(self, processor=None, currency="EUR"):
        """po_1: 117.00."""
        row = self.sold("P1", "120.00", currency)
        return self.import_payout(self.report(row, currency=currency.lower()), processor)

    def second(self, *returned, processor=None, currency="EUR", payout="po_2", number="P2"):
        """po_2: 45.00 and what came back."""
        row = self.sold(number, "48.00", currency)
        rows = self.report(row, *returned, payout=payout, paid="2026-03-20", currency=currency.lower())
        return self.import_payout(rows, processor)

    def items(self, payout):
        """What the payout's entry has in transit."""
        items = payout.move_id.line_ids.filtered(lambda item: item.account_id.name == TRANSIT).sorted("sequence")
        return [
            (item.currency_id.name, D(f"{item.amount_currency:.2f}"), D(f"{item.balance:.2f}"), item.reconciled)
            for item in items
        ]

    def open_exceptions(self, payout):
        found = payout.exception_ids.filtered(lambda item: item.state == "open")
        return [(item.code, item.key, item.amount) for item in found]

    @staticmethod
    def told(payout):
        return "\n".join(payout.exception_ids.filtered(lambda item: item.state == "open").mapped("message"))

    def assert_proved(self):
        checks = PayoutProof(self.company).checks()
        self.assertFalse([check for check in checks if not check.holds], checks)


@tagged("post_install", "-at_install")
class TestReturnedPayouts(ReturnedCommon):
    """A payout that came back is settled with the original, where it is certain which one that is."""

    def test_it_settles_the_original(self):
        first, second = self.first(), self.second(self.came_back())
        (second | first).action_post()  # the original first, whatever the order of the list
        self.assertEqual(
            self.items(second),
            [("EUR", D("-117.00"), D("-117.00"), True), ("EUR", D("162.00"), D("162.00"), False)],
        )
        self.assertTrue(first.in_transit_line_id.reconciled)
        self.assertEqual((first.state, first.bank_line_id.id, second.state), ("banked", False, "posted"))
        self.assertEqual(self.balance(TRANSIT), D("162.00"))
        self.assertIn("settles the payout that came back", second.plan_text)
        self.assertEqual(self.open_exceptions(second), [])
        self.assert_proved()

    def test_it_waits_until_the_original_is_posted(self):
        first, second = self.first(), self.second(self.came_back())
        second.action_match()
        self.assertEqual(self.open_exceptions(second), [(WAITS, "txn_back", 117.0)])
        with self.assertRaisesRegex(UserError, "payout po_1 that came back, which is not posted yet"):
            second.action_post()
        first.action_post()
        second.action_post()
        self.assertTrue(first.in_transit_line_id.reconciled)
        self.assertEqual(self.open_exceptions(second), [])

    def test_undone_and_posted_again(self):
        first, second = self.first(), self.second(self.came_back())
        (first | second).action_post()
        with self.assertRaisesRegex(UserError, f"po_1 is reconciled with {second.move_id.name}"):
            first.action_undo()
        second.action_undo()
        self.assertEqual((first.state, second.state), ("posted", "draft"))
        self.assertFalse(first.in_transit_line_id.reconciled)
        self.assertEqual(self.balance(TRANSIT), D("117.00"))
        self.assert_proved()
        second.action_post()
        self.assertEqual((first.state, self.balance(TRANSIT)), ("banked", D("162.00")))

    # === Other currencies === #

    def dollars(self):
        """The account in USD, and a bank account in USD; 1.25 for a euro until 14 March, then 1.60, then 1.00."""
        dollars = self.processor_account("USD")
        dollars.bank_journal_id = self.env["account.journal"].create(
            {"name": "Bank USD", "code": "BUSX", "type": "bank", "currency_id": self.dollar.id}
        )
        self.env["res.currency.rate"].create(
            [
                {"name": day, "company_rate": rate, "currency_id": self.dollar.id, "company_id": self.company.id}
                for day, rate in (("2026-03-01", 1.25), ("2026-03-15", 1.6), ("2026-03-18", 1.0))
            ]
        )
        return dollars

    def test_it_leaves_transit_with_the_value_it_has_there(self):
        """117 USD went into transit at 1.60 and come back at 1.00: 73.13 EUR leave, not 117.00."""
        dollars = self.dollars()
        first, second = self.first(dollars, "USD"), self.second(self.came_back(), processor=dollars, currency="USD")
        (first | second).action_post()
        self.assertEqual(self.items(first), [("USD", D("117.00"), D("73.13"), True)])
        self.assertEqual(
            self.items(second),
            [("USD", D("-117.00"), D("-73.13"), True), ("USD", D("162.00"), D("162.00"), False)],
        )
        self.assertEqual(self.balance(TRANSIT), D("162.00"))
        self.assertFalse(first.in_transit_line_id.matched_credit_ids.exchange_move_id, "no entry besides")
        self.assert_proved()

    def converted(self, fee=0.0):
        """po_1 arrives as 93.10 EUR."""
        dollars = self.dollars()
        dollars.bank_journal_id = self.company_data["default_journal_bank"]
        first = self.first(dollars, "USD")
        first.write({"bank_currency_id": self.euro.id, "bank_amount": 93.10, "conversion_fee": fee})
        return dollars, first

    def test_a_converted_one_leaves_transit_in_its_own_currency(self):
        dollars, first = self.converted()
        second = self.second(self.came_back(), processor=dollars, currency="USD")
        second.write({"bank_currency_id": self.euro.id, "bank_amount": 150.0, "conversion_fee": 0.0})
        (first | second).action_post()
        self.assertEqual(self.items(first), [("EUR", D("93.10"), D("93.10"), True)])
        self.assertEqual(
            self.items(second), [("EUR", D("-93.10"), D("-93.10"), True), ("EUR", D("150.00"), D("150.00"), False)]
        )
        self.assertEqual((self.balance(TRANSIT, "USD"), self.balance(TRANSIT, "EUR")), (D("0.00"), D("150.00")))
        self.assertEqual((first.state, self.open_exceptions(second)), ("banked", []))
        self.assert_proved()

    def test_a_converted_one_with_a_fee_is_not_guessed(self):
        self.env["ecommerce.mapping.rule"].create(
            {
                "company_id": self.company.id, "kind": "payout_fee", "pattern": "currency_conversion",
                "account_id": self.account("Payment processing fees").id,
            }
        )  # fmt: skip
        dollars, first = self.converted(fee=0.5)
        second = self.second(self.came_back(), processor=dollars, currency="USD")
        (first | second).action_post()
        self.assertFalse(first.in_transit_line_id.reconciled)
        self.assertEqual(self.open_exceptions(second), [(RETURN_OPEN, "txn_back", 117.0)])
        self.assertIn("something was taken for its conversion", self.told(second))

    # === What is not certain === #

    def assert_open(self, second, why, tx="txn_back"):
        """Neither is settled, and the exception says why; once a person settles it, that is over."""
        item = second.transaction_ids.filtered(lambda row: row.kind == "payout").clearing_line_id
        self.assertFalse(item.reconciled)
        self.assertIn((RETURN_OPEN, tx), [found[:2] for found in self.open_exceptions(second)])
        self.assertIn(why, self.told(second))
        self.assert_proved()
        counterpart = self.env["account.move"].create(
            {
                "line_ids": [
                    (0, 0, {"account_id": item.account_id.id, "balance": -item.balance}),
                    (0, 0, {"account_id": self.account("Store sales").id, "balance": item.balance}),
                ],
            }
        )
        counterpart.action_post()
        (item | counterpart.line_ids[0]).reconcile()
        second.action_match()
        self.assertNotIn(RETURN_OPEN, [found[0] for found in self.open_exceptions(second)])

    def test_another_amount(self):
        first, second = self.first(), self.second(self.came_back("100.00"))
        (first | second).action_post()
        self.assertFalse(first.in_transit_line_id.reconciled)
        self.assert_open(second, "payout po_1 was 117.00 EUR")

    def test_no_reference_or_an_unknown_one(self):
        for number, (original, why) in enumerate((("", "does not say which"), ("po_0", "payout po_0 is not here")), 1):
            with self.subTest(original=original):
                row = self.came_back(original=original, tx=f"txn_back{number}")
                second = self.second(row, payout=f"po_2{number}", number=f"P2{number}")
                second.action_post()
                self.assert_open(second, why, f"txn_back{number}")

    def test_two_that_name_the_same_original(self):
        first, second = self.first(), self.second(self.came_back(), self.came_back(tx="txn_again"))
        (first | second).action_post()
        self.assertFalse(first.in_transit_line_id.reconciled)
        self.assertEqual(
            sorted(self.open_exceptions(second)), [(RETURN_OPEN, "txn_again", 117.0), (RETURN_OPEN, "txn_back", 117.0)]
        )
        self.assertIn("txn_again (po_2) says too that payout po_1 came back", self.told(second))
        self.assertIn("txn_back (po_2) says too that payout po_1 came back", self.told(second))

    def test_one_that_the_bank_has(self):
        """It arrived and was sent back: the bank has a line for either, and a person matches the second."""
        first = self.first()
        first.action_post()
        self.bank_line(117.0)
        first.action_match_bank()
        second = self.second(self.came_back())
        second.action_post()
        self.assert_open(second, "payout po_1: only 0.00 of its 117.00 EUR")

    def test_an_original_that_is_read_later(self):
        """It is settled with what was booked before, or a person is told to post that again."""
        second = self.second(self.came_back())
        second.action_post()
        self.assertEqual(self.open_exceptions(second), [(RETURN_OPEN, "txn_back", 117.0)])
        first = self.first()
        second.action_match()
        self.assertIn("the original is not posted yet", self.told(second))
        first.action_post()
        second.action_match()
        self.assertTrue(first.in_transit_line_id.reconciled)
        self.assertEqual((self.open_exceptions(second), self.balance(TRANSIT)), ([], D("162.00")))
        self.assert_proved()

    def test_a_converted_original_that_is_read_later(self):
        dollars = self.dollars()
        dollars.bank_journal_id = self.company_data["default_journal_bank"]
        second = self.second(self.came_back(), processor=dollars, currency="USD")
        second.write({"bank_currency_id": self.euro.id, "bank_amount": 150.0, "conversion_fee": 0.0})
        second.action_post()
        first = self.first(dollars, "USD")
        first.write({"bank_currency_id": self.euro.id, "bank_amount": 93.10, "conversion_fee": 0.0})
        first.action_post()
        second.action_match()
        self.assertIn(
            "payout po_1 is in transit in EUR: undo the posting of this one, and post it again", self.told(second)
        )
        second.action_undo()
        second.action_post()
        self.assertEqual((self.balance(TRANSIT, "USD"), self.balance(TRANSIT, "EUR")), (D("0.00"), D("150.00")))
        self.assertEqual(self.open_exceptions(second), [])
        self.assert_proved()
