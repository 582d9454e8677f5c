"""Posting summaries one after the other, each in one transaction."""

import logging
from collections import defaultdict

import psycopg2

from odoo.fields import Domain

from ...core.summary_days import SummaryKey
from ..orders.batch_faults import faulty_items
from ..orders.batch_posting import BatchPosting, exceptions_of, show
from ..orders.order_planning import OrderPlanning
from ..stock.cost_posting import CostPosting
from .fee_accruals import FeeAccruals, fees_due
from .summary_executor import SummaryExecutor
from .summary_modes import SummaryModes, mark, mark_next

_logger = logging.getLogger(__name__)


class SummaryPosting(BatchPosting):
    """Posts the summaries of one store: each in one transaction.

    :ivar moves: ids of the entries
    """

    def __init__(self, store):
        super().__init__(store)
        self.moves = []

    def post_until(self, until):
        """Post what waits for the summaries of days until then; commits after each.

        The caller holds the store, see ``store_lock``: of two workers each would make half a day's summary.

        :param date until: the last day, in the store's time zone
        """
        self._post(Domain("summary_on", "<=", until), [("payout_id.paid_on", "<=", until)])

    def post_payout(self, payout):
        """Post what waits for the summary of one payout, its part of an earlier month too; as ``post_until``.

        :param ecommerce.payout payout: that is to be reviewed
        """
        self._post(Domain("summary_payout_id", "=", payout.id), [("payout_id", "=", payout.id)])

    def _post(self, domain, of_fees):
        busy, fees = set(), self._fees_due(of_fees)
        while found := self._next(domain, fees, busy):
            key, kind = found
            busy |= self._post_summary(key, kind, fees.pop(key, self.env["ecommerce.balance.transaction"]), busy)
            self._commit()
        if self.moves:
            self._match_payouts()

    def _fees_due(self, domain):
        """Fees of payments that were booked before, by the summary that they add to."""
        found = defaultdict(self.env["ecommerce.balance.transaction"].browse)
        for row, _payment, key in fees_due(self.env, [*domain, ("payment_id.order_id.store_id", "=", self.store.id)]):
            found[key] |= row
        return found

    def _match_payouts(self):
        """Payments that were just booked are what payouts waited for."""
        accounts = self.env["account.move"].browse(self.moves).sudo().ecommerce_summary_ids.posting_ids.order_id
        accounts = accounts.payment_ids.processor_account_id
        self.env["ecommerce.payout"].search(
            [("processor_account_id", "in", accounts.ids), ("state", "=", "draft"), ("is_blocked", "=", True)]
        ).action_match()
        self._commit()

    def _waiting(self, busy):
        return Domain(
            [("store_id", "=", self.store.id), ("state", "=", "ready"), ("summary_on", "!=", False),
             ("id", "not in", list(busy))]
        )  # fmt: skip

    def _next(self, domain, fees, busy):
        """The next summary, with its kind; None if there is none left.

        :rtype: tuple[SummaryKey, str]
        """
        order = self.env["ecommerce.order"].search(self._waiting(busy) & domain, order="summary_on, id", limit=1)
        found = [(key, "payout") for key in fees]
        if order:
            payout = order.summary_payout_id.id or 0
            kind = ("payout" if payout else "month") if order.is_for_payout else "day"
            found.append((SummaryKey(order.summary_on, payout), kind))
        return min(found, default=None)

    def _post_summary(self, key, kind, fees, busy):
        """Post one summary; returns the ids of orders that another worker holds."""
        orders = self.env["ecommerce.order"].search(
            self._waiting(busy)
            & Domain(
                [("summary_on", "=", key.day), ("summary_payout_id", "=", key.payout or False),
                 ("is_for_payout", "=", kind != "day")]
            ), order="id",
        )  # fmt: skip
        # sudo: a lock needs the right to write, and nobody writes orders by hand. Posting is the user's again.
        locked = orders.sudo().try_lock_for_update().with_env(self.env)
        locked.invalidate_recordset(["event_id"])
        executor, prepared, found = SummaryExecutor(self.store, key, kind), [], {}
        for start in range(0, len(locked), self.store.batch_size):
            prepared += self._prepare(executor, locked[start : start + self.store.batch_size], found)
        if fees:
            prepared += FeeAccruals(executor).of_booked(fees)
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

    def _prepare(self, executor, orders, found):
        """Plan orders again; what they add to the summary.

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
        mark(planned, summarized)
        own_found = {}
        self._execute(own, own_found)  # the store's mode of that day changed since they were planned
        found |= own_found
        prepared = self._prepare_scheduled(executor, summarized, found)
        self.env.flush_all()
        for records in (orders.event_id, orders.posting_ids):
            records.invalidate_recordset(flush=False)  # payloads: a day of them must not be in memory
        return prepared

    def _prepare_scheduled(self, executor, summarized, found):
        """Of orders whose next summary is this one, what it books; and the fees of their payments."""
        key, batch, rows = executor.key, [], []
        for scheduled in summarized:
            if scheduled.next == key and scheduled.is_for_payout == (executor.kind != "day"):
                part = scheduled.part(key)
                batch.append((scheduled.order, part, scheduled.after(key) is None))
                rows += [(scheduled.order, *row) for row in scheduled.rows_of(part)]
                mark_next(scheduled, key)
        prepared, failed = executor.prepare(batch) if batch else ([], {})
        for order, error in failed.items():
            self._mark_failed(order, error, found)
        by_order = {item.order: item for item in prepared}
        for order, entry in FeeAccruals(executor).of_payments([row for row in rows if row[0] in by_order]):
            by_order[order].entries.append(entry)
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
