"""The tax truth table: what the store charged, what Odoo would have computed, and what is booked.

Per rate, country and tax of the ledger, and each difference with its reason; a difference that has
none is for a person. The store's figures are what is booked: the table shows where they are not
what a rate, a rule or the law would say, before an auditor does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from ..canonical import Remitter
from ..currencies import unit
from ..rounding import ZERO
from .charged import Amounts, Side, Taxed, TaxKey, planned

#: How many orders a reason names, and a row leads to.
NAMED, MOST = 10, 1000


class Why(str, Enum):
    """Why two figures of a row differ. ``OPEN`` ones are for a person."""

    ROUNDING = "rounding"
    OTHER_RATE = "other_rate"
    AS_CHARGED = "as_charged"
    OWN_RATE = "own_rate"
    DEDUCTED = "deducted"
    SPREAD = "spread"
    ADVANCE = "advance"
    MARKETPLACE = "marketplace"
    NOT_BOOKED = "not_booked"
    NO_RULE = "no_rule"
    UNEXPLAINED = "unexplained"
    BOOKED_OTHERWISE = "booked_otherwise"


#: Differences that somebody must look at.
OPEN = frozenset({Why.OWN_RATE, Why.OTHER_RATE, Why.NOT_BOOKED, Why.NO_RULE, Why.UNEXPLAINED, Why.BOOKED_OTHERWISE})


@dataclass(frozen=True, slots=True)
class RowKey:
    """What a row is about; ``tax`` is the ledger's, None where there is none."""

    side: Side
    country: str
    rate: Decimal | None
    remitter: Remitter
    tax: int | None
    currency: str


@dataclass(slots=True)
class Reasoned:
    """One reason within a row: the difference it explains, and orders with it."""

    amount: Decimal = ZERO
    count: int = 0
    orders: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One row. All amounts have the sign of the ledger's taxes: positive is owed, refunds are negative.

    :ivar orders: external ids of orders behind it, at most the first ``MOST``
    :ivar count: how many sales or refunds are behind it
    :ivar net: what the store says the tax is charged on
    :ivar charged: the store's tax
    :ivar computed: what Odoo would compute from the net of the booked lines; None where its tax has no rate
    :ivar booked: in posted entries
    :ivar reasons: why ``charged`` is not ``computed``, or not ``booked``
    """

    codes: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    orders: dict[str, None] = field(default_factory=dict)
    count: int = 0
    net: Decimal = ZERO
    charged: Decimal = ZERO
    computed: Decimal | None = ZERO
    booked: Decimal = ZERO
    reasons: dict[Why, Reasoned] = field(default_factory=dict)

    def explain(self, why: Why, amount: Decimal, order: str) -> None:
        """Add a reason."""
        reason = self.reasons.setdefault(why, Reasoned())
        reason.amount += amount
        reason.count += 1
        if len(reason.orders) < NAMED and order not in reason.orders:
            reason.orders.append(order)

    @property
    def is_open(self) -> bool:
        """Whether a person must look at it."""
        return bool(OPEN & set(self.reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the ledger says of one sale or refund; a refund's amounts are positive, too.

    :ivar computed: what Odoo's own engine makes of the planned lines, by tax and the store's rate
    :ivar booked: posted, by tax; None if nothing of it is posted
    """

    computed: Mapping[tuple[int, Decimal | None], Decimal]
    booked: Mapping[int, Decimal] | None


