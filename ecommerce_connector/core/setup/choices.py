"""A proposal's outcome: something that exists, or something to be made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .areas import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made.

    :ivar role: see ``account_roles``
    :ivar after: its code is the first free one after this
    """

    role: str
    name: str
    type: str
    reconcile: bool
    after: str

    @property
    def key(self) -> str:
        """The same for all that want the same account."""
        return f"account:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTax:
    """A sales tax to be made; its amounts come from the store.

    :ivar rate: in percent; None: it has none of its own
    :ivar account: of the tax collected
    :ivar area: where its customers are
    """

    name: str
    rate: Decimal | None
    account: Choice
    area: Area = Area.HOME

    @property
    def key(self) -> str:
        """The same for all that want the same tax."""
        return f"tax:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProcessor:
    """A processor account to be made, with a journal of its own.

    :ivar family: code of the gateways' family; part of the journal's code
    :ivar processor: code of the processor whose reports are read for it, if it is known
    :ivar control: its clearing account, or the liability of gift cards
    :ivar in_transit: its account of payouts under way, if it has payouts
    """

    name: str
    family: str
    currency: str
    is_liability: bool
    control: Choice
    processor: str = ""
    in_transit: Choice | None = None

    @property
    def key(self) -> str:
        """The same for all that want the same processor account."""
        return f"processor:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of ``account``, ``tax``, ``processor`` and ``new`` is set; for a discount that lowers the revenue none.

    :ivar reason: why, as a sentence
    :ivar opens: it can be used only after a change: an account that its items can be reconciled on, an archived tax
    :ivar is_optional: nothing is missing without it
    """

    reason: str
    account: int | None = None
    tax: int | None = None
    processor: int | None = None
    new: NewAccount | NewTax | NewProcessor | None = None
    opens: bool = False
    is_optional: bool = False
