"""How far a long reading has come, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A reading of what changed in a span of time.

    :ivar begin: where the span begins
    :ivar end: where it ends
    :ivar reached: up to where it is read, None at the beginning
    :ivar done: records read
    :ivar total: records of the span, if the store says; it wins over the span
    :ivar seconds: how long it was read so far, pauses left out
    """

    begin: datetime
    end: datetime
    reached: datetime | None = None
    done: int = 0
    total: int | None = None
    seconds: float = 0.0

    @property
    def fraction(self) -> float:
        """From 0 to 1; below 1 as long as it is not over."""
        if self.total:
            return min(self.done / self.total, 0.99)
        if self.reached is None or self.end <= self.begin:
            return 0.0
        return min(max((self.reached - self.begin) / (self.end - self.begin), 0.0), 0.99)

    @property
    def seconds_left(self) -> int | None:
        """At the pace so far; None while there is nothing to judge by."""
        if self.fraction < 0.01 or self.seconds < 1:
            return None
        return round(self.seconds * (1 - self.fraction) / self.fraction)
