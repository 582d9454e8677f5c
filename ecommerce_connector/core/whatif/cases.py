"""One order by two rulebooks: what of each entry is booked elsewhere, and what re-posting can do about it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from ..mapping.rulebook import Rule
from ..plans import EventKey, OrderPlan, PlannedEntry, PlannedMove, PlannedPayment, PlanStatus
from ..reasons import Reason
from ..rounding import ZERO
from .places import Item, Ledger, Place, Sold, customer_account, entry_items


class Standing(str, Enum):
    """What re-posting can do about a difference.

    ``REPOSTED``: it moves it. ``LOCKED``: it is in a closed period. ``BY_HAND``: money, a customer's account, or an
    entry that no correcting entry covers. ``PENDING``: not posted yet, it will be booked by the rules of that day.
    """

    REPOSTED = "reposted"
    LOCKED = "locked"
    BY_HAND = "by_hand"
    PENDING = "pending"


def _never(_rule: Rule) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One posted entry of an order.

    :ivar date: its accounting date
    :ivar fingerprint: of the store's facts it was posted with
    :ivar is_fixed: nothing corrects it: it is in draft, for instance
    :ivar items: what is booked, for orders that the rules of now do not plan; None: as they plan it
    """

    date: datetime.date
    fingerprint: str
    is_fixed: bool = False
    items: tuple[Item, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An order's plan by one rulebook.

    :ivar reasons: what else keeps its new entries from being posted: the ledger's, and changes in the store
    """

    plan: OrderPlan
    reasons: tuple[Reason, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether nothing new of it can be posted."""
        return self.plan.status is PlanStatus.BLOCKED or bool(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One order by both rulebooks.

    :ivar order: its id
    :ivar store: the store's id
    """

    order: int
    store: int
    old: Side
    new: Side
    posted: Mapping[EventKey, Posted] = field(default_factory=dict)

    @property
    def is_bookable(self) -> bool:
        """Whether it could be posted by the new rules, and by those of now it cannot."""
        return self.old.is_blocked and not self.new.is_blocked and self.new.plan.status is PlanStatus.COMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What no correcting entry can do.

    :ivar first_open_day: first day that no lock date closes for entries without tax
    :ivar first_open_tax_day: the same for entries with tax
    :ivar held_taxes: taxes that are due on payment
    :ivar refuses: whether a rule leads to what cannot be posted on
    """

    first_open_day: datetime.date = datetime.date.min
    first_open_tax_day: datetime.date = datetime.date.min
    held_taxes: frozenset[int] = frozenset()
    refuses: Callable[[Rule], bool] = _never


@dataclass(slots=True)
class Entry:
    """One entry by both rulebooks; the same list twice if it is the same."""

    old: Sequence[Item]
    new: Sequence[Item]
    posted: Posted | None
    planned: PlannedEntry | None

    @property
    def is_new_money(self) -> bool:
        """Whether it is a payment that only one of the rulebooks books."""
        return isinstance(self.planned, PlannedPayment) and not (self.old and self.new)

    def difference(self) -> list[Item]:
        """New minus old, by place and by what was sold; empty if each place has what it had."""
        if self.old is self.new:
            return []
        by_place: dict[Place, Decimal] = {}
        parts: dict[tuple[Place, Sold | None], list[Decimal]] = {}
        for items, sign in ((self.old, -1), (self.new, 1)):
            for item in items:
                by_place[item.place] = by_place.get(item.place, ZERO) + sign * item.amount
                part = parts.setdefault((item.place, item.sold), [ZERO, ZERO])
                part[0] += sign * item.amount
                part[1] += sign * item.company
        return [
            Item(place=place, amount=amount, company=company, sold=sold)
            for (place, sold), (amount, company) in parts.items()
            if by_place[place] and (amount or company)
        ]

    def standing(self, items: Sequence[Item], limits: Limits, *, is_customer: bool, is_bookable: bool) -> Standing:
        """What re-posting can do about a difference."""
        posted = self.posted
        if posted is None:
            return Standing.REPOSTED if is_bookable else Standing.PENDING
        taxes = {tax for item in items for tax in item.place.all_taxes}
        if is_customer or posted.is_fixed or taxes & limits.held_taxes or not self._is_correctable(posted, limits):
            return Standing.BY_HAND
        first = max(limits.first_open_day, limits.first_open_tax_day) if taxes else limits.first_open_day
        return Standing.LOCKED if posted.date < first else Standing.REPOSTED

    def _is_correctable(self, posted: Posted, limits: Limits) -> bool:
        planned = self.planned
        if not isinstance(planned, PlannedMove) or planned.fingerprint != posted.fingerprint:
            return False
        rules = [line.rule for line in planned.lines] + [tax.rule for line in planned.lines for tax in line.taxes]
        return not any(limits.refuses(rule) for rule in rules)


def entries_of(case: Case, ledger: Ledger) -> Iterator[Entry]:
    """The entries of an order that are posted or can be."""
    old_entries = {entry.key: entry for entry in case.old.plan.entries()}
    new_entries = {entry.key: entry for entry in case.new.plan.entries()}
    old_customer, new_customer = customer_account(case.old.plan), customer_account(case.new.plan)
    # What comes later of an order stays on the receivable account of what is posted.
    later_customer = old_customer if case.posted and case.old.plan.moves else new_customer
    for key in {**old_entries, **new_entries}:
        posted = case.posted.get(key)
        old = old_entries.get(key) if posted or not case.old.is_blocked else None
        new = new_entries.get(key) if posted or not case.new.is_blocked else None
        customer = new_customer if posted else later_customer
        is_same = old == new and old_customer == customer
        before = _items(old, ledger, old_customer)
        after = before if is_same else _items(new, ledger, customer)
        yield _posted_entry(posted, before, after, new) if posted else Entry(before, after, None, new or old)


def _items(entry: PlannedEntry | None, ledger: Ledger, customer: int) -> Sequence[Item]:
    return entry_items(entry, ledger, customer) if entry else ()


def _posted_entry(posted: Posted, old: Sequence[Item], new: Sequence[Item], planned: PlannedEntry | None) -> Entry:
    """What only one of the rulebooks can plan stays as it is posted."""
    before = posted.items if posted.items is not None else old or new
    entry = Entry(before, new or before, posted, planned)
    return entry if entry.difference() else Entry(entry.new, entry.new, posted, planned)
