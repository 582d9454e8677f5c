from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import D
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeCurrencies(DisputeCommon):
    """A dispute in dollars of a company in euros: disputed funds end at nothing in both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollar = cls.env.ref("base.USD")
        cls.dollars = cls.processor_account("USD")
        rates = (("2026-03-01", 1.10), ("2026-03-15", 1.25), ("2026-04-01", 1.37), ("2026-05-01", 0.93))
        cls.env["res.currency.rate"].create(
            [
                {"name": day, "company_rate": rate, "currency_id": cls.dollar.id, "company_id": cls.company.id}
                for day, rate in rates
            ]
        )

    def opened(self, **more):
        self.accept({**self.sale(), "currency": "USD"})
        self.pay(self.withdrawal(**more), payout="po_w", paid="2026-03-20")
        return self.dispute()

    def pay(self, *rows, payout, paid):
        return self.paid_out(*rows, payout=payout, paid=paid, processor=self.dollars, currency="usd")

    def assert_nothing_disputed(self, lost):
        """Nothing in either currency; so much is lost, in dollars."""
        self.assertEqual(self.balance("Disputed payments", "USD"), D(0))
        self.assertEqual(self.balance("Disputed payments"), D(0))
        self.assertEqual(self.balance("Chargeback losses", "USD"), D(lost))
        self.assertEqual(self.open_items(), [])

    def exchange(self):
        accounts = self.company.expense_currency_exchange_account_id | self.company.income_currency_exchange_account_id
        items = self.env["account.move.line"].search(
            [("account_id", "in", accounts.ids), ("parent_state", "=", "posted")]
        )
        return D(f"{sum(items.mapped('balance')):.2f}")

    def test_lost(self):
        dispute = self.opened()
        before = self.exchange()
        self.lose(dispute)
        # Withdrawn at 1.25: 88.00 EUR; lost at 1.37: 80.29 EUR.
        self.assertEqual(self.balance("Chargeback losses"), D("80.29"))
        self.assertEqual(self.exchange() - before, D("7.71"))
        self.assertRecordValues(dispute, [{"lost_amount": 110.0, "open_amount": 0.0, "currency_id": self.dollar.id}])
        self.assert_nothing_disputed("110.00")

    def test_won(self):
        self.opened()
        before = self.exchange()
        self.pay(self.reinstatement(), payout="po_r", paid="2026-05-02")
        self.assertEqual(self.exchange() - before, D("-30.28"))
        self.assert_nothing_disputed("0.00")

    def test_partly_lost_with_relief_in_cents_that_do_not_divide(self):
        dispute = self.lose(self.opened(amount="33.33"), extent="part", amount=11.11, tax_relief=True)
        self.assertEqual(self.open_items(), [D("22.22")])
        self.pay(self.reinstatement("22.22"), payout="po_r", paid="2026-05-02")
        self.assertEqual(sum(dispute.loss_move_id.line_ids.mapped("balance")), 0.0)
        self.assertEqual(self.balance("Store sales tax", "USD"), D("-8.99"))
        self.assert_nothing_disputed("10.10")

    def test_undo(self):
        dispute = self.lose(self.opened())
        before = self.balance("Disputed payments")
        dispute.action_undo()
        self.assertEqual(before, D(0))
        self.assertEqual((self.balance("Disputed payments"), self.open_items()), (D("88.00"), [D("110.00")]))
        self.lose(dispute, lost_on="2026-05-05")
        self.assert_nothing_disputed("110.00")

    def test_no_rate_that_day(self):
        dispute = self.opened()
        rates = self.env["res.currency.rate"].search([("currency_id", "=", self.dollar.id)])
        rates[1:].unlink()
        rates[:1].name = "2026-06-01"
        with self.assertRaisesRegex(UserError, "no exchange rate of USD on Apr 20, 2026"):
            self.lose(dispute)
