"""The orders behind a figure, each with what it adds: their differences come to the figure's."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ..rounding import ZERO

#: Orders kept apart behind each figure, the first that were looked at; the rest is one sum.
MOST_ORDERS = 1000


@dataclass(slots=True)
class Share:
    """What one or more orders add to a figure, in document currency, signed like the figure.

    :ivar old: by the rules in force
    :ivar new: by the others
    :ivar moved: how much of it is booked elsewhere, never negative
    """

    old: Decimal = ZERO
    new: Decimal = ZERO
    moved: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """New minus old."""
        return self.new - self.old

    def add(self, other: Share) -> None:
        """Take in what another adds."""
        self.old += other.old
        self.new += other.new
        self.moved += other.moved


@dataclass(slots=True)
class Behind:
    """All orders of which a figure is different; memory does not grow with them.

    :ivar orders: order id -> what it adds, for the first ``MOST_ORDERS``
    :ivar further: what the other orders add together
    """

    count: int = 0
    orders: dict[int, Share] = field(default_factory=dict)
    further: Share = field(default_factory=Share)

    def add(self, order: int, share: Share) -> None:
        """Count one more order."""
        self.count += 1
        if len(self.orders) < MOST_ORDERS:
            self.orders[order] = share
        else:
            self.further.add(share)

    @property
    def further_count(self) -> int:
        """How many orders are in ``further``."""
        return self.count - len(self.orders)

    @property
    def total(self) -> Share:
        """What all of them add; its difference is the figure's."""
        found = Share()
        for share in (*self.orders.values(), self.further):
            found.add(share)
        return found
