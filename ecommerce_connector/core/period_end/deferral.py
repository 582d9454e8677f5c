"""Revenue of what is invoiced and has not left the warehouse at the end of a period (case 33b).

Goods count by their units that are to be delivered still; what shipping cost goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..canonical import Line, LineKind, MoneyState, StoreDocument
from ..currencies import unit
from ..lines import LinePlanner
from ..mapping.rulebook import Rulebook
from ..policy import Policy
from ..reasons import Reason
from ..rounding import ZERO, quantize, total
from ..undelivered import to_deliver


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
    refunds = [each for each in document.refunds if each.state is MoneyState.DONE and each.at <= at]
    if total([each.amount - each.already_reduced for each in refunds]) >= document.total:
        return OrderDeferral()  # given back, with or without lines: nothing is earned with it any more
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
