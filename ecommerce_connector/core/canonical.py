"""Canonical documents of orders: what every platform adapter must produce.

Amounts are ``Decimal`` in the document's currency and keep the store's own rounding. Each
document checks itself when it is made and raises ``PayloadError`` naming the field, so that
nothing further on has to doubt it. Nothing here knows about accounts, Odoo or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from .disputes.document import Dispute
from .errors import PayloadError
from .field_checks import (
    check_amount,
    check_aware,
    check_currency,
    check_number,
    check_rate,
    check_texts,
    check_unique,
)
from .fulfilments import Fulfilment, Restock, check_fulfilments
from .gift_cards import Card, check_cards
from .parties import Address as Address
from .parties import Customer as Customer
from .presentment import Presentment
from .rounding import ZERO, total


class LineKind(str, Enum):
    """What a line of an order sells; also the kind of mapping rule that books it."""

    PRODUCT = "product"
    GIFT_CARD = "gift_card"
    SHIPPING = "shipping"
    FEE = "fee"
    TIP = "tip"
    DUTY = "duty"
    DONATION = "donation"


class Remitter(str, Enum):
    """Who owes a tax to the authorities, or under which scheme the seller does."""

    SELLER = "seller"
    MARKETPLACE = "marketplace"
    OSS = "oss"
    IOSS = "ioss"


class Funder(str, Enum):
    """Who pays for a discount."""

    SELLER = "seller"
    PLATFORM = "platform"


class MoneyState(str, Enum):
    """How far a payment or a refund has come. Only ``DONE`` is money."""

    AUTHORIZED = "authorized"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """Tax as the store charged it; never recomputed from ``rate``.

    :ivar code: the store's name of the tax, what tax rules match on
    :ivar amount: in the document's currency, sign of the line it belongs to
    :ivar rate: percent as the store states it (20 for 20 %), None where it states none
    :ivar remitter: ``MARKETPLACE`` collects and remits it itself: it is not our tax
    :ivar included: it was part of the price that the customer saw; None where the store does not say
    """

    code: str
    amount: Decimal
    rate: Decimal | None = None
    remitter: Remitter = Remitter.SELLER
    included: bool | None = None

    def __post_init__(self) -> None:
        check_texts(self, f"tax {self.code!r}")
        check_amount(f"tax {self.code!r}, amount", self.amount)
        if self.rate is not None:
            check_number(f"tax {self.code!r}, rate", self.rate)

    @property
    def remitted_by_seller(self) -> bool:
        """Whether it is our tax, under whatever scheme."""
        return self.remitter is not Remitter.MARKETPLACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """One discount within a line.

    :ivar code: the coupon code, or the name of the promotion; what discount rules match on
    :ivar amount: without tax, positive
    """

    code: str
    amount: Decimal
    funder: Funder = Funder.SELLER

    def __post_init__(self) -> None:
        where = f"discount {self.code!r}"
        check_texts(self, where)
        check_amount(f"{where}, amount", self.amount)
        if self.amount < 0:
            raise PayloadError(f"{where}, amount", f"{self.amount} is negative; what is added is part of the net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an order or of a refund.

    :ivar external_id: unique within its document
    :ivar key: what mapping rules match on: SKU, shipping method, fee name
    :ivar quantity: as sold; informational, amounts do not depend on it
    :ivar net: after every discount, without any tax; negative for a credit within a sale
    :ivar discount: without tax, already deducted from ``net``; positive
    :ivar discounts: what ``discount`` is made of, where the store says; they add up to it, or are empty
    :ivar product_type: groups that product rules can match on instead of the SKU, where the store says
    :ivar cards: the gift cards that it sells or takes back, one per unit, where the store says
    :ivar of_line: of a refund: external id of the order's line that it is of, where the store says
    :ivar restock: of a refund: what became of the goods
    :ivar ships: of an order: it is delivered by a fulfilment; False for what is not, such as a download
    """

    external_id: str
    kind: LineKind
    key: str
    description: str
    quantity: Decimal
    net: Decimal
    discount: Decimal = ZERO
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    product_type: str = ""
    category: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    of_line: str = ""
    restock: Restock = Restock.UNKNOWN
    ships: bool = True

    def __post_init__(self) -> None:
        where = f"line {self.external_id} ({self.key})"
        check_texts(self, where)
        check_number(f"{where}, quantity", self.quantity)
        check_amount(f"{where}, net", self.net)
        check_amount(f"{where}, discount", self.discount)
        if self.discount < 0:
            raise PayloadError(f"{where}, discount", f"{self.discount} is negative; what is added is part of the net")
        if self.discounts and total([part.amount for part in self.discounts]) != self.discount:
            raise PayloadError(f"{where}, discounts", f"they do not add up to the discount of {self.discount}")
        check_cards(where, self.cards, self.net, self.quantity, sells_cards=self.kind is LineKind.GIFT_CARD)

    @property
    def groups(self) -> tuple[tuple[str, str], ...]:
        """What product rules can match on besides the key: (name of the group, value) pairs."""
        named = (("product_type", self.product_type), ("category", self.category), ("vendor", self.vendor))
        return tuple(("tag", tag) for tag in self.tags) + tuple(pair for pair in named if pair[1])

    @property
    def tax(self) -> Decimal:
        """Sum of the line's taxes."""
        return total([tax.amount for tax in self.taxes])

    @property
    def gross(self) -> Decimal:
        """What the line adds to the document's total."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """One payment of an order: money, gift card or store credit.

    :ivar gateway: the payment method as the store names it; gateway rules match on it
    :ivar amount: positive, what was authorized or captured
    :ivar at: when the money moved (captured); for an authorization, when it was given
    :ivar transaction_id: the processor's id, which payout reports carry
    :ivar card: the gift card or store credit that it is paid by, where the store says
    :ivar exchange_rate: see ``StoreDocument``; None: the order's
    """

    external_id: str
    gateway: str
    amount: Decimal
    at: datetime
    state: MoneyState = MoneyState.DONE
    transaction_id: str = ""
    card: Card | None = None
    exchange_rate: Decimal | None = None

    def __post_init__(self) -> None:
        where = f"payment {self.external_id}"
        check_texts(self, where)
        check_rate(f"{where}, exchange rate", self.exchange_rate)
        check_amount(f"{where}, amount", self.amount)
        if self.amount < 0:
            raise PayloadError(f"{where}, amount", f"{self.amount} is negative; money given back is a refund")
        check_aware(where, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back for an order.

    :ivar amount: positive
    :ivar at: when the store made the refund, or when the money moved if it says so
    :ivar lines: what is credited, positive amounts; empty for an amount-only refund
    :ivar already_reduced: the part of ``amount`` for value that the order no longer carries,
        because the platform took it out of the order's own lines; it needs no credit note
    :ivar card: the gift card or store credit that gets it, where the store says
    """

    external_id: str
    gateway: str
    amount: Decimal
    at: datetime
    state: MoneyState = MoneyState.DONE
    transaction_id: str = ""
    reason: str = ""
    lines: tuple[Line, ...] = ()
    already_reduced: Decimal = ZERO
    card: Card | None = None
    exchange_rate: Decimal | None = None

    def __post_init__(self) -> None:
        where = f"refund {self.external_id}"
        check_texts(self, where)
        check_rate(f"{where}, exchange rate", self.exchange_rate)
        check_amount(f"{where}, amount", self.amount)
        check_amount(f"{where}, already reduced", self.already_reduced)
        if self.amount < 0:
            raise PayloadError(f"{where}, amount", f"{self.amount} is negative; amounts of refunds are positive here")
        if not ZERO <= self.already_reduced <= self.amount:
            raise PayloadError(f"{where}, already reduced", f"{self.already_reduced} is not within 0 and {self.amount}")
        check_aware(where, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """One row of the store's own tax summary: an independent figure to compare the ledger with."""

    code: str
    amount: Decimal
    rate: Decimal | None = None
    base: Decimal | None = None

    def __post_init__(self) -> None:
        where = f"tax total {self.code!r}"
        check_texts(self, where)
        for name in ("amount", "rate", "base"):
            if (figure := getattr(self, name)) is not None:
                check = check_number if name == "rate" else check_amount
                check(f"{where}, {name}", figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument:
    """An order with its payments, refunds and disputes, as the store states them now.

    :ivar external_id: the platform's key
    :ivar number: what people call the order; a label, not a key
    :ivar placed_at: None while the customer has not placed it (an open cart with a payment)
    :ivar total: what the store says the order is worth now: lines and taxes; payments, gift cards
        and refunds of money are not deducted
    :ivar tax_totals: the store's own tax summary, if it has one
    :ivar cancelled_at: when it was cancelled, None if it was not or the store does not say
    :ivar disputes: of its payments, where the store tells of them
    :ivar fulfilments: what left, and when, where the store tells of it
    :ivar exchange_rate: units of ``currency`` for one of the company's currency on its day, where the store states it
    :ivar presentment: the same amounts in another currency, where the store states them: evidence, not booked
    """

    external_id: str
    number: str
    currency: str
    placed_at: datetime | None
    updated_at: datetime
    lines: tuple[Line, ...]
    total: Decimal
    tenders: tuple[Tender, ...] = ()
    refunds: tuple[Refund, ...] = ()
    customer: Customer = Customer()
    tax_totals: tuple[TaxTotal, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    exchange_rate: Decimal | None = None
    presentment: Presentment | None = None
    cancelled: bool = False
    cancelled_at: datetime | None = None
    is_test: bool = False

    def __post_init__(self) -> None:
        where = f"order {self.number or self.external_id}"
        try:
            self._check()
        except PayloadError as error:
            raise PayloadError(f"{where}, {error.where}", error.problem, hint=error.hint) from None

    def _check(self) -> None:
        check_texts(self)
        if not self.external_id:
            raise PayloadError("id", "it is empty")
        check_currency("currency", self.currency)
        check_amount("total", self.total, self.currency)
        if self.total < 0:
            raise PayloadError("total", f"{self.total} is negative")
        check_aware("changed at", self.updated_at)
        if self.placed_at is not None:
            check_aware("placed at", self.placed_at)
        if self.cancelled_at is not None:
            check_aware("cancelled at", self.cancelled_at)
        _check_lines(self.lines, self.currency)
        for tender in self.tenders:
            check_amount(f"payment {tender.external_id}, amount", tender.amount, self.currency)
        for refund in self.refunds:
            check_amount(f"refund {refund.external_id}, amount", refund.amount, self.currency)
            check_amount(f"refund {refund.external_id}, already reduced", refund.already_reduced, self.currency)
            _check_lines(refund.lines, self.currency, f"refund {refund.external_id}, ")
        check_rate("exchange rate", self.exchange_rate)
        if self.presentment:
            self.presentment.check_currency_differs(self.currency)
        check_unique("payment", [tender.external_id for tender in self.tenders])
        check_unique("refund", [refund.external_id for refund in self.refunds])
        check_unique("dispute", [dispute.external_id for dispute in self.disputes])
        check_fulfilments(self.fulfilments, {line.external_id for line in self.lines})

    @property
    def unexplained(self) -> Decimal:
        """The store's total minus the sum of the lines: rounding, or data we do not understand."""
        return self.total - total([line.gross for line in self.lines])

    @property
    def captured(self) -> Decimal:
        """Money received for the order, refunds not deducted."""
        return total([tender.amount for tender in self.tenders if tender.state is MoneyState.DONE])

    @property
    def refunded(self) -> Decimal:
        """Money given back, pending refunds not counted."""
        return total([refund.amount for refund in self.refunds if refund.state is MoneyState.DONE])

    @property
    def tax(self) -> Decimal:
        """Tax of all lines as the store charged it."""
        return total([line.tax for line in self.lines])


def _check_lines(lines: tuple[Line, ...], currency: str, within: str = "") -> None:
    check_unique("line", [line.external_id for line in lines], within)
    for line in lines:
        where = f"{within}line {line.external_id} ({line.key})"
        check_amount(f"{where}, net", line.net, currency)
        for tax in line.taxes:
            check_amount(f"{where}, tax {tax.code!r}", tax.amount, currency)
        for discount in line.discounts:
            check_amount(f"{where}, discount {discount.code!r}", discount.amount, currency)
