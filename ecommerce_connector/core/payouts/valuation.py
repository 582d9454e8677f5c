"""What the lines of a payout entry are worth in the company's currency.

Money leaves an account with the value that it is carried at there, so that an account which is
empty in its own currency is empty in the company's (law 15, case 29): a payment, and a payout that
came back, with what it was booked at, a reserve with the average of what is held. Fees and other
movements are worth what they were on their own day, the payout what it is on the day of the payout.
What the rates changed in between is the exchange difference, which the payout realizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..carried import moved
from ..currencies import unit
from ..rounding import ZERO, quantize, total
from .plans import LineRole, PayoutLine, PayoutPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the company's books know.

    :ivar currency: of the company, ISO 4217
    :ivar rate: (currency, day) → units of it for one unit of the company's currency
    :ivar carried: payment id → company balance of its clearing item, debit positive
    :ivar returned: payout id → company balance of its item in transit, debit positive
    :ivar accrued: item's id → company balance of a fee on clearing that is booked already, debit positive
    :ivar held: account id → what is on a reserve account, in the payout's currency and in the company's
    """

    currency: str
    rate: Callable[[str, date], Decimal]
    carried: Mapping[int, Decimal] = field(default_factory=dict)
    returned: Mapping[int, Decimal] = field(default_factory=dict)
    accrued: Mapping[int, Decimal] = field(default_factory=dict)
    held: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Values:
    """Values in company currency, debit positive.

    :ivar lines: of each line of the plan, in its order
    :ivar exchange: the exchange difference that balances them; positive is a loss
    """

    lines: tuple[Decimal, ...]
    exchange: Decimal


def value(plan: PayoutPlan, books: Books) -> Values:
    """Value each line of a complete plan, rounded to the company's currency."""
    appraiser = _Appraiser(plan, books)
    lines = tuple(appraiser.of(line) for line in plan.lines)
    return Values(lines, ZERO - total(lines))


def days_with_rates(plan: PayoutPlan) -> dict[str, date]:
    """The earliest day of each currency whose rate the entry needs; the company's own among them, if it is there."""
    days: dict[str, date] = {}
    for line in plan.lines:
        if not {line.payment_id, line.returned_id, line.accrual_id} <= {None}:
            continue
        currency = line.own.currency if line.own else plan.payout.currency
        first = min((part.on for part in line.by_day), default=plan.true_date)
        days[currency] = min(first, days.get(currency, first))
    return days


class _Appraiser:
    def __init__(self, plan: PayoutPlan, books: Books) -> None:
        self._plan = plan
        self._books = books
        self._step = unit(books.currency)
        self._held = dict(books.held)

    def of(self, line: PayoutLine) -> Decimal:
        if line.payment_id is not None and line.payment_id in self._books.carried:
            return -self._books.carried[line.payment_id]
        if line.returned_id is not None and line.returned_id in self._books.returned:
            return -self._books.returned[line.returned_id]
        if line.accrual_id is not None and line.accrual_id in self._books.accrued:
            return -self._books.accrued[line.accrual_id]
        if line.role is LineRole.RESERVE:
            return self._reserve(line)
        return self._on_its_days(line)

    def _on_its_days(self, line: PayoutLine) -> Decimal:
        if line.own:
            return quantize(line.own.amount / self._rate(line.own.currency, self._plan.true_date), self._step)
        whole = total([part.amount for part in line.by_day])
        if not whole:
            rate = self._plan.rate or self._rate(self._plan.payout.currency, self._plan.true_date)
            return quantize(line.amount / rate, self._step)
        worth = self._exact(line)
        # A tax, and a fee without it, are worth their share of the fee that was taken.
        return quantize(line.amount * worth / whole if line.amount != whole else worth, self._step)

    def _exact(self, line: PayoutLine) -> Decimal:
        currency = self._plan.payout.currency
        return total([part.amount / (part.rate or self._rate(currency, part.on)) for part in line.by_day])

    def _reserve(self, line: PayoutLine) -> Decimal:
        account = line.target.account
        if not account:
            return self._on_its_days(line)
        held, worth = self._held.get(account, (ZERO, ZERO))
        value_of_it = moved(line.amount, self._exact(line), held, worth, self._step)
        self._held[account] = held + line.amount, worth + value_of_it
        return value_of_it

    def _rate(self, currency: str, on: date) -> Decimal:
        return Decimal(1) if currency == self._books.currency else self._books.rate(currency, on)
