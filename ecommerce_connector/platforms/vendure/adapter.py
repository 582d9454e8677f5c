"""Vendure's order → ``StoreDocument``. Pure: no I/O, no clock.

Vendure takes what is cancelled or modified away out of the order's own lines, so the lines are what
the order is worth now. Its amounts are integers in one precision for all currencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ...core.canonical import (
    Address,
    Customer,
    Line,
    LineKind,
    MoneyState,
    Refund,
    StoreDocument,
    TaxLine,
    TaxTotal,
    Tender,
)
from ...core.errors import PayloadError
from ...core.rounding import ZERO, total
from . import const
from .records import Record
from .shipping import Transitions, fulfilment_records, fulfilments, transitions_of
from .taxes import aligned, check_summary, shipping_taxes, split

_ONE = Decimal(1)


def order_document(payload: Mapping[str, Any], zone: ZoneInfo) -> StoreDocument:
    """Translate one answer of the ``Order`` query.

    :param payload: ``{"globalSettings": …, "order": …}``
    :param zone: the store's time zone; the document's times are in it
    :raises PayloadError: if the payload contradicts itself, or says what is not known here
    """
    order = order_record(payload)
    try:
        return _document(order, zone)
    except PayloadError as error:
        if error.where.startswith(order.where):
            raise
        raise PayloadError(f"{order.where}, {error.where}", error.problem, hint=error.hint) from None


def order_record(payload: Mapping[str, Any]) -> Record:
    """The order in an answer, ready to be read."""
    data = payload.get("order")
    code = data.get("code") or data.get("id") if isinstance(data, Mapping) else None
    return Record(data, f"order {code or '(unknown)'}", _precision(payload))


def _precision(payload: Mapping[str, Any]) -> int:
    settings = payload.get("globalSettings")
    if settings is None:
        return const.DEFAULT_PRECISION
    config = Record(settings, "globalSettings", 0).part("serverConfig")
    if config is None:
        return const.DEFAULT_PRECISION
    precision = config.number("moneyStrategyPrecision")
    if precision not in range(7):
        raise PayloadError(config.place("moneyStrategyPrecision"), f"{precision} is not a number of decimals")
    return int(precision)


def changed_at(order: Record) -> datetime:
    """The latest change that an order shows.

    Vendure's ``updatedAt`` alone does not do: placing, paying, capturing, refunding and modifying
    an order leave it as it was.
    """
    return max(_instants(order))


def _instants(order: Record) -> Iterator[datetime]:
    yield order.instant("updatedAt")
    placed = order.instant_or_none("orderPlacedAt")
    if placed:
        yield placed
    yield from moved_at(order)


def moved_at(order: Record) -> Iterator[datetime]:
    """When payments, refunds, modifications and fulfilments of an order were made or changed."""
    for payment in order.parts("payments", "payment"):
        for entry in (payment, *payment.parts("refunds", "refund")):
            yield entry.instant("createdAt")
            yield entry.instant("updatedAt")
    for modification in order.parts("modifications", "modification"):
        yield modification.instant("createdAt")
    for fulfilment in fulfilment_records(order):
        yield fulfilment.instant("updatedAt" if fulfilment.has("updatedAt") else "createdAt")


def concerns_books(order: Record) -> bool:
    """Whether an order was placed, or is a cart into which money was paid."""
    if order.instant_or_none("orderPlacedAt"):
        return True
    return any(payment.text("state") in const.PAID_STATES for payment in order.parts("payments", "payment"))


def _document(order: Record, zone: ZoneInfo) -> StoreDocument:
    currency = order.text("currencyCode")
    tax_totals = tuple(_tax_total(row) for row in order.parts("taxSummary", "tax", "description"))
    worth = order.amount("totalWithTax")
    goods = [*_product_lines(order, currency), *_surcharges(order, currency)]
    lines = [line for line in (*goods, *_shipping_lines(order, currency, goods, tax_totals)) if _matters(line)]
    lines = aligned(lines, tax_totals, worth, currency)
    check_summary(order.place("taxSummary"), lines, tax_totals, currency)
    transitions = transitions_of(order)
    tenders = tuple(_tender(payment, transitions, zone) for payment in order.parts("payments", "payment"))
    placed = order.instant_or_none("orderPlacedAt")
    return StoreDocument(
        external_id=order.text("id"),
        number=order.text("code"),
        currency=currency,
        placed_at=placed.astimezone(zone) if placed and not order.flag("active") else None,
        updated_at=changed_at(order).astimezone(zone),
        lines=tuple(lines),
        total=worth,
        tenders=tenders,
        refunds=_refunds(order, tenders, worth, transitions, zone),
        fulfilments=fulfilments(order, {line.external_id for line in lines}, transitions, zone),
        customer=_customer(order),
        tax_totals=tax_totals,
        cancelled=order.text("state") == const.CANCELLED,
    )


# === Lines === #


def _matters(line: Line) -> bool:
    """Whether a line says anything: what was cancelled whole stays in Vendure with nothing in it."""
    given_away = line.kind is LineKind.PRODUCT and line.quantity
    return bool(line.net or line.tax or line.discount or given_away)


def _product_lines(order: Record, currency: str) -> list[Line]:
    """Products, after their own discounts and their share of the order's (the "prorated" amounts)."""
    lines = []
    for record in order.parts("lines", "line"):
        variant = record.part("productVariant")
        name = variant.text("name") if variant else ""
        net = record.amount("proratedLinePrice")
        lines.append(
            Line(
                external_id=record.text("id"),
                kind=LineKind.PRODUCT,
                key=(variant.text("sku") if variant else "") or name,
                description=name,
                quantity=record.number("quantity"),
                net=net,
                discount=max(ZERO, record.amount("linePrice") - net),
                taxes=_taxes(record, record.amount("proratedLinePriceWithTax") - net, currency),
            )
        )
    return lines


