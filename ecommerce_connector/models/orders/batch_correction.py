"""Correcting in batches: commit per batch, and a failing batch is halved until the order at fault stands alone."""

import logging

from odoo.exceptions import UserError

from ...core.errors import ConnectorError
from ...core.reasons import Reason
from ..ledger.correction_executor import CorrectionOutcome
from ..summary.summary_corrections import correct
from .batch_errors import in_halves, sentence_of
from .batch_posting import exceptions_of, show
from .order_planning import OrderPlanning

_logger = logging.getLogger(__name__)


class BatchCorrection:
    """Plans orders of one store again and corrects what is posted for them.

    :param bool in_open_period: see ``CorrectionExecutor``
    :param before_commit: called with the entries of each batch, in its transaction: a log of them cannot get lost
    """

    def __init__(self, store, *, in_open_period=False, before_commit=None):
        self.in_open_period = in_open_period
        self.before_commit = before_commit
        self.store = store
        self.env = store.env
        self.outcome = CorrectionOutcome(self.env["account.move"])

    def correct(self, orders):
        """Correct orders; commits after each batch.

        The caller holds the store, so no newer payload can come in between.

        :param recordset orders: of the store
        :rtype: CorrectionOutcome
        """
        for start in range(0, len(orders), self.store.batch_size):
            chunk = orders[start : start + self.store.batch_size]
            # sudo: a lock needs the right to write, and nobody writes orders by hand. Correcting is the user's again.
            locked = chunk.sudo().try_lock_for_update().with_env(self.env)
            self.outcome.not_covered += [(order, self._busy(order)) for order in chunk - locked]
            self._correct_batch(locked)
            self.store._commit_unless_testing()
            self.env.invalidate_all()  # memory must not grow with the number of orders
        return self.outcome

    def _correct_batch(self, orders):
        documents, broken = self.store._stored_documents(orders)
        self.outcome.not_covered += [
            (order, Reason(code="payload", message=error.message, hint=error.hint, key=order.external_id))
            for order, error in broken.items()
        ]
        planned = OrderPlanning(self.store).plan(list(documents.values()))
        batch = list(zip(documents, planned, strict=True))
        known, moves = (len(self.outcome.not_covered), len(self.outcome.locked)), self.outcome.moves
        self._execute(batch)
        if self.before_commit and (made := self.outcome.moves - moves):
            self.before_commit(made)
        left = {order for order, _reason in self.outcome.not_covered[known[0] :]}
        left |= {item.order for item in self.outcome.locked[known[1] :]}
        # What is left keeps its exceptions: somebody still has to do something about it.
        done = {order: plan for order, plan in batch if order not in left}
        show(done)
        records = self.env["ecommerce.order"].union(*done)
        self.env["ecommerce.exception"]._sync(records, exceptions_of(done), company=self.store.company_id)

    def _execute(self, batch):
        done = in_halves(
            self.env,
            batch,
            lambda part: correct(self.store, part, in_open_period=self.in_open_period),
            lambda pair, error: self._refuse(pair[0], error),
        )
        for _part, outcome in done:
            self.outcome.add(outcome)

    def _refuse(self, order, error):
        if not isinstance(error, (UserError, ConnectorError)):
            _logger.exception("Order %s of %s cannot be corrected", order.number, self.store.name)
        reason = Reason(
            code="cannot_correct",
            message=self.env._(
                "Order %(number)s cannot be corrected: %(error)s",
                number=order.number, error=sentence_of(self.env, error),
            ),
            hint=self.env._("Repair the cause, then retry."), key=order.external_id,
        )  # fmt: skip
        self.outcome.not_covered.append((order, reason))

    def _busy(self, order):
        return Reason(
            code="busy", message=self.env._("Order %(number)s is being posted by another worker.", number=order.number),
            hint=self.env._("Retry when its run is done."), key=order.external_id,
        )  # fmt: skip
