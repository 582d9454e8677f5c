"""Short ways to write costs of goods in tests, and entries as accountants write them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from builders import PARIS, D, at, line, order

from ecommerce_connector.core.canonical import StoreDocument
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine
from ecommerce_connector.core.goods.costs import CostOn, CostPlan, CostPolicy, CostRow, PlannedCost, Product
from ecommerce_connector.core.goods.moved import Invoiced
from ecommerce_connector.core.goods.planning import plan_costs
from ecommerce_connector.core.mapping.rulebook import Rulebook

INVENTORY, COGS, WRITE_OFF = 1, 2, 3
NAMES = {INVENTORY: "Inventory", COGS: "COGS", WRITE_OFF: "Write-off"}
MARCH_10 = date(2026, 3, 10)


@dataclass
class Catalogue:
    """Products by SKU and cost; a test changes what they cost."""

    costs: dict[str, str] = field(default_factory=lambda: {"mug": "20"})
    services: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()

    def by_id(self, product_id: int) -> Product:
        return self._product(product_id - 100, sorted(self.costs)[product_id - 100])

    def by_sku(self, sku: str) -> tuple[Product, ...]:
        if sku not in self.costs:
            return ()
        product = self._product(sorted(self.costs).index(sku), sku)
        return (product, replace(product, id=product.id + 900)) if sku in self.twins else (product,)

    def _product(self, number: int, sku: str) -> Product:
        cost = Decimal(self.costs[sku])
        return Product(id=100 + number, name=sku.title(), cost=cost, is_goods=sku not in self.services)


def shipped(external_id: str, when: str = "2026-03-11 10:00", **quantities: str) -> Fulfilment:
    """A fulfilment; without quantities, of all that is left."""
    lines = tuple(ShippedLine(line_id=key, quantity=D(quantity)) for key, quantity in quantities.items())
    return Fulfilment(external_id=external_id, at=at(when), lines=lines)


def back(restock: str, quantity: str = "1", key: str = "mug", **more):
    """A line of a refund."""
    values = {"external_id": f"back-{key}", "quantity": D(quantity), "restock": Restock(restock)} | more
    return line(key, "10", **values)


def mugs(quantity: str = "2", **more) -> StoreDocument:
    """An order of mugs."""
    return order(line("mug", "100", quantity=D(quantity)), **more)


def cost_policy(**more) -> CostPolicy:
    values = {"zone": PARIS, "on": CostOn.FULFILMENT, "unit": D("0.01"), "inventory": INVENTORY, "cogs": COGS,
              "write_off": WRITE_OFF}  # fmt: skip
    return CostPolicy(**(values | more))


class Books:
    """What is booked of one order; planning it twice changes nothing."""

    def __init__(self, catalogue: Catalogue | None = None, rules: Rulebook | None = None, **policy) -> None:
        self.catalogue = catalogue or Catalogue()
        self.rules = rules or Rulebook([])
        self.policy = cost_policy(**policy)
        self.rows: list[CostRow] = []
        self.entries: list[PlannedCost] = []
        self.plan = CostPlan()

    def book(self, document: StoreDocument, *, invoiced: tuple[str, ...] = ()) -> list[str]:
        """Book what is new; returns the entries as text."""
        invoices = [Invoiced(external_id=key, day=MARCH_10) for key in invoiced]
        self.plan = plan_costs(
            document, self.rules, self.policy, self.catalogue, invoices=invoices, booked=tuple(self.rows)
        )
        for entry in self.plan.entries:
            self.rows += [replace(row, number=entry.number) for row in entry.rows]
            assert sum(amount for _account, _rule, amount in entry.items()) == 0
        self.entries += self.plan.entries
        again = plan_costs(
            document, self.rules, self.policy, self.catalogue, invoices=invoices, booked=tuple(self.rows)
        )
        assert again.entries == ()
        return [text(entry) for entry in self.plan.entries]

    @property
    def codes(self) -> list[str]:
        return [reason.code for reason, _blocks in self.plan.reasons]

    def balance(self, account: int) -> Decimal:
        return sum((amount for entry in self.entries for number, _rule, amount in entry.items() if number == account),
                   D(0))  # fmt: skip


def text(entry: PlannedCost) -> str:
    """``fulfilment:f1 2026-03-11: Dr COGS 20 / Cr Inventory 20``."""
    items = [(NAMES.get(account, str(account)), amount) for account, _rule, amount in entry.items() if amount]
    debits = ", ".join(f"{name} {amount.normalize():f}" for name, amount in items if amount > 0)
    credits = ", ".join(f"{name} {-amount.normalize():f}" for name, amount in items if amount < 0)
    return f"{entry.event} {entry.date}: Dr {debits} / Cr {credits}"
