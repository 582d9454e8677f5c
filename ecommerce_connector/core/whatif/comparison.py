"""What a change of rules would move: plans by the rules of now against plans by other rules, added up.

Amounts are credit minus debit, see ``places``: revenue and tax owed are positive. Each figure is of
one document currency; company currency stands beside it. Only sums are kept, and a bounded number of
the orders behind a figure: memory does not grow with the orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from ..rounding import ZERO
from .behind import MOST_ORDERS, Behind, Share
from .cases import Case, Entry, Limits, Standing, entries_of
from .places import Item, Ledger, Place, Sold

#: Different reasons kept of why orders would be blocked.
MOST_REASONS = 20


class Dimension(str, Enum):
    """What figures are by. ``TAX``: the tax itself; ``TAX_BASE``: what bears it, without tax."""

    ACCOUNT = "account"
    TAX = "tax"
    TAX_BASE = "tax_base"
    PRODUCT = "product"
    STORE = "store"


#: What a figure is of (an id, or what was sold), and the ISO code of the document currency.
FigureKey = tuple[Sold, str]


@dataclass(slots=True)
class Change:
    """Part of a difference: signed like the figure, and how much of it goes elsewhere (never negative)."""

    amount: Decimal = ZERO
    company: Decimal = ZERO
    moved: Decimal = ZERO


@dataclass(slots=True)
class Bounded:
    """How many orders there are of a kind, and the ids of the first."""

    count: int = 0
    orders: list[int] = field(default_factory=list)

    def add(self, order: int) -> None:
        """Count an order once more."""
        self.count += 1
        if len(self.orders) < MOST_ORDERS:
            self.orders.append(order)


@dataclass(slots=True)
class Figure:
    """One sum, old and new.

    :ivar moved: how much is booked elsewhere than before, even where the sum stays: a product whose revenue goes to
        another account
    :ivar changes: the difference by what re-posting can do about it
    :ivar behind: the orders behind the difference
    """

    old: Decimal = ZERO
    new: Decimal = ZERO
    company_old: Decimal = ZERO
    company_new: Decimal = ZERO
    changes: dict[Standing, Change] = field(default_factory=dict)
    behind: Behind = field(default_factory=Behind)

    @property
    def difference(self) -> Decimal:
        """New minus old."""
        return self.new - self.old

    @property
    def company_difference(self) -> Decimal:
        """New minus old, in company currency."""
        return self.company_new - self.company_old

    @property
    def moved(self) -> Decimal:
        """How much is booked elsewhere."""
        return sum((change.moved for change in self.changes.values()), ZERO)

    def change(self, standing: Standing) -> Change:
        """The difference of one standing; zero if there is none."""
        return self.changes.get(standing) or Change()


class WhatIf:
    """Adds up cases, in the order they are given.

    :ivar figures: every sum, changed or not
    :ivar moved: how much goes elsewhere, per document currency; without money that is booked with new invoices
    :ivar moved_tax: the part of it that is tax; a line whose tax changes is in ``moved`` with its net amount, too
    :ivar to_correct: ids of the orders of which posted entries are to be corrected; with ``to_post`` the only
        thing that grows with the orders
    :ivar to_post: ids of the orders that are blocked by the rules of now and not by the new ones
    :ivar blocking: why orders would become blocked, with their number
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.count = 0
        self.figures: dict[Dimension, dict[FigureKey, Figure]] = {dimension: {} for dimension in Dimension}
        self._by = tuple(self.figures.values())
        self.moved: dict[str, dict[Standing, Decimal]] = {}
        self.moved_tax: dict[str, dict[Standing, Decimal]] = {}
        self.changed, self.locked, self.bookable, self.blocked = Bounded(), Bounded(), Bounded(), Bounded()
        self.to_correct: list[int] = []
        self.to_post: list[int] = []
        self.blocking: Counter[str] = Counter()

    def add(self, case: Case, limits: Limits) -> None:
        """Take in one order."""
        self.count += 1
        self._count_blocked(case)
        found, entries = _Found(), list(entries_of(case, self.ledger))
        for entry in entries:
            self._sum(case, entry)
            if differing := entry.difference():
                self._compare(case, entry, differing, limits, found)
        self._compare_customer(case, found)
        if any(entry.old is not entry.new for entry in entries):
            self._put_behind(case, entries, found)
        if not found.standings:
            return
        self.changed.add(case.order)
        if Standing.LOCKED in found.standings:
            self.locked.add(case.order)
        if found.is_to_correct:
            self.to_correct.append(case.order)

    def changed_figures(self, dimension: Dimension) -> list[tuple[Sold, str, Figure]]:
        """The figures that are not as they were, by currency, those that move most first."""
        found = [(*key, figure) for key, figure in self.figures[dimension].items() if figure.changes]
        return sorted(found, key=lambda row: (row[1], -row[2].moved, str(row[0])))

    def _count_blocked(self, case: Case) -> None:
        if case.is_bookable:
            self.bookable.add(case.order)
            self.to_post.append(case.order)
        elif case.new.is_blocked and not case.old.is_blocked:
            self.blocked.add(case.order)
            for reason in dict.fromkeys(map(str, (*case.new.plan.reasons, *case.new.reasons))):
                if reason in self.blocking or len(self.blocking) < MOST_REASONS:
                    self.blocking[reason] += 1

    # === Sums === #

    def _sum(self, case: Case, entry: Entry) -> None:
        is_same = entry.old is entry.new
        for item in entry.old:
            for figure in self._figures(case, item):
                figure.old += item.amount
                figure.company_old += item.company
                if is_same:
                    figure.new += item.amount
                    figure.company_new += item.company
        for item in () if is_same else entry.new:
            for figure in self._figures(case, item):
                figure.new += item.amount
                figure.company_new += item.company

    def _put_behind(self, case: Case, entries: Sequence[Entry], found: _Found) -> None:
        """Keep what the order adds to each figure that it changes, or of which it moves something."""
        shares = {key: (figure, Share(moved=found.moved[key])) for key, figure in found.figures.items()}
        for entry in entries:
            for items, is_new in ((entry.old, False), (entry.new, True)):
                for item in items:
                    for figure in self._figures(case, item):
                        share = shares.setdefault(id(figure), (figure, Share()))[1]
                        if is_new:
                            share.new += item.amount
                        else:
                            share.old += item.amount
        for key, (figure, share) in shares.items():
            if key in found.figures or share.difference:
                figure.behind.add(case.order, share)

    def _figures(self, case: Case, item: Item) -> Iterator[Figure]:
        """The figures whose sums an item is in."""
        place, currency = item.place, case.old.plan.currency
        accounts, taxes, bases, products, stores = self._by
        yield _figure(accounts, (place.account, currency))
        if place.tax:
            yield _figure(taxes, (place.tax, currency))
        for tax in place.taxes:
            yield _figure(bases, (tax, currency))
        if item.sold is not None and not place.tax:
            yield _figure(products, (item.sold, currency))
            yield _figure(stores, (case.store, currency))

    # === Differences === #

    def _compare(self, case: Case, entry: Entry, differing: Sequence[Item], limits: Limits, found: _Found) -> None:
        for is_customer in (False, True):
            items = [item for item in differing if item.place.is_customer is is_customer]
            if not items:
                continue
            standing = entry.standing(items, limits, is_customer=is_customer, is_bookable=case.is_bookable)
            if is_customer:
                found.add_customer(standing, items)
                continue
            found.standings.add(standing)
            found.is_to_correct |= standing is Standing.REPOSTED and entry.posted is not None
            self._add_changes(case, items, standing, found)
            if not entry.is_new_money:
                self._add_moved(case, standing, items)

    def _compare_customer(self, case: Case, found: _Found) -> None:
        """The customer's side of all entries together: what an invoice adds there, its payment takes away."""
        for standing, places in found.customer.items():
            items = [
                Item(place=place, amount=amount, company=company)
                for place, (amount, company) in places.items()
                if amount or company
            ]
            if items:
                found.standings.add(standing)
                self._add_changes(case, items, standing, found)
                if standing is Standing.BY_HAND:
                    self._add_moved(case, standing, items)

    def _add_moved(self, case: Case, standing: Standing, items: Sequence[Item]) -> None:
        of_tax = [item for item in items if item.place.tax]
        for sums, part in ((self.moved, items), (self.moved_tax, of_tax)):
            whole = _Sum(Figure())
            for item in part:
                whole.goes(item)
            moved = sums.setdefault(case.old.plan.currency, {})
            moved[standing] = moved.get(standing, ZERO) + whole.moved

    def _add_changes(self, case: Case, items: Sequence[Item], standing: Standing, found: _Found) -> None:
        sums: dict[int, _Sum] = {}
        for item in items:
            for figure in self._figures(case, item):
                sums.setdefault(id(figure), _Sum(figure)).add(item)
            for figure in self._concerned(case, item):
                sums.setdefault(id(figure), _Sum(figure)).goes(item)
        for key, one in sums.items():
            if one.amount or one.company or one.moved:
                found.figures[key] = one.figure
                change = one.figure.changes.setdefault(standing, Change())
                change.amount += one.amount
                change.company += one.company
                change.moved += one.moved or abs(one.amount)
                found.moved[key] = found.moved.get(key, ZERO) + (one.moved or abs(one.amount))

    def _concerned(self, case: Case, item: Item) -> Iterator[Figure]:
        """Products and stores, of which something goes elsewhere although their sums may stay."""
        *_others, products, stores = self._by
        currency = case.old.plan.currency
        if item.sold is not None:
            yield _figure(products, (item.sold, currency))
            yield _figure(stores, (case.store, currency))


