"""Combined invoices: the orders of one customer in a day, week or month on one invoice.

Each order keeps its own lines, its own taxes and its own part of what the customer owes. An invoice has the last day of
its period. A week ends with its month: what was sold in a month is taxed in it. Amounts are signed as in the ledger:
debit positive.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .corrections import Amounts, Booking, Item
from .dates import accounting_date
from .errors import PlanUnbalanced
from .plans import MONEY, EntryKind, OrderPlan, PlannedEntry, PlannedMove, PlannedTransfer, PlanStatus
from .policy import Policy
from .reasons import Reason
from .rounding import ZERO
from .summary import Line, Mode, Place, Row

#: Code of the notice that says which invoice an order waits for.
WAITS = "combined_invoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days whose orders come on one invoice, in the store's time zone.

    :ivar name: what it is called: ``2026-03-09``, ``2026-W11`` or ``2026-03``
    """

    mode: Mode
    first: date
    last: date
    name: str

    @property
    def text(self) -> str:
        """For people: its name and its days."""
        if self.mode is Mode.CUSTOMER_DAY:
            return self.name
        kind = "week" if self.mode is Mode.CUSTOMER_WEEK else "month"
        return f"{kind} {self.name} ({self.first} to {self.last})"


def span_of(mode: Mode, day: date) -> Span:
    """The period of a combined mode that a day is in. Weeks begin on Monday and do not go beyond their month."""
    if mode is Mode.CUSTOMER_DAY:
        return Span(mode=mode, first=day, last=day, name=day.isoformat())
    first = day.replace(day=1)
    last = day.replace(day=monthrange(day.year, day.month)[1])
    if mode is Mode.CUSTOMER_MONTH:
        return Span(mode=mode, first=first, last=last, name=f"{day:%Y-%m}")
    monday = day - timedelta(days=day.weekday())
    year, week, _weekday = day.isocalendar()
    return Span(
        mode=mode, first=max(monday, first), last=min(monday + timedelta(days=6), last), name=f"{year}-W{week:02d}"
    )


def combinable(plan: OrderPlan) -> PlannedMove | None:
    """The one invoice of an order that can be on a combined one.

    None where an order has several (shipments, down payments), where its invoice comes to nothing, or is about gift
    cards: these have invoices of their own.
    """
    bills = [move for move in plan.moves if move.kind is not EntryKind.CREDIT_NOTE]
    if plan.status is not PlanStatus.COMPLETE or len(bills) != 1:
        return None
    (invoice,) = bills
    is_whole = invoice.kind is EntryKind.INVOICE and invoice.external_id == plan.document_id
    if not is_whole or invoice.total <= 0 or any(line.cards for line in invoice.lines):
        return None
    return invoice


def dated(plan: OrderPlan, on: date, policy: Policy) -> OrderPlan:
    """The plan with its invoice on a later day; what gives back or settles of it is not dated before.

    Money keeps its days: it moved when it moved.
    """
    return replace(
        plan,
        moves=tuple(_dated_move(move, on, policy) for move in plan.moves),
        transfers=tuple(_dated_transfer(transfer, on, policy) for transfer in plan.transfers),
    )


def _dated_move(move: PlannedMove, on: date, policy: Policy) -> PlannedMove:
    day = on if move.kind is EntryKind.INVOICE else max(move.true_date, on)
    due = move.due + (day - move.true_date) if move.due else None
    return replace(move, true_date=day, date=accounting_date(day, policy.first_open_sale_day), due=due)


def _dated_transfer(entry: PlannedTransfer, on: date, policy: Policy) -> PlannedTransfer:
    if entry.kind is not EntryKind.ADVANCE_USED:
        return entry
    day = max(entry.true_date, on)
    return replace(entry, true_date=day, date=accounting_date(day, policy.first_open_day))


def waiting(plan: OrderPlan, span: Span) -> OrderPlan:
    """The plan with a notice of what its invoice waits for."""
    notice = Reason(
        code=WAITS, key=plan.document_id, message=f"Its invoice waits for the combined invoice of {span.text}."
    )
    return replace(plan, notices=(*plan.notices, notice))


def not_waiting(entries: Iterable[PlannedEntry]) -> tuple[PlannedEntry, ...]:
    """Of what is new of an order whose invoice waits, what is booked at once: money."""
    return tuple(entry for entry in entries if entry.kind in MONEY)


# === The invoice === #


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one order adds to a combined invoice.

    :ivar order: the order's id
    :ivar posting: unique within the invoice
    :ivar items: its journal items without the customer's side, tax items too
    :ivar customer: what the customer owes for it
    """

    order: int
    posting: str
    items: tuple[Item, ...]
    customer: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A combined invoice.

    :ivar rows: what each order adds: its items in their order, then the customer's
    :ivar lines: each line of goods of an order, one line per tax, what is owed for each order
    """

    rows: tuple[Row, ...]
    lines: tuple[Line, ...]


def joined(parts: Sequence[Part]) -> Joined:
    """The lines of an invoice of several orders: goods and what is owed apart, taxes added up.

    Odoo has one item per tax in an invoice; which order has which of it is told by the rows.

    :raises PlanUnbalanced: if debits are not credits
    """
    rows: list[Row] = []
    goods: list[Line] = []
    owed: list[Line] = []
    taxes: dict[Booking, list[int]] = {}
    for part in parts:
        for at, item in enumerate(part.items):
            number = len(rows)
            if item.booking.repartition:
                rows.append(_row(part, item, Place(booking=item.booking, rule=item.rule)))
                taxes.setdefault(item.booking, []).append(number)
                continue
            place = Place(
                booking=item.booking, rule=item.rule, is_debit=item.amounts.is_debit, alone=f"{part.posting}#{at}"
            )
            rows.append(_row(part, item, place))
            goods.append(Line(place=place, amounts=item.amounts, rows=(number,)))
        place = Place(
            booking=part.customer.booking, rule=part.customer.rule, is_debit=part.customer.amounts.is_debit,
            alone=part.posting,
        )  # fmt: skip
        owed.append(Line(place=place, amounts=part.customer.amounts, rows=(len(rows),), is_customer=True))
        rows.append(_row(part, part.customer, place, is_customer=True))
    lines = (*goods, *(_tax_line(rows, numbers) for numbers in taxes.values()), *owed)
    if left := _sum(line.amounts for line in lines):
        raise PlanUnbalanced(f"A combined invoice would not balance: {left} is left.")
    return Joined(rows=tuple(rows), lines=lines)


def _row(part: Part, item: Item, place: Place, *, is_customer: bool = False) -> Row:
    return Row(
        order=part.order, posting=part.posting, place=place, amounts=item.amounts, is_customer=is_customer,
        charged=item.shares,
    )  # fmt: skip


def _tax_line(rows: Sequence[Row], numbers: Sequence[int]) -> Line:
    return Line(
        place=rows[numbers[0]].place, amounts=_sum(rows[number].amounts for number in numbers), rows=tuple(numbers)
    )


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    found = Amounts(amount=ZERO, balance=ZERO)
    for each in amounts:
        found += each
    return found
