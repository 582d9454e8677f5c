"""Posting summaries: day by day, each day in one transaction."""

import logging

import psycopg2

from odoo.fields import Domain

from ..orders.batch_faults import faulty_items
from ..orders.batch_posting import BatchPosting, exceptions_of, show
from ..orders.order_planning import OrderPlanning
from ..stock.cost_posting import CostPosting
from .summary_executor import SummaryExecutor
from .summary_modes import SummaryModes, first_day, mark_days, mark_next_day, of_day

_logger = logging.getLogger(__name__)


class SummaryPosting(BatchPosting):
    """Posts the summaries of one store up to a day.

    :ivar moves: ids of the entries
    """

    def __init__(self, store):
        super().__init__(store)
        self.moves = []

    def post_until(self, until):
        """Post what waits for the summaries of days until then; commits after each day.

        The caller holds the store, see ``store_lock``: of two workers each would make half a day's summary.

        :param date until: the last day, in the store's time zone
        """
        busy = set()
        while day := self._next_day(until, busy):
            busy |= self._post_day(day, busy)
            self._commit()

    def _waiting(self, busy):
        return Domain(
            [("store_id", "=", self.store.id), ("state", "=", "ready"), ("summary_on", "!=", False),
             ("id", "not in", list(busy))]
        )  # fmt: skip

    def _next_day(self, until, busy):
        domain = self._waiting(busy) & Domain("summary_on", "<=", until)
        return self.env["ecommerce.order"].search(domain, order="summary_on, id", limit=1).summary_on

    def _post_day(self, day, busy):
        """Post the summaries of a day; returns the ids of orders that another worker holds."""
        orders = self.env["ecommerce.order"].search(self._waiting(busy) & Domain("summary_on", "=", day), order="id")
        # sudo: a lock needs the right to write, and nobody writes orders by hand. Posting is the user's again.
        locked = orders.sudo().try_lock_for_update().with_env(self.env)
        locked.invalidate_recordset(["event_id"])
        executor, prepared, found = SummaryExecutor(self.store, day), [], {}
        for start in range(0, len(locked), self.store.batch_size):
            prepared += self._prepare(executor, locked[start : start + self.store.batch_size], day, found)
        self._write(executor, prepared, found)
        failed = self.env["ecommerce.order"].union(*found)
        self.env["ecommerce.exception"]._sync(failed, found, company=self.store.company_id)
        self._post_costs(locked)
        return set((orders - locked).ids)

    def _post_costs(self, orders):
        """Book what the goods cost, as it is booked for orders with entries of their own."""
        if self.store._cost_policy() is None:
            return
        rulebook = self.store._rulebook()
        for start in range(0, len(orders), self.store.batch_size):
            batch = orders[start : start + self.store.batch_size]
            documents, _broken = self.store._stored_documents(batch)  # those that cannot be read are told already
            CostPosting(self.store, rulebook).post(documents)
            self.env.flush_all()
            batch.event_id.invalidate_recordset(flush=False)

    # === Plans === #

    def _prepare(self, executor, orders, day, found):
        """Plan orders again; what they add to the summary of the day.

        :param dict found: order → what a person should see, of those at fault
        """
        documents, broken = self.store._stored_documents(orders)
        if broken:
            self._mark_broken(broken)
        planned = dict(zip(documents, OrderPlanning(self.store).plan(list(documents.values())), strict=True))
        show(planned)
        self.waiting += sum(plan.state == "waiting" for plan in planned.values())
        self.blocked += sum(plan.state == "blocked" for plan in planned.values())
        records = self.env["ecommerce.order"].union(*planned)
        self.env["ecommerce.exception"]._sync(records, exceptions_of(planned), company=self.store.company_id)
        own, summarized = SummaryModes(self.store).split(
            [(order, plan) for order, plan in planned.items() if plan.state == "ready"]
        )
        mark_days(planned, summarized)
        own_found = {}
        self._execute(own, own_found)  # the store's mode of that day changed since they were planned
        found |= own_found
        batch = []
        for order, plan in summarized:
            if first_day(plan.comparison.new) == day:
                part = of_day(plan, day)
                batch.append((order, part, len(part.comparison.new) == len(plan.comparison.new)))
                mark_next_day(order, plan, day)
        prepared, failed = executor.prepare(batch) if batch else ([], {})
        for order, error in failed.items():
            self._mark_failed(order, error, found)
        self.env.flush_all()
        for records in (orders.event_id, orders.posting_ids):
            records.invalidate_recordset(flush=False)  # payloads: a day of them must not be in memory
        return prepared

    # === Entries === #

    def _write(self, executor, prepared, found):
        """Post what can be posted: of an entry that fails, the orders at fault are left out."""
        while prepared:
            try:
                with self.env.cr.savepoint():
                    moves = executor.execute(prepared)
            except psycopg2.OperationalError:
                raise  # the connection or a concurrent update: nothing of the batch is at fault
            except Exception as error:  # whatever it is, only the orders at fault are kept back
                faulty = faulty_items(self.env, prepared, error, executor.execute)
                for item, reason in faulty:
                    self._mark_failed(item.order, reason, found)
                prepared = [item for item in prepared if all(item is not other for other, _error in faulty)]
            else:
                self.moves += moves.ids
                self.posted += len(prepared)
                return
