"""Plans of payouts: the one entry of a payout, as data. Amounts are in the payout's currency, debit positive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from ..mapping.rulebook import Rule, Target
from ..plans import PlanStatus
from ..reasons import Reason
from ..rounding import ZERO
from ..settlements import Money, Payout


class LineRole(str, Enum):
    """What a line of the entry does; the order is that of the entry."""

    CLEARING = "clearing"
    ACCRUED = "accrued"
    DISPUTE = "dispute"
    RESERVE = "reserve"
    SUSPENSE = "suspense"
    FEE = "fee"
    TAX = "tax"
    IN_TRANSIT = "in_transit"


class Part(NamedTuple):
    """A part of an amount, the day on which it arose, and the processor's rate of it; None: Odoo's of that day."""

    on: date
    amount: Decimal
    rate: Decimal | None = None


class Returned(NamedTuple):
    """A payout that came back: the ledger's id of the original, and what that has in transit, debit positive."""

    payout_id: int
    in_transit: Money


class Accrued(NamedTuple):
    """A fee that a summary has booked already, with the sale: it waits on clearing for its payout.

    :ivar item: the ledger's id of its item on clearing
    :ivar amount: in the payout's currency, positive where we are charged
    """

    item: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPolicy:
    """Where the payouts of a processor account go.

    :ivar clearing: money captured and not yet paid out
    :ivar in_transit: money paid out and not yet at the bank
    :ivar stated_rates: what is not in the company's currency has the rates that the processor states
    :ivar first_open_day: the first day that no lock date closes for an entry without taxes
    :ivar first_open_tax_day: the first such day for an entry that the tax report reads
    """

    clearing: Target
    in_transit: Target
    stated_rates: bool = False
    first_open_day: date = date.min
    first_open_tax_day: date = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One line of the entry.

    :ivar target: the account it goes to; the rule's, or the processor account's own
    :ivar rule: the rule that decided it, None for the processor account's own accounts
    :ivar amount: in the payout's currency, debit positive, never zero
    :ivar payment_id: for clearing, the ledger payment to reconcile with; None leaves it open
    :ivar returned_id: for in transit, the ledger's payout that came back, to reconcile with
    :ivar accrual_id: for a fee that is booked already, the item on clearing to reconcile with
    :ivar transaction_ids: the balance transactions in it
    :ivar own: what it is in a currency of its own: the charge's, or the bank's; signed like ``amount``
    :ivar by_day: the days on which the amount arose, with the part of each; empty: the day of the payout. A fee with
        tax in it and its tax have the days of the fee as it was taken
    :ivar tax: the tax id of a fee that bears one, and of the tax itself
    :ivar base: of a tax, what it is charged on
    """

    role: LineRole
    target: Target
    rule: Rule | None
    amount: Decimal
    label: str
    transaction_ids: tuple[str, ...] = ()
    payment_id: int | None = None
    returned_id: int | None = None
    accrual_id: int | None = None
    own: Money | None = None
    by_day: tuple[Part, ...] = ()
    tax: int | None = None
    base: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPlan:
    """The entry of one payout: complete and balanced, or blocked with every reason; never half of each.

    :ivar true_date: the day of the payout
    :ivar date: accounting date, never on or before a lock date
    :ivar rate: the processor's rate of the payout itself; None: Odoo's of its day
    :ivar reasons: why it is blocked; empty unless it is
    :ivar decided: what was asked of the rules, as the key of a ``mapping_missing`` says it, with the number of the rule
        that answered; of a blocked plan too
    """

    payout: Payout
    true_date: date
    date: date
    status: PlanStatus
    lines: tuple[PayoutLine, ...] = ()
    rate: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    decided: frozenset[tuple[str, int]] = frozenset()

    @property
    def rules(self) -> frozenset[int]:
        """Numbers of all rules that decided it."""
        return frozenset({line.rule.id for line in self.lines if line.rule} - {0})

    def with_role(self, role: LineRole) -> tuple[PayoutLine, ...]:
        """The lines of one role."""
        return tuple(line for line in self.lines if line.role is role)
