"""What a store charged as tax, sale by sale and refund by refund, next to what the rules make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from ..canonical import Line, MoneyState, Refund, Remitter, StoreDocument
from ..plans import EntryKind, OrderPlan, PlannedLine, PlannedMove
from ..rounding import ZERO

#: Documents that bill the customer.
BILLS = frozenset({EntryKind.DOWN_PAYMENT, EntryKind.INVOICE})


class Side(str, Enum):
    """Whether tax was charged, or given back."""

    SALE = "sale"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class TaxKey:
    """One tax as the store knows it. ``remitter`` says whose tax it is."""

    code: str
    rate: Decimal | None
    remitter: Remitter


@dataclass(slots=True)
class Amounts:
    """Of one tax in one document; a refund's are positive, too.

    :ivar net: what it is charged on; a line with several taxes counts for each
    :ivar lines: how many lines bear it, each of which may be rounded by itself
    """

    net: Decimal = ZERO
    tax: Decimal = ZERO
    lines: int = 0

    def add(self, net: Decimal, tax: Decimal) -> None:
        """One more line."""
        self.net += net
        self.tax += tax
        self.lines += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """A sale or a refund of an order.

    :ivar order: external id of the order
    :ivar key: external id of the refund; empty for the sale
    :ivar on: the day whose rates and rules count; None: nothing is planned
    :ivar said: the store's figures by tax; None where it gives none (an amount-only refund, an advance)
    :ivar moves: what is planned for it; empty if nothing is
    """

    order: str
    number: str
    side: Side
    key: str
    on: date | None
    country: str
    currency: str
    said: dict[TaxKey, Amounts] | None
    moves: tuple[PlannedMove, ...] = field(default=())

    @property
    def lines(self) -> tuple[PlannedLine, ...]:
        """The planned lines."""
        return tuple(line for move in self.moves for line in move.lines)


def taxed(document: StoreDocument, plan: OrderPlan) -> Iterator[Taxed]:
    """The sale and the refunds of an order; nothing of one for which nothing is to be booked yet.

    A cancelled order's sale is given back with its last credit note, of which the store has no lines.
    """
    if not plan.moves and not plan.reasons:
        return
    bills = tuple(move for move in plan.moves if move.kind in BILLS)
    if bills or plan.reasons:
        last = bills[-1].true_date if bills else None
        # Until the last invoice only the advances are taxed, and the store has no lines of those.
        is_advance = bool(bills) and all(move.kind is EntryKind.DOWN_PAYMENT for move in bills)
        yield _taxed(document, Side.SALE, "", last, None if is_advance else _said(document.lines), bills)
    notes = {move.external_id: move for move in plan.moves if move.kind is EntryKind.CREDIT_NOTE}
    for refund in document.refunds:
        note = notes.pop(refund.external_id, None)
        if refund.state is MoneyState.DONE and (note or (plan.reasons and refund.lines)):
            yield _taxed(
                document, Side.REFUND, refund.external_id, note.true_date if note else None, _given_back(refund, note),
                (note,) if note else (),
            )  # fmt: skip
    for external_id, note in notes.items():
        yield _taxed(document, Side.REFUND, external_id, note.true_date, None, (note,))


def _taxed(
    document: StoreDocument, side: Side, key: str, on: date | None, said: dict[TaxKey, Amounts] | None,
    moves: tuple[PlannedMove, ...],
) -> Taxed:  # fmt: skip
    return Taxed(
        order=document.external_id, number=document.number, side=side, key=key, on=on,
        country=document.customer.destination.country, currency=document.currency, said=said, moves=moves,
    )  # fmt: skip


def _said(lines: Iterable[Line]) -> dict[TaxKey, Amounts]:
    found: dict[TaxKey, Amounts] = {}
    for line in lines:
        for tax in line.taxes:
            rate = None if tax.rate is None else tax.rate.normalize()
            found.setdefault(TaxKey(tax.code, rate, tax.remitter), Amounts()).add(line.net, tax.amount)
    return found


def _given_back(refund: Refund, note: PlannedMove | None) -> dict[TaxKey, Amounts] | None:
    """The store's figures, None where they are not those of the refund: the rest is spread over the taxes by us."""
    if not refund.lines:
        return None
    whole = sum((line.gross for line in refund.lines), ZERO)
    return _said(refund.lines) if note is None or whole == note.total else None


def planned(lines: Sequence[PlannedLine]) -> dict[tuple[str, Decimal | None], dict[int | None, Amounts]]:
    """What is planned by the store's tax (code and rate), and the tax of the ledger it is booked as."""
    found: dict[tuple[str, Decimal | None], dict[int | None, Amounts]] = {}
    for line in lines:
        for tax in line.taxes:
            rate = None if tax.rate is None else tax.rate.normalize()
            of_code = found.setdefault((tax.code, rate), {})
            of_code.setdefault(tax.rule.target.tax, Amounts()).add(line.net, tax.amount)
    return found
