import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.proof.payout_proof import PayoutProof
from .common import D
from .payout_common import PayoutCommon

LIST = "ecommerce.revaluation.list"
POSTED = "ecommerce.revaluation"


@tagged("post_install", "-at_install")
class TestRevaluation(PayoutCommon):
    """Dollars of a company in euros at the end of a month: 1.10 on the 1st, 1.12 on the 12th, 1.20 on the 31st."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.env.ref("base.USD")
        cls.dollar.active = True
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.dollar.id)]).unlink()
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.dollar.id, "name": day, "rate": rate, "company_id": cls.company.id}
                for day, rate in (
                    ("2026-03-01", 1.10),
                    ("2026-03-12", 1.12),
                    ("2026-03-31", 1.20),
                    ("2026-04-20", 1.05),
                )
            ]
        )
        cls.dollars = cls.processor_account("USD")
        cls.store.invoice_on = "order"
        cls.gain = cls.company.income_currency_exchange_account_id
        cls.loss = cls.company.expense_currency_exchange_account_id

    def dollar_order(self, number="U1", *, paid="2026-03-12T10:00:00Z"):
        """110.00 USD ordered on the 10th (100.00 EUR), by default paid on the 12th (98.21 EUR)."""
        payments = [self.payment(f"p-{number}", "110.00", at=paid)] if paid else []
        (order,) = self.accept(
            self.order(number, [self.line("MUG", "110.00", "0.00", "0")], "110.00", payments, currency="USD")
        )
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def listed(self, day="2026-03-31", user=None):
        return self.env[LIST].with_user(user or self.env.user).create({"day": day})

    def lines(self, wizard):
        return [
            (line.what, line.account_id.name, line.amount, line.carried, line.value, line.difference)
            for line in wizard.line_ids
        ]

    def items(self, move):
        return sorted((item.account_id.name, D(f"{item.balance:.2f}"), item.amount_currency) for item in move.line_ids)

    CLEARING = ("clearing", "Payment clearing", 110.0, 98.21, 91.67, -6.54)

    def test_open_balances_of_the_day(self):
        self.dollar_order()
        self.dollar_order("U2", paid=None)
        wizard = self.listed()
        self.assertEqual(
            self.lines(wizard), [self.CLEARING, ("receivable", "Account Receivable", 110.0, 100.0, 91.67, -8.33)]
        )
        self.assertIn("carried at 98.21", wizard.totals_text)
        self.assertEqual({line.rate for line in wizard.line_ids}, {1.2})
        self.assertEqual(self.lines(self.listed("2026-03-11")), [
            ("receivable", "Account Receivable", 220.0, 200.0, 200.0, 0.0)])  # fmt: skip
        self.assertFalse(self.listed("2026-03-09").line_ids)

    def test_what_is_settled_later_is_open_on_the_day(self):
        self.dollar_order(paid="2026-04-20T10:00:00Z")
        self.assertEqual(self.lines(self.listed()), [("receivable", "Account Receivable", 110.0, 100.0, 91.67, -8.33)])
        self.assertEqual([line[0] for line in self.lines(self.listed("2026-04-30"))], ["clearing"])

    def test_in_transit_and_reserve(self):
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "reserve", "pattern": "*", "account_id": self.account("Store suspense (unmapped)").id,
                "company_id": self.company.id,
            }
        )  # fmt: skip
        self.dollar_order()
        payout = self.import_payout(
            self.report(self.charge("p-U1", "110.00"), ("txn_r", "-10.00", "0.00", "risk_reserved_funds"),
                        paid="2026-03-15", currency="usd"), self.dollars,
        )  # fmt: skip
        payout.action_post()
        found = {line[0]: line[2:] for line in self.lines(self.listed())}
        self.assertEqual(found["transit"], (100.0, 89.29, 83.33, -5.96))
        self.assertEqual(found["reserve"], (10.0, 8.93, 8.33, -0.6))
        self.assertEqual(set(found), {"transit", "reserve"})

    def test_posted_on_the_day_and_taken_back_on_the_next(self):
        self.dollar_order()
        wizard = self.listed()
        self.assertTrue(wizard.can_post)
        moves = self.env["account.move"].search(wizard.action_post()["domain"], order="date")
        entry, reversal = moves
        self.assertEqual([str(move.date) for move in moves], ["2026-03-31", "2026-04-01"])
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(entry.journal_id, self.company.currency_exchange_journal_id)
        self.assertEqual(
            self.items(entry), sorted([(self.loss.name, D("6.54"), 0.0), ("Payment clearing", D("-6.54"), 0.0)])
        )
        self.assertEqual(
            self.items(reversal), sorted([(self.loss.name, D("-6.54"), 0.0), ("Payment clearing", D("6.54"), 0.0)])
        )
        self.assertEqual(reversal.reversed_entry_id, entry)
        self.assertRecordValues(
            self.env[POSTED].search([("company_id", "=", self.company.id)]),
            [{"amount": 110.0, "carried": 98.21, "rate": 1.2, "value": 91.67, "difference": -6.54,
              "move_id": entry.id, "reversal_move_id": reversal.id}],
        )  # fmt: skip
        self.assertEqual((self.balance("Payment clearing"), self.balance("Payment clearing", "USD")), (D("98.21"), 110))
        checks = PayoutProof(self.company).checks()
        self.assertFalse([check for check in checks if not check.holds], checks)

    def test_an_entry_and_its_reversal_leave_nothing_open(self):
        """Else each period end would leave two open items for each account."""
        order = self.dollar_order()
        self.dollar_order("U2", paid=None)
        item = order.payment_ids.clearing_line_id
        moves = self.env["account.move"].search(self.listed().action_post()["domain"], order="date")
        ours = moves.line_ids.filtered(lambda line: line.account_id.reconcile)
        self.assertEqual(len(ours), 4, "clearing and receivable, there and back")
        self.assertEqual(set(ours.mapped("reconciled")), {True})
        entry, reversal = moves
        for line in entry.line_ids & ours:
            (other,) = line.matched_debit_ids.debit_move_id | line.matched_credit_ids.credit_move_id
            self.assertEqual(
                (other.move_id, other.account_id, other.balance), (reversal, line.account_id, -line.balance)
            )
        self.assertFalse((ours.matched_debit_ids | ours.matched_credit_ids).exchange_move_id)
        # What they value stays as it was: open with all that it was booked with.
        self.assertEqual((item.amount_residual_currency, D(f"{item.amount_residual:.2f}")), (110.0, D("98.21")))
        self.assertFalse(item.matched_debit_ids | item.matched_credit_ids)
        payout = self.import_payout(
            self.report(self.charge("p-U1", "110.00"), paid="2026-04-20", currency="usd"), self.dollars
        )
        payout.action_post()
        self.assertTrue(item.reconciled)
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_gains_and_losses_are_not_netted(self):
        """A gift card that is not paid yet: what the customer owes loses, what we owe gains."""
        (order,) = self.accept(
            self.order("G1", [self.line("GC", "60.00", rate=None, kind="gift_card")], "60.00", currency="USD")
        )
        self.assertEqual(order.state, "posted", order.explanation)
        wizard = self.listed()
        name = self.moves_of(order, "invoice").invoice_line_ids.account_id.name
        self.assertEqual(
            self.lines(wizard),
            [
                ("liability", name, -60.0, -54.55, -50.0, 4.55),
                ("receivable", "Account Receivable", 60.0, 54.55, 50.0, -4.55),
            ],
        )  # fmt: skip
        entry = self.env["account.move"].search(wizard.action_post()["domain"], order="date", limit=1)
        self.assertEqual(
            self.items(entry),
            sorted([
                ("Account Receivable", D("-4.55"), 0.0), (name, D("4.55"), 0.0), (self.gain.name, D("-4.55"), 0.0),
                (self.loss.name, D("4.55"), 0.0),
            ]),
        )  # fmt: skip

    def test_once_for_a_day_and_account(self):
        self.dollar_order()
        wizard = self.listed()
        wizard.action_post()
        self.assertTrue(wizard.line_ids.move_id)
        again = self.listed()
        self.assertEqual(self.lines(again), [self.CLEARING])
        self.assertEqual((again.can_post, again.line_ids.move_id), (False, wizard.line_ids.move_id))
        with self.assertRaisesRegex(UserError, "nothing to post"), self.env.cr.savepoint():
            again.action_post()
        self.dollar_order("U2", paid=None)
        again.action_post()
        self.assertEqual(self.env[POSTED].search_count([("company_id", "=", self.company.id)]), 2)

    def test_a_payment_that_is_settled_after_it_leaves_nothing(self):
        self.dollar_order()
        self.listed().action_post()
        payout = self.import_payout(
            self.report(self.charge("p-U1", "110.00"), paid="2026-04-20", currency="usd"), self.dollars
        )
        payout.action_post()
        self.assertEqual((self.balance("Payment clearing"), self.balance("Payment clearing", "USD")), (0, 0))
        self.assertEqual(self.lines(self.listed("2026-04-30"))[0][:4], ("transit", "Payouts in transit", 110.0, 104.76))

    def test_a_lock_date_is_not_crossed(self):
        self.dollar_order()
        wizard = self.listed()
        self.company.fiscalyear_lock_date = "2026-03-31"
        with self.assertRaisesRegex(UserError, "Mar 31, 2026 is closed by a lock date"), self.env.cr.savepoint():
            wizard.action_post()
        self.assertFalse(self.env[POSTED].search([("company_id", "=", self.company.id)]))

    def test_a_day_without_a_rate(self):
        self.dollar_order()
        self.env["res.currency.rate"].search([("currency_id", "=", self.dollar.id)]).unlink()
        wizard = self.listed()
        self.assertEqual(wizard.line_ids.problem, "There is no rate on this day.")
        with self.assertRaisesRegex(UserError, "no exchange rate of USD on Mar 31, 2026"), self.env.cr.savepoint():
            wizard.action_post()

    def test_what_is_empty_in_its_currency_only_is_named(self):
        self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-03-20",
                "line_ids": [
                    (0, 0, {"account_id": account.id, "currency_id": self.dollar.id, "amount_currency": 0.0,
                            "balance": balance})
                    for account, balance in ((self.account("Payment clearing"), 3.1), (self.loss, -3.1))
                ],
            }
        ).action_post()  # fmt: skip
        wizard = self.listed()
        self.assertEqual(self.lines(wizard), [("clearing", "Payment clearing", 0.0, 3.1, 0.0, -3.1)])
        self.assertRegex(wizard.finding, "Payment clearing is empty in USD, but carries 3.10")
        self.assertFalse(wizard.can_post)
        with self.assertRaisesRegex(UserError, "nothing to post"), self.env.cr.savepoint():
            wizard.action_post()

    def test_export(self):
        self.dollar_order()
        wizard = self.listed()
        action = wizard.action_export_csv()
        self.assertIn(f"/web/content/{LIST}/{wizard.id}/export_file", action["url"])
        head, row = base64.b64decode(wizard.export_file).decode("utf-8-sig").splitlines()
        code = self.account("Payment clearing").code
        self.assertTrue(head.startswith("date,account,name,what,currency,amount,rate,carried,value,difference"))
        self.assertEqual(row, f"2026-03-31,{code},Payment clearing,Clearing,USD,110.00,1.2,98.21,91.67,-6.54,")

    def test_another_day_is_another_list(self):
        self.dollar_order()
        wizard = self.listed("2026-03-09")
        wizard.day = "2026-03-31"
        self.assertEqual(self.lines(wizard), [self.CLEARING])

    def test_access(self):
        viewer, accountant = (
            new_test_user(
                self.env, login=f"rev_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant")
        )  # fmt: skip
        self.dollar_order()
        with self.assertRaises(AccessError):
            self.listed(user=viewer)
        wizard = self.listed(user=accountant)
        wizard.action_post()
        posted = self.env[POSTED].search([("company_id", "=", self.company.id)])
        self.assertEqual(posted.move_id.create_uid, accountant)
        for values in ({"difference": 0.0}, {"move_id": False}):
            with self.assertRaises(AccessError):
                posted.with_user(accountant).write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            posted.sudo().unlink()
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(UserError):
            wizard.write({"company_id": other.id})
