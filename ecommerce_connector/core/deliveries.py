"""What of an order was delivered when, and what refunds give back of which delivery: for orders invoiced as they ship.

Shipments and refunds are taken one after the other, and each takes its part of what is left at that moment; the
last one takes the rest. So the parts come to the order exactly, and what happens later changes no earlier part.
Events that are posted come first, in the order in which they were posted; then the others as they happened.

Nothing is billed of a shipment of free goods alone, so nothing that is posted tells its turn: it comes after all
others. Of goods that are not free each shipment bills something, one unit of the currency if its part is less.

What does not ship (shipping costs, fees, downloads) goes with the first delivery. What is given back of goods that
never left lowers what is still to be delivered; what the seller keeps of their price goes with the next delivery, or
is billed by itself on the day of the refund if nothing is left to ship.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from .canonical import Line, LineKind, MoneyState, Refund, StoreDocument, TaxLine
from .currencies import unit
from .fulfilments import Fulfilment, Restock
from .line_parts import least, less, matters, negated, share, taxes_of
from .plans import EntryKind, EventKey
from .rounding import ZERO, total
from .tax_mix import TaxMix

SHIPMENT, KEPT = "shipment:", "kept:"
_RETURNED = frozenset({Restock.STOCK, Restock.DAMAGED, Restock.NONE})


@dataclass(slots=True, kw_only=True)
class Delivery:
    """What one invoice bills.

    :ivar external_id: of its invoice
    :ivar at: when it left
    :ivar deductions: what refunds gave back before it left, beyond their lines; negative: what they kept
    :ivar rounding: what it adds to its lines to meet the store's total
    :ivar worth: with tax
    :ivar left: its worth that no refund gave back
    """

    external_id: str
    at: datetime
    lines: tuple[Line, ...]
    deductions: tuple[Line, ...] = ()
    rounding: Decimal = ZERO
    worth: Decimal = ZERO
    left: Decimal = ZERO
    quantities: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a refund gives back of one delivery.

    :ivar invoice: external id of the invoice
    :ivar amount: with tax; what the lines do not explain of it is spread over the taxes of what is left
    """

    invoice: str
    lines: tuple[Line, ...]
    amount: Decimal


def ships(line: Line) -> bool:
    """Whether a line of an order is delivered by a fulfilment."""
    return line.kind is LineKind.PRODUCT and line.ships and line.quantity > 0


def is_delivery(key: EventKey) -> bool:
    """Whether a posted entry is the invoice of a delivery."""
    kind, external_id = key
    return kind is EntryKind.INVOICE and external_id.startswith((SHIPMENT, KEPT))


