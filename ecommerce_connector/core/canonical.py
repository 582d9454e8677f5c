"""Canonical documents: what every platform adapter and every processor parser must produce.

Amounts are ``Decimal`` in the document's currency and keep the store's own rounding. Each
document checks itself when it is made and raises ``PayloadError`` naming the field, so that
nothing further on has to doubt it. Nothing here knows about accounts, Odoo or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from .currencies import is_currency, unit
from .errors import PayloadError
from .rounding import ZERO, total
from .texts import UNSTORABLE


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


class TransactionKind(str, Enum):
    """What a balance transaction is. ``UNKNOWN`` stays visible and goes to suspense."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    FEE = "fee"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    RESERVE_HOLD = "reserve_hold"
    RESERVE_RELEASE = "reserve_release"
    ADJUSTMENT = "adjustment"
    PAYOUT = "payout"
    UNKNOWN = "unknown"


# Powers of ten. No order is worth the most, sums beyond would not be exact; what is below the least is
# no figure of a store, and neither sums nor prices could be computed with it.
_MOST, _LEAST_AMOUNT, _LEAST_NUMBER = 15, -100, -6


def _check_amount(where: str, amount: Decimal, currency: str | None = None) -> None:
    if not isinstance(amount, Decimal):
        raise PayloadError(where, f"{amount!r} is not an exact decimal amount")
    # Of a huge exponent not even the absolute value can be taken.
    if not amount.is_finite() or (amount and not _LEAST_AMOUNT <= amount.adjusted() < _MOST):
        raise PayloadError(where, f"{amount:.3g} is not an amount of money")
    if currency is not None and amount % unit(currency):
        raise PayloadError(where, f"{amount} has more decimals than {currency} has")


def _check_number(where: str, number: Decimal) -> None:
    """Check a quantity or a rate, whose decimals no currency bounds."""
    _check_amount(where, number)
    if number and number.adjusted() < _LEAST_NUMBER:
        raise PayloadError(where, f"{number:.3g} is too small a number")


def _check_texts(document: Any, where: str = "") -> None:
    for name in document.__slots__:
        text = getattr(document, name)
        if isinstance(text, str) and UNSTORABLE.search(text):
            field = "id" if name == "external_id" else name.replace("_", " ")
            raise PayloadError(
                f"{where}, {field}" if where else field, f"{text!r} has a character that cannot be stored"
            )


def _check_currency(where: str, code: str) -> None:
    if not is_currency(code):
        raise PayloadError(where, f"{code!r} is not an ISO 4217 currency code")


