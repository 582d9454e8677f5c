"""Summary posting: the items of many orders, added up to one journal entry.

Each order is planned as in order mode. What its invoices, credit notes, payments and transfers would
add to the books are rows; rows that agree in their place are one line of the entry, so that a line is
the sum of its rows to the cent (law 16). Amounts are signed as in the ledger: debit positive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from .corrections import Amounts, Booking, Item
from .errors import PlanUnbalanced


class Mode(str, Enum):
    """How the orders of a store are booked."""

    ORDER = "order"
    DAY = "day"
    PAYOUT = "payout"
    CUSTOMER_DAY = "customer_day"
    CUSTOMER_WEEK = "customer_week"
    CUSTOMER_MONTH = "customer_month"

    @property
    def is_combined(self) -> bool:
        """Whether the orders of a customer come on one invoice, see ``combining``."""
        return self in (Mode.CUSTOMER_DAY, Mode.CUSTOMER_WEEK, Mode.CUSTOMER_MONTH)

    @property
    def is_added_up(self) -> bool:
        """Whether orders are added up to summaries."""
        return self in (Mode.DAY, Mode.PAYOUT)


def mode_on(switches: Iterable[tuple[date, Mode]], on: date) -> Mode:
    """The mode that is valid on a day: of the latest switch until then, an invoice per order before all of them.

    :param switches: (first day, mode) pairs, each day once
    """
    known = [switch for switch in switches if switch[0] <= on]
    return max(known)[1] if known else Mode.ORDER


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where rows are added up: those that agree in all of it are one line of the entry.

    What is debited and what is credited are lines of their own, and so are sales and what is given back: Odoo
    takes as the base of a tax item the items of that tax on the same side.

    :ivar rule: id of the rule that decided it, so that each line has one; 0 for none
    :ivar is_debit: its side; of a tax, the side of what it is charged on
    :ivar alone: what a line is to have for itself (a payment, what a customer owes); empty for what is added up
    :ivar is_fee: what a processor took, or gave back of it
    :ivar partner: of a fee, the contact that its rule names; 0 for none
    """

    booking: Booking
    rule: int = 0
    is_refund: bool = False
    is_debit: bool = False
    alone: str = ""
    is_fee: bool = False
    partner: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one posting of one order adds at one place.

    :ivar order: the order's id
    :ivar posting: the posting, unique within the entry
    :ivar is_customer: what a customer owes, or is owed
    :ivar charged: what was charged on it for which tax items, see ``corrections.Item``
    """

    order: int
    posting: str
    place: Place
    amounts: Amounts
    is_customer: bool = False
    charged: tuple[tuple[Booking, Amounts], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the entry.

    :ivar rows: the numbers of the rows that add up to it
    """

    place: Place
    amounts: Amounts
    rows: tuple[int, ...]
    is_customer: bool = False


def document_rows(order: int, posting: str, items: Iterable[Item], *, is_refund: bool) -> list[Row]:
    """Rows of an invoice, a credit note or what corrects one, without the customer's side.

    :param items: what it is in the ledger, tax items too
    """
    found: dict[Place, Amounts] = {}
    charged: dict[Place, dict[Booking, Amounts]] = defaultdict(dict)
    taxes: dict[Booking, tuple[int, Amounts]] = {}
    split: dict[tuple[Booking, bool], Amounts] = {}
    for item in items:
        booking = item.booking
        if booking.repartition:
            rule, amounts = taxes.get(booking, (0, Amounts()))
            taxes[booking] = item.rule or rule, amounts + item.amounts
            continue
        is_debit = item.amounts.is_debit
        place = Place(booking=booking, rule=item.rule, is_refund=is_refund, is_debit=is_debit)
        found[place] = found.get(place, Amounts()) + item.amounts
        for tax, share in item.shares:
            charged[place][tax] = charged[place].get(tax, Amounts()) + share
            side = tax, is_debit if item.amounts else share.is_debit
            split[side] = split.get(side, Amounts()) + share
    for (tax, is_debit), amounts in _tax_sides(taxes, split):
        place = Place(booking=tax, rule=taxes[tax][0], is_refund=is_refund, is_debit=is_debit)
        found[place] = found.get(place, Amounts()) + amounts
    return [
        Row(order=order, posting=posting, place=place, amounts=amounts, charged=tuple(sorted(
            charged[place].items(), key=lambda pair: pair[0]
        )) if place in charged else ())
        for place, amounts in found.items()
        if amounts
    ]  # fmt: skip


def _tax_sides(
    taxes: dict[Booking, tuple[int, Amounts]], split: dict[tuple[Booking, bool], Amounts]
) -> Iterator[tuple[tuple[Booking, bool], Amounts]]:
    """Each tax by the sides of what it is charged on; what no item accounts for is on its own side.

    Only taxes that have an item: what is moved to another account within one tax is none.
    """
    for tax, (_rule, rest) in taxes.items():
        for is_debit in (True, False):
            if part := split.get((tax, is_debit)):
                yield (tax, is_debit), part
                rest += -part
        if rest:
            yield (tax, rest.is_debit), rest


def added_up(rows: Sequence[Row]) -> tuple[Line, ...]:
    """The lines of the entry, in the order of their places.

    A customer who owes nothing in the end needs no line; otherwise each of the order's postings has its own, to be
    reconciled as in order mode.

    :raises PlanUnbalanced: if debits are not credits
    """
    settled = _settled(rows)
    groups: dict[Place, list[int]] = {}
    for number, row in enumerate(rows):
        if not (row.is_customer and (row.order, row.place.booking.account) in settled):
            groups.setdefault(row.place, []).append(number)
    lines = [
        Line(
            place=place, amounts=_sum(rows[number].amounts for number in numbers), rows=tuple(numbers),
            is_customer=rows[numbers[0]].is_customer,
        )
        for place, numbers in sorted(groups.items(), key=lambda pair: pair[0])
    ]  # fmt: skip
    if left := _sum(line.amounts for line in lines):
        raise PlanUnbalanced(f"A summary entry would not balance: {left} is left.")
    return tuple(line for line in lines if line.amounts)


def _settled(rows: Iterable[Row]) -> set[tuple[int, int]]:
    """(order, account) pairs whose items come to nothing in both currencies."""
    sums: dict[tuple[int, int], Amounts] = {}
    for row in rows:
        if row.is_customer:
            key = row.order, row.place.booking.account
            sums[key] = sums.get(key, Amounts()) + row.amounts
    return {key for key, amounts in sums.items() if not amounts}


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    found = Amounts()
    for each in amounts:
        found += each
    return found