class Deliveries:
    """The deliveries of an order.

    :param posted: keys of what is posted for the order, in the order of posting
    :ivar invoices: what is to be invoiced, in turn
    :ivar credits: refund id → what it gives back of which delivery
    :ivar excess: refund id → what it gives back beyond all that is left of the order
    :ivar never_left: refund id → what it gives back of what was not delivered
    :ivar undelivered: the same, all of it, as lines; the order's rounding is not in it
    :ivar turns: keys of what these events book, in turn
    """

    def __init__(self, document: StoreDocument, posted: Sequence[EventKey] = ()) -> None:
        self._document = document
        self._step = unit(document.currency)
        self._posted = posted
        self._left = {line.external_id: line for line in document.lines}
        self._shipping = {line.external_id for line in document.lines if ships(line)}
        self._pending: list[Line] = []
        self._rounding = document.unexplained
        self.invoices: list[Delivery] = []
        self.credits: dict[str, list[Credit]] = {}
        self.excess: dict[str, Decimal] = {}
        self.never_left: dict[str, Decimal] = {}
        self.undelivered: list[Line] = []
        self.turns: list[EventKey] = []
        free = []
        for event in self._events():
            if isinstance(event, Refund):
                self._give_back(event)
            elif not self._ship(event):
                free.append(event)
        for event in free:  # a refund of more than its goods has made something of them
            self._ship(event)

    # === What is left === #

    @property
    def unshipped(self) -> tuple[Line, ...]:
        """What is still to be invoiced, deductions with the sign reversed."""
        return () if self._document.cancelled else tuple(self._to_come())

    @property
    def unshipped_total(self) -> Decimal:
        """What is still to be invoiced, with tax and rounding."""
        rounding = ZERO if self._document.cancelled else self._rounding
        return rounding + total([line.gross for line in self.unshipped])

    @property
    def not_invoiced(self) -> Decimal:
        """What no invoice bills of the order, with tax: it is to come, was given back before, or is cancelled."""
        return self._document.total - total([delivery.worth for delivery in self.invoices])

    def _to_come(self) -> list[Line]:
        lines = [line for line in self._left.values() if matters(line)]
        return lines + [negated(line) for line in self._pending]

    def _is_open(self) -> bool:
        """Whether a shipment of something that is worth anything is still to come."""
        return any(key in self._shipping and left.quantity > 0 and matters(left) for key, left in self._left.items())

    # === Events === #

    def _events(self) -> list[Fulfilment | Refund]:
        document = self._document
        moved = [
            refund for refund in document.refunds
            if refund.state is MoneyState.DONE and refund.amount != refund.already_reduced
        ]  # fmt: skip
        shipped = list(document.fulfilments)
        if document.cancelled:  # what left and is not invoiced is not sold any more
            shipped = [item for item in shipped if (EntryKind.INVOICE, SHIPMENT + item.external_id) in self._posted]
        return sorted([*shipped, *moved], key=self._turn)

    def _turn(self, event: Fulfilment | Refund) -> tuple[int, datetime, bool, str]:
        is_refund, its = isinstance(event, Refund), event.external_id
        keys = {(EntryKind.INVOICE, SHIPMENT + its)}
        if is_refund:
            keys = {(EntryKind.CREDIT_NOTE, its), (EntryKind.REFUND_PAYMENT, its), (EntryKind.INVOICE, KEPT + its)}
        places = [place for place, key in enumerate(self._posted) if key in keys]
        return min(places, default=len(self._posted)), event.at, is_refund, its

    def _ship(self, fulfilment: Fulfilment) -> bool:
        """Deliver a shipment; False, and nothing is changed, for one of free goods alone."""
        goods = self._goods(fulfilment)
        before = self._left
        self._left = before | {key: less(before[key], part) for key, part in goods.items()}
        is_last = goods and not self._is_open() and self._to_come()
        if not is_last and not any(matters(part) for part in goods.values()):
            self._left = before
            return False
        quantities = {key: part.quantity for key, part in goods.items()}
        self._deliver(SHIPMENT + fulfilment.external_id, fulfilment.at, list(goods.values()), quantities)
        return True

    def _goods(self, fulfilment: Fulfilment) -> dict[str, Line]:
        """What a shipment takes of which line: of goods that are not free at least one unit of the currency."""
        wanted = {item.line_id: item.quantity for item in fulfilment.lines}
        goods = {}
        for key in [key for key in self._left if key in self._shipping]:
            left = self._left[key]
            quantity = min(wanted.get(key, ZERO), left.quantity) if wanted else left.quantity
            if quantity > 0:
                goods[key] = share(left, quantity, left.quantity, self._step)
        if not any(matters(part) for part in goods.values()):
            for key in [key for key in goods if matters(self._left[key])][:1]:
                goods[key] = least(self._left[key], goods[key], self._step)
        return goods

    def _deliver(self, external_id: str, at: datetime, lines: list[Line], quantities: dict[str, Decimal]) -> None:
        for key, left in list(self._left.items()):
            if key not in self._shipping or left.quantity <= 0:  # without goods, or kept of goods that were given back
                lines += [left] if matters(left) else []
                del self._left[key]
        rounding, self._rounding = self._rounding, ZERO
        worth = rounding + total([line.gross for line in lines])
        deductions = self._deductions(lines)
        worth -= total([line.gross for line in deductions])
        self.invoices.append(
            Delivery(
                external_id=external_id, at=at, lines=tuple(lines), deductions=deductions, rounding=rounding,
                worth=worth, left=worth, quantities=quantities,
            )
        )  # fmt: skip
        self.turns.append((EntryKind.INVOICE, external_id))

    def _deductions(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """What a delivery bears of what was given back before it: as much of each tax as it has, the next one more."""
        pending, self._pending = self._pending, []
        if not self._is_open():
            return tuple(pending)
        room: dict[tuple[TaxLine, ...], Decimal] = {}
        for line in lines:
            room[taxes_of(line)] = room.get(taxes_of(line), ZERO) + line.gross
        taken: list[Line] = []
        for part in pending:
            amount = min(part.gross, max(room.get(taxes_of(part), ZERO), ZERO))
            room[taxes_of(part)] = room.get(taxes_of(part), ZERO) - amount
            shares = [part] if amount == part.gross else TaxMix([part]).spread(amount, self._document.currency)
            taken += shares
            for piece in shares:
                part = less(part, piece)
            self._pending += [part] if matters(part) else []
        return tuple(taken)

    def _give_back(self, refund: Refund) -> None:
        parts: dict[str, list[Line]] = {}
        rest = refund.amount - refund.already_reduced
        before = rest
        for line in refund.lines:
            for invoice, part in self._parts(line):
                if invoice is None:
                    rest -= part.gross
                    self.undelivered.append(part)
                else:
                    parts.setdefault(invoice, []).append(part)
        undelivered = before - rest
        if short := self._short(refund):
            undelivered, rest = undelivered - short, rest + short
        rest = self._credit(refund, parts, rest)
        if rest:
            reduced = self._reduce(refund, rest)
            undelivered += reduced
            rest -= reduced
        if undelivered:
            self.never_left[refund.external_id] = undelivered
        if rest > 0:
            self.excess[refund.external_id] = rest
        self.turns += [(EntryKind.CREDIT_NOTE, refund.external_id), (EntryKind.REFUND_PAYMENT, refund.external_id)]
        kept = KEPT + refund.external_id
        if self._document.cancelled and (EntryKind.INVOICE, kept) not in self._posted:
            return  # its money is the customer's
        if not self._is_open() and self._to_come():  # it may have been of free goods alone
            self._deliver(kept, refund.at, [], {})

    def _short(self, refund: Refund) -> Decimal:
        """How much more a refund takes of what is to come than that is worth: it is given back of deliveries."""
        short = -min(ZERO, self._rounding + total([line.gross for line in self._to_come()]))
        parts = TaxMix(refund.lines).spread(-short, self._document.currency) if short else []
        self._pending += parts
        self.undelivered += parts
        return -total([part.gross for part in parts])

    def _parts(self, line: Line) -> Iterator[tuple[str | None, Line]]:
        """A line of a refund, split by the deliveries that it gives back; None: what was not delivered."""
        key = self._line_of(line)
        left = self._left.get(key) if key else None
        if key is None or (left is None and not self._delivered(key)):
            yield (self.invoices[-1].external_id if self.invoices else None), line
            if not self.invoices:
                self._pending.append(line)
            return
        if key not in self._shipping or not line.quantity > 0:
            yield from self._whole(key, line)
            return
        waiting = max(left.quantity, ZERO) if left else ZERO
        delivered = self._delivered(key)
        open_quantity = total([item.quantities[key] for item in delivered])
        if line.restock in _RETURNED:
            unshipped = min(waiting, max(ZERO, line.quantity - open_quantity))
        else:
            unshipped = min(waiting, line.quantity)
        rest = line
        if unshipped and left:
            part = share(line, unshipped, line.quantity, self._step)
            self._left[key] = less(left, part)
            rest = less(line, part)
            yield None, part
        for item in delivered:
            if not rest.quantity > 0:
                break
            is_last = item is delivered[-1]
            quantity = rest.quantity if is_last else min(rest.quantity, item.quantities[key])
            if not quantity:
                continue
            part = share(rest, quantity, rest.quantity, self._step)
            item.quantities[key] -= min(quantity, item.quantities[key])
            rest = less(rest, part)
            yield item.external_id, part
        if rest.quantity > 0:  # more than was ordered, and nothing was delivered: it lowers what is to come
            self._pending.append(rest)
            yield None, rest

    def _whole(self, key: str, line: Line) -> Iterator[tuple[str | None, Line]]:
        """A line without a number of goods."""
        if key in self._left:
            self._left[key] = replace(less(self._left[key], line), quantity=self._left[key].quantity)
            yield None, line
        else:
            first = next((item for item in self.invoices if any(own.external_id == key for own in item.lines)), None)
            yield (first or self.invoices[-1]).external_id, line

    def _delivered(self, key: str) -> list[Delivery]:
        """Deliveries with some of a line, those first of which something is not given back."""
        found = [item for item in self.invoices if key in item.quantities]
        return sorted(found, key=lambda item: not item.quantities[key])

    def _line_of(self, line: Line) -> str | None:
        lines = self._document.lines
        if line.of_line:
            return next((own.external_id for own in lines if own.external_id == line.of_line), None)
        alike = [own for own in lines if (own.kind, own.key) == (line.kind, line.key)]
        same_id = [own for own in alike if own.external_id == line.external_id]
        return next((own.external_id for own in (*same_id, *alike)), None)

    def _credit(self, refund: Refund, parts: dict[str, list[Line]], rest: Decimal) -> Decimal:
        """Credit what is delivered; what is left of the refund.

        More than is left of a delivery is spread over what is left of the others, the latest first.
        """
        lines = {invoice: total([line.gross for line in its]) for invoice, its in parts.items()}
        rest -= total(list(lines.values()))
        latest_first = [*reversed(self.invoices)]
        amounts = {
            item.external_id: min(lines.get(item.external_id, ZERO), max(item.left, ZERO)) for item in latest_first
        }
        rest += total(list(lines.values())) - total(list(amounts.values()))
        for item in latest_first:  # less than its lines is kept of the latest first, too
            known = amounts[item.external_id]
            more = min(rest, item.left - known) if rest > 0 else max(rest, -known)
            amounts[item.external_id] += more
            rest -= more
        for item in self.invoices:
            if amount := amounts[item.external_id]:
                own = parts.get(item.external_id, ()) if lines.get(item.external_id, ZERO) <= item.left else ()
                credit = Credit(invoice=item.external_id, amount=amount, lines=tuple(own))
                self.credits.setdefault(refund.external_id, []).append(credit)
                item.left -= amount
        return rest

    def _reduce(self, refund: Refund, amount: Decimal) -> Decimal:
        """Let what is given back beyond its lines lower what is still to be delivered; how much of it does."""
        if amount < 0:
            mix = TaxMix(refund.lines)
        else:
            mix = TaxMix(self._to_come(), self._rounding)
            if amount >= mix.gross > 0:
                self.undelivered += mix.everything()
                self._left.clear()
                self._pending.clear()
                self._rounding = ZERO
                return mix.gross
            if mix.gross <= 0:
                return ZERO
        parts = mix.spread(amount, self._document.currency)
        self._pending += parts
        self.undelivered += parts
        return total([part.gross for part in parts])
