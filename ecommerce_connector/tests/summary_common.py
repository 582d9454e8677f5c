import datetime
from unittest.mock import patch

from .common import D

FAR = datetime.date(2099, 12, 31)


class SummaryMixin:
    """Summary posting in the vocabulary of the ledger tests."""

    @classmethod
    def switch(cls, on="2020-01-01", mode="day", store=None):
        """Book in another mode from a day on."""
        return cls.env["ecommerce.summary.mode"].create(
            {"store_id": (store or cls.store).id, "date_from": on, "mode": mode}
        )

    def summarize(self, until=FAR):
        """Post the summaries of all days until then; returns those made."""
        before = self.summaries()
        self.store._post_summaries(datetime.date.fromisoformat(until) if isinstance(until, str) else until)
        return (self.summaries() - before).sorted("id")

    def summaries(self):
        """All summaries of the store."""
        return self.env["ecommerce.summary"].search([("store_id", "=", self.store.id)], order="id")

    def run_cron(self):
        """The scheduled action, without its commits."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0):
            self.env["ecommerce.store"]._cron_post_summaries()

    def assert_rows_add_up(self):
        """Law 16: each line of a summary is the sum of its rows, and the rows of a posting balance."""
        for summary in self.summaries():
            for line in summary.move_id.line_ids:
                rows = summary.row_ids.filtered(lambda row, line=line: row.line_id == line)
                self.assertTrue(rows, line.name)
                for column, of_row in (("amount_currency", "amount"), ("balance", "balance")):
                    sums = sum(D(f"{value:.3f}") for value in rows.mapped(of_row))
                    self.assertEqual(sums, D(f"{line[column]:.3f}"), f"{line.move_id.name}: {line.name}")
            for posting in summary.posting_ids:
                self.assertFalse(sum(D(f"{value:.3f}") for value in posting.row_ids.mapped("amount")))
                self.assertFalse(sum(D(f"{value:.3f}") for value in posting.row_ids.mapped("balance")))
            without = summary.row_ids.filtered(lambda row: not row.line_id)
            self.assertFalse(without.filtered(lambda row: not row.is_customer))
            for order, rows in without.grouped("order_id").items():
                self.assertFalse(sum(D(f"{value:.3f}") for value in rows.mapped("amount")), order.number)


class InSummaries(SummaryMixin):
    """Tests of a store that books summaries, each as soon as orders are stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch()

    def accept(self, *orders):
        found = super().accept(*orders)
        self.summarize()
        return found
