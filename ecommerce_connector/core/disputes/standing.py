"""Where a dispute stands: what moved, what was decided, and how much of it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..rounding import ZERO, total
from .document import DisputeState
from .movements import Movement


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided, by the store's word or by a person.

    :ivar on: the day
    :ivar lost: of a partly lost dispute, the part that is lost
    :ivar tax_relief: the tax in what is lost is given back by the authorities
    :ivar disputed: what is disputed by the same word; None where a person decided with the figures at hand
    """

    state: DisputeState
    on: date
    lost: Decimal | None = None
    tax_relief: bool = False
    disputed: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFacts:
    """All that is known of one dispute; neither the order of the movements nor their repetition matters.

    :ivar reason: as the processor calls it
    """

    external_id: str
    currency: str
    movements: tuple[Movement, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""

    def _moved(self, *, booked: bool | None = None) -> list[Movement]:
        known = {movement.key: movement for movement in self.movements}.values()
        return [movement for movement in known if booked is None or movement.is_booked is booked]

    @property
    def withdrawn(self) -> Decimal:
        """Taken from the balance, and booked."""
        return total([movement.amount for movement in self._moved(booked=True) if movement.amount > ZERO])

    @property
    def reinstated(self) -> Decimal:
        """Given back, and booked; positive."""
        return -total([movement.amount for movement in self._moved(booked=True) if movement.amount < ZERO])

    @property
    def disputed(self) -> Decimal:
        """What is on the account of disputed funds if nothing is booked as lost."""
        return self.withdrawn - self.reinstated

    @property
    def pending(self) -> Decimal:
        """In payouts that are not posted yet; positive: taken."""
        return total([movement.amount for movement in self._moved(booked=False)])

    @property
    def state(self) -> DisputeState:
        """How far it has come: money that moved says more than what was decided before it."""
        decided = self.outcome.state if self.outcome else None
        moved = self._moved()
        out = total([movement.amount for movement in moved])
        if moved and not out and any(movement.amount for movement in moved):
            return DisputeState.WON  # all of it came back, whatever was said before
        if decided and decided.is_decided and not self._taken_since_won:
            return decided
        if moved:
            return DisputeState.OPENED
        return decided or DisputeState.CLOSED

    @property
    def _taken_since_won(self) -> bool:
        """A dispute that was won can be taken up again by the bank."""
        outcome = self.outcome
        if not outcome or outcome.state is not DisputeState.WON:
            return False
        return any(movement.amount > ZERO and movement.on > outcome.on for movement in self._moved())

    @property
    def loss(self) -> Decimal:
        """How much must be booked as lost: of a lost dispute, all that was not given back."""
        outcome = self.outcome
        if outcome and outcome.state is DisputeState.LOST:
            return max(self.disputed, ZERO)
        if outcome and outcome.state is DisputeState.PARTLY_LOST:
            return outcome.lost or ZERO
        return ZERO
