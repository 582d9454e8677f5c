"""Posting combined invoices: of each customer, what waits for an invoice of a period that is over."""

from collections import defaultdict

import psycopg2

from odoo.fields import Domain

from ...core.plans import EntryKind
from ..orders.batch_faults import faulty_items
from ..orders.batch_posting import BatchPosting
from ..orders.order_planning import OrderPlanning
from .combined_executor import CombinedExecutor
from .combining import Combining, mark_spans, not_waiting, waits


class CombinedPosting(BatchPosting):
    """Posts the combined invoices of one store up to a day.

    :param date until: the last day, in the store's time zone
    :param bool unfinished: invoices of periods that are not over then, too; they have that day, and what is sold later
        in the period comes on another
    :ivar moves: ids of the invoices
    """

    def __init__(self, store, until, *, unfinished=False):
        super().__init__(store)
        self.until = until
        self.unfinished = unfinished
        self.moves = []
        self._due = []

    def post_all(self):
        """Post what is due; commits batch by batch. The caller holds the store, see ``store_lock``."""
        for chunk in self._chunks():
            # sudo: a lock needs the right to write, and nobody writes orders by hand. Posting is the user's again.
            locked = chunk.sudo().try_lock_for_update().with_env(self.env)
            locked.invalidate_recordset(["event_id"])
            documents, broken = self.store._stored_documents(locked)
            if broken:
                self._mark_broken(broken)
            self._post_batch(documents)
            self._commit()

    def _chunks(self):
        """Orders that may be due, some at a time; never some of a customer and period without the others."""
        day = "combined_from" if self.unfinished else "combined_on"
        domain = Domain([("store_id", "=", self.store.id), ("state", "=", "ready"), ("combined_on", "!=", False)])
        orders = self.env["ecommerce.order"].search(domain & Domain(day, "<=", self.until), order="combined_on, id")
        chunk = orders.browse()
        for group in self._by_customer(orders):
            if chunk and len(chunk) + len(group) > self.store.batch_size:
                yield chunk
                chunk = orders.browse()
            chunk |= group
        if chunk:
            yield chunk

    def _by_customer(self, orders):
        """Orders of the same customer and period, in the order of the periods."""
        groups = defaultdict(orders.browse)
        for order in orders:
            # sudo: whoever posts may not see the customers' data; only who is who is read.
            root = order.customer_id.sudo()._root()
            groups[order.combined_on, root.partner_id.id or -root.id] |= order
        return list(groups.values())

    # === One batch === #

    def _planning(self):
        return OrderPlanning(self.store, Combining(self.store, self.until, unfinished=self.unfinished))

    def _is_due(self, planned):
        return waits(planned) and all(
            entry.true_date <= self.until for entry in planned.comparison.new if entry.kind is EntryKind.INVOICE
        )

    def _without_waiting(self, own, planned):
        self._due = [(order, plan) for order, plan in own if self._is_due(plan)]
        rest = [(order, plan) for order, plan in own if not self._is_due(plan)]
        mark_spans(planned, rest)
        return not_waiting(rest)

    def _execute_ready(self, own, found):
        self._execute(own, found)
        orders = self.env["ecommerce.order"].union(*(order for order, _plan in self._due))
        plans = dict(self._due)
        self._execute_groups([[(order, plans[order]) for order in group] for group in self._groups(orders)], found)

    def _groups(self, orders):
        """As ``_by_customer``; what waited for is written off the orders by now, so their plans tell the period."""
        plans, groups = dict(self._due), defaultdict(orders.browse)
        for order in orders:
            root = order.customer_id.sudo()._root()  # sudo: see _by_customer
            groups[plans[order].span, root.partner_id.id or -root.id] |= order
        return list(groups.values())

    def _execute_groups(self, groups, found):
        """Post groups together; if that fails, half of them, until an invoice at fault stands alone."""
        batch = [pair for group in groups for pair in group]
        if not batch:
            return
        try:
            self._write(batch)
        except psycopg2.OperationalError:
            raise  # the connection or a concurrent update: nothing of the batch is at fault
        except Exception as error:  # whatever it is, only the orders at fault are kept back
            if len(groups) > 1:
                middle = len(groups) // 2
                self._execute_groups(groups[:middle], found)
                self._execute_groups(groups[middle:], found)
            else:
                self._execute_without_faulty(batch, error, found)

    def _execute_without_faulty(self, batch, error, found):
        faulty = faulty_items(self.env, batch, error, lambda part: CombinedExecutor(self.store).execute(part))
        left_out = set()
        for (order, _plan), problem in faulty:
            self._mark_failed(order, problem, found)
            left_out.add(order)
        self._execute_groups([[pair for pair in batch if pair[0] not in left_out]], found)

    def _write(self, batch):
        with self.env.cr.savepoint():
            moves = CombinedExecutor(self.store).execute(batch)
        self.moves += moves.filtered(lambda move: move.ecommerce_summary_ids).ids
        self.posted += len(batch)