def _check_aware(where: str, at: datetime) -> None:
    if at.tzinfo is None:
        raise PayloadError(where, f"the time {at} has no time zone")


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
        _check_texts(self, f"tax {self.code!r}")
        _check_amount(f"tax {self.code!r}, amount", self.amount)
        if self.rate is not None:
            _check_number(f"tax {self.code!r}, rate", self.rate)

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
        _check_texts(self, where)
        _check_amount(f"{where}, amount", self.amount)
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

    def __post_init__(self) -> None:
        where = f"line {self.external_id} ({self.key})"
        _check_texts(self, where)
        _check_number(f"{where}, quantity", self.quantity)
        _check_amount(f"{where}, net", self.net)
        _check_amount(f"{where}, discount", self.discount)
        if self.discount < 0:
            raise PayloadError(f"{where}, discount", f"{self.discount} is negative; what is added is part of the net")
        if self.discounts and total([part.amount for part in self.discounts]) != self.discount:
            raise PayloadError(f"{where}, discounts", f"they do not add up to the discount of {self.discount}")

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
    """

    external_id: str
    gateway: str
    amount: Decimal
    at: datetime
    state: MoneyState = MoneyState.DONE
    transaction_id: str = ""

    def __post_init__(self) -> None:
        where = f"payment {self.external_id}"
        _check_texts(self, where)
        _check_amount(f"{where}, amount", self.amount)
        if self.amount < 0:
            raise PayloadError(f"{where}, amount", f"{self.amount} is negative; money given back is a refund")
        _check_aware(where, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back for an order.

    :ivar amount: positive
    :ivar at: when the store made the refund, or when the money moved if it says so
    :ivar lines: what is credited, positive amounts; empty for an amount-only refund
    :ivar already_reduced: the part of ``amount`` for value that the order no longer carries,
        because the platform took it out of the order's own lines; it needs no credit note
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

    def __post_init__(self) -> None:
        where = f"refund {self.external_id}"
        _check_texts(self, where)
        _check_amount(f"{where}, amount", self.amount)
        _check_amount(f"{where}, already reduced", self.already_reduced)
        if self.amount < 0:
            raise PayloadError(f"{where}, amount", f"{self.amount} is negative; amounts of refunds are positive here")
        if not ZERO <= self.already_reduced <= self.amount:
            raise PayloadError(f"{where}, already reduced", f"{self.already_reduced} is not within 0 and {self.amount}")
        _check_aware(where, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """One row of the store's own tax summary: an independent figure to compare the ledger with."""

    code: str
    amount: Decimal
    rate: Decimal | None = None
    base: Decimal | None = None

    def __post_init__(self) -> None:
        where = f"tax total {self.code!r}"
        _check_texts(self, where)
        for name in ("amount", "rate", "base"):
            if (figure := getattr(self, name)) is not None:
                check = _check_number if name == "rate" else _check_amount
                check(f"{where}, {name}", figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; country and state as ISO 3166 codes where the store gives them."""

    street: str = ""
    street2: str = ""
    city: str = ""
    postal_code: str = ""
    state: str = ""
    country: str = ""

    def __post_init__(self) -> None:
        _check_texts(self, "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who bought. ``external_id`` is empty for a guest."""

    external_id: str = ""
    name: str = ""
    email: str = ""
    company: str = ""
    vat: str = ""
    phone: str = ""
    billing: Address = Address()
    shipping: Address = Address()

    def __post_init__(self) -> None:
        _check_texts(self, "customer")

    @property
    def is_business(self) -> bool:
        """Whether it is a company: it gave its name or a VAT number."""
        return bool(self.company or self.vat)

    @property
    def destination(self) -> Address:
        """Where the goods go, as far as the store says."""
        return self.shipping if self.shipping.country else self.billing


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument:
    """An order with its payments and refunds, as the store states them now.

    :ivar external_id: the platform's key
    :ivar number: what people call the order; a label, not a key
    :ivar placed_at: None while the customer has not placed it (an open cart with a payment)
    :ivar total: what the store says the order is worth now: lines and taxes; payments, gift cards
        and refunds of money are not deducted
    :ivar tax_totals: the store's own tax summary, if it has one
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
    cancelled: bool = False
    is_test: bool = False

    def __post_init__(self) -> None:
        where = f"order {self.number or self.external_id}"
        try:
            self._check()
        except PayloadError as error:
            raise PayloadError(f"{where}, {error.where}", error.problem, hint=error.hint) from None

    def _check(self) -> None:
        _check_texts(self)
        if not self.external_id:
            raise PayloadError("id", "it is empty")
        _check_currency("currency", self.currency)
        _check_amount("total", self.total, self.currency)
        if self.total < 0:
            raise PayloadError("total", f"{self.total} is negative")
        _check_aware("changed at", self.updated_at)
        if self.placed_at is not None:
            _check_aware("placed at", self.placed_at)
        _check_lines(self.lines, self.currency)
        for tender in self.tenders:
            _check_amount(f"payment {tender.external_id}, amount", tender.amount, self.currency)
        for refund in self.refunds:
            _check_amount(f"refund {refund.external_id}, amount", refund.amount, self.currency)
            _check_amount(f"refund {refund.external_id}, already reduced", refund.already_reduced, self.currency)
            _check_lines(refund.lines, self.currency, f"refund {refund.external_id}, ")
        _check_unique("payment", [tender.external_id for tender in self.tenders])
        _check_unique("refund", [refund.external_id for refund in self.refunds])

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
    _check_unique("line", [line.external_id for line in lines], within)
    for line in lines:
        where = f"{within}line {line.external_id} ({line.key})"
        _check_amount(f"{where}, net", line.net, currency)
        for tax in line.taxes:
            _check_amount(f"{where}, tax {tax.code!r}", tax.amount, currency)
        for discount in line.discounts:
            _check_amount(f"{where}, discount {discount.code!r}", discount.amount, currency)


def _check_unique(what: str, ids: list[str], within: str = "") -> None:
    seen: set[str] = set()
    for external_id in ids:
        if not external_id or external_id in seen:
            problem = f"the {what} is listed twice" if external_id else "its id is empty"
            raise PayloadError(f"{within}{what} {external_id}".rstrip(), problem)
        seen.add(external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One movement on a processor account.

    :ivar gross: signed, positive = into the balance
    :ivar fee: positive = charged to us, negative = given back
    :ivar net: ``gross - fee``, what the balance moved by
    :ivar source_id: the processor's id of the charge, refund, dispute … behind it
    :ivar charge_id: the charge that a refund or dispute belongs to
    :ivar order_reference: the store's order as the processor knows it, if it does
    :ivar row: line number in the report, 0 when it came by API
    """

    external_id: str
    kind: TransactionKind
    raw_kind: str
    currency: str
    gross: Decimal
    fee: Decimal
    net: Decimal
    at: datetime
    source_id: str = ""
    charge_id: str = ""
    payment_intent_id: str = ""
    order_reference: str = ""
    description: str = ""
    row: int = 0

    def __post_init__(self) -> None:
        where = f"balance transaction {self.external_id}"
        _check_texts(self, where)
        _check_currency(f"{where}, currency", self.currency)
        for name in ("gross", "fee", "net"):
            _check_amount(f"{where}, {name}", getattr(self, name), self.currency)
        if self.gross - self.fee != self.net:
            raise PayloadError(f"{where}, net", f"{self.gross} gross - {self.fee} fee is not {self.net} net")
        _check_aware(where, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One transfer of a processor balance to the bank, with the balance transactions in it.

    :ivar amount: positive = to our bank; negative = the processor debits it
    :ivar paid_on: the day the processor initiated it
    :ivar bank_reference: text or trace id that the bank line is expected to carry
    :ivar source: the file or API call it came from
    :ivar is_stated: the source states the amount by itself; else it is only the sum of the
        transactions, and rows that were cut off would not show
    """

    external_id: str
    processor: str
    currency: str
    amount: Decimal
    paid_on: date
    transactions: tuple[BalanceTransaction, ...]
    bank_reference: str = ""
    source: str = ""
    is_stated: bool = False

    def __post_init__(self) -> None:
        where = f"payout {self.external_id}"
        _check_texts(self, where)
        _check_currency(f"{where}, currency", self.currency)
        _check_amount(f"{where}, amount", self.amount, self.currency)
        for transaction in self.transactions:
            if transaction.currency != self.currency:
                raise PayloadError(
                    f"{where}, balance transaction {transaction.external_id}",
                    f"its currency is {transaction.currency}, the payout's is {self.currency}",
                )

    @property
    def difference(self) -> Decimal:
        """Payout amount minus the sum of its transactions; zero for a complete report."""
        return self.amount - total([transaction.net for transaction in self.transactions])
