"""The measured what-if: every order gets another tax, and one product another account."""

import cProfile
import time
from collections import defaultdict
from decimal import Decimal

from bench_store import make_store
from meter import peak_rss_mb
from order_file import OrderFile, amount, lines_of

#: The product whose revenue goes to another account.
SKU = "SKU-001"
_PAGE = 200
_FIRST_DAY, _LAST_DAY = "2000-01-01", "2100-01-01"


class WhatIfJob:
    """Orders of a file: the first are posted, the others wait for review.

    :ivar problems: everything that is not as it should be, in words
    """

    def __init__(self, env, options):
        self.env = env
        self.options = options
        self.orders = OrderFile(options.orders_file)
        self.problems = []

    # === First: the orders === #

    def prepare(self):
        """Store the orders; the figures of this step are not of interest."""
        survey = self.orders.survey()
        store = make_store(self.env, survey, payments="odoo", batch_size=100, products=False)
        stored = 0
        for page in self.orders.pages(_PAGE):
            is_posted = stored < self.options.posted
            store._accept([record for _number, record in page], post=is_posted)
            store._commit_unless_testing()
            stored += len(page)
        return {"orders": stored}

    # === Then: the what-if === #

    def measure(self):
        """The figures, proved."""
        self.store = self.env["ecommerce.store"].search([("name", "=", "Benchmark")])
        drafts = self._drafts()
        whatif = self.env["ecommerce.mapping.whatif"].create(
            {
                "company_id": self.store.company_id.id, "draft_ids": [(6, 0, drafts.ids)],
                "store_ids": [(6, 0, self.store.ids)], "date_from": _FIRST_DAY, "date_to": _LAST_DAY, "basis": "whole",
            }
        )  # fmt: skip
        seconds = self._compute(whatif)
        # The proof comes before any figure is shown: a fast answer that is wrong has no speed.
        self._prove(whatif)
        posted = self.env["ecommerce.order"].search_count([("store_id", "=", self.store.id), ("state", "=", "posted")])
        return {
            "orders": whatif.order_count, "seconds": round(seconds, 1), "changes": whatif.changed_count,
            "peak_rss_mb": peak_rss_mb(), "posted": posted, "figures": len(whatif.line_ids),
            "ms_per_order": round(1000 * seconds / max(whatif.order_count, 1), 2), "problems": len(self.problems),
        }  # fmt: skip

    def _compute(self, whatif):
        profile = cProfile.Profile()
        if self.options.profile:
            profile.enable()
        start = time.perf_counter()
        whatif.action_compute()
        self.env.flush_all()
        seconds = time.perf_counter() - start
        profile.disable()
        if self.options.profile:
            profile.dump_stats(self.options.profile)
        return seconds

    def _drafts(self):
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id)])
        self.old_tax = rules.filtered(lambda rule: rule.kind == "tax" and rule.tax_rate)[:1]
        self.new_tax = self.old_tax.tax_id.copy({"name": "Another tax"})
        self.sales = rules.filtered(lambda rule: rule.kind == "product").account_id
        self.new_account = self.sales.copy({"name": "Another account"})
        return self.old_tax._draft_version(tax_id=self.new_tax.id) | rules.create(
            {"kind": "product", "pattern": SKU, "store_id": self.store.id, "account_id": self.new_account.id,
             "is_draft": True}
        )  # fmt: skip

    # === The proof: read from the file again, with nothing of the connector === #

    def _prove(self, whatif):
        expected = self._expected()
        found = defaultdict(Decimal)
        for line in whatif.line_ids:
            if line.dimension in ("account", "tax"):
                place = line.account_id if line.dimension == "account" else line.tax_id
                found[line.dimension, place.id] += Decimal(f"{line.difference:.2f}")
        for key in expected.keys() | found.keys():
            if expected[key] != found[key]:
                self.problems.append(f"{key}: {found[key]} was computed, {expected[key]} is right")
        if whatif.order_count != self.count or whatif.changed_count != self.count:
            self.problems.append(f"{whatif.changed_count} of {whatif.order_count} orders change, {self.count} is right")

    def _expected(self):
        expected, self.count = defaultdict(Decimal), 0
        for page in self.orders.pages(_PAGE):
            for _number, record in page:
                self.count += 1
                for line in lines_of(record.payload):
                    tax = sum(amount(tax["amount"]) for tax in line["taxes"])
                    expected["tax", self.old_tax.tax_id.id] -= tax
                    expected["tax", self.new_tax.id] += tax
                    if line["key"] == SKU:
                        expected["account", self.sales.id] -= amount(line["net"])
                        expected["account", self.new_account.id] += amount(line["net"])
        return expected
