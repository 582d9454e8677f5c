"""Under which keys entries of orders are posted."""

from ...core.deliveries import KEPT, SHIPMENT
from ...core.plans import EntryKind


def posting_key(order_external_id, entry_key):
    """External id of a posting: ids of payments and refunds are unique only within their order.

    :param tuple entry_key: kind and external id of the entry
    """
    kind, external_id = entry_key
    if kind is EntryKind.INVOICE and external_id == order_external_id:
        return order_external_id
    return f"{_prefix(order_external_id)}{external_id}"


def entry_key(posting):
    """Kind and external id of the entry that a posting is of; the other way round than ``posting_key``."""
    kind, order_external_id = EntryKind(posting.kind), posting.order_id.external_id
    if kind is EntryKind.INVOICE and posting.external_id == order_external_id:
        return kind, order_external_id
    return kind, posting.external_id.removeprefix(_prefix(order_external_id))


def is_of(external_id, key):
    """Whether an id is a key, or that of the part of it that one delivery's invoice has."""
    return external_id == key or external_id.startswith((f"{key}@{SHIPMENT}", f"{key}@{KEPT}"))


def _prefix(order_external_id):
    # Colons are doubled, so that no two pairs of ids are written alike.
    return order_external_id.replace(":", "::") + ":"
