"""The ``presentment`` object of an order's JSON → what it states in the order's other currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...core.canonical import Line, StoreDocument
from ...core.errors import PayloadError
from ...core.presentment import LineAmounts, Presentment, RefundAmounts
from .fields import Fields


def read_presentment(order: Fields) -> Presentment | None:
    """What the order states in its other currency; None if it has no such object.

    :raises PayloadError: naming the field
    """
    fields = order.object("presentment")
    if fields is None:
        return None
    refunds = fields.items("refunds", lambda item: (item.text("id"), _refund(item)))
    payments = fields.items("payments", lambda item: (item.text("id"), item.amount("amount")))
    stated = Presentment(
        currency=fields.text("currency"),
        total=fields.amount_if_told("total"),
        exchange_rate=fields.amount_if_told("exchange_rate"),
        lines=dict(fields.items("lines", _line)),
        payments=dict(payments),
        refunds=dict(refunds),
    )
    fields.close()
    return stated


def _refund(fields: Fields) -> RefundAmounts:
    return RefundAmounts(
        amount=fields.amount_if_told("amount"),
        already_reduced=fields.amount_if_told("already_reduced"),
        lines=dict(fields.items("lines", _line)),
    )


def _line(fields: Fields) -> tuple[str, LineAmounts]:
    return fields.text("id"), LineAmounts(
        net=fields.amount_if_told("net"),
        discount=fields.amount_if_told("discount"),
        discounts=fields.amounts("discounts"),
        taxes=fields.amounts("taxes"),
    )


def check_presentment(document: StoreDocument) -> None:
    """Refuse amounts of what the order does not have: they would be lost in silence.

    :raises PayloadError: naming it
    """
    stated = document.presentment
    if stated is None:
        return
    _check_ids("payment", stated.payments, [tender.external_id for tender in document.tenders])
    _check_ids("refund", stated.refunds, [refund.external_id for refund in document.refunds])
    _check_lines(stated.lines, document.lines)
    for refund in document.refunds:
        if known := stated.refunds.get(refund.external_id):
            _check_lines(known.lines, refund.lines, f"refund {refund.external_id}, ")


def _check_ids(what: str, stated: Iterable[str], known: Sequence[str], within: str = "") -> None:
    for external_id in stated:
        if external_id not in known:
            raise PayloadError(f"presentment, {within}{what} {external_id}", f"the order has no such {what}")


def _check_lines(stated: Mapping[str, LineAmounts], lines: Sequence[Line], within: str = "") -> None:
    _check_ids("line", stated, [line.external_id for line in lines], within)
    by_id = {line.external_id: line for line in lines}
    for external_id, amounts in stated.items():
        line = by_id[external_id]
        for name, theirs, own in (
            ("taxes", amounts.taxes, line.taxes), ("discounts", amounts.discounts, line.discounts),
        ):  # fmt: skip
            if theirs and len(theirs) != len(own):
                raise PayloadError(
                    f"presentment, {within}line {external_id}, {name}",
                    f"there are {len(theirs)}, but the line has {len(own)}",
                )
