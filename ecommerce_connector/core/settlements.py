"""What a processor says: payouts and the balance transactions in them.

Like the documents of ``canonical.py``: exact amounts, checked when they are made, knowing nothing
of accounts, Odoo or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from .errors import PayloadError
from .field_checks import check_amount, check_aware, check_currency, check_rate, check_texts
from .rounding import ZERO, total


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


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its currency (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A processor turned a payout into another currency before it sent it to the bank.

    :ivar amount: what it sends to the bank, its fee deducted; has the sign of the payout
    :ivar currency: of ``amount`` and ``fee``
    :ivar fee: what it says that it took for the conversion, positive; zero where that is only within its rate
    """

    amount: Decimal
    currency: str
    fee: Decimal = ZERO

    def __post_init__(self) -> None:
        check_currency("conversion, currency", self.currency)
        check_amount("conversion, amount", self.amount, self.currency)
        check_amount("conversion, fee", self.fee, self.currency)
        if self.fee < 0:
            raise PayloadError("conversion, fee", f"{self.fee} is negative; what is charged is positive here")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One movement on a processor account.

    :ivar gross: signed, positive = into the balance
    :ivar fee: positive = charged to us, negative = given back
    :ivar net: ``gross - fee``, what the balance moved by
    :ivar source_id: the processor's id of the charge, refund, dispute … behind it
    :ivar charge_id: the charge that a refund or dispute belongs to
    :ivar order_reference: the store's order as the processor knows it, if it does
    :ivar charged: what the customer was charged or given back where the processor turned it into the currency of
        the balance at once (``gross`` is what became of it); None where that is the same. Signed like ``gross``
    :ivar exchange_rate: units of ``currency`` for one of the company's currency on its day, where the processor says
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
    charged: Money | None = None
    exchange_rate: Decimal | None = None
    row: int = 0

    def __post_init__(self) -> None:
        where = f"balance transaction {self.external_id}"
        check_texts(self, where)
        check_currency(f"{where}, currency", self.currency)
        for name in ("gross", "fee", "net"):
            check_amount(f"{where}, {name}", getattr(self, name), self.currency)
        if self.gross - self.fee != self.net:
            raise PayloadError(f"{where}, net", f"{self.gross} gross - {self.fee} fee is not {self.net} net")
        check_aware(where, self.at)
        check_rate(f"{where}, exchange rate", self.exchange_rate)
        if self.charged:
            self._check_charged(self.charged, f"{where}, charged")

    def _check_charged(self, charged: Money, where: str) -> None:
        check_currency(f"{where}, currency", charged.currency)
        check_amount(where, charged.amount, charged.currency)
        if charged.currency == self.currency:
            raise PayloadError(where, f"it is in {self.currency} like the balance: nothing was converted")
        if charged.amount * self.gross <= 0:
            raise PayloadError(where, f"{charged.amount} {charged.currency} cannot become {self.gross} {self.currency}")

    @property
    def claimed(self) -> Money:
        """What the ledger must have for it: the charge in its own currency."""
        return self.charged or Money(self.gross, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One transfer of a processor balance to the bank, with the balance transactions in it.

    :ivar amount: positive = to our bank; negative = the processor debits it
    :ivar paid_on: the day the processor initiated it
    :ivar bank_reference: text or trace id that the bank line is expected to carry
    :ivar source: the file or API call it came from
    :ivar conversion: how it was turned into the currency of the bank; None where it arrives as it left
    :ivar exchange_rate: of the payout itself, on its day; see ``BalanceTransaction``
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
    conversion: Conversion | None = None
    exchange_rate: Decimal | None = None
    is_stated: bool = False

    def __post_init__(self) -> None:
        where = f"payout {self.external_id}"
        check_texts(self, where)
        check_currency(f"{where}, currency", self.currency)
        check_amount(f"{where}, amount", self.amount, self.currency)
        check_rate(f"{where}, exchange rate", self.exchange_rate)
        for transaction in self.transactions:
            if transaction.currency != self.currency:
                raise PayloadError(
                    f"{where}, balance transaction {transaction.external_id}",
                    f"its currency is {transaction.currency}, the payout's is {self.currency}",
                )

        if self.conversion:
            self._check_conversion(self.conversion, f"{where}, conversion")

    def _check_conversion(self, conversion: Conversion, where: str) -> None:
        if conversion.currency == self.currency:
            raise PayloadError(where, f"it is in {self.currency} like the payout: nothing was converted")
        if conversion.amount * self.amount <= 0:
            problem = f"{self.amount} {self.currency} cannot become {conversion.amount} {conversion.currency}"
            raise PayloadError(where, problem)
        if (conversion.amount + conversion.fee) * self.amount <= 0:
            problem = f"a fee of {conversion.fee} {conversion.currency} is more than the {-conversion.amount} taken"
            raise PayloadError(where, problem)

    @property
    def at_bank(self) -> Money:
        """What arrives at the bank, or is taken from it."""
        if self.conversion:
            return Money(self.conversion.amount, self.conversion.currency)
        return Money(self.amount, self.currency)

    @property
    def difference(self) -> Decimal:
        """Payout amount minus the sum of its transactions; zero for a complete report."""
        return self.amount - total([transaction.net for transaction in self.transactions])
