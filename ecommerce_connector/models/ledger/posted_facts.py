"""What a store said of an entry when it was posted, found again in the payloads that are kept. Reads only."""

from ...core.errors import ConnectorError
from ...platforms import payload as payloads


class PostedFacts:
    """Entries of orders of one store as they were, by the rules of now.

    :param OrderPlanning planning: of the batch
    """

    def __init__(self, planning):
        self.store = planning.store
        self.planning = planning
        self._plans = {}

    def entry(self, order, key, fingerprint):
        """The entry as the store said it when it was posted; None if no payload that is kept says it.

        :param tuple key: kind and external id of the entry
        :param str fingerprint: of the facts that were posted
        :rtype: PlannedMove | None
        """
        for move in self._moves(order):
            if move.key == key and move.fingerprint == fingerprint:
                return move
        return None

    def _moves(self, order):
        """Invoices and credit notes of all payloads of an order, the latest first."""
        if order.id not in self._plans:
            events = self.store.env["ecommerce.event"].search(
                [("store_id", "=", self.store.id), ("kind", "=", "order"), ("external_id", "=", order.external_id)],
                order="version desc",
            )
            self._plans[order.id] = [move for event in events for move in self._of_event(event)]
        return self._plans[order.id]

    def _of_event(self, event):
        try:
            document = self.store._document_reader()(payloads.loads(event.payload))
        except ConnectorError:
            return ()
        (planned,) = self.planning.plan([document])
        return planned.plan.moves
