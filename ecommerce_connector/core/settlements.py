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
from .field_checks import check_amount, check_aware, check_currency, check_texts
from .rounding import total


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
        check_texts(self, where)
        check_currency(f"{where}, currency", self.currency)
        for name in ("gross", "fee", "net"):
            check_amount(f"{where}, {name}", getattr(self, name), self.currency)
        if self.gross - self.fee != self.net:
            raise PayloadError(f"{where}, net", f"{self.gross} gross - {self.fee} fee is not {self.net} net")
        check_aware(where, self.at)


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
        check_texts(self, where)
        check_currency(f"{where}, currency", self.currency)
        check_amount(f"{where}, amount", self.amount, self.currency)
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
