"""Which summary books what: that of a day, or of the payout that the money is in.

A payout's summary has what was sold and given back with its money, on the day of the payout. A month
is closed with what happened in it, so what is paid out in a later month is booked on the last day of
its own; so is what no payout takes, or none that is known yet.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class SummaryKey:
    """The summary that books something.

    :ivar payout: id of the payout that it sums up, 0 for none
    """

    day: date
    payout: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Taker:
    """A payout that has the money of a payment or refund."""

    paid_on: date
    payout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to be booked of an order.

    :ivar key: unique within the order
    :ivar on: the day it happened
    :ivar taker: the payout that has its own money; None: none that is known, or it moves no money
    :ivar is_money: whether it is a payment or refund that a payout can have: none by gift card or store credit
    """

    key: Hashable
    on: date
    taker: Taker | None = None
    is_money: bool = False


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def day_in_payout(on: date, paid_on: date) -> date:
    """On which day a payout's summary has what happened on a day: never before it, and never in a later month."""
    return max(on, min(paid_on, month_end(on)))


def payout_keys(events: Sequence[Event], takers: Collection[Taker] = ()) -> dict[Hashable, SummaryKey]:
    """The summaries of an order's events where payouts are summed up.

    Money goes with its payout. What is no money goes with the first payout of the order's money that is paid on its
    day or later. What comes first in an order is booked no later than what follows it.

    :param events: in the turn in which they are booked
    :param takers: payouts of the order's other money, which is booked already
    """
    known = sorted({*takers, *(event.taker for event in events if event.taker)})
    found: dict[Hashable, SummaryKey] = {}
    following: SummaryKey | None = None
    for event in reversed(events):
        key = _own(event, known)
        if following and following < key and following.day >= event.on:
            key = following
        found[event.key] = key
        following = min(key, following) if following else key
    return found


def _own(event: Event, known: Sequence[Taker]) -> SummaryKey:
    taker = event.taker
    if taker is None and not event.is_money:
        taker = next((each for each in known if each.paid_on >= event.on), None)
    if taker is None:
        return SummaryKey(month_end(event.on))
    return SummaryKey(day_in_payout(event.on, taker.paid_on), taker.payout)
