"""The entry of a proposal: what it has on each account, its counterpart, and what takes it back on which day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..rounding import ZERO, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One amount of a proposal.

    :ivar account: id of the account
    :ivar balance: in company currency, debit positive
    :ivar reversed_on: the day that takes it back; None: it stays
    """

    account: int
    balance: Decimal
    reversed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A balanced entry.

    :ivar items: (account id, balance) pairs, debit positive, by account; the counterpart is the last
    """

    day: date
    items: tuple[tuple[int, Decimal], ...]


def entries(day: date, parts: Iterable[Part], counterpart: int) -> tuple[Entry, ...]:
    """The entry of the day, then one for each day that takes a part of it back; none without an amount.

    :param counterpart: id of the account that balances them
    """
    known = list(parts)
    found = [_entry(day, known, counterpart, 1)]
    for back in sorted({part.reversed_on for part in known if part.reversed_on}):
        found.append(_entry(back, [part for part in known if part.reversed_on == back], counterpart, -1))
    return tuple(entry for entry in found if entry.items)


def _entry(day: date, parts: list[Part], counterpart: int, sign: int) -> Entry:
    sums: dict[int, Decimal] = {}
    for part in parts:
        sums[part.account] = sums.get(part.account, ZERO) + sign * part.balance
    items = [(account, sums[account]) for account in sorted(sums) if sums[account]]
    if rest := total([balance for _account, balance in items]):
        items.append((counterpart, -rest))
    return Entry(day=day, items=tuple(items))
