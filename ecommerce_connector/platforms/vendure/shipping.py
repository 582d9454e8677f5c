"""What left of a Vendure order, and when payments, refunds and fulfilments came to their states. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from ...core.fulfilments import Fulfilment, ShippedLine
from . import const
from .records import Record

#: When payments, refunds and fulfilments reached a state: (kind of history entry, id, state) → instant.
Transitions = dict[tuple[str, str, str], datetime]
_IDS = {
    const.PAYMENT_TRANSITION: "paymentId", const.REFUND_TRANSITION: "refundId",
    const.FULFILMENT_TRANSITION: "fulfillmentId",
}  # fmt: skip


def transitions_of(order: Record) -> Transitions:
    """When each payment, refund and fulfilment came to its states, from the order's history.

    Their ``updatedAt`` is a poor witness: any later change, such as of a note, moves it.
    """
    found: Transitions = {}
    history = order.part("history")
    for entry in history.parts("items", "entry", "type") if history else []:
        kind = entry.text("type")
        data = entry.part("data") if kind in _IDS else None
        if data:
            found[kind, data.text(_IDS[kind]), data.text("to")] = entry.instant("createdAt")
    return found


def fulfilment_records(order: Record) -> list[Record]:
    """All fulfilments of an order; none where the stored answer is from before they were asked for."""
    return order.parts("fulfillments", "fulfilment") if order.has("fulfillments") else []


def fulfilments(
    order: Record, line_ids: Collection[str], transitions: Transitions, zone: ZoneInfo
) -> tuple[Fulfilment, ...]:
    """Fulfilments that left, without what the order no longer has: goods that were cancelled after they were packed.

    :param line_ids: ids of the lines of the document
    """
    found = []
    for record in fulfilment_records(order):
        if record.text("state") not in const.SHIPPED_STATES:
            continue
        lines = tuple(
            ShippedLine(line_id=line.text("orderLineId"), quantity=line.number("quantity"))
            for line in record.parts("lines", "line", "orderLineId")
            if line.text("orderLineId") in line_ids and line.number("quantity") > 0
        )
        if lines:
            at = _left(record, transitions).astimezone(zone)
            found.append(Fulfilment(external_id=record.text("id"), at=at, lines=lines))
    return tuple(sorted(found, key=lambda item: (item.at, item.external_id)))


def _left(record: Record, transitions: Transitions) -> datetime:
    for state in const.SHIPPED_STATES:
        if at := transitions.get((const.FULFILMENT_TRANSITION, record.text("id"), state)):
            return at
    return record.instant("updatedAt")
