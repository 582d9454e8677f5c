"""What a store sells and how it is paid, counted from a sample: what mapping rules must cover.

Each finding is one thing that a rule can match on, with how often and for how much it occurred, and
with the questions that planning will ask the rulebook about it. Amounts are exact, in the currencies
of the orders: positive is sold or received, what was returned or refunded is deducted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..canonical import (
    Discount,
    Line,
    LineKind,
    MoneyState,
    Refund,
    StoreDocument,
    TaxLine,
    Tender,
)
from ..dates import local_date
from ..mapping.facts import BUSINESS, CONSUMER, Facts
from ..mapping.rulebook import KEY
from ..mapping.store_values import folded
from ..rounding import ZERO, total
from ..settlements import BalanceTransaction, TransactionKind
from .areas import Area, Geography
from .findings import EXPECTED, KINDS, Finding, Question, Survey
from .many_rates import ManyRates
from .product_groups import MOST, ProductGroups, is_gift_card

#: Kinds whose values are each listed, however many: nothing may stand in for a tax or a gateway.
_ALL_LISTED = frozenset({"product", "tax", "marketplace_tax", "gateway"})
_SAMPLES = 3
_MOVING = (MoneyState.DONE, MoneyState.AUTHORIZED, MoneyState.PENDING)
#: The kind of rule that books a balance transaction; of the others only the fee is booked by a rule.
_PAYOUT_KINDS = {
    TransactionKind.DISPUTE: "dispute",
    TransactionKind.DISPUTE_REVERSAL: "dispute",
    TransactionKind.RESERVE_HOLD: "reserve",
    TransactionKind.RESERVE_RELEASE: "reserve",
    TransactionKind.ADJUSTMENT: "payout_other",
    TransactionKind.UNKNOWN: "payout_other",
}


def survey(
    documents: Iterable[StoreDocument],
    *,
    zone: ZoneInfo,
    geography: Geography | None = None,
    transactions: Iterable[BalanceTransaction] = (),
    many_rates: ManyRates | None = None,
) -> Survey:
    """Look through a sample; the same orders give the same findings, in whatever order they come.

    :param zone: the store's time zone
    :param geography: where the company is, to tell an untaxed export from an untaxed sale at home
    :param transactions: balance transactions of payouts
    :param many_rates: where taxes are booked as charged: they are one finding per country
    """
    return _Surveyor(zone, geography or Geography(), many_rates or ManyRates()).survey(documents, transactions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a rule can match on and be limited to: findings are counted by it."""

    kind: str
    match_on: str = KEY
    value: str = "*"
    rate: Decimal | None = None
    currency: str | None = None
    country: str | None = None
    remitter: str | None = None


@dataclass(slots=True)
class _Tally:
    """A finding while it is counted; dictionaries stand for sets that keep their order."""

    written: set[str] = field(default_factory=set)
    lines: int = 0
    orders: dict[str, str] = field(default_factory=dict)
    amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    examples: set[str] = field(default_factory=set)
    rates: set[Decimal | None] = field(default_factory=set)
    countries: Counter[str] = field(default_factory=Counter)
    customers: set[str] = field(default_factory=set)
    included: set[bool | None] = field(default_factory=set)
    charged: bool = False
    is_gift_card: bool = False
    asked: dict[Question, None] = field(default_factory=dict)

    def add(self, other: _Tally) -> None:
        """Count another one in."""
        self.lines += other.lines
        self.orders |= other.orders
        for currency, amount in other.amounts.items():
            self.amounts[currency] += amount
        self.countries.update(other.countries)
        for name in ("written", "examples", "rates", "customers", "included"):
            getattr(self, name).update(getattr(other, name))
        self.charged = self.charged or other.charged
        self.asked |= other.asked


