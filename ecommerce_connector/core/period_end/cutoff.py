"""Cut-off: entries whose true day lies in a month but which are booked after it, because a lock date closed it.

Months are calendar months. What is booked later in the same month is no matter of cut-off: the month has it.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from ..rounding import ZERO, total


class Nature(str, Enum):
    """What an account of a late entry is, as far as a period's result depends on it."""

    REVENUE = "revenue"
    COST = "cost"
    TAX = "tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateItem:
    """What a late entry has on one account.

    :ivar account: id of the account
    :ivar balance: in company currency, debit positive
    """

    account: int
    nature: Nature
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEntry:
    """One entry that may be late.

    :ivar entry: id of the journal entry; several events may be booked by the same one
    :ivar owner: the store or the processor account that it is of
    :ivar currency: ISO 4217, of ``documents`` and ``money``
    :ivar true_date: the day it happened
    :ivar booked_on: its accounting date
    :ivar documents: with tax: positive for an invoice, negative for a credit note, else zero
    :ivar money: positive received, negative given back, zero for what moves none
    """

    entry: int
    owner: tuple[str, int]
    currency: str
    true_date: date
    booked_on: date
    documents: Decimal = ZERO
    money: Decimal = ZERO
    items: tuple[LateItem, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether the month in which it happened lacks it."""
        return self.booked_on > month_end(self.true_date)


@dataclass(slots=True, kw_only=True)
class LateGroup:
    """The late entries of a month, of one store or processor account, in one currency.

    :ivar last_day: of the month
    :ivar balances: (account, nature) → sum in company currency, debit positive
    """

    last_day: date
    owner: tuple[str, int]
    currency: str
    entries: list[int] = field(default_factory=list)
    documents: Decimal = ZERO
    money: Decimal = ZERO
    balances: dict[tuple[int, Nature], Decimal] = field(default_factory=dict)

    def add(self, late: LateEntry) -> None:
        """Count an entry; one that books several events counts once."""
        if late.entry not in self.entries:
            self.entries.append(late.entry)
        self.documents += late.documents
        self.money += late.money
        for item in late.items:
            key = item.account, item.nature
            self.balances[key] = self.balances.get(key, ZERO) + item.balance

    def of(self, nature: Nature) -> Decimal:
        """Sum of the accounts of a nature: revenue and tax owed positive, cost positive."""
        found = total([balance for (_account, kind), balance in self.balances.items() if kind is nature])
        return found if nature is Nature.COST else -found


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months(first: date, last: date) -> Iterator[date]:
    """The last day of each month that has a day of the range."""
    end = month_end(first)
    while True:
        yield end
        if end >= last:
            return
        end = month_end(date.fromordinal(end.toordinal() + 1))


def late_groups(entries: Iterable[LateEntry]) -> list[LateGroup]:
    """What came too late, by month, owner and currency."""
    groups: dict[tuple[date, tuple[str, int], str], LateGroup] = {}
    for late in entries:
        if late.is_late:
            key = month_end(late.true_date), late.owner, late.currency
            group = groups.setdefault(key, LateGroup(last_day=key[0], owner=late.owner, currency=late.currency))
            group.add(late)
    return [groups[key] for key in sorted(groups)]


def accrued(entries: Iterable[LateEntry]) -> dict[tuple[int, date], Decimal]:
    """Account and day on which it is booked → what the month's result lacks there, in company currency, debit positive.

    No tax: it is declared with the day on which it is booked.
    """
    found: dict[tuple[int, date], Decimal] = {}
    for late in entries:
        for item in late.items:
            if late.is_late and item.nature is not Nature.TAX:
                key = item.account, late.booked_on
                found[key] = found.get(key, ZERO) + item.balance
    return {key: found[key] for key in sorted(found) if found[key]}
