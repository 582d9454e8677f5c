"""Plans: what is to be booked for an order, as data.

A plan is computed before anything is written, so it can be shown, compared, explained and
computed again. Each line names the rule that decided it. Amounts are in the document's currency;
a credit note's amounts are positive like an invoice's.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from .gift_cards import Card, CardShare
from .mapping.rulebook import Rule
from .reasons import Reason
from .rounding import ZERO, total


class EntryKind(str, Enum):
    """What one entry books; with its external id it is the key under which it is posted once."""

    DOWN_PAYMENT = "down_payment"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND_PAYMENT = "refund_payment"
    ADVANCE_USED = "advance_used"
    COMPENSATION = "compensation"


#: Entries that move money on a processor account.
MONEY = frozenset({EntryKind.PAYMENT, EntryKind.REFUND_PAYMENT})


class PlanStatus(str, Enum):
    """``WAITING``: nothing wrong, nothing to book yet. ``BLOCKED``: a person must act."""

    COMPLETE = "complete"
    WAITING = "waiting"
    BLOCKED = "blocked"


EventKey = tuple[EntryKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTax:
    """Tax of one line, as the store charged it."""

    rule: Rule
    code: str
    rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One line of an invoice or credit note.

    :ivar kind: a line kind, ``rounding``, ``refund_adjustment`` or ``marketplace_tax``
    :ivar net: without tax; negative for what reduces the document
    :ivar suspense: no rule covered it, it waits on the suspense account
    :ivar cards: the gift cards it is about, with their parts of it
    """

    rule: Rule
    kind: str
    key: str
    description: str
    quantity: Decimal
    net: Decimal
    taxes: tuple[PlannedTax, ...] = ()
    suspense: bool = False
    cards: tuple[CardShare, ...] = ()

    @property
    def tax(self) -> Decimal:
        """Sum of the line's taxes."""
        return total([tax.amount for tax in self.taxes])

    @property
    def gross(self) -> Decimal:
        """What the line adds to the document's total."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMove:
    """An invoice (of a down payment too) or a credit note.

    :ivar date: accounting date, never on or before a lock date
    :ivar true_date: the day it happened, in the store's time zone
    :ivar due: the day it is to be paid by, if it is not at once
    :ivar label: why, for people (a refund's reason)
    :ivar facts: what the store says of it. How discounts are shown depends on rules, and how a refund
        is spread over taxes on the refunds around it: neither is a fact
    :ivar customer_rule: the rule that decided its receivable account or fiscal position; None: the contact's own
    :ivar rate: the store's exchange rate, units of ``currency`` for one of the company's; None: Odoo's of ``true_date``
    :ivar reverses: of a credit note, external id of the invoice that it credits; empty: the order's only one
    """

    kind: EntryKind
    external_id: str
    currency: str
    date: datetime.date
    true_date: datetime.date
    lines: tuple[PlannedLine, ...]
    due: datetime.date | None = None
    label: str = ""
    facts: tuple[object, ...] = ()
    customer_rule: Rule | None = None
    rate: Decimal | None = None
    reverses: str = ""

    @property
    def key(self) -> EventKey:
        """Under which it is posted at most once."""
        return self.kind, self.external_id

    @property
    def net(self) -> Decimal:
        """Sum without tax."""
        return total([line.net for line in self.lines])

    @property
    def tax(self) -> Decimal:
        """Sum of all taxes."""
        return total([line.tax for line in self.lines])

    @property
    def total(self) -> Decimal:
        """Sum with tax."""
        return total([line.gross for line in self.lines])

    @property
    def rules(self) -> frozenset[int]:
        """Numbers of all rules that decided it; one of a tax without an amount leaves no journal item."""
        found = {line.rule.id for line in self.lines} | {tax.rule.id for line in self.lines for tax in line.taxes}
        found |= {self.customer_rule.id} if self.customer_rule else set()
        return frozenset(found - {0})

    @property
    def fingerprint(self) -> str:
        """The store's facts in it: equal while the store says the same, whatever rules decided."""
        return _digest(self.kind.value, self.currency, self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPayment:
    """Money received (``PAYMENT``) or given back (``REFUND_PAYMENT``) on a processor account.

    :ivar at: the instant the money moved; the dates follow from it and from the store's time zone
    :ivar amount: positive in both directions
    :ivar advance: the rule whose account it waits on, because nothing is sold yet; None: it is on the
        customer's receivable account
    :ivar card: the gift card or store credit, where the store says
    """

    kind: EntryKind
    external_id: str
    currency: str
    at: datetime.datetime
    date: datetime.date
    true_date: datetime.date
    rule: Rule
    gateway: str
    amount: Decimal
    transaction_id: str = ""
    advance: Rule | None = None
    card: Card | None = None
    rate: Decimal | None = None

    @property
    def key(self) -> EventKey:
        """Under which it is posted at most once."""
        return self.kind, self.external_id

    @property
    def rules(self) -> frozenset[int]:
        """Numbers of the rules that decided it."""
        return frozenset({rule.id for rule in (self.rule, self.advance) if rule} - {0})

    @property
    def signed(self) -> Decimal:
        """Positive into the processor account."""
        return self.amount if self.kind is EntryKind.PAYMENT else -self.amount

    @property
    def fingerprint(self) -> str:
        """The store's facts in it: not the day, which another time zone changes, nor an id that may come later."""
        at = self.at.astimezone(datetime.timezone.utc).isoformat(timespec="seconds")
        return _digest(self.kind.value, self.currency, self.gateway, plain(self.amount), at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTransfer:
    """What moves a customer's balance from or to an account that a rule names.

    ``ADVANCE_USED``: money that came before the sale pays its invoice. ``COMPENSATION``: what is
    given back beyond the order's worth becomes a cost.

    :ivar external_id: of the payment or refund behind it
    :ivar amount: positive: debit on the rule's account, credit of the customer
    :ivar label: why, for people
    """

    kind: EntryKind
    external_id: str
    currency: str
    date: datetime.date
    true_date: datetime.date
    rule: Rule
    amount: Decimal
    label: str = ""
    rate: Decimal | None = None

    @property
    def key(self) -> EventKey:
        """Under which it is posted at most once."""
        return self.kind, self.external_id

    @property
    def rules(self) -> frozenset[int]:
        """Number of the rule that decided it."""
        return frozenset({self.rule.id} - {0})

    @property
    def fingerprint(self) -> str:
        """The store's facts in it."""
        return _digest(self.kind.value, self.currency, plain(self.amount))


PlannedEntry = PlannedMove | PlannedPayment | PlannedTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """All entries of one order: complete and balanced, or blocked with every reason; never half of each.

    :ivar reasons: why it is blocked; empty unless it is
    :ivar notices: what a person should know although it is booked or waiting
    :ivar turns: keys of entries whose turn matters to what comes later, in their turn; they are posted in it
    """

    document_id: str
    number: str
    currency: str
    status: PlanStatus
    moves: tuple[PlannedMove, ...] = ()
    payments: tuple[PlannedPayment, ...] = ()
    transfers: tuple[PlannedTransfer, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notices: tuple[Reason, ...] = ()
    turns: tuple[EventKey, ...] = ()

    def entries(self) -> Iterator[PlannedEntry]:
        """Invoices and credit notes, then payments, then transfers."""
        yield from self.moves
        yield from self.payments
        yield from self.transfers

    @property
    def invoiced(self) -> Decimal:
        """Invoices minus credit notes."""
        return total([-m.total if m.kind is EntryKind.CREDIT_NOTE else m.total for m in self.moves])

    @property
    def paid(self) -> Decimal:
        """Money received minus money given back."""
        return total([payment.signed for payment in self.payments])

    @property
    def compensated(self) -> Decimal:
        """What was given back beyond the order's worth."""
        return total([entry.amount for entry in self.transfers if entry.kind is EntryKind.COMPENSATION])

    @property
    def residual(self) -> Decimal:
        """What the customer owes after all entries; negative: we owe, on whatever account."""
        return self.invoiced - self.paid - self.compensated


def plain(amount: Decimal | None) -> str:
    """The amount without trailing zeros, so that 5.50 and 5.5 are the same fact."""
    if amount is None:
        return ""
    return f"{amount.normalize():f}" if amount != ZERO else "0"


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
