"""What of an order's goods is to be delivered still, in units, as the store states its shipments.

A refund of units takes them out of what is to be delivered, unless the store says that they had left: otherwise what
was cancelled before it was shipped would be waited for for good.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from .canonical import Line, LineKind, MoneyState, Refund, StoreDocument
from .fulfilments import Fulfilment, Restock
from .rounding import ZERO

#: What became of goods that had left before they were refunded.
_HAD_LEFT = frozenset({Restock.STOCK, Restock.DAMAGED, Restock.NONE})


def to_deliver(document: StoreDocument, at: datetime) -> dict[str, Decimal]:
    """Line of goods → units that are to be delivered still, at an instant; nothing of what needs no shipment."""
    if document.cancelled and (document.cancelled_at is None or document.cancelled_at <= at):
        return {}
    goods = {
        line.external_id: line for line in document.lines
        if line.kind is LineKind.PRODUCT and line.ships and line.quantity > 0
    }  # fmt: skip
    left = {key: line.quantity for key, line in goods.items()}
    for refund in document.refunds:
        if refund.state is MoneyState.DONE and refund.at <= at:
            _take_refunded(left, goods, refund)
    shipped = dict.fromkeys(goods, ZERO)
    for fulfilment in sorted(document.fulfilments, key=lambda item: (item.at, item.external_id)):
        if fulfilment.at <= at:
            _ship(shipped, left, fulfilment)
    return {key: max(ZERO, left[key] - shipped[key]) for key in goods}


def delivered_at(document: StoreDocument) -> datetime | None:
    """When the last of the goods had left; None while something is to be delivered, or if nothing ever was."""
    instants = [fulfilment.at for fulfilment in document.fulfilments]
    instants += [refund.at for refund in document.refunds if refund.state is MoneyState.DONE]
    for at in sorted(instants) if document.fulfilments else ():
        if not any(to_deliver(document, at).values()):
            return at
    return None


def needs_delivery(document: StoreDocument) -> bool:
    """Whether there are goods in it that ship."""
    return any(line.kind is LineKind.PRODUCT and line.ships and line.quantity > 0 for line in document.lines)


def _ship(shipped: dict[str, Decimal], left: dict[str, Decimal], fulfilment: Fulfilment) -> None:
    if not fulfilment.lines:
        shipped.update(left)
    for line in fulfilment.lines:
        if line.line_id in shipped:
            shipped[line.line_id] += line.quantity


def _take_refunded(left: dict[str, Decimal], goods: dict[str, Line], refund: Refund) -> None:
    """Take units out of what is to be delivered; where the refund names no line of the order, of lines of its key."""
    for line in refund.lines:
        if line.kind is not LineKind.PRODUCT or line.restock in _HAD_LEFT:
            continue
        rest = line.quantity
        for key, good in goods.items():
            if key == line.of_line or (not line.of_line and good.key == line.key):
                taken = min(rest, left[key])
                left[key] -= taken
                rest -= taken
