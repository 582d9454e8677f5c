"""The measured summary: every order of a file on one day, as one entry."""

import cProfile
import time
from datetime import date
from decimal import Decimal

from bench_store import make_store
from meter import Meter
from order_file import OrderFile, amount, lines_of

_PAGE = 500
_FIRST_DAY, _FAR = "2000-01-01", date(2100, 1, 1)


class SummaryJob:
    """Orders of a file, stored and planned, then summed up.

    :ivar problems: everything that is not as it should be, in words
    """

    def __init__(self, env, options):
        self.env = env
        self.options = options
        self.orders = OrderFile(options.orders_file)
        self.problems = []

    # === First: the orders === #

    def prepare(self):
        """Store the orders, so that they wait for their summary."""
        survey = self.orders.survey()
        store = make_store(self.env, survey, payments="batch", batch_size=500, products=False)
        store._make_shared_partner()
        store.partner_policy = "shared"
        self.env["ecommerce.summary.mode"].create({"store_id": store.id, "date_from": _FIRST_DAY, "mode": "day"})
        self.env.cr.commit()
        start, stored = time.perf_counter(), 0
        for page in self.orders.pages(_PAGE):
            store._accept([record for _number, record in page])
            stored += len(page)
        return {"orders": stored, "seconds": round(time.perf_counter() - start, 1)}

    # === Then: the summary === #

    def measure(self):
        """The figures, proved."""
        self.store = self.env["ecommerce.store"].search([("name", "=", "Benchmark")])
        profile = cProfile.Profile()
        meter, start = Meter(self.env.cr).start(), time.perf_counter()
        if self.options.profile:
            profile.enable()
        posting = self.store._post_summaries(_FAR)
        self.env.flush_all()
        profile.disable()
        if self.options.profile:
            profile.dump_stats(self.options.profile)
        seconds, figures = time.perf_counter() - start, meter.stop(posting.posted)
        # The proof comes before any figure is shown: a fast answer that is wrong has no speed.
        summaries = self.env["ecommerce.summary"].search([("store_id", "=", self.store.id)])
        self._prove(summaries, posting.posted)
        return {
            "orders": posting.posted, "seconds": round(seconds, 1), **figures, "entries": len(summaries),
            "journal_items": len(summaries.move_id.line_ids),
            "rows": self.env["ecommerce.summary.row"].search_count([("store_id", "=", self.store.id)]),
            "problems": len(self.problems),
        }  # fmt: skip

    # === The proof: read from the file again, with nothing of the connector === #

    def _prove(self, summaries, posted):
        count, totals, taxes = 0, Decimal(0), Decimal(0)
        for page in self.orders.pages(_PAGE):
            for _number, record in page:
                count += 1
                totals += amount(record.payload["total"])
                taxes += sum(amount(tax["amount"]) for line in lines_of(record.payload) for tax in line["taxes"])
        lines = summaries.move_id.line_ids
        clearing = self.env["ecommerce.processor.account"].search([("kind", "=", "money")]).clearing_account_id
        found = {
            "orders posted": (Decimal(posted), Decimal(count)),
            "turnover": (self._sum(summaries, "turnover"), totals),
            "money received": (
                self._sum(lines.filtered(lambda line: line.account_id in clearing), "amount_currency"), totals
            ),
            "taxes": (-self._sum(lines.filtered("tax_line_id"), "amount_currency"), taxes),
            "debits less credits": (self._sum(lines, "balance"), Decimal(0)),
        }  # fmt: skip
        for name, (actual, expected) in found.items():
            if actual != expected:
                self.problems.append(f"{name}: {actual} is booked, {expected} is right")
        if any(move.state != "posted" for move in summaries.move_id):
            self.problems.append("not every summary is posted")

    @staticmethod
    def _sum(records, name):
        return sum((Decimal(f"{value:.3f}") for value in records.mapped(name)), Decimal(0))
