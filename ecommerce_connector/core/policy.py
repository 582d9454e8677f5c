"""How a store wants its orders booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from .canonical import LineKind
from .currencies import unit
from .mapping.rulebook import Target

#: Revenue may wait on the suspense account. A gift card, a tip, a duty or a donation is somebody else's money: its
#: account is left open only where the store's policy says so.
REVENUE = frozenset(kind.value for kind in (LineKind.PRODUCT, LineKind.SHIPPING, LineKind.FEE))


class InvoiceOn(str, Enum):
    """When a sale is invoiced, and the date it carries."""

    PAYMENT = "payment"  # first money captured
    ORDER = "order"  # order placed
    FULFILMENT = "fulfilment"  # each shipment gets an invoice
    PAID = "paid"  # paid in full; what comes before is a deposit


class InvoiceDate(str, Enum):
    """Which event gives an invoice its date."""

    EVENT = "event"  # what makes the order an invoice
    PLACED = "placed"
    PAID = "paid"  # in full
    FULFILLED = "fulfilled"  # the last of the goods left
    IMPORTED = "imported"  # the connector first stored the order


class CreditNoteDate(str, Enum):
    """Which event gives a credit note its date."""

    REFUNDED = "refunded"
    IMPORTED = "imported"  # the connector first stored the refund


class PaymentDate(str, Enum):
    """Which event gives a payment, or a refund of money, its date."""

    MOVED = "moved"
    IMPORTED = "imported"  # the connector first stored that it moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a store wants its orders booked.

    :ivar zone: the store's time zone; dates are local there
    :ivar invoice_on: what makes an order an invoice
    :ivar invoice_date: which event gives invoices their date, see ``posting_dates``; so do ``credit_note_date`` and
        ``payment_date``
    :ivar down_payments: a deposit gets an invoice of its own, with the taxes of what it pays for, and the final invoice
        deducts it; else deposits wait on an account of advances, without tax. Only with ``InvoiceOn.PAID``
    :ivar rounding_cap: greatest difference per order between the lines and the store's total that
        is booked as rounding; more is blocked
    :ivar terms_gateways: patterns of gateways whose orders are invoiced when they are placed, paid or not: bank
        transfer, purchase on account, cash on delivery
    :ivar terms_days: how many days after that their invoices are due
    :ivar first_open_sale_day: the first day that no lock date closes for invoices with tax
    :ivar first_open_day: the first day that no lock date closes for payments
    :ivar suspense: where unmapped revenue waits; None blocks it instead
    :ivar suspended_kinds: kinds of lines that wait there if no rule covers them; the others block the order. Taxes and
        gateways are never among them: a tax cannot be guessed, nor where money is
    """

    zone: ZoneInfo
    invoice_on: InvoiceOn = InvoiceOn.PAYMENT
    invoice_date: InvoiceDate = InvoiceDate.EVENT
    credit_note_date: CreditNoteDate = CreditNoteDate.REFUNDED
    payment_date: PaymentDate = PaymentDate.MOVED
    down_payments: bool = False
    rounding_cap: Decimal = Decimal("0.05")
    terms_gateways: tuple[str, ...] = ()
    terms_days: int = 0
    first_open_sale_day: date = date.min
    first_open_day: date = date.min
    suspense: Target | None = None
    suspended_kinds: frozenset[str] = REVENUE

    def rounding_cap_in(self, currency: str) -> Decimal:
        """The cap for an order in a currency: where one unit is more than the cap, one unit; 0 stays 0."""
        return max(self.rounding_cap, unit(currency)) if self.rounding_cap else self.rounding_cap
