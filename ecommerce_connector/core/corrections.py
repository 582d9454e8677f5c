"""Correcting entries: the difference between what is posted and what would be posted now.

Posted entries never change. Items are added up by where they count in the books, once as posted
(with earlier corrections) and once as they should be; the difference, place by place, is the
correcting entry. Amounts are signed as in the ledger: debit positive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .errors import PlanUnbalanced
from .rounding import ZERO, total


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Booking:
    """Where a journal item counts: items that agree in all of it can be added up.

    :ivar taxes: of what it is the base; of a tax item, the later taxes that are charged on it
    :ivar repartition: of a tax item, the line of the tax's distribution that makes it; 0 for any other item
    :ivar tags: for the tax report
    :ivar analytic: (analytic account ids, percent as text) pairs
    """

    account: int
    product: int = 0
    taxes: tuple[int, ...] = ()
    repartition: int = 0
    tags: tuple[int, ...] = ()
    analytic: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What an item adds to the books.

    :ivar amount: in document currency
    :ivar balance: in company currency
    :ivar base_amount: of a tax, what it is charged on, in document currency
    :ivar base: the same in company currency
    """

    amount: Decimal = ZERO
    balance: Decimal = ZERO
    base_amount: Decimal = ZERO
    base: Decimal = ZERO

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            amount=self.amount + other.amount, balance=self.balance + other.balance,
            base_amount=self.base_amount + other.base_amount, base=self.base + other.base,
        )  # fmt: skip

    def __neg__(self) -> Amounts:
        return Amounts(amount=-self.amount, balance=-self.balance, base_amount=-self.base_amount, base=-self.base)

    def __bool__(self) -> bool:
        return bool(self.amount or self.balance)

    @property
    def is_debit(self) -> bool:
        """On which side of the entry it is."""
        return (self.balance or self.amount) > ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A journal item.

    :ivar rule: id of the rule that decided it, 0 for none
    :ivar shares: what of which tax items the store charged on this one; empty where that is not known
    """

    booking: Booking
    amounts: Amounts
    rule: int = 0
    shares: tuple[tuple[Booking, Amounts], ...] = ()


@dataclass(slots=True)
class _Group:
    """All items of one booking, as they should be minus as they are posted."""

    amounts: Amounts = field(default_factory=Amounts)
    rules: dict[int, Amounts] = field(default_factory=dict)
    shares: dict[Booking, Amounts] = field(default_factory=dict)

    def add(self, item: Item, *, posted: bool) -> None:
        amounts = -item.amounts if posted else item.amounts
        self.amounts += amounts
        self.rules[item.rule] = self.rules.get(item.rule, Amounts()) + amounts
        for booking, share in item.shares:
            self.shares[booking] = self.shares.get(booking, Amounts()) + (-share if posted else share)

    def rule(self, *, debit: bool) -> int:
        """The rule behind most of what is on a side."""
        found = [(abs(amounts.balance), -rule) for rule, amounts in self.rules.items() if amounts.is_debit is debit]
        return -max(found)[1] if found else 0


def missing(target: Iterable[Item], posted: Iterable[Item]) -> Amounts:
    """What the target lacks of the sum that is posted; zero if the two differ only in where they count."""
    return _sum(posted) + -_sum(target)


def settled(target: Sequence[Item], balance: Decimal) -> list[Item]:
    """The target with a few cents more in company currency, which rounding left.

    The customer owes what the posted entry says, so the cents of another distribution over taxes
    and accounts go to the largest item that is no tax: an untaxed one if there is any.

    :param balance: what is missing
    """
    if not balance:
        return list(target)
    at = max(range(len(target)), key=lambda index: _bears_rounding(target[index]))
    item = target[at]
    found = list(target)
    found[at] = replace(item, amounts=item.amounts + Amounts(balance=balance))
    return found


def _bears_rounding(item: Item) -> tuple[bool, bool, Decimal, Booking]:
    booking = item.booking
    return not booking.repartition, not (booking.taxes or booking.tags), abs(item.amounts.balance), booking


def difference(target: Sequence[Item], posted: Sequence[Item]) -> tuple[Item, ...]:
    """The correcting entry: what must be added to what is posted; empty if nothing is to be corrected.

    What is taken back names the rule that had decided it, what takes its place the rule that decides now.

    :raises PlanUnbalanced: if the two do not come to the same sum, see ``missing``
    """
    groups: dict[Booking, _Group] = {}
    for items, is_posted in ((target, False), (posted, True)):
        for item in items:
            groups.setdefault(item.booking, _Group()).add(item, posted=is_posted)
    if not any(group.amounts.amount for group in groups.values()):
        return ()  # equal in the document's currency: cents of another rounding are no correction
    unexplained = _unexplained(target) | _unexplained(posted)
    found = [item for booking in sorted(groups) for item in _items(booking, groups, unexplained)]
    if _sum(found):
        raise PlanUnbalanced(f"A correcting entry would not balance: {_sum(found)} is left.")
    return tuple(found)


def booked(items: Iterable[Item]) -> dict[Booking, tuple[Decimal, Decimal]]:
    """Sums per place in document and in company currency, without what came to nothing."""
    groups: dict[Booking, Amounts] = {}
    for item in items:
        groups[item.booking] = groups.get(item.booking, Amounts()) + item.amounts
    return {booking: (amounts.amount, amounts.balance) for booking, amounts in groups.items() if amounts}


def takes_back_others(items: Iterable[Item], posted: Iterable[Item], waiting: int) -> bool:
    """Whether a correcting entry takes back anything but what waits.

    :param waiting: the account where revenue waits for its rule
    """
    there = booked(posted)
    return any(
        booking.account != waiting and amount * there.get(booking, (ZERO, ZERO))[0] < ZERO
        for booking, (amount, _balance) in booked(items).items()
    )


def moved(items: Iterable[Item]) -> Decimal:
    """How much a correcting entry moves, in document currency."""
    return total([item.amounts.amount for item in items if item.amounts.amount > ZERO])


def _items(booking: Booking, groups: dict[Booking, _Group], unexplained: Collection[Booking]) -> Iterator[Item]:
    group = groups[booking]
    if not group.amounts:
        return
    if not booking.repartition:
        shares = tuple((tax, share) for tax, share in sorted(group.shares.items(), key=lambda pair: pair[0]) if share)
        rule = group.rule(debit=group.amounts.is_debit)
        yield Item(booking=booking, amounts=group.amounts, rule=rule, shares=shares)
        return
    parts = [group.amounts] if booking in unexplained else _sides(booking, groups.values())
    for amounts in parts:
        if amounts:
            yield Item(booking=booking, amounts=amounts, rule=group.rule(debit=amounts.is_debit))


def _sides(tax: Booking, groups: Iterable[_Group]) -> list[Amounts]:
    """A tax in two parts: what goes with items that are debited, and what goes with those that are credited.

    In a journal entry Odoo takes as the base of a tax item the items of that tax on the same side.
    """
    sides = {True: Amounts(), False: Amounts()}
    for group in groups:
        if share := group.shares.get(tax):
            sides[(group.amounts or share).is_debit] += share
    return [sides[False], sides[True]]


def _unexplained(items: Iterable[Item]) -> set[Booking]:
    """The tax bookings of which the shares of the other items do not account for every cent."""
    rest: dict[Booking, Amounts] = {}
    for item in items:
        if item.booking.repartition:
            rest[item.booking] = rest.get(item.booking, Amounts()) + item.amounts
        for booking, share in item.shares:
            rest[booking] = rest.get(booking, Amounts()) + -share
    return {booking for booking, amounts in rest.items() if amounts}


def _sum(items: Iterable[Item]) -> Amounts:
    found = Amounts()
    for item in items:
        found += item.amounts
    return found
