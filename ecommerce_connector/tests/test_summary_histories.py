from collections import defaultdict

from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from . import test_random_histories
from .common import D
from .history_common import UNITS
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestSummaryHistories(SummaryMixin, test_random_histories.TestRandomHistories):
    """Whatever happens to orders: with summaries the books are those of an invoice per order, to the cent."""

    is_summary = False
    posting_mode = "day"

    def accept(self, *orders):
        found = super().accept(*orders)
        if self.is_summary:
            self.before_summaries()
            self.summarize()
        return found

    def before_summaries(self):
        """What happens between two summaries."""

    def sums(self, orders):
        """As for entries of their own, from the rows of each posting."""
        found = super().sums(orders.filtered(lambda order: not order.summary_ids))
        for order in orders.filtered("summary_ids"):
            rows = order.summary_row_ids.filtered(
                lambda row: (
                    row.is_customer and row.posting_kind in ("invoice", "down_payment", "credit_note", "correction")
                )
            )
            amounts = sum(rows.mapped("amount")), sum(order.payment_ids.mapped("amount"))
            found[order.number] = tuple(D(str(round(amount, 3))).normalize() + 0 for amount in amounts)
        return found

    def books(self):
        """Everything the books and the tax report say: accounts, tags, taxes with their bases, what is open."""
        self.env.flush_all()
        posted = [("parent_state", "=", "posted"), ("company_id", "=", self.company.id)]
        lines = self.env["account.move.line"].search(posted)
        found = defaultdict(D)
        for line in lines:
            found["account", line.account_id.code, line.currency_id.name] += D(f"{line.amount_currency:.3f}")
            found["company", line.account_id.code] += D(f"{line.balance:.2f}")
            for tag in line.tax_tag_ids:
                found["tag", tag.id] += D(f"{line.balance:.2f}")
            if line.account_id.account_type == "asset_receivable":
                found["open", line.account_id.code] += D(f"{line.amount_residual:.2f}")
        details = self.env["account.move.line"]._get_query_tax_details_from_domain(posted)
        for row in self.env.execute_query_dict(details):
            found["tax", row["tax_id"]] += D(f"{row['tax_amount']:.4f}")
            found["base", row["tax_id"]] += D(f"{row['base_amount']:.4f}")
        return {key: amount for key, amount in found.items() if round(amount, 2)}

    def check_modes(self, seed, mode="payment", currencies=("EUR",), *, all_booked=True, edits=False):
        """The same histories in both modes.

        :param bool all_booked: no order is blocked in the end
        """
        with self.env.cr.savepoint() as savepoint:
            self.live(seed, mode, currencies, edits=edits)
            expected = self.books()
            self.env.flush_all()
            savepoint.rollback()
        self.env.invalidate_all()
        self.is_summary = True
        self.switch(mode=self.posting_mode)
        histories = self.live(seed, mode, currencies, edits=edits)
        self.assertTrue(self.summaries())
        # Gift cards in foreign currencies have entries of their own.
        own = [("ecommerce_order_id.currency_id", "=", self.euro.id)]
        self.assertFalse(self.env["account.move"].search(own))
        found = self.books()
        self.assertEqual({key: found.get(key) for key in found | expected}, found | expected)
        self.assert_rows_add_up()
        if not all_booked:
            return
        self.check(histories, mode)
        self.assertTrue(StoreProof(self.store).report()["complete"])

    def tag_taxes(self):
        """Tags on the distribution of every sales tax, of its own for sales and for what is given back."""
        taxes = self.env["account.tax"].search([("company_id", "=", self.company.id), ("type_tax_use", "=", "sale")])
        for line in taxes.repartition_line_ids:
            line.tag_ids = self.env["account.account.tag"].create(
                {"name": f"T{line.id}", "applicability": "taxes", "country_id": line.tax_id.country_id.id}
            )

    def test_company_currency(self):
        self.tag_taxes()
        self.check_modes(1)

    def test_four_currencies_of_zero_two_and_three_decimals(self):
        self.tag_taxes()
        self.check_modes(2, currencies=tuple(UNITS))

    def test_batch_entries(self):
        """One contact for all, and a day's items of many orders on one account."""
        self.store._make_shared_partner()
        self.store.partner_policy = "shared"
        self.check_modes(3, currencies=("EUR", "USD"))

    def test_taxes_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self.check_modes(4, currencies=("EUR", "JPY"))

    def test_invoices_when_they_are_ordered(self):
        self.store.write({"late_changes": "amend", "invoice_on": "order"})
        self.check_modes(12, mode="order", currencies=("EUR", "JPY"), edits=True)

    def test_invoices_as_they_ship(self):
        self.store.invoice_on = "fulfilment"
        self.check_modes(7, mode="fulfilment", currencies=("EUR", "JPY"))

    def test_invoices_as_they_ship_and_credits_before(self):
        self.store.invoice_on = "fulfilment"
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "advance")]))
        self.check_modes(8, mode="fulfilment", currencies=("EUR", "USD"))

    def test_edits_are_amended(self):
        self.store.late_changes = "amend"
        self.check_modes(9, currencies=("EUR", "KWD"), edits=True)

    def test_edits_of_what_ships_are_amended(self):
        self.store.write({"late_changes": "amend", "invoice_on": "fulfilment"})
        self.check_modes(10, mode="fulfilment", edits=True)

    def test_deposits(self):
        self.store.write({"invoice_on": "paid", "down_payments": True})
        self.check_modes(5, mode="paid")

    def test_advances(self):
        self.store.write({"invoice_on": "paid"})
        self.check_modes(6, mode="paid", all_booked=False)  # a refund of money that waits is blocked in any mode
