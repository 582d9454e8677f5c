"""Payments, refunds and credit lines of a Medusa order, not rounded yet. Pure.

What Medusa calls a payment is what was authorized; money are its captures and refunds. Credit lines are three things
in one list: what gift cards and store credit pay (by their reference), what refunds gave back (Medusa lowers the
order's total by it; here the refund says it), and what staff took off an order that was not paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ...core.canonical import Line, LineKind, MoneyState, Refund, Tender
from ...core.errors import PayloadError
from ...core.rounding import ZERO, total
from . import const
from .records import Record

_ONE = Decimal(1)


def payments(order: Record) -> Iterator[Record]:
    """All payments: first those of the sale, then those of what was added later."""
    for collection in order.parts("payment_collections", "payment collection", required=False):
        yield from collection.parts("payments", "payment", required=False)


def moved_at(payment: Record) -> Iterator[datetime]:
    """When a payment was made, captured, refunded or given up."""
    yield payment.instant("created_at")
    for name in ("updated_at", "captured_at", "canceled_at"):
        if at := payment.instant_or_none(name):
            yield at
    for name in ("captures", "refunds"):
        for entry in payment.parts(name, name, required=False):
            yield entry.instant("created_at")


def tenders(order: Record, zone: ZoneInfo) -> list[Tender]:
    """Captures, what is authorized beyond them, and what gift cards and store credit pay."""
    found: list[Tender] = []
    for payment in payments(order):
        _check_currency(order, payment)
        found += _captured(payment, zone)
        found += _not_captured(payment, zone)
    return found


def _check_currency(order: Record, payment: Record) -> None:
    stated = payment.text("currency_code")
    if stated and stated.upper() != order.text("currency_code").upper():
        raise PayloadError(
            payment.place("currency_code"), f"it is in {stated.upper()}, the order in {order.text('currency_code')}"
        )


def _captured(payment: Record, zone: ZoneInfo) -> Iterator[Tender]:
    for capture in payment.parts("captures", "capture"):
        yield Tender(
            external_id=capture.key(), gateway=payment.key("provider_id"), amount=capture.amount("amount"),
            at=capture.instant("created_at").astimezone(zone), transaction_id=_provider_id(payment),
        )  # fmt: skip


def _not_captured(payment: Record, zone: ZoneInfo) -> Iterator[Tender]:
    """What is left of an authorization. Medusa lets it stand when an order is cancelled that was captured in part."""
    rest = payment.amount("amount") - total([part.amount("amount") for part in payment.parts("captures", "capture")])
    if rest <= 0 or payment.has("captured_at"):
        return
    cancelled = payment.instant_or_none("canceled_at")
    yield Tender(
        external_id=payment.key(), gateway=payment.key("provider_id"), amount=rest,
        at=(cancelled or payment.instant("created_at")).astimezone(zone),
        state=MoneyState.VOIDED if cancelled else MoneyState.AUTHORIZED, transaction_id=_provider_id(payment),
    )  # fmt: skip


def _provider_id(payment: Record) -> str:
    """The provider's own id, which payout reports carry (Stripe: the charge, else the payment intent)."""
    data = payment.part("data")
    return next((data.text(name) for name in const.PROVIDER_IDS if data.has(name)), "") if data else ""


def refunds(order: Record, zone: ZoneInfo) -> list[Refund]:
    """Money given back, oldest first."""
    found = []
    for payment in payments(order):
        for record in payment.parts("refunds", "refund"):
            reason = record.part("refund_reason")
            found.append(
                Refund(
                    external_id=record.key(), gateway=payment.key("provider_id"), amount=record.amount("amount"),
                    at=record.instant("created_at").astimezone(zone),
                    reason=record.text("note") or (reason.text("label") if reason else ""),
                )
            )  # fmt: skip
    return sorted(found, key=lambda refund: (refund.at, refund.external_id))


