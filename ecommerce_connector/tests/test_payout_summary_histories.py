import datetime
from collections import defaultdict
from random import Random

from odoo.tests import tagged

from ..core.dates import UTC
from ..core.settlements import BalanceTransaction, Payout, TransactionKind
from ..models.proof.store_proof import StoreProof
from . import test_summary_histories
from .common import D

PAID = datetime.date(2026, 3, 28)
#: What payouts are tried with here; the other histories are those of daily summaries.
LEFT_OUT = (
    "test_batch_entries", "test_taxes_rounded_per_line", "test_invoices_as_they_ship",
    "test_invoices_as_they_ship_and_credits_before", "test_deposits", "test_advances",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestPayoutSummaryHistories(test_summary_histories.TestSummaryHistories):
    """Whatever happens to orders, and whichever payouts have their money: the books are those of invoices."""

    posting_mode = "payout"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = Random(7)
        cls.paid_out = {}

    def before_summaries(self):
        """Payouts of some of the money that orders wait with; their days are before, within and after the month."""
        waiting = self.env["ecommerce.order"].search(
            [("store_id", "=", self.store.id), ("state", "=", "ready"), ("is_for_payout", "=", True)], order="id"
        )
        documents, _broken = self.store._stored_documents(waiting)
        by_currency = {}
        for order, document in documents.items():
            moneys = [(money, 1) for money in document.tenders] + [(money, -1) for money in document.refunds]
            for money, sign in moneys:
                known = money.transaction_id in self.paid_out
                if money.gateway == "card" and money.transaction_id in (order.awaited or ()) and not known:
                    if self.random.randrange(3):
                        by_currency.setdefault(document.currency, []).append((money, sign))
        for currency, moneys in sorted(by_currency.items()):
            self.pay_out(currency, moneys)

    def pay_out(self, currency, moneys):
        """One payout of some payments and refunds, without fees: these would not be in the books of invoices."""
        account = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "money"), ("currency_id.name", "=", currency), ("company_id", "=", self.company.id)]
        )
        name = f"po_{len(self.paid_out)}_{currency}"
        rows = tuple(
            BalanceTransaction(
                external_id=f"txn_{money.transaction_id}", source_id=money.transaction_id, currency=currency,
                kind=TransactionKind.CHARGE if sign > 0 else TransactionKind.REFUND, raw_kind="charge",
                gross=sign * money.amount, fee=D(0), net=sign * money.amount, at=money.at.astimezone(UTC),
            )
            for money, sign in moneys
        )  # fmt: skip
        self.paid_out |= {money.transaction_id: name for money, _sign in moneys}
        paid_on = PAID + datetime.timedelta(days=self.random.randrange(20))
        payout = Payout(
            external_id=name, processor="stripe", currency=currency, transactions=rows,
            amount=sum((row.net for row in rows), D(0)), paid_on=paid_on,
        )  # fmt: skip
        self.env["ecommerce.payout"]._import(account, [payout], self.store)

    def books(self):
        """With cents of foreign amounts together.

        In which turn their parts are reconciled decides whether these stay on the customer's account or are an exchange
        difference.
        """
        found, together = super().books(), defaultdict(D)
        if all(key[2] == "EUR" for key in found if key[0] == "account"):
            return found
        company, receivable = self.company, self.company_data["default_account_receivable"].code
        exchange = company.income_currency_exchange_account_id | company.expense_currency_exchange_account_id
        cents = {*exchange.mapped("code"), receivable}
        for (kind, what, *rest), amount in found.items():
            if kind == "open":
                continue  # the proof compares what is open in the currency of each order
            together[(kind, "cents" if kind == "company" and what in cents else what, *rest)] += amount
        return {key: amount for key, amount in together.items() if round(amount, 2)}

    def check_modes(self, *args, **more):  # pylint: disable=missing-return
        """Then the payouts are posted, and what they have is settled to the cent."""
        super().check_modes(*args, **more)
        payouts = self.env["ecommerce.payout"].search([("company_id", "=", self.company.id)])
        self.assertTrue(payouts)
        self.assertTrue(payouts.summary_ids)
        payouts.action_match()
        self.assertFalse(payouts.filtered("is_blocked").mapped("explanation"))
        payouts.action_post()
        self.assertFalse(payouts.transaction_ids.payment_id.clearing_line_id.filtered(lambda line: not line.reconciled))
        kinds = set(self.summaries().mapped("kind"))
        self.assertEqual(kinds - ({"correction"} if more.get("edits") else set()), {"payout", "month"})
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])


for name in LEFT_OUT:
    setattr(TestPayoutSummaryHistories, name, None)
