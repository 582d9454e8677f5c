"""What was delivered of orders that are invoiced as they ship, for figures and proofs. Reads only."""

from collections import defaultdict

from ...core.by_shipment import is_by_shipment
from ...core.deliveries import Deliveries, is_delivery
from ...core.plans import EntryKind
from ...core.posted import Posted
from ..summary.summary_figures import unit_of
from .order_planning import ENTRY_KINDS
from .posting_keys import entry_key, is_of


class OrderShipments:
    """Deliveries of some orders of one store.

    :param ecommerce.posting postings: all of the orders, in the order of posting
    """

    def __init__(self, store, postings):
        self.policy = store._policy()
        self.is_policy = store.invoice_on == "fulfilment"
        self._moves = defaultdict(dict)
        for posting in postings:
            if posting.kind in ENTRY_KINDS and posting.order_id:
                self._moves[posting.order_id.id].setdefault(entry_key(posting), unit_of(posting))
        self._found = {}

    def may_have(self, order):
        """Whether the order's document must be read to know."""
        return self.is_policy or any(is_delivery(key) for key in self._moves[order.id])

    def of(self, order, document):
        """The deliveries of an order; None if it is not invoiced as it ships.

        :rtype: Deliveries | None
        """
        if document is None or not self.may_have(order):
            return None
        if order.id not in self._found:
            keys = tuple(self._moves[order.id])
            posted = Posted(is_invoiced=any(kind is EntryKind.INVOICE for kind, _id in keys), keys=keys)
            by_shipment = is_by_shipment(document, self.policy, posted)
            self._found[order.id] = Deliveries(document, keys) if by_shipment else None
        return self._found[order.id]

    def credit_notes(self, refund):
        """The credit notes of a refund, see ``unit_of``: one per invoice that it gives back some of."""
        return {
            move
            for (kind, external_id), move in self._moves[refund.order_id.id].items()
            if kind is EntryKind.CREDIT_NOTE and is_of(external_id, refund.external_id)
        }