class Credits:
    """Credit lines by what they are.

    Medusa writes them anew, with new ids and dates, each time the order changes: what stays is the version of the
    order that made them.

    :param changes: the order's changes, which say when each version was made; only read where a date is needed
    """

    def __init__(self, order: Record, changes: list[Record], zone: ZoneInfo) -> None:
        self._order, self._changes, self._zone = order, changes, zone
        labels = {const.REFUND_CREDIT}
        for payment in payments(order):
            reasons = (refund.part("refund_reason") for refund in payment.parts("refunds", "refund"))
            labels |= {reason.text("label") for reason in reasons if reason}
        self.tenders: list[Tender] = []
        self.refunds: list[Refund] = []
        self.lines: list[Line] = []
        seen: dict[tuple[str, str, str], int] = {}
        for record in order.parts("credit_lines", "credit line", required=False):
            amount, reference = record.amount("amount"), record.text("reference")
            mark = (_version(record), reference, record.text("reference_id"))
            seen[mark] = seen.get(mark, 0) + 1
            key = "-".join(filter(None, (order.key(), "credit", *mark, str(seen[mark]) if seen[mark] > 1 else "")))
            if amount < 0:
                self.refunds.append(self._given_back(record, key, -amount))
            elif amount and reference in const.PAYING_CREDITS:
                self.tenders.append(self._paid(record, key, amount))
            elif amount and reference not in labels:
                self.lines.append(_taken_off(key, reference, amount))

    def _paid(self, record: Record, key: str, amount: Decimal) -> Tender:
        # Without the card's id: the order that sold it does not name it, and half of a card's life is none.
        return Tender(external_id=key, gateway=record.text("reference"), amount=amount, at=self._at(record))

    def _given_back(self, record: Record, key: str, amount: Decimal) -> Refund:
        """A credit line below zero raises the order's total by what the customer gets as store credit."""
        return Refund(external_id=key, gateway=const.STORE_CREDIT, amount=amount, at=self._at(record),
                      reason=record.text("reference"))  # fmt: skip

    def _at(self, record: Record) -> datetime:
        """When it was made: with the order, or with a change of it."""
        version = _version(record)
        if not version:
            return self._order.instant("created_at").astimezone(self._zone)
        for change in self._changes:
            if change.text("version") == version and change.has("confirmed_at"):
                return change.instant("confirmed_at").astimezone(self._zone)
        raise PayloadError(
            record.place("metadata"), f"when version {version} of the order was made is not known",
            hint="Import the order again.",
        )  # fmt: skip


def needs_changes(order: Record) -> bool:
    """Whether the dates of an order's changes must be known: a credit line that is money was made by one."""
    return any(
        _version(record) and (record.amount("amount") < 0 or record.text("reference") in const.PAYING_CREDITS)
        for record in order.parts("credit_lines", "credit line", required=False)
    )


def _version(record: Record) -> str:
    metadata = record.part("metadata")
    return metadata.text("created_in_version") if metadata else ""


def _taken_off(key: str, reference: str, amount: Decimal) -> Line:
    name = reference or "credit"
    return Line(external_id=key, kind=LineKind.FEE, key=name, description=name, quantity=_ONE, net=-amount, ships=False)


def fitted(all_tenders: list[Tender], worth: Decimal, exact: Decimal, rounded: list[Tender]) -> list[Tender]:
    """Tenders in whole units: where they paid for the whole order, what a gift card paid is what money left of it.

    Medusa takes 66.667 from a card and charges 33.335; the processor charges 33.34, so the card paid the rest.

    :param worth: the order's total in whole units
    :param exact: the same before it was rounded
    :param rounded: the tenders, each rounded by itself
    """
    paid = [tender for tender in all_tenders if tender.state in (MoneyState.DONE, MoneyState.AUTHORIZED)]
    off = worth - total(
        [tender.amount for tender in rounded if tender.state in (MoneyState.DONE, MoneyState.AUTHORIZED)]
    )
    if not off or total([tender.amount for tender in paid]) != exact:
        return rounded
    cards = [index for index, tender in enumerate(rounded) if tender.gateway in const.PAYING_CREDITS]
    largest = max(cards, key=lambda index: rounded[index].amount, default=None)
    if largest is None or rounded[largest].amount + off < ZERO:
        return rounded
    return [
        replace(tender, amount=tender.amount + off) if index == largest else tender
        for index, tender in enumerate(rounded)
    ]
