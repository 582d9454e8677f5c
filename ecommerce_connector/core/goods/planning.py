"""What an order's goods cost → entries: of what is new, and of what changed since it was booked.

The cost of a unit is the product's when the entry is made, and stays with it: what comes back takes
the cost that it left with. A line whose cost is not known waits with a reason; the others do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ..canonical import Line, StoreDocument
from ..dates import accounting_date
from ..errors import MappingAmbiguous
from ..mapping.facts import BUSINESS, CONSUMER, Facts
from ..mapping.rulebook import Rule, Rulebook
from ..reasons import Reason
from ..rounding import ZERO, quantize
from .costs import (
    Catalogue,
    CostOn,
    CostPlan,
    CostPolicy,
    CostRow,
    Movement,
    PlannedCost,
    Product,
    plain,
    sixth,
    summed,
)
from .moved import UNKNOWN_LINE, Event, Invoiced, Item, Moved

_HINT_RETRY = "then retry the order: the cost of that day is booked."


def plan_costs(
    document: StoreDocument, rulebook: Rulebook, policy: CostPolicy, catalogue: Catalogue, *,
    invoices: Iterable[Invoiced] = (), booked: Iterable[CostRow] = (),
) -> CostPlan:  # fmt: skip
    """Entries that bring what is booked in line with what the store says.

    :param invoices: posted invoices of the order
    :param booked: every row that is booked for it, as booked
    """
    return _Planner(document, rulebook, policy, catalogue, tuple(booked)).plan(tuple(invoices))


@dataclass(frozen=True, slots=True)
class _Source:
    """How the cost of an item is booked."""

    product: int
    unit_cost: Decimal
    cogs: int
    counterpart: int
    rule: int


class _Planner:
    """Plans one order."""

    def __init__(
        self, document: StoreDocument, rulebook: Rulebook, policy: CostPolicy, catalogue: Catalogue,
        booked: tuple[CostRow, ...],
    ) -> None:  # fmt: skip
        self.document, self.rulebook, self.policy, self.catalogue = document, rulebook, policy, catalogue
        self.booked = booked
        self.lines = {line.external_id: line for line in document.lines}
        self.reasons: list[tuple[Reason, bool]] = []
        #: Rows of each line that are booked or planned, of events looked at so far.
        self.rows: dict[str, list[CostRow]] = {}
        self.waiting: set[str] = set()  # lines whose cost is not known, or is none of ours
        place = document.customer.destination
        self.facts = Facts(
            currency=document.currency, country=place.country or None, state=place.state.upper() or None,
            customer=BUSINESS if document.customer.is_business else CONSUMER,
        )  # fmt: skip

    def plan(self, invoices: tuple[Invoiced, ...]) -> CostPlan:
        skus = {row.line_id: row.sku for row in self.booked}
        moved = Moved(self.document, self.policy, self._on(), invoices, skus)
        events = moved.events()
        known = {event.key for event in events}
        gone = {row.event: row.day for row in self.booked if row.event not in known}
        # What the store no longer tells of did not happen. It is looked at first: it takes nothing from what did.
        events = [Event(key=key, day=day) for key, day in gone.items()] + events
        entries = [entry for event in events if (entry := self._entry(event))]
        if not self.rows:  # nothing of the order is booked here: what came back is not, either
            moved.reasons = [pair for pair in moved.reasons if pair[0].code != UNKNOWN_LINE]
        return CostPlan(entries=tuple(entries), reasons=tuple(dict.fromkeys((*moved.reasons, *self.reasons))))

    def _on(self) -> CostOn:
        """What was booked by another policy stays with it: its goods left once."""
        first = next((row.event for row in self.booked if row.movement is Movement.SOLD), "")
        kind = first.partition(":")[0]
        return CostOn(kind) if kind else self.policy.on

    # === One event === #

    def _entry(self, event: Event) -> PlannedCost | None:
        booked = [row for row in self.booked if row.event == event.key]
        day = booked[0].day if booked else event.day
        if not booked and day < self.policy.since:
            return None
        rows = self._changes(event, day, booked)
        if not rows:
            return None
        return PlannedCost(
            event=event.key, number=1 + max((row.number for row in booked), default=0), true_date=day,
            date=accounting_date(day, self.policy.first_open_day), rows=tuple(rows),
        )  # fmt: skip

    def _remember(self, rows: Iterable[CostRow]) -> None:
        for row in rows:
            self.rows.setdefault(row.line_id, []).append(row)

    def _changes(self, event: Event, day: date, booked: list[CostRow]) -> list[CostRow]:
        """What the event's rows must change by."""
        groups: dict[tuple[Movement, str], list[CostRow]] = {}
        for row in booked:
            groups.setdefault((row.movement, row.item_id), []).append(row)
        items = {(item.movement, item.item_id): item for item in (*event.items, *self._rest(event))}
        changes = []
        for key in dict.fromkeys((*groups, *items)):
            item, group = items.get(key), groups.get(key, [])
            change = self._change(event.key, day, item, group)
            self._remember((*group, change) if change else group)
            if change:
                changes.append(change)
        return changes

    def _rest(self, event: Event) -> Iterable[Item]:
        """What a cancellation takes back."""
        if not event.takes_back_rest:
            return
        for line_id, rows in self.rows.items():
            quantity = summed(rows)[0] - (event.kept or {}).get(line_id, ZERO)
            if quantity > 0:
                yield Item(movement=Movement.RETURNED, line_id=line_id, item_id=line_id, sku=rows[0].sku,
                           quantity=quantity, is_stated=False)  # fmt: skip

    def _change(self, event: str, day: date, item: Item | None, group: list[CostRow]) -> CostRow | None:
        """The row that is missing of an item, or that takes back what is too much."""
        quantity, amount = summed(group)
        if item is None:
            return replace(group[0], quantity=-quantity, amount=-amount) if quantity or amount else None
        if item.movement is Movement.SOLD:
            return self._sold(event, day, item, group)
        return self._back(event, day, item, group)

    def _sold(self, event: str, day: date, item: Item, group: list[CostRow]) -> CostRow | None:
        quantity, amount = summed(group)
        missing = item.quantity - quantity
        if not missing:
            return None
        source = _source_of(group[0]) if group else self._source(item, day)
        if source is None:
            self.waiting.add(item.line_id)
            return None
        target = quantize(item.quantity * source.unit_cost, self.policy.unit)
        return self._row(event, day, item, source, missing, target - amount)

    def _back(self, event: str, day: date, item: Item, group: list[CostRow]) -> CostRow | None:
        """What comes back takes with it what it cost: of several costs of a line, their average."""
        sold = self.rows.get(item.line_id, [])
        left, cost = summed(sold)
        taken = min(item.quantity, max(left - item.kept, ZERO))
        self._watch(item, taken)
        quantity, amount = summed(group)
        if quantity == -taken:
            return None
        counterpart = self._counterpart(item, sold, group)
        if counterpart is None:
            return None
        first = (sold or group)[0]
        target = -cost if taken == left else -quantize(cost * taken / left, self.policy.unit)
        unit_cost = group[0].unit_cost if group else self._unit_cost(sold, left, cost)
        source = _Source(first.product, unit_cost, first.cogs, counterpart, first.rule)
        return self._row(event, day, item, source, -taken - quantity, target - amount)

    @staticmethod
    def _unit_cost(sold: list[CostRow], left: Decimal, cost: Decimal) -> Decimal:
        costs = {row.unit_cost for row in sold}
        return costs.pop() if len(costs) == 1 else sixth(cost / left)

    def _counterpart(self, item: Item, sold: list[CostRow], group: list[CostRow]) -> int | None:
        if group:
            return group[0].counterpart
        if item.movement is Movement.RETURNED:
            return sold[0].counterpart
        if self.policy.write_off is None:
            self._no_account("what comes back damaged", item)
        return self.policy.write_off

    @staticmethod
    def _row(
        event: str, day: date, item: Item, source: _Source, quantity: Decimal, amount: Decimal
    ) -> CostRow:  # fmt: skip
        return CostRow(
            event=event, movement=item.movement, line_id=item.line_id, item_id=item.item_id, sku=item.sku, day=day,
            product=source.product, quantity=quantity, unit_cost=source.unit_cost, amount=amount, cogs=source.cogs,
            counterpart=source.counterpart, rule=source.rule,
        )  # fmt: skip

    # === What a product costs, and where that is booked === #

    def _source(self, item: Item, day: date) -> _Source | None:
        line = self.lines[item.line_id]
        try:
            rule = self.rulebook.find("product", line.key, day, self.facts, line.groups)
        except MappingAmbiguous as error:
            self._wait("cost_ambiguous_rule", error.message, error.hint, item)
            return None
        product = self._product(line, rule, item)
        if product is None or not product.is_goods:
            return None
        if product.cost <= 0:
            self._wait(
                "cost_missing", f"the product {product.name} has no cost",
                f"Enter its cost on the product, {_HINT_RETRY}", item,
            )  # fmt: skip
            return None
        cogs = (rule.target.cogs if rule else None) or self.policy.cogs
        inventory = (rule.target.inventory if rule else None) or self.policy.inventory
        if cogs is None or inventory is None:
            self._no_account("the cost of goods" if cogs is None else "the stock", item)
            return None
        used = rule.id if rule and (rule.target.product or rule.target.cogs or rule.target.inventory) else 0
        return _Source(product.id, sixth(product.cost), cogs, inventory, used)

    def _product(self, line: Line, rule: Rule | None, item: Item) -> Product | None:
        if rule and rule.target.product:
            return self.catalogue.by_id(rule.target.product)
        found = self.catalogue.by_sku(line.key) if line.key else ()
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(product.name for product in found))
            self._wait(
                "cost_ambiguous_product", f"several products have this SKU: {names}",
                f"Let one of them have it, or name the product on the mapping rule, {_HINT_RETRY}", item,
            )  # fmt: skip
        else:
            self._wait(
                "cost_unknown_product", "no product has this internal reference or barcode",
                f"Enter the SKU on the product, or name the product on the mapping rule, {_HINT_RETRY}", item,
            )  # fmt: skip
        return None

    # === Words === #

    def _watch(self, item: Item, taken: Decimal) -> None:
        """More comes back than left: only what left has a cost to take back."""
        has_left = any(row.movement is Movement.SOLD for row in self.rows.get(item.line_id, ()))
        if taken == item.quantity or not item.is_stated or not has_left or item.line_id in self.waiting:
            return
        reason = Reason(
            code="cost_returned_above_sold",
            message=(
                f"Order {self.document.number}: {plain(item.quantity)} {item.sku} came back, but the cost of only "
                f"{plain(taken)} of them is booked as sold; the cost of the others stays where it is."
            ),
            hint="Check the refund and the shipments in the store.", key=item.item_id,
        )  # fmt: skip
        self.reasons.append((reason, False))

    def _no_account(self, what: str, item: Item) -> None:
        self._wait(
            "cost_account_missing", f"there is no account for {what}",
            f"Choose it on the store's page Cost of Goods, or on the product's mapping rule, {_HINT_RETRY}", item,
        )  # fmt: skip

    def _wait(self, code: str, problem: str, hint: str, item: Item) -> None:
        reason = Reason(
            code=code, hint=hint, key=item.sku or item.line_id,
            message=(
                f"Order {self.document.number}, SKU {item.sku or '-'}: {problem.rstrip('.')}, so the cost of "
                f"{plain(item.quantity)} is not booked."
            ),
        )  # fmt: skip
        self.reasons.append((reason, True))


def _source_of(row: CostRow) -> _Source:
    return _Source(row.product, row.unit_cost, row.cogs, row.counterpart, row.rule)
