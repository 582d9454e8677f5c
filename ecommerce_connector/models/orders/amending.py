"""Which changes of posted sales the store's policy books: of orders with invoices, and of those in summaries."""

from dataclasses import replace

from ..ledger.amendment_executor import AmendmentExecutor
from ..summary.summary_amendments import SummaryAmendments


class Amending:
    """Amendments of one batch.

    :param OrderPlanning planning: of the batch
    """

    def __init__(self, store, planning):
        self._own = AmendmentExecutor(store, planning)
        self._of_summaries = SummaryAmendments(store, planning)

    def executor(self, order):
        """What amends an order.

        :rtype: AmendmentExecutor
        """
        return self._of_summaries if order._is_summarized() else self._own

    def foreseen(self, order, plan):
        """A plan of an order, marked if posting it books what changed; writes nothing.

        :rtype: PlannedOrder
        """
        return replace(plan, will_amend=True) if self.executor(order).would_amend(order, plan) else plan
