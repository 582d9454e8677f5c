"""Exchange rates that a store states, for companies that book with them instead of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from .canonical import Refund, StoreDocument, Tender
from .plans import EntryKind, PlannedEntry
from .reasons import Reason

#: Code of the reason for an order or payout whose rate is asked for and not stated.
NO_RATE = "no_stated_rate"
#: Code of the reason for a rate that is too far from Odoo's.
DEVIATES = "rate_deviates"
_OF_REFUNDS = frozenset({EntryKind.CREDIT_NOTE, EntryKind.REFUND_PAYMENT, EntryKind.COMPENSATION})


def with_stated_rates(
    entries: Sequence[PlannedEntry], document: StoreDocument
) -> tuple[tuple[PlannedEntry, ...], tuple[Reason, ...]]:
    """The entries, each with the rate that the store states for it, or the reason why they cannot be booked.

    A payment or refund has its own rate; one without has the order's.
    """
    rates = [_rate(entry, document) for entry in entries]
    if None in rates:
        missing = entries[rates.index(None)]
        return tuple(entries), (_reason(missing, document),)
    return tuple(replace(entry, rate=rate) for entry, rate in zip(entries, rates, strict=True)), ()


def deviation(rate: Decimal, usual: Decimal) -> Decimal:
    """By how many percent a rate is off the usual one, positive, to a hundredth."""
    return abs(rate / usual * 100 - 100).quantize(Decimal("0.01"))


def _rate(entry: PlannedEntry, document: StoreDocument) -> Decimal | None:
    money: Iterable[Tender | Refund] = ()
    if entry.kind in _OF_REFUNDS:
        money = document.refunds
    elif entry.kind is not EntryKind.INVOICE:
        money = document.tenders
    own = next((item.exchange_rate for item in money if item.external_id == entry.external_id), None)
    return own or document.exchange_rate


def _reason(entry: PlannedEntry, document: StoreDocument) -> Reason:
    return Reason(
        code=NO_RATE,
        message=f"Order {document.number} states no exchange rate of {document.currency} for its "
        f"{entry.kind.value.replace('_', ' ')} {entry.external_id}, and the store's rates are to be used.",
        hint="Let the shop state exchange_rate, or choose Odoo's rates on the store's form.",
        key=document.currency,
    )
