"""The words of cost of goods: policies, what products cost, what is booked, what is planned.

Amounts are in company currency. Quantities and amounts are positive for what leaves the stock and
negative for what comes back: an amount is what the cost-of-goods account is debited with.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

from ..fulfilments import Restock
from ..reasons import Reason
from ..rounding import ZERO, quantize, total

#: Quantities and unit costs are kept with six decimals.
SIXTH = Decimal("0.000001")
#: Codes of what a person must do before a cost can be booked.
CODES = (
    "cost_unknown_product", "cost_ambiguous_product", "cost_missing", "cost_account_missing", "cost_ambiguous_rule",
    "cost_unknown_line", "cost_returned_above_sold", "cost_negative_quantity", "cost_entry_not_posted",
    "cost_reversed_in_odoo", "cost_cannot_post",
)  # fmt: skip


class CostOn(str, Enum):
    """What makes the cost of goods an entry."""

    INVOICE = "invoice"
    FULFILMENT = "fulfilment"


class Movement(str, Enum):
    """Where goods went, as far as their value is concerned."""

    SOLD = "sold"  # out of the stock
    RETURNED = "returned"  # back in stock
    WRITTEN_OFF = "written_off"  # back, and worth nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPolicy:
    """How a store wants the cost of its goods booked.

    :ivar zone: the store's time zone; dates are local there
    :ivar since: what left earlier is not booked here
    :ivar unknown: what becomes of returned goods of which the store does not say; never ``UNKNOWN``
    :ivar inventory: id of the account the stock is valued on, where no rule names one; None: only rules do
    :ivar cogs: the same for cost of goods sold
    :ivar write_off: for goods that come back damaged
    :ivar unit: smallest amount of the company's currency
    :ivar first_open_day: the first day that no lock date closes
    """

    zone: ZoneInfo
    on: CostOn
    unit: Decimal
    since: datetime.date = datetime.date.min
    unknown: Restock = Restock.NONE
    inventory: int | None = None
    cogs: int | None = None
    write_off: int | None = None
    first_open_day: datetime.date = datetime.date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of the catalogue.

    :ivar cost: of one unit, in company currency; 0: nobody entered one
    :ivar is_goods: False: a service, which has no stock
    """

    id: int
    name: str
    cost: Decimal
    is_goods: bool = True


class Catalogue(Protocol):
    """Where products are found."""

    def by_id(self, product_id: int) -> Product:
        """The product that a rule leads to."""

    def by_sku(self, sku: str) -> tuple[Product, ...]:
        """Products with this internal reference; without any, those with this barcode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """The cost of a part of an event, booked or to be booked.

    :ivar event: what it is of, see ``moved.Event``
    :ivar line_id: external id of the order's line
    :ivar item_id: external id of the line in the event: the order's, or the refund's
    :ivar day: when it happened
    :ivar rule: number of the mapping rule that decided, 0 if none did
    :ivar cogs: id of the cost-of-goods account
    :ivar counterpart: id of the account of the stock, or of what is written off
    :ivar number: of the entry that has it among those of its event; 0: not booked yet
    """

    event: str
    movement: Movement
    line_id: str
    item_id: str
    sku: str
    day: datetime.date
    product: int
    quantity: Decimal
    unit_cost: Decimal
    amount: Decimal
    cogs: int
    counterpart: int
    rule: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCost:
    """One entry of costs.

    :ivar number: 1 for the first of its event, then counting up: what comes later points back to the first
    :ivar date: accounting date, never on or before a lock date
    :ivar true_date: the day it happened
    """

    event: str
    number: int
    date: datetime.date
    true_date: datetime.date
    rows: tuple[CostRow, ...]

    @property
    def amount(self) -> Decimal:
        """What the cost of goods changes by."""
        return total([row.amount for row in self.rows])

    @property
    def rules(self) -> frozenset[int]:
        """Numbers of the rules that decided it."""
        return frozenset({row.rule for row in self.rows} - {0})

    @property
    def fingerprint(self) -> str:
        """The facts in it."""
        facts = [(row.movement.value, row.line_id, row.item_id, str(sixth(row.quantity))) for row in self.rows]
        return hashlib.sha256(repr((self.event, facts)).encode()).hexdigest()[:32]

    def items(self) -> list[tuple[int, int, Decimal]]:
        """(account, rule, amount) of its journal items, debit positive, debits first; they sum to zero."""
        sums: dict[tuple[int, int], Decimal] = {}
        for row in self.rows:
            for account, rule, amount in ((row.cogs, row.rule, row.amount), (row.counterpart, 0, -row.amount)):
                sums[account, rule] = sums.get((account, rule), ZERO) + amount
        items = [(account, rule, amount) for (account, rule), amount in sums.items()]
        return sorted(items, key=lambda item: (item[2] < 0, item[0], item[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPlan:
    """What is to be booked for an order, and what keeps the rest from it.

    :ivar reasons: (reason, whether it keeps something from being booked) pairs
    """

    entries: tuple[PlannedCost, ...] = ()
    reasons: tuple[tuple[Reason, bool], ...] = ()


def sixth(number: Decimal) -> Decimal:
    """A quantity or unit cost as it is kept."""
    return quantize(number, SIXTH).normalize() + ZERO


def plain(number: Decimal) -> str:
    """A quantity for people."""
    return f"{sixth(number):f}"


def summed(rows: Iterable[CostRow]) -> tuple[Decimal, Decimal]:
    """Quantity and amount of rows."""
    known = list(rows)
    return total([row.quantity for row in known]), total([row.amount for row in known])
