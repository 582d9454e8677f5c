"""Revenue of what is invoiced and has not left the warehouse at the end of a period (case 33b).

What is to be delivered still is counted in units, as the store states its shipments. A refund of units takes them out
of what is to be delivered, unless the store says that they had left: otherwise what was cancelled before it was shipped
would be deferred for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..canonical import Line, LineKind, MoneyState, Refund, StoreDocument
from ..currencies import unit
from ..fulfilments import Fulfilment, Restock
from ..lines import LinePlanner
from ..mapping.rulebook import Rulebook
from ..policy import Policy
from ..reasons import Reason
from ..rounding import ZERO, quantize, total

#: What became of goods that had left before they were refunded.
_HAD_LEFT = frozenset({Restock.STOCK, Restock.DAMAGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A part of an order's revenue.

    :ivar account: id of the account it was booked on
    :ivar amount: without tax, after discounts, in the order's currency; positive: income that is not earned yet
    """

    account: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeferral:
    """What of an order is not earned yet.

    :ivar reasons: why it is not known; then there are no parts
    """

    parts: tuple[Deferred, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def amount(self) -> Decimal:
        """All of it, in the order's currency."""
        return total([part.amount for part in self.parts])


def defer(document: StoreDocument, rulebook: Rulebook, policy: Policy, *, at: datetime, on: date) -> OrderDeferral:
    """What of an invoiced order is to be delivered still.

    :param at: the end of the period, as an instant
    :param on: the day of the invoice, whose rules decided its accounts
    """
    open_units = to_deliver(document, at)
    planner = LinePlanner(document, rulebook, policy)
    sums: dict[int, Decimal] = {}
    for line, share in _shares(document, open_units):
        for planned in planner.line(line, on):
            amount = quantize(planned.net * share, unit(document.currency))
            account = planned.rule.target.account
            if amount and account and planned.kind != "marketplace_tax":
                sums[account] = sums.get(account, ZERO) + amount
    if planner.reasons:
        return OrderDeferral(reasons=tuple(planner.reasons))
    return OrderDeferral(parts=tuple(Deferred(account=key, amount=sums[key]) for key in sorted(sums) if sums[key]))


def _shares(document: StoreDocument, open_units: dict[str, Decimal]) -> Iterable[tuple[Line, Decimal]]:
    """Lines with the part of them that is not earned: goods by their units, shipping as the goods it is charged for."""
    shipped_net = open_net = ZERO
    for line in document.lines:
        if line.external_id in open_units:
            share = open_units[line.external_id] / line.quantity
            shipped_net += line.net
            open_net += line.net * share
            if share:
                yield line, share
    if open_net and shipped_net:
        for line in document.lines:
            if line.kind is LineKind.SHIPPING:
                yield line, open_net / shipped_net


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
