from collections import defaultdict
from random import Random

from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from . import test_random_histories, test_summary_histories
from .combined_common import CombinedMixin
from .common import D
from .history_common import UNITS

#: Customers of the random orders: their orders meet on invoices.
CUSTOMERS = ("ada", "grace", "mary", "")


@tagged("post_install", "-at_install")
class TestCombinedHistories(CombinedMixin, test_random_histories.TestRandomHistories):
    """Whatever happens to orders: with combined invoices the books are those of an invoice per order, to the cent."""

    is_combined = False
    books = test_summary_histories.TestSummaryHistories.books
    tag_taxes = test_summary_histories.TestSummaryHistories.tag_taxes

    def accept(self, *orders):
        for order in orders:
            name = CUSTOMERS[int(order["number"].lstrip("H")) % len(CUSTOMERS)]
            order["customer"] = {"name": name.title() or "Guest", "email": f"{name}@example.com" if name else ""}
        found = super().accept(*orders)
        if self.is_combined and self.random.randrange(3):
            self.post_combined()
        return found

    def live(self, seed, mode="payment", currencies=("EUR",), *, edits=False):
        self.random = Random(-seed)
        histories = super().live(seed, mode, currencies, edits=edits)
        if self.is_combined:
            self.post_combined()
        return histories

    def sums(self, orders):
        """As for entries of their own; of a combined invoice the order's rows."""
        found = super().sums(orders.filtered(lambda order: not order.combined_invoice_id))
        for order in orders.filtered("combined_invoice_id"):
            own = order.posting_ids.filtered(
                lambda posting: posting.kind in ("credit_note", "correction") and not posting.summary_id
            )
            rows = order.summary_row_ids.filtered(lambda row: row.is_customer)
            amounts = (
                sum(rows.mapped("amount"))
                + sum((1 if move.move_type == "out_invoice" else -1) * move.amount_total for move in own.move_id),
                sum(order.payment_ids.mapped("amount")),
            )
            found[order.number] = tuple(D(str(round(amount, 3))).normalize() + 0 for amount in amounts)
        return found

    def comparable(self, books, *, edits, is_foreign):
        """Books without what the mode decides.

        In which turn parts of foreign amounts are reconciled decides where cents of the company's currency stay: on the
        customer's account or as an exchange difference. What changed before there was an invoice needs no credit note,
        whose value in the company's currency would be rounded by itself.
        """
        company, receivable = self.company, self.company_data["default_account_receivable"].code
        exchange = company.income_currency_exchange_account_id | company.expense_currency_exchange_account_id
        cents = {*exchange.mapped("code"), receivable} if is_foreign else set()
        income = set(self.env["account.account"].search([("account_type", "=", "income")]).mapped("code"))
        found = defaultdict(D)
        for (kind, what, *more), amount in books.items():
            if kind == "open" and is_foreign:
                continue  # the proof compares what is open in the currency of each order
            if kind == "company" and (what in cents or (edits and is_foreign and what in income)):
                what = "cents"
            elif edits and what in income:
                what = "income"
            found[(kind, what, *more)] += amount
        return {key: amount for key, amount in found.items() if round(amount, 2)}

    def check_modes(self, seed, mode="payment", currencies=("EUR",), *, combined="customer_week", edits=False):
        """The same histories in both modes."""
        with self.env.cr.savepoint() as savepoint:
            self.live(seed, mode, currencies, edits=edits)
            expected = self.books()
            self.env.flush_all()
            savepoint.rollback()
        self.env.invalidate_all()
        self.is_combined = True
        self.combine(mode=combined)
        histories = self.live(seed, mode, currencies, edits=edits)
        self.maxDiff = None
        more = {"edits": edits, "is_foreign": set(currencies) != {"EUR"}}
        self.assertEqual(self.comparable(self.books(), **more), self.comparable(expected, **more))
        self.assert_rows_add_up()
        self.check(histories, mode)
        self.assertTrue(StoreProof(self.store).report()["complete"])
        return self.combined()

    def test_company_currency(self):
        self.tag_taxes()
        made = self.check_modes(1)
        self.assertTrue(any(summary.order_count > 1 for summary in made), "orders did meet")

    def test_four_currencies_of_zero_two_and_three_decimals(self):
        self.tag_taxes()
        made = self.check_modes(2, currencies=tuple(UNITS), combined="customer_month")
        self.assertGreater(len(made.currency_id), 1)

    def test_batch_entries(self):
        self.store.payment_mode = "batch"
        self.check_modes(3, currencies=("EUR", "USD"), combined="customer_day")

    def test_taxes_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self.check_modes(4, currencies=("EUR", "JPY"))

    def test_edits_are_amended(self):
        self.store.late_changes = "amend"
        self.assertTrue(self.check_modes(8, currencies=("EUR", "KWD"), edits=True))

    def test_deposits(self):
        """Orders with an invoice of a deposit have all invoices to themselves."""
        self.store.write({"invoice_on": "paid", "down_payments": True})
        self.check_modes(5, mode="paid")

    def test_invoices_as_they_ship(self):
        self.store.invoice_on = "fulfilment"
        self.check_modes(6, mode="fulfilment", currencies=("EUR", "JPY"))

    test_invoices_as_they_ship_and_credits_before = None
    test_edits_of_what_ships_are_amended = None