def _surcharges(order: Record, currency: str) -> list[Line]:
    """Fees, or credits when negative. Their ids are numbered apart from those of the lines."""
    lines = []
    for record in order.parts("surcharges", "surcharge"):
        net = record.amount("price")
        description = record.text("description")
        lines.append(
            Line(
                external_id=f"surcharge-{record.text('id')}",
                kind=LineKind.FEE,
                key=record.text("sku") or description,
                description=description,
                quantity=_ONE,
                net=net,
                taxes=_taxes(record, record.amount("priceWithTax") - net, currency),
            )
        )
    return lines


def _shipping_lines(order: Record, currency: str, goods: list[Line], tax_totals: tuple[TaxTotal, ...]) -> list[Line]:
    """Shipping. Its ``price`` is not used: in a store with prices including tax it is not rounded."""
    lines = []
    for record in order.parts("shippingLines", "shipping line"):
        method = record.part("shippingMethod")
        net = record.amount("discountedPrice")
        tax = record.amount("discountedPriceWithTax") - net
        discounts = [
            discount.amount("amount")
            for discount in record.parts("discounts", "discount")
            if discount.text("type") in const.DISCOUNT_TYPES
        ]
        lines.append(
            Line(
                external_id=f"shipping-{record.text('id')}",
                kind=LineKind.SHIPPING,
                key=method.text("code") if method else "",
                description=method.text("name") if method else "",
                quantity=_ONE,
                net=net,
                discount=max(ZERO, -total(discounts)),
                taxes=shipping_taxes(record.where, net, tax, goods, tax_totals),
            )
        )
    return lines


def _taxes(record: Record, tax: Decimal, currency: str) -> tuple[TaxLine, ...]:
    rates = [(row.text("description"), row.number("taxRate")) for row in record.parts("taxLines", "tax", "description")]
    return split(record.where, tax, rates, currency)


def _tax_total(row: Record) -> TaxTotal:
    return TaxTotal(
        code=row.text("description"),
        rate=row.number("taxRate"),
        base=row.amount("taxBase"),
        amount=row.amount("taxTotal"),
    )


# === Money === #


def _state(record: Record, states: Mapping[str, MoneyState]) -> MoneyState:
    state = record.text("state")
    if state not in states:
        raise PayloadError(
            record.place("state"), f"{state!r} is not a state known here", hint="Report it: the store adds states."
        )
    return states[state]


