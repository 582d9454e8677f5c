"""Sales that were amended: each of their documents as the rules of now would have it. Reads only."""

from ...core.amendments import amendment
from ...core.plans import EntryKind
from ..orders.order_planning import OrderPlanning
from .posted_facts import PostedFacts

CORRECTION = "correction"
_MOVE_TYPES = {EntryKind.INVOICE: "out_invoice", EntryKind.CREDIT_NOTE: "out_refund"}


class AmendedSales:
    """Documents of orders of one store."""

    def __init__(self, store):
        self.store = store
        self._facts = PostedFacts(OrderPlanning(store))

    def documents(self, order, entry, versions):
        """What was posted first, and each amendment, with what they would be by the rules of now.

        :param PlannedMove entry: as the store says it now
        :param list versions: ecommerce.posting of the entry, the first version first
        :return: (ecommerce.posting, PlannedMove) pairs; None where the amendments cannot be told from what is kept
        :rtype: list | None
        """
        said = [self._facts.entry(order, entry.key, posting.fingerprint) for posting in versions]
        if not all(said):
            return None
        amendments = versions[0].search(
            [("corrected_id", "in", [posting.id for posting in versions]), ("is_amendment", "=", True),
             ("kind", "=", CORRECTION)]
        ).grouped("corrected_id")  # fmt: skip
        found = [(versions[0], said[0])]
        for number, posting in enumerate(versions[:-1]):
            made = amendments.get(posting, posting.browse())
            planned = amendment(said[number], said[number + 1], said[number + 1].true_date, said[number].date)
            if len(made) != bool(planned) or (made and not _is_of_kind(made, planned)):
                return None
            found += [(made, planned)] if planned else []
        return found


def _is_of_kind(posting, planned):
    return posting.move_id.move_type in (_MOVE_TYPES[planned.kind], "entry")
