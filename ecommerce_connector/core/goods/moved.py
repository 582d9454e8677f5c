"""What of an order left the stock and what came back, and when: a function of what the store says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..canonical import Line, LineKind, MoneyState, Refund, StoreDocument
from ..dates import local_date
from ..deliveries import KEPT, SHIPMENT
from ..fulfilments import Fulfilment, Restock
from ..reasons import Reason
from ..rounding import ZERO
from .costs import CostOn, CostPolicy, Movement, plain, sixth

#: What the store calls it → where the value goes. What is not here keeps its cost where it is.
_BACK = {Restock.STOCK: Movement.RETURNED, Restock.DAMAGED: Movement.WRITTEN_OFF}
CANCELLATION = "cancellation"
#: Code of goods that came back of nobody knows which line.
UNKNOWN_LINE = "cost_unknown_line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Goods in an event.

    :ivar line_id: external id of the order's line
    :ivar quantity: positive
    :ivar is_stated: the store says that it came back; False: the policy does, or it never left
    :ivar kept: how many of the line the customer has: they are not what this is about
    """

    movement: Movement
    line_id: str
    item_id: str
    sku: str
    quantity: Decimal
    is_stated: bool = True
    kept: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Goods that moved together.

    :ivar key: unique within the order: ``fulfilment:``, ``invoice:`` or ``refund:`` and an id, or ``cancellation``
    :ivar takes_back_rest: whatever was booked as sold comes back but what ``kept`` has
    :ivar kept: order line → how many of it are not with us, whatever happens
    """

    key: str
    day: date
    items: tuple[Item, ...] = ()
    takes_back_rest: bool = False
    kept: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiced:
    """A posted invoice of the order.

    :ivar external_id: the order's, or of what it bills alone, see ``deliveries``
    """

    external_id: str
    day: date


class Moved:
    """Reads the events of one order.

    :param invoices: posted ones
    :param known_lines: order line → SKU, of what is booked: the order may not have the line any more
    """

    def __init__(
        self, document: StoreDocument, policy: CostPolicy, on: CostOn,
        invoices: Iterable[Invoiced] = (), known_lines: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.document, self.policy, self.on = document, policy, on
        self.invoices = sorted(invoices, key=lambda invoice: (invoice.day, invoice.external_id))
        self.lines = {line.external_id: line for line in document.lines if is_stocked(line)}
        self.skus = dict(known_lines or {}) | {line_id: line.key for line_id, line in self.lines.items()}
        self.reasons: list[tuple[Reason, bool]] = []

    def events(self) -> list[Event]:
        """In the order in which they happened: what came back left before."""
        sold = self._invoiced() if self.on is CostOn.INVOICE else self._fulfilled()
        refunds = sorted(self._refunds(), key=lambda refund: (refund.at, refund.external_id))
        events = [*sold, *(self._refund(refund) for refund in refunds)]
        return [*events, *self._cancellation()]

    # === What left === #

    def _fulfilled(self) -> list[Event]:
        return [
            self._sale(f"fulfilment:{shipment.external_id}", self._day(shipment.at), quantities)
            for shipment, quantities in self._shipments()
        ]

    def _shipments(self) -> Iterator[tuple[Fulfilment, dict[str, Decimal]]]:
        """Each fulfilment with what is in it."""
        left = {line_id: line.quantity for line_id, line in self.lines.items()}
        for shipment in sorted(self.document.fulfilments, key=lambda item: (item.at, item.external_id)):
            named = {line.line_id: line.quantity for line in shipment.lines if line.line_id in self.lines}
            without = self._never_left(shipment) if not shipment.lines else {}
            rest = {line_id: quantity - without.get(line_id, ZERO) for line_id, quantity in left.items()}
            quantities = named if shipment.lines else {key: quantity for key, quantity in rest.items() if quantity > 0}
            for line_id, quantity in quantities.items():
                left[line_id] -= quantity
            yield shipment, quantities

    def _never_left(self, shipment: Fulfilment) -> dict[str, Decimal]:
        """Order line → how many of it were given back before all the rest was shipped, and did not come back."""
        found: dict[str, Decimal] = {}
        for line in (line for refund in self._refunds() if refund.at <= shipment.at for line in refund.lines):
            line_id = self._line_of(line) if line.restock in (Restock.CANCELLED, Restock.UNKNOWN) else None
            if line_id and not self._movement(line):
                found[line_id] = found.get(line_id, ZERO) + abs(line.quantity)
        return found

    def _invoiced(self) -> list[Event]:
        """An invoice of a fulfilment has what is in that; any other all that no other invoice has."""
        shipments = {SHIPMENT + shipment.external_id: quantities for shipment, quantities in self._shipments()}
        left = {line_id: line.quantity for line_id, line in self.lines.items()}
        self._refuse_negative(left)
        events = []
        # Those of shipments first, whatever their days: what they have is not in the one of the rest.
        of_goods = [invoice for invoice in self.invoices if not invoice.external_id.startswith(KEPT)]
        for invoice in sorted(of_goods, key=lambda invoice: invoice.external_id not in shipments):
            quantities = shipments.get(invoice.external_id) or {key: rest for key, rest in left.items() if rest > 0}
            for line_id, quantity in quantities.items():
                left[line_id] -= quantity
            events.append(self._sale(f"invoice:{invoice.external_id}", invoice.day, quantities))
        return events

    def _sale(self, key: str, day: date, quantities: Mapping[str, Decimal]) -> Event:
        items = [
            Item(movement=Movement.SOLD, line_id=line_id, item_id=line_id, sku=self.skus[line_id],
                 quantity=sixth(quantity))
            for line_id, quantity in quantities.items()
        ]  # fmt: skip
        return Event(key=key, day=day, items=tuple(items))

    def _refuse_negative(self, quantities: Mapping[str, Decimal]) -> None:
        for line_id, quantity in quantities.items():
            if quantity < 0:
                sku = self.skus[line_id]
                self._tell(
                    "cost_negative_quantity",
                    f"Order {self.document.number}: its line {line_id} ({sku}) sells {plain(quantity)}; no cost of it "
                    "is booked.",
                    "If goods came back with it, book their cost by hand.", line_id,
                )  # fmt: skip

    # === What came back === #

    def _refunds(self) -> Iterator[Refund]:
        """Those whose goods were sold here: of what was taken out of the order's own lines no cost is booked."""
        for refund in self.document.refunds:
            reduced = self.on is CostOn.INVOICE and refund.amount and refund.already_reduced == refund.amount
            if refund.state is MoneyState.DONE and not reduced:
                yield refund

    def _refund(self, refund: Refund) -> Event:
        items = [item for line in refund.lines for item in self._returned(refund, line)]
        return Event(key=f"refund:{refund.external_id}", day=self._day(refund.at), items=tuple(items))

    def _returned(self, refund: Refund, line: Line) -> Iterator[Item]:
        movement = self._movement(line)
        if not movement:
            return
        line_id = self._line_of(line)
        if line_id is None:
            self._tell_unknown_line(refund, line)
        elif line_id in self.skus:  # what no fulfilment delivers has no cost
            never_left = line.restock is Restock.CANCELLED
            earlier = [
                other for other in self._refunds() if (other.at, other.external_id) < (refund.at, refund.external_id)
            ]
            yield Item(
                movement=movement, line_id=line_id, item_id=line.external_id, sku=self.skus[line_id],
                quantity=sixth(abs(line.quantity)), is_stated=line.restock in _BACK,
                kept=self._kept(earlier).get(line_id, ZERO) if never_left else ZERO,
            )  # fmt: skip

    def _movement(self, line: Line) -> Movement | None:
        if line.kind is not LineKind.PRODUCT or not line.quantity:
            return None
        restock = self.policy.unknown if line.restock is Restock.UNKNOWN else line.restock
        if restock is Restock.CANCELLED and self.on is CostOn.INVOICE:
            return Movement.RETURNED  # they never left, but their cost was booked with the invoice
        return _BACK.get(restock)

    def _line_of(self, line: Line) -> str | None:
        """The order's line that goods of a refund are of: the one that the store names, else the only one like it."""
        products = {one.external_id: one.key for one in self.document.lines if one.kind is LineKind.PRODUCT}
        known = self.skus | products
        if line.of_line:
            return line.of_line if line.of_line in known else None
        found = [line_id for line_id, sku in known.items() if sku == line.key]
        return found[0] if len(found) == 1 else None

    def _tell_unknown_line(self, refund: Refund, line: Line) -> None:
        self._tell(
            UNKNOWN_LINE,
            f"Order {self.document.number}: refund {refund.external_id} takes back {plain(abs(line.quantity))} "
            f"{line.key}, and it is not clear which line of the order sold it: the cost stays where it is.",
            "Book the return of the goods by hand, or have the store say which line it is of (of_line).",
            f"{refund.external_id}:{line.external_id}",
        )  # fmt: skip

    def _cancellation(self) -> list[Event]:
        """Of a cancelled order, what never left: its cost is booked where that was done with the invoice."""
        document = self.document
        if not document.cancelled:
            return []
        day = self._day(document.cancelled_at or document.updated_at)
        return [Event(key=CANCELLATION, day=day, takes_back_rest=True, kept=self._kept(self._refunds()))]

    def _kept(self, refunds: Iterable[Refund]) -> dict[str, Decimal]:
        """Order line → how many of it the customer has: what was shipped and did not come back, or need not.

        :param refunds: those that are known by then
        """
        kept: dict[str, Decimal] = {}
        for _shipment, quantities in self._shipments():
            for line_id, quantity in quantities.items():
                kept[line_id] = kept.get(line_id, ZERO) + quantity
        shipped = frozenset(kept)
        for line in (line for refund in refunds for line in refund.lines):
            line_id = self._line_of(line) or ""
            if line_id in shipped and line.restock in _BACK:
                kept[line_id] = max(kept[line_id] - abs(line.quantity), ZERO)
            elif line_id not in shipped and line.restock is Restock.NONE:
                kept[line_id] = kept.get(line_id, ZERO) + abs(line.quantity)
        return kept

    # === Words === #

    def _day(self, at: datetime) -> date:
        return local_date(at, self.policy.zone)

    def _tell(self, code: str, message: str, hint: str, key: str) -> None:
        self.reasons.append((Reason(code=code, message=message, hint=hint, key=key), True))


def is_stocked(line: Line) -> bool:
    """Whether a line of an order can take goods out of the stock."""
    return line.kind is LineKind.PRODUCT and line.ships


def skus_of(documents: Collection[StoreDocument]) -> set[str]:
    """The SKUs whose cost is asked for."""
    return {line.key for document in documents for line in document.lines if is_stocked(line) and line.key}
