"""What left the warehouse when, and what came back in which condition, as the store states it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from .errors import PayloadError
from .field_checks import check_aware, check_number, check_texts, check_unique


class Restock(str, Enum):
    """What became of goods that a refund is for."""

    UNKNOWN = "unknown"  # the store does not say
    NONE = "none"  # the customer keeps them, or they are lost
    STOCK = "stock"  # back in stock
    DAMAGED = "damaged"  # back, but not to be sold
    CANCELLED = "cancelled"  # they never left


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedLine:
    """A part of a line of the order.

    :ivar line_id: external id of the order's line
    :ivar quantity: how many of it left, positive
    """

    line_id: str
    quantity: Decimal

    def __post_init__(self) -> None:
        where = f"line {self.line_id}"
        check_texts(self, where)
        check_number(f"{where}, quantity", self.quantity)
        if self.quantity <= 0:
            raise PayloadError(f"{where}, quantity", f"{self.quantity} is not positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """A shipment that left, or a service rendered; what is prepared or was cancelled is none.

    :ivar at: when it left
    :ivar lines: what is in it; empty: all of the order that has not left before
    """

    external_id: str
    at: datetime
    lines: tuple[ShippedLine, ...] = ()

    def __post_init__(self) -> None:
        where = f"fulfilment {self.external_id}"
        check_texts(self, where)
        check_aware(where, self.at)
        check_unique(f"{where}, line", [line.line_id for line in self.lines])


def check_fulfilments(fulfilments: Iterable[Fulfilment], line_ids: Collection[str]) -> None:
    """Refuse shipments of what the order does not have.

    :raises PayloadError: naming the fulfilment and the line
    """
    known = list(fulfilments)
    check_unique("fulfilment", [fulfilment.external_id for fulfilment in known])
    for fulfilment in known:
        for line in fulfilment.lines:
            if line.line_id not in line_ids:
                raise PayloadError(
                    f"fulfilment {fulfilment.external_id}, line {line.line_id}", "the order has no such line"
                )
