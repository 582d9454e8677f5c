import datetime

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D

FAR = datetime.date(2099, 12, 31)


class CombinedMixin:
    """Combined invoices in the vocabulary of the ledger tests."""

    @classmethod
    def combine(cls, on="2020-01-01", mode="customer_week", store=None):
        """Book in another mode from a day on."""
        return cls.env["ecommerce.summary.mode"].create(
            {"store_id": (store or cls.store).id, "date_from": on, "mode": mode}
        )

    def post_combined(self, until=FAR, *, unfinished=False):
        """Post what is due until a day; returns the invoices that were made."""
        before = self.combined()
        day = datetime.date.fromisoformat(until) if isinstance(until, str) else until
        self.store._post_combined(day, unfinished=unfinished)
        return (self.combined() - before).sorted("id").move_id

    def combined(self):
        """All combined invoices of the store."""
        return self.env["ecommerce.summary"].search(
            [("store_id", "=", self.store.id), ("kind", "=", "invoice")], order="id"
        )

    def assert_rows_add_up(self):
        """Law 16: each line of a combined invoice is the sum of its rows, and the rows of an order balance."""
        for summary in self.combined():
            for line in summary.move_id.line_ids.filtered(lambda line: line.display_type != "line_section"):
                rows = summary.row_ids.filtered(lambda row, line=line: row.line_id == line)
                self.assertTrue(rows, line.name)
                for column, of_row in (("amount_currency", "amount"), ("balance", "balance")):
                    sums = sum(D(f"{value:.3f}") for value in rows.mapped(of_row))
                    self.assertEqual(sums, D(f"{line[column]:.3f}"), f"{line.move_id.name}: {line.name}")
            self.assertFalse(summary.row_ids.filtered(lambda row: not row.line_id))
            for posting in summary.posting_ids.filtered("row_ids"):
                self.assertFalse(sum(D(f"{value:.3f}") for value in posting.row_ids.mapped("amount")))
                self.assertFalse(sum(D(f"{value:.3f}") for value in posting.row_ids.mapped("balance")))


class InCombined(CombinedMixin):
    """Tests of a store that combines the orders of a customer in a week, each as soon as orders are stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.combine()

    def accept(self, *orders):
        found = super().accept(*orders)
        self.post_combined()
        return found


class CombinedCommon(CombinedMixin, ConnectorCommon):
    """A store that combines the orders of a customer in a week, and orders for it; 2026-03-09 is a Monday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.combine()

    def sold(self, number, day="2026-03-10", refunds=(), customer="ada", net="100.00", tax="20.00", **more):
        """An order of one customer, paid on a day."""
        total = str(D(net) + D(tax))
        values = {
            "customer": customer if isinstance(customer, dict) else self.person(customer),
            "placed_at": f"{day}T09:00:00Z", "updated_at": f"{day}T11:00:00Z",
        } | more  # fmt: skip
        return self.order(
            number, [self.line("MUG", net, tax)], total,
            [self.payment(f"p{number}", total, at=f"{day}T10:00:00Z")], refunds, **values,
        )  # fmt: skip

    @staticmethod
    def person(name):
        return {"name": name.title(), "email": f"{name}@example.com"}

    def proof(self):
        """The proof, which must hold."""
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        return report

    def refunded(self, number, *refunds, **more):
        return self.sold(number, refunds=refunds, **more) | {"updated_at": "2026-03-25T11:00:00Z"}
