"""Posting in batches: commit per batch, and a failing batch is halved until the order at fault stands alone."""

import logging

import psycopg2

from odoo import modules
from odoo.exceptions import UserError

from ...core.errors import ConnectorError
from ...core.reasons import Reason
from ..combined.combining import mark_spans, not_waiting
from ..ledger.document_executor import DocumentExecutor
from ..stock.cost_posting import CostPosting
from ..summary.summary_modes import SummaryModes, mark
from .amending import Amending
from .batch_errors import in_halves, sentence_of
from .order_planning import OrderPlanning
from .order_staging import storable

_logger = logging.getLogger(__name__)


def show(planned, run=None):
    """Write plans on their orders.

    :param dict planned: order record -> PlannedOrder
    :param run: the run of the sync log that planned them
    """
    by_run = {"run_id": run.id} if run else {}
    for order, plan in planned.items():
        # sudo: nobody writes evidence by hand; the store's entry points check the right.
        order.sudo().write({"state": plan.state, "plan_text": plan.text, "explanation": plan.explanation, **by_run})


def exceptions_of(planned):
    """What a person should see of plans, as ``ecommerce.exception._sync`` takes it."""
    return {order: plan.exceptions for order, plan in planned.items() if plan.exceptions}


class BatchPosting:
    """Plans, posts and marks orders of one store.

    :param run: the run of the sync log that asks for it, if there is one
    """

    def __init__(self, store, run=None):
        self.store = store
        self.env = store.env
        self.run = run
        self.planned = self.posted = self.waiting = self.blocked = self.failed = 0

    @property
    def counts(self):
        """Counts for the sync run."""
        names = ("planned", "posted", "waiting", "blocked", "failed")
        return {name: getattr(self, name) for name in names}

    def post(self, documents, broken=None):
        """Post what is complete, mark the rest; commits after each batch.

        :param dict documents: order record -> its document
        :param dict broken: order record -> why its payload cannot be read
        """
        orders, broken = list(documents), dict(broken or {})
        read_from = {order.id: order.event_id.id for order in orders}
        for start in range(0, len(orders), self.store.batch_size):
            # Another worker may have the same orders: whoever holds the lock posts them.
            chunk = self.env["ecommerce.order"].union(*orders[start : start + self.store.batch_size])
            # sudo: a lock needs the right to write, and nobody writes orders by hand. Posting is the user's again.
            locked = chunk.sudo().try_lock_for_update().with_env(self.env)
            self._post_batch(self._current(locked, documents, read_from, broken))
            self._commit()
        if broken:
            self._mark_broken(broken)
            self._commit()

    def _current(self, locked, documents, read_from, broken):
        """Documents of locked orders; of one that got a newer payload since it was read, the newer document.

        Without this an order could be posted from an old payload and count as done with the new one.
        """
        locked.invalidate_recordset(["event_id"])
        stale = locked.filtered(lambda order: order.event_id.id != read_from[order.id])
        newer, unreadable = self.store._stored_documents(stale)
        broken.update(unreadable)
        return {order: newer.get(order) or documents[order] for order in locked if order not in unreadable}

    def review(self, documents, broken=None):
        """Plan and mark orders without posting any; arguments as of ``post``."""
        self._post_batch(documents, execute=False)
        if broken:
            self._mark_broken(broken)
        self._commit()

    def _planning(self):
        return OrderPlanning(self.store)

    def _post_batch(self, documents, *, execute=True):
        planning = self._planning()
        planned = dict(zip(documents, planning.plan(list(documents.values())), strict=True))
        self._amend(planning, planned, execute=execute)
        show(planned, self.run)
        self.waiting += sum(plan.state == "waiting" for plan in planned.values())
        self.blocked += sum(plan.state == "blocked" for plan in planned.values())
        found = exceptions_of(planned)
        # What is to be amended is planned again then: what is new of it may be something else.
        ready = [(order, plan) for order, plan in planned.items() if plan.state == "ready" and not plan.will_amend]
        own, summarized = SummaryModes(self.store).split(ready)
        mark(planned, summarized)
        own = self._without_waiting(own, planned)
        waiting = len(summarized) + sum(bool(order.combined_on) for order in planned)
        self.planned += waiting if execute else sum(plan.state == "ready" for plan in planned.values())
        if execute:
            self._execute_ready(own, found)
        records = self.env["ecommerce.order"].union(*planned)
        self.env["ecommerce.exception"]._sync(records, found, company=self.store.company_id)
        if execute:
            CostPosting(self.store, planning.rulebook).post(documents)
        self.env["ecommerce.dispute"]._take_statements(documents, book=execute)

    def _without_waiting(self, own, planned):
        """Orders with entries of their own, with what does not wait for a combined invoice; marks those that wait."""
        mark_spans(planned, own)
        return not_waiting(own)

    def _amend(self, planning, planned, *, execute):
        """Book what changed of posted sales where the store's policy says so, and plan those orders again.

        For review they are only marked as to be amended.
        """
        amending = Amending(self.store, planning)
        for order, plan in planned.items():
            changes = amending.executor(order)
            if not execute:
                planned[order] = amending.foreseen(order, plan)
            elif changes.applies(plan):
                planned[order] = self._amended(changes, order, plan)

    def _amended(self, changes, order, plan):
        """The plan of an order once what changed of it is booked, or with why it cannot be."""
        try:
            with self.env.cr.savepoint():
                amended = changes.amend(order, plan)
        except psycopg2.OperationalError:
            raise  # the connection or a concurrent update: the order is not at fault
        except Exception as error:  # one that cannot be amended keeps no other of the batch from being posted
            if not isinstance(error, (UserError, ConnectorError)):
                _logger.exception("Order %s of %s cannot be amended", order.number, self.store.name)
            return plan.refused(sentence_of(self.env, error))
        if not amended:
            return plan
        (found,) = changes.planning.plan([plan.document])
        return found

    def _execute_ready(self, own, found):
        self._execute(own, found)

    def _execute(self, batch, found):
        done = in_halves(
            self.env,
            batch,
            lambda part: DocumentExecutor(self.store).execute(part),
            lambda pair, error: self._mark_failed(pair[0], error, found),
        )
        self.posted += sum(len(part) for part, _moves in done)

    def _mark_failed(self, order, error, found):
        if not isinstance(error, (UserError, ConnectorError)):
            _logger.exception("Order %s of %s cannot be posted", order.number, self.store.name)
        self.failed += 1
        reason = Reason(
            code="cannot_post",
            message=self.env._(
                "Order %(number)s cannot be posted: %(error)s", number=order.number, error=sentence_of(self.env, error)
            ),
            hint=self.env._("Repair the cause, then retry."),
            key=order.external_id,
        )
        found.setdefault(order, []).append((reason, "1"))
        # sudo: nobody writes evidence by hand; see show
        order.sudo().write({"state": "blocked", "explanation": str(reason)})

    def _mark_broken(self, broken):
        self.blocked += len(broken)
        found = {
            order: [
                (
                    Reason(
                        code="payload", message=storable(error.message), key=order.external_id,
                        hint=error.hint or self.env._("Check the order in the store, then fetch it again."),
                    ),
                    "1",
                )
            ]
            for order, error in broken.items()
        }  # fmt: skip
        for order, error in broken.items():
            # sudo: nobody writes evidence by hand; see show
            order.sudo().write(
                {"state": "blocked", "explanation": storable(str(error)), "run_id": self.run.id if self.run else False}
            )
        records = self.env["ecommerce.order"].union(*broken)
        self.env["ecommerce.exception"]._sync(records, found, company=self.store.company_id)

    def _commit(self):
        """Keep the batch; memory must not grow with the number of orders."""
        self.env.flush_all()
        if not modules.module.current_test:
            # A batch is whole: entries, postings and states were written in this one transaction.
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()
