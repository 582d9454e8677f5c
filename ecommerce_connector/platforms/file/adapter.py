"""The project's own JSON format for orders → canonical document.

One JSON object per order; a file holds one per line (JSON Lines, UTF-8). Amounts are strings or
numbers with a decimal point, in the order's currency; times are ISO 8601 with an offset or ``Z``.
``docs/order-json.md`` lists the fields. Unknown fields are refused: a misspelt one would
otherwise be money that is silently not booked.
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from ...core.canonical import (
    Address,
    Customer,
    Discount,
    Funder,
    Line,
    LineKind,
    MoneyState,
    Refund,
    Remitter,
    StoreDocument,
    TaxLine,
    TaxTotal,
    Tender,
)
from ...core.disputes.document import Dispute, DisputeState
from ...core.errors import PayloadError
from ...core.field_checks import check_currency
from ...core.fulfilments import Fulfilment, Restock, ShippedLine
from ...core.gift_cards import Card
from ...core.rounding import total
from ...core.unrounded import OrderAmounts, in_whole_units
from ..base import Payload
from .fields import Fields
from .presentment import check_presentment, read_presentment

ZERO = Decimal(0)


def order_document(payload: Payload, zone: ZoneInfo) -> StoreDocument:
    """Translate one order.

    :raises PayloadError: naming the order and the field that is missing, unknown or no amount
    """
    where = f"order {payload.get('number') or payload.get('id') or '?'}"
    try:
        return _document(Fields(payload, where), zone)
    except PayloadError as error:
        if error.where.startswith(where):
            raise
        raise PayloadError(f"{where}, {error.where}", error.problem, hint=error.hint) from None


def _document(order: Fields, zone: ZoneInfo) -> StoreDocument:
    check_currency("currency", order.text("currency"))  # what is within the order is in it, too
    amounts = _amounts(order, zone)
    document = StoreDocument(
        external_id=order.text("id"),
        number=order.text("number", default=order.text("id")),
        currency=amounts.currency,
        placed_at=order.instant_or_null("placed_at", zone),
        updated_at=order.instant("updated_at", zone),
        total=amounts.total,
        cancelled=order.flag("cancelled"),
        cancelled_at=order.instant_or_null("cancelled_at", zone) if "cancelled_at" in order.values else None,
        is_test=order.flag("test"),
        customer=_customer(order),
        lines=amounts.lines,
        tenders=amounts.tenders,
        refunds=amounts.refunds,
        tax_totals=amounts.tax_totals,
        disputes=order.items("disputes", lambda fields: _dispute(fields, order.text("currency"), zone)),
        fulfilments=order.items("fulfilments", lambda fields: _fulfilment(fields, zone)),
        exchange_rate=order.amount_if_told("exchange_rate"),
        presentment=read_presentment(order),
    )
    order.close()
    check_presentment(document)
    return document


def _amounts(order: Fields, zone: ZoneInfo) -> OrderAmounts:
    """Lines, money and taxes: in whole units of the currency, unless the order says that it has not rounded them."""
    stated = OrderAmounts(
        currency=order.text("currency"),
        total=order.amount("total"),
        lines=order.items("lines", _line),
        tenders=order.items("payments", lambda fields: _tender(fields, zone)),
        refunds=order.items("refunds", lambda fields: _refund(fields, zone)),
        tax_totals=order.items("tax_totals", _tax_total),
    )
    return in_whole_units(stated) if order.flag("unrounded") else stated


def _line(fields: Fields) -> Line:
    discounts = fields.items("discounts", _discount)
    return Line(
        external_id=fields.text("id"),
        kind=fields.choice("kind", LineKind, LineKind.PRODUCT),
        key=fields.text("key"),
        description=fields.text("description", default=fields.text("key")),
        quantity=fields.amount("quantity", Decimal(1)),
        net=fields.amount("net"),
        discount=fields.amount("discount", total([discount.amount for discount in discounts])),
        discounts=discounts,
        taxes=fields.items("taxes", _tax),
        product_type=fields.text("product_type", default=""),
        category=fields.text("category", default=""),
        vendor=fields.text("vendor", default=""),
        tags=fields.texts("tags"),
        cards=fields.items("gift_cards", _card),
        ships=fields.flag("ships", default=True),
        of_line=fields.text("of_line", default=""),
        restock=fields.choice("restock", Restock, Restock.UNKNOWN),
    )


def _fulfilment(fields: Fields, zone: ZoneInfo) -> Fulfilment:
    return Fulfilment(
        external_id=fields.text("id"), at=fields.instant("at", zone), lines=fields.items("lines", _shipped_line)
    )


def _shipped_line(fields: Fields) -> ShippedLine:
    return ShippedLine(line_id=fields.text("line"), quantity=fields.amount("quantity"))


def _discount(fields: Fields) -> Discount:
    return Discount(
        code=fields.text("code"),
        amount=fields.amount("amount"),
        funder=fields.choice("funder", Funder, Funder.SELLER),
    )


def _tax(fields: Fields) -> TaxLine:
    return TaxLine(
        code=fields.text("code"),
        rate=fields.amount_if_told("rate"),
        amount=fields.amount("amount"),
        remitter=fields.choice("remitter", Remitter, Remitter.SELLER),
        included=fields.flag_or_null("included"),
    )


def _tax_total(fields: Fields) -> TaxTotal:
    return TaxTotal(code=fields.text("code"), rate=fields.amount_if_told("rate"), amount=fields.amount("amount"))


def _tender(fields: Fields, zone: ZoneInfo) -> Tender:
    return Tender(
        external_id=fields.text("id"),
        gateway=fields.text("gateway"),
        amount=fields.amount("amount"),
        at=fields.instant("at", zone),
        state=fields.choice("state", MoneyState, MoneyState.DONE),
        transaction_id=fields.text("transaction_id", default=""),
        card=_card_if_told(fields),
        exchange_rate=fields.amount_if_told("exchange_rate"),
    )


def _refund(fields: Fields, zone: ZoneInfo) -> Refund:
    return Refund(
        external_id=fields.text("id"),
        gateway=fields.text("gateway"),
        amount=fields.amount("amount"),
        at=fields.instant("at", zone),
        state=fields.choice("state", MoneyState, MoneyState.DONE),
        transaction_id=fields.text("transaction_id", default=""),
        reason=fields.text("reason", default=""),
        lines=fields.items("lines", _line),
        already_reduced=fields.amount("already_reduced", ZERO),
        card=_card_if_told(fields),
        exchange_rate=fields.amount_if_told("exchange_rate"),
    )


def _card(fields: Fields) -> Card:
    return Card(
        external_id=fields.text("id"), amount=fields.amount_if_told("amount"),
        expires_on=fields.day_if_told("expires_on"),
    )  # fmt: skip


def _card_if_told(money: Fields) -> Card | None:
    """The gift card of a payment or a refund, which has no amount of its own there."""
    fields = money.object("gift_card")
    if fields is None:
        return None
    card = _card(fields)
    fields.close()
    if card.amount is not None:
        raise PayloadError(f"{fields.where}, amount", "it is the amount of the payment or refund that counts")
    return card


def _dispute(fields: Fields, currency: str, zone: ZoneInfo) -> Dispute:
    return Dispute(
        external_id=fields.text("id"),
        charge_id=fields.text("transaction_id", default=""),
        state=fields.choice("state", DisputeState),
        at=fields.instant("at", zone),
        amount=fields.amount("amount"),
        currency=currency,
        inquired_at=fields.instant_if_told("inquired_at", zone),
        opened_at=fields.instant_if_told("opened_at", zone),
        lost=fields.amount_if_told("lost"),
        reason=fields.text("reason", default=""),
        respond_by=fields.day_if_told("respond_by"),
    )


def _customer(order: Fields) -> Customer:
    fields = order.object("customer")
    if fields is None:
        return Customer()
    customer = Customer(
        external_id=fields.text("id", default=""),
        merged_into=fields.text("merged_into", default=""),
        name=fields.text("name", default=""),
        email=fields.text("email", default=""),
        company=fields.text("company", default=""),
        vat=fields.text("vat", default=""),
        phone=fields.text("phone", default=""),
        billing=_address(fields, "billing"),
        shipping=_address(fields, "shipping"),
    )
    fields.close()
    return customer


def _address(customer: Fields, name: str) -> Address:
    fields = customer.object(name)
    if fields is None:
        return Address()
    address = Address(
        **{part: fields.text(part, default="") for part in ("street", "street2", "city", "postal_code", "state")},
        country=_country(fields),
    )
    fields.close()
    return address


def _country(address: Fields) -> str:
    """The code that rules are limited to; a name in its place would quietly miss them."""
    code = address.text("country", default="")
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise PayloadError(f"{address.where}, country", f"{code!r} is not a two-letter country code such as 'FR'")
    return code.upper()
