"""What of an order is posted already, as far as its plan depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .plans import EventKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A plan is a function of the store's facts, of rules and policies, and of this.

    :ivar is_invoiced: its invoice is posted: if the order is cancelled now, that is credited
    :ivar credited: ids of the refunds whose credit notes are posted, in the order of posting
    :ivar keys: of all posted entries, in the order of posting
    :ivar advances: payment or refund of money → whether it is on an account of advances; what is
        missing here is not posted
    """

    is_invoiced: bool = False
    credited: tuple[str, ...] = ()
    keys: tuple[EventKey, ...] = ()
    advances: Mapping[EventKey, bool] = field(default_factory=dict)


NOTHING = Posted()
