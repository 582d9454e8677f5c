"""The measured import: a file's orders, page by page as a platform's pages would come."""

import cProfile

from bench_store import make_store
from ledger_proof import prove
from meter import Meter
from order_file import OrderFile
from write_watch import WriteWatch


class ImportJob:
    """One import on a fresh database.

    :ivar problems: everything that is not as it should be, in words
    """

    def __init__(self, env, options):
        self.env = env
        self.options = options
        self.orders = OrderFile(options.orders_file)
        self.problems = []

    def run(self):
        """Return the figures, proved."""
        options = self.options
        survey = self.orders.survey()
        self.problems += survey.bad_rows
        self.count = survey.orders
        self.store = make_store(
            self.env, survey, payments=options.payments, batch_size=options.batch_size, products=options.products
        )
        figures = self._measure()
        # The proof comes before any figure is shown: a fast import that is wrong has no speed.
        proof = prove(self.env, self.store, self.orders)
        self.problems += proof.problems
        result = figures | {
            "orders": proof.orders,
            "orders_posted": proof.orders_posted,
            "orders_waiting": proof.orders_waiting,
            "invoices_posted": proof.invoices_posted,
            "payments_reconciled": proof.payments_reconciled,
            "difference": f"{proof.difference:.2f}",
            "payments": options.payments,
            "batch_size": options.batch_size,
            "problems": len(self.problems),
        }
        if options.again:
            result["again"] = self._measure_again()
            result["problems"] = len(self.problems)
        return result

    def _measure(self):
        meter, profile = Meter(self.env.cr).start(), cProfile.Profile()
        if self.options.profile:
            profile.enable()
        self._import()
        profile.disable()
        figures = meter.stop(self.count)
        if self.options.profile:
            profile.dump_stats(self.options.profile)
        return figures

    def _measure_again(self):
        """Import the same file once more: nothing may be written but the log of the runs."""
        watch = WriteWatch(self.env.cr)
        meter = Meter(self.env.cr).start()
        self._import()
        figures = meter.stop(self.count)
        self.problems += [f"imported again: {problem}" for problem in watch.problems()]
        return figures

    def _import(self):
        for page in self.orders.pages(self.options.page_size):
            self.store._accept([record for _number, record in page])
            self.store._commit_unless_testing()