class _Surveyor:
    """Walks through a sample as planning does."""

    def __init__(self, zone: ZoneInfo, geography: Geography, many_rates: ManyRates) -> None:
        self.zone = zone
        self.geography = geography
        self.many_rates = many_rates
        self.tallies: dict[_Place, _Tally] = {}
        self.groups = ProductGroups([])

    def survey(self, documents: Iterable[StoreDocument], transactions: Iterable[BalanceTransaction]) -> Survey:
        """Count everything."""
        dated = sorted(
            ((self._day(document), document) for document in documents if not document.is_test),
            key=lambda pair: (pair[0], pair[1].number, pair[1].external_id),
        )
        self.groups = ProductGroups([line for _day, document in dated for line in _products(document)])
        for day, document in dated:
            self._document(document, day)
        for transaction in sorted(transactions, key=lambda tx: (tx.at, tx.external_id)):
            self._transaction(transaction)
        self._join_many_rates()
        self._part_untaxed()
        self._cap()
        for kind in EXPECTED:
            self.tallies.setdefault(_Place(kind=kind), _Tally())
        findings = sorted(
            (_finding(place, tally) for place, tally in self.tallies.items()),
            key=lambda found: (KINDS.index(found.kind), found.value == "*", -found.lines, repr(_rank(found))),
        )
        days = (dated[0][0], dated[-1][0]) if dated else None
        currencies = tuple(sorted({document.currency for _day, document in dated}))
        return Survey(orders=len(dated), currencies=currencies, days=days, findings=tuple(findings))

    def _day(self, document: StoreDocument) -> date:
        moments = [document.placed_at] if document.placed_at else [tender.at for tender in document.tenders]
        return local_date(min(moments, default=document.updated_at), self.zone)

    # === Orders === #

    def _document(self, document: StoreDocument, day: date) -> None:
        order = _Order(document, day)
        for tender in document.tenders:
            if tender.state in _MOVING and tender.amount:
                self._money(order, tender, tender.amount)
        for refund in document.refunds:
            if refund.state in _MOVING and refund.amount:
                self._money(order, refund, -refund.amount)
        if document.cancelled:
            return  # its money moves, but nothing is sold
        for line in document.lines:
            self._line(order, line, 1)
        if document.unexplained:
            self._count(order, _Place(kind="rounding"), document.unexplained, key=document.currency)
        for refund in document.refunds:
            self._refund(order, refund)

    def _money(self, order: _Order, money: Tender | Refund, amount: Decimal) -> None:
        place = _Place(kind="gateway", value=money.gateway or "*", currency=order.document.currency)
        self._count(order, place, amount, key=money.gateway, on=local_date(money.at, self.zone))

    def _refund(self, order: _Order, refund: Refund) -> None:
        if refund.state not in _MOVING:
            return
        for line in refund.lines:
            self._line(order, line, -1)
        rest = refund.amount - refund.already_reduced - total([line.gross for line in refund.lines])
        if rest:
            key = "withheld" if rest < 0 else "amount_only"
            on = local_date(refund.at, self.zone)
            self._count(order, _Place(kind="refund_adjustment"), -rest, key=key, on=on)

    def _line(self, order: _Order, line: Line, sign: int) -> None:
        if not line.net and not line.discount and not any(tax.amount for tax in line.taxes):
            return
        match_on, value = (KEY, line.key or "*")
        if line.kind is LineKind.PRODUCT:
            match_on, value = self.groups.group(line)
        place = _Place(kind=line.kind.value, match_on=match_on, value=value)
        tally = self._count(order, place, sign * line.net, key=line.key, groups=line.groups)
        tally.examples.add(line.key if (match_on, value) != (KEY, line.key) else line.description)
        tally.rates |= {tax.rate for tax in line.taxes if tax.remitted_by_seller} or {ZERO}
        tally.is_gift_card = line.kind is LineKind.PRODUCT and is_gift_card(line)
        for discount in line.discounts:
            self._discount(order, discount, sign)
        for tax in line.taxes:
            if tax.remitted_by_seller or tax.amount:
                self._tax(order, tax, sign)

    def _discount(self, order: _Order, discount: Discount, sign: int) -> None:
        facts = replace(order.facts, funder=discount.funder.value)
        place = _Place(kind="discount", value=discount.code or "*")
        self._count(order, place, sign * discount.amount, key=discount.code, facts=facts)

    def _tax(self, order: _Order, tax: TaxLine, sign: int) -> None:
        facts = replace(order.facts, rate=tax.rate, included=tax.included, remitter=tax.remitter.value)
        special = tax.remitter.value if tax.remitter.value in ("oss", "ioss") else None
        place = _Place(
            kind="tax" if tax.remitted_by_seller else "marketplace_tax", value=tax.code or "*", remitter=special,
            rate=None if tax.rate is None else tax.rate.normalize(),
            # Told apart by where they go until all are counted, see _join_many_rates and _part_untaxed.
            country=order.facts.country or "",
        )  # fmt: skip
        tally = self._count(order, place, sign * tax.amount, key=tax.code, facts=facts)
        tally.included.add(tax.included)
        tally.rates.add(tax.rate)
        tally.charged = tally.charged or bool(tax.amount)

    def _count(
        self, order: _Order, place: _Place, amount: Decimal, *, key: str, on: date | None = None,
        facts: Facts | None = None, groups: tuple[tuple[str, str], ...] = (),
    ) -> _Tally:  # fmt: skip
        """Count one line, payment or tax in."""
        document = order.document
        compared = replace(place, value=folded(place.value))
        tally = self.tallies.setdefault(compared, _Tally())
        tally.written.add(place.value)
        tally.lines += 1
        tally.orders[document.external_id] = document.number
        tally.amounts[document.currency] += amount
        tally.countries[order.facts.country or ""] += 1
        tally.customers.add(order.facts.customer or CONSUMER)
        question = Question(kind=place.kind, key=key, on=on or order.day, facts=facts or order.facts, groups=groups)
        tally.asked[question] = None
        return tally

    # === Balance transactions === #

    def _transaction(self, tx: BalanceTransaction) -> None:
        kind, key = _PAYOUT_KINDS.get(tx.kind, ""), tx.raw_kind or tx.kind.value
        if tx.kind is TransactionKind.FEE:
            self._movement(tx, "payout_fee", key, -tx.net)
            return
        if kind and tx.gross:
            self._movement(tx, kind, key, -tx.gross)
        if tx.fee:
            self._movement(tx, "payout_fee", key, tx.fee)

    def _movement(self, tx: BalanceTransaction, kind: str, key: str, amount: Decimal) -> None:
        """Count a movement in; the amount is what it costs, money given back negative."""
        tally = self.tallies.setdefault(_Place(kind=kind, value=folded(key)), _Tally())
        tally.written.add(key)
        tally.lines += 1
        tally.amounts[tx.currency] += amount
        if tx.order_reference:
            tally.orders[tx.order_reference] = tx.order_reference
        on = local_date(tx.at, self.zone)
        tally.asked[Question(kind=kind, key=key, on=on, facts=Facts(currency=tx.currency))] = None

    # === Order in the findings === #

    def _join_many_rates(self) -> None:
        """One finding per country whose taxes are booked as charged, elsewhere one per tax wherever it is charged."""
        taxed = [place for place in self.tallies if place.country is not None and place.rate != ZERO]
        sold = [place for place in taxed if place.kind == "tax"]
        as_charged = self.many_rates.among((place.country or "", place.rate) for place in sold)
        joined = {place for place in sold if place.country in as_charged and place.remitter is None}
        # A rule for a name and a rate would decide in those countries, too, if it were not limited to its own.
        shared = {replace(place, country=None) for place in joined}
        for place in taxed:
            tally = self.tallies.pop(place)
            own = replace(place, country=None)
            if place in joined:
                own = _Place(kind="tax", country=place.country)
                tally.examples |= tally.written
                tally.written = {"*"}
            elif own in shared and place.country:
                own = place
            self.tallies.setdefault(own, _Tally()).add(tally)

    def _part_untaxed(self) -> None:
        """One rule per untaxed sale; if it means different things by destination, one per country besides the main."""
        untaxed: defaultdict[_Place, dict[str, _Tally]] = defaultdict(dict)
        for place in [place for place in self.tallies if place.country is not None and place.rate == ZERO]:
            untaxed[replace(place, country=None)][place.country or ""] = self.tallies.pop(place)
        for place, by_country in untaxed.items():
            weights: Counter[Area] = Counter()
            for country, tally in by_country.items():
                weights[self.geography.area(country)] += tally.lines
            order = list(Area)
            main = min(weights, key=lambda area: (-weights[area], order.index(area)))
            for country, tally in sorted(by_country.items()):
                is_main = self.geography.area(country) is main
                own = place if is_main else replace(place, country=country)
                self.tallies.setdefault(own, _Tally()).add(tally)

    def _cap(self) -> None:
        """Of values that are very many, the rarest are taken together."""
        by_kind: defaultdict[str, list[_Place]] = defaultdict(list)
        for place in self.tallies:
            if place.kind not in _ALL_LISTED:
                by_kind[place.kind].append(place)
        for kind, places in by_kind.items():
            common_first = sorted(places, key=lambda place: (-self.tallies[place].lines, place.value))
            for place in common_first[MOST - 1 :] if len(places) > MOST else ():
                tally = self.tallies.pop(place)
                tally.examples |= tally.written
                tally.written = {"*"}
                self.tallies.setdefault(_Place(kind=kind), _Tally()).add(tally)