def _figure(figures: dict[FigureKey, Figure], key: FigureKey) -> Figure:
    found = figures.get(key)
    if found is None:
        found = figures[key] = Figure()
    return found


@dataclass(slots=True)
class _Found:
    """What was found to be different in one order.

    :ivar figures: those that change, by their identity
    :ivar moved: how much of each is booked elsewhere
    :ivar customer: the differences on the customer's side, in document and in company currency
    """

    standings: set[Standing] = field(default_factory=set)
    figures: dict[int, Figure] = field(default_factory=dict)
    moved: dict[int, Decimal] = field(default_factory=dict)
    customer: dict[Standing, dict[Place, tuple[Decimal, Decimal]]] = field(default_factory=dict)
    is_to_correct: bool = False

    def add_customer(self, standing: Standing, items: Sequence[Item]) -> None:
        places = self.customer.setdefault(standing, {})
        for item in items:
            amount, company = places.get(item.place, (ZERO, ZERO))
            places[item.place] = amount + item.amount, company + item.company


@dataclass(slots=True)
class _Sum:
    """What one entry changes of a figure.

    :ivar more: what comes of it
    :ivar less: what goes
    """

    figure: Figure
    amount: Decimal = ZERO
    company: Decimal = ZERO
    more: Decimal = ZERO
    less: Decimal = ZERO

    def add(self, item: Item) -> None:
        self.amount += item.amount
        self.company += item.company

    def goes(self, item: Item) -> None:
        if item.amount > 0:
            self.more += item.amount
        else:
            self.less -= item.amount

    @property
    def moved(self) -> Decimal:
        return max(self.more, self.less)