def _moved(record: Record, kind: str, state: MoneyState, transitions: Transitions, zone: ZoneInfo) -> datetime:
    """When a payment or refund came to its state; what waits since it was made, when it was made."""
    at = transitions.get((kind, record.text("id"), record.text("state")))
    if at is None:
        waits = state in (MoneyState.AUTHORIZED, MoneyState.PENDING)
        at = record.instant("createdAt" if waits else "updatedAt")
    return at.astimezone(zone)


def _tender(payment: Record, transitions: Transitions, zone: ZoneInfo) -> Tender:
    state = _state(payment, const.PAYMENT_STATES)
    return Tender(
        external_id=payment.text("id"),
        gateway=payment.text("method"),
        amount=payment.amount("amount"),
        at=_moved(payment, const.PAYMENT_TRANSITION, state, transitions, zone),
        state=state,
        transaction_id=payment.text("transactionId"),
    )


def _refunds(
    order: Record, tenders: tuple[Tender, ...], worth: Decimal, transitions: Transitions, zone: ZoneInfo
) -> tuple[Refund, ...]:
    """Refunds of all payments, each with the part of it that the order's lines no longer carry.

    What was captured beyond the order's worth is what the order shrank by after it was paid. That
    much of the refunds needs no credit note: first of those that say so themselves (made by a
    modification, or naming lines), then in the order they were made. A refund's own ``method`` is
    not used: when it is split over payments, Vendure writes the first payment's into all of them.
    """
    modifications = [part.part("refund") for part in order.parts("modifications", "modification")]
    from_modification = {part.text("id") for part in modifications if part}
    made: list[tuple[tuple[bool, datetime, str], Refund]] = []
    for payment in order.parts("payments", "payment"):
        for record in payment.parts("refunds", "refund"):
            refund = _refund(record, payment.text("method"), transitions, zone)
            says_so = bool(refund.external_id in from_modification or record.parts("lines"))
            made.append(((not says_so, record.instant("createdAt"), refund.external_id), refund))
    left = max(ZERO, total([tender.amount for tender in tenders if tender.state is MoneyState.DONE]) - worth)
    reduced: dict[str, Decimal] = {}
    for _key, refund in sorted(made, key=lambda pair: pair[0]):
        if refund.state in (MoneyState.DONE, MoneyState.PENDING):
            reduced[refund.external_id] = min(left, refund.amount)
            left -= reduced[refund.external_id]
    return tuple(replace(refund, already_reduced=reduced.get(refund.external_id, ZERO)) for _key, refund in made)


def _refund(record: Record, gateway: str, transitions: Transitions, zone: ZoneInfo) -> Refund:
    state = _state(record, const.REFUND_STATES)
    return Refund(
        external_id=record.text("id"),
        gateway=gateway,
        amount=record.amount("total"),
        at=_moved(record, const.REFUND_TRANSITION, state, transitions, zone),
        state=state,
        transaction_id=record.text("transactionId"),
        reason=record.text("reason"),
    )


# === People === #


def _customer(order: Record) -> Customer:
    """Who bought. Vendure has no field for a VAT number; stores add one of their own."""
    person, billing, shipping = order.part("customer"), order.part("billingAddress"), order.part("shippingAddress")
    named = [address for address in (billing, shipping) if address]
    name = f"{person.personal('firstName')} {person.personal('lastName')}".strip() if person else ""
    return Customer(
        external_id=person.personal("id") if person else "",
        name=name or _first(named, "fullName"),
        email=person.personal("emailAddress") if person else "",
        company=_first(named[:1], "company"),
        phone=(person.personal("phoneNumber") if person else "") or _first(named, "phoneNumber"),
        billing=_address(billing),
        shipping=_address(shipping),
    )


def _first(records: list[Record], name: str) -> str:
    return next((value for value in (record.personal(name).strip() for record in records) if value), "")


def _address(record: Record | None) -> Address:
    if record is None:
        return Address()
    return Address(
        street=record.personal("streetLine1"),
        street2=record.personal("streetLine2"),
        city=record.personal("city"),
        postal_code=record.personal("postalCode"),
        state=record.personal("province"),
        country=record.personal("countryCode").upper(),
    )