class _Order:
    """What all lines of an order share."""

    def __init__(self, document: StoreDocument, day: date) -> None:
        self.document = document
        self.day = day
        place = document.customer.destination
        self.facts = Facts(
            currency=document.currency, country=place.country or None, state=place.state.upper() or None,
            customer=BUSINESS if document.customer.is_business else CONSUMER,
        )  # fmt: skip


def _products(document: StoreDocument) -> Iterator[Line]:
    for lines in (document.lines, *(refund.lines for refund in document.refunds)):
        yield from (line for line in lines if line.kind is LineKind.PRODUCT)


def _finding(place: _Place, tally: _Tally) -> Finding:
    included = tally.included
    return Finding(
        kind=place.kind, match_on=place.match_on, value=min(tally.written, default=place.value), rate=place.rate,
        currency=place.currency, country=place.country, remitter=place.remitter,
        included=next(iter(included)) if len(included) == 1 else None, orders=len(tally.orders), lines=tally.lines,
        amounts=tuple(sorted(tally.amounts.items())), samples=tuple(list(tally.orders.values())[:_SAMPLES]),
        examples=tuple(sorted(tally.examples - {""})[:_SAMPLES]),
        rates=tuple(sorted(tally.rates, key=lambda rate: (rate is None, rate or ZERO))),
        countries=tuple(sorted(tally.countries)), customers=tuple(sorted(tally.customers)), charged=tally.charged,
        is_gift_card=tally.is_gift_card, asked=tuple(tally.asked),
    )  # fmt: skip


def _rank(found: Finding) -> tuple[object, ...]:
    return folded(found.value), found.match_on, found.rate, found.currency, found.country, found.remitter