class TaxTruth:
    """Adds up sales and refunds.

    :param rates: tax of the ledger → its rate in percent; None: it has none of its own
    """

    def __init__(self, rates: Mapping[int, Decimal | None]) -> None:
        self.rows: dict[RowKey, Row] = {}
        self._rates = rates

    def add(self, item: Taxed, ledger: Ledger) -> None:
        """One sale or refund."""
        if item.said is None:
            self._add_spread(item, ledger)
            return
        places = planned(item.lines)
        parts = [part for tax, said in item.said.items() for part in _parts(tax, said, places)]
        self._add_parts(item, ledger, parts)

    def _add_spread(self, item: Taxed, ledger: Ledger) -> None:
        """The store gave an amount only: what was spread over the taxes counts as said."""
        parts = [
            _Part({code}, rate, Remitter.SELLER, tax, amounts, amounts)
            for (code, rate), taxes in planned(item.lines).items()
            for tax, amounts in taxes.items()
        ]
        self._add_parts(item, ledger, parts)
        for part in _by_rate(parts):
            why = Why.ADVANCE if item.side is Side.SALE else Why.SPREAD
            self._row(item, part).explain(why, ZERO, item.number)

    def _add_parts(self, item: Taxed, ledger: Ledger, parts: list[_Part]) -> None:
        booked = ledger.booked or {}
        by_tax: dict[int | None, list[_Part]] = {}
        for part in _by_rate(parts):
            by_tax.setdefault(part.tax, []).append(part)
        for unplanned in set(booked) - set(by_tax):
            rate = self._rates.get(unplanned)
            by_tax[unplanned] = [_Part(set(), rate, Remitter.SELLER, unplanned, Amounts(), Amounts())]
        for tax, of_tax in by_tax.items():
            # One tax for many rates is booked as one amount: each has what is planned, the first the difference.
            extra = booked.get(tax, ZERO) - sum((part.plan.tax for part in of_tax), ZERO) if tax else ZERO
            for part in of_tax:
                self._count(item, part)
                if tax is None:
                    self._without_tax(item, part)
                    continue
                self._compare_computed(item, part, ledger)
                self._compare_booked(item, part, part.plan.tax + extra if ledger.booked is not None else None)
                extra = ZERO

    def _without_tax(self, item: Taxed, part: _Part) -> None:
        row = self._row(item, part)
        row.computed = None
        if part.remitter is Remitter.MARKETPLACE:
            why = Why.MARKETPLACE
        else:
            why = Why.NO_RULE if item.moves else Why.NOT_BOOKED
        if part.said.tax:
            row.explain(why, _signed(item, part.said.tax), item.number)

    def _compare_computed(self, item: Taxed, part: _Part, ledger: Ledger) -> None:
        row, rate = self._row(item, part), self._rates.get(part.tax or 0)
        if deducted := part.said.tax - part.plan.tax:
            row.explain(Why.DEDUCTED, _signed(item, deducted), item.number)
        if rate is None:
            row.computed = None
            if part.plan.tax:
                row.explain(Why.AS_CHARGED, ZERO, item.number)
            return
        computed = ledger.computed.get((part.tax or 0, part.rate), ZERO)
        if row.computed is not None:
            row.computed += _signed(item, computed)
        if off := part.plan.tax - computed:
            row.explain(_why(part, rate, off, unit(item.currency)), _signed(item, off), item.number)

    def _compare_booked(self, item: Taxed, part: _Part, booked: Decimal | None) -> None:
        row = self._row(item, part)
        if booked is None:
            if part.plan.tax:
                row.explain(Why.NOT_BOOKED, _signed(item, part.plan.tax), item.number)
            return
        row.booked += _signed(item, booked)
        if off := part.plan.tax - booked:
            row.explain(Why.BOOKED_OTHERWISE, _signed(item, off), item.number)

    def _count(self, item: Taxed, part: _Part) -> None:
        row = self._row(item, part)
        row.count += 1
        if len(row.orders) < MOST:
            row.orders[item.order] = None
        row.net += _signed(item, part.said.net)
        row.charged += _signed(item, part.said.tax)
        row.codes |= part.codes
        row.rules |= {
            str(tax.rule)
            for line in item.lines
            for tax in line.taxes
            if tax.code in part.codes and tax.rule.target.tax == part.tax
        }

    def _row(self, item: Taxed, part: _Part) -> Row:
        key = RowKey(item.side, item.country, part.rate, part.remitter, part.tax, item.currency)
        return self.rows.setdefault(key, Row())

    def sorted(self) -> list[tuple[RowKey, Row]]:
        """By country, sales before refunds, the highest rate first."""
        return sorted(
            self.rows.items(),
            key=lambda pair: (
                pair[0].country, pair[0].side is Side.REFUND, -(pair[0].rate or ZERO), pair[0].remitter.value,
                pair[0].tax or 0, pair[0].currency,
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """Taxes of the store of one rate, and the tax of the ledger that they are booked as.

    :ivar said: the store's figures
    :ivar plan: what is planned of them
    """

    codes: set[str]
    rate: Decimal | None
    remitter: Remitter
    tax: int | None
    said: Amounts
    plan: Amounts


_Places = Mapping[tuple[str, Decimal | None], Mapping[int | None, Amounts]]


def _signed(item: Taxed, amount: Decimal) -> Decimal:
    return amount if item.side is Side.SALE else -amount


def _parts(key: TaxKey, said: Amounts, places: _Places) -> Iterator[_Part]:
    """A tax of the store by what it is booked as: usually one; rules of lines may lead to others."""
    found = places.get((key.code, key.rate), {}) if key.remitter is not Remitter.MARKETPLACE else {}
    if not found:
        yield _Part({key.code}, key.rate, key.remitter, None, said, Amounts())
        return
    taxes = sorted(found, key=lambda tax: (tax is None, tax or 0))
    left = Amounts(said.net, said.tax, said.lines)
    for tax in taxes[:-1]:
        part = found[tax]
        left = Amounts(left.net - part.net, left.tax - part.tax, left.lines - part.lines)
        yield _Part({key.code}, key.rate, key.remitter, tax, part, part)
    yield _Part({key.code}, key.rate, key.remitter, taxes[-1], left, found[taxes[-1]])


def _by_rate(parts: list[_Part]) -> list[_Part]:
    """Taxes of one rate that are booked as one, together: the ledger cannot tell them apart."""
    found: dict[tuple[Decimal | None, Remitter, int | None], _Part] = {}
    for part in parts:
        key = part.rate, part.remitter, part.tax
        if (known := found.get(key)) is None:
            found[key] = part
            continue
        said, plan = (
            Amounts(a.net + b.net, a.tax + b.tax, a.lines + b.lines)
            for a, b in ((known.said, part.said), (known.plan, part.plan))
        )
        found[key] = _Part(known.codes | part.codes, *key, said, plan)
    return list(found.values())


def _why(part: _Part, rate: Decimal, off: Decimal, step: Decimal) -> Why:
    """Why the tax is not what Odoo computes."""
    if part.rate is not None and part.rate != rate:
        return Why.OTHER_RATE
    bound = step * max(part.plan.lines, 1)
    if abs(off) <= bound:
        return Why.ROUNDING
    if part.rate is not None and abs(part.said.tax - part.said.net * part.rate / 100) > bound:
        return Why.OWN_RATE
    return Why.UNEXPLAINED
