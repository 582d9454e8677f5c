"""Medusa's order → ``StoreDocument``. Pure: no I/O, no clock.

The document has what was sold: refunds lower an order's total in Medusa, and so do returns; here they are refunds of
a sale that stays. What an order edit changed, or an exchange or a claim replaced, was changed in the order itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ...core.canonical import Address, Customer, Line, MoneyState, Refund, StoreDocument
from ...core.currencies import unit
from ...core.errors import PayloadError
from ...core.field_checks import check_currency
from ...core.fulfilments import Fulfilment, ShippedLine
from ...core.rounding import ZERO, total
from ...core.unrounded import OrderAmounts, in_whole_units
from . import const, money
from .lines import sold_lines
from .records import Record
from .returns import given_back, replaced_quantities


def order_document(payload: Mapping[str, Any], zone: ZoneInfo) -> StoreDocument:
    """Translate one answer.

    :param payload: ``{"order": …, "changes": […]}``
    :param zone: the store's time zone; the document's times are in it
    :raises PayloadError: if the payload contradicts itself, or says what is not known here
    """
    order = order_record(payload)
    try:
        return _document(order, Record(payload, order.where).parts("changes", "change", required=False), zone)
    except PayloadError as error:
        if error.where.startswith(order.where):
            raise
        raise PayloadError(f"{order.where}, {error.where}", error.problem, hint=error.hint) from None


def order_record(payload: Mapping[str, Any]) -> Record:
    """The order in an answer, ready to be read."""
    data = payload.get("order")
    name = data.get("display_id") or data.get("id") if isinstance(data, Mapping) else None
    return Record(data, f"order {name or '(unknown)'}")


def changed_at(order: Record) -> datetime:
    """The latest change that an order shows: captures, and refunds of what was owed, leave its ``updated_at``."""
    return max(_instants(order))


def _instants(order: Record) -> Iterator[datetime]:
    yield order.instant("updated_at")
    for payment in money.payments(order):
        yield from money.moved_at(payment)


def _document(order: Record, changes: list[Record], zone: ZoneInfo) -> StoreDocument:
    currency = order.text("currency_code").upper()
    check_currency("currency_code", currency)
    fulfilments = _fulfilments(order, zone)
    shipped = frozenset(line.line_id for fulfilment in fulfilments for line in fulfilment.lines)
    lines = sold_lines(order, replaced_quantities(order), shipped)
    credits = money.Credits(order, changes, zone)
    lines += credits.lines
    amounts = _rounded(order, currency, lines, credits, zone)
    known = {line.external_id for line in lines}
    cancelled = order.text("status") == const.CANCELLED or order.has("canceled_at")
    return StoreDocument(
        external_id=order.key(), number=order.text("display_id") or order.key(), currency=currency,
        placed_at=None if _is_draft(order) else order.instant("created_at").astimezone(zone),
        updated_at=changed_at(order).astimezone(zone), lines=amounts.lines, total=amounts.total,
        tenders=amounts.tenders, refunds=_with_reductions(amounts), customer=_customer(order), cancelled=cancelled,
        cancelled_at=_cancelled_at(order, zone), fulfilments=tuple(_of_lines(fulfilments, known)),
    )  # fmt: skip


def _is_draft(order: Record) -> bool:
    return order.text("status") == const.DRAFT or (order.has("is_draft_order") and order.flag("is_draft_order"))


def _cancelled_at(order: Record, zone: ZoneInfo) -> datetime | None:
    at = order.instant_or_none("canceled_at")
    return at.astimezone(zone) if at else None


# === Amounts === #


def _rounded(order: Record, currency: str, lines: list[Line], credits: money.Credits, zone: ZoneInfo) -> OrderAmounts:
    """Everything in whole units. Medusa rounds nothing; whoever takes or gives money does, each time."""
    step, worth = unit(currency), total([line.gross for line in lines])
    tenders = [*money.tenders(order, zone), *credits.tenders]
    refunds = given_back(order, lines, [*money.refunds(order, zone), *credits.refunds], step)
    found = in_whole_units(
        OrderAmounts(currency=currency, total=worth, lines=tuple(lines), tenders=tuple(tenders), refunds=tuple(refunds))
    )
    return replace(found, tenders=tuple(money.fitted(tenders, found.total, worth, list(found.tenders))))


def _with_reductions(amounts: OrderAmounts) -> tuple[Refund, ...]:
    """Refunds, each with the part of it that the order's lines no longer carry.

    What was received beyond what the order is worth is what it shrank by after it was paid: that much of the refunds
    needs no credit note. Refunds of returned goods come last, as these are still among the lines.
    """
    received = total([tender.amount for tender in amounts.tenders if tender.state is MoneyState.DONE])
    left, reduced = max(ZERO, received - amounts.total), {}
    for refund in sorted(amounts.refunds, key=lambda refund: (bool(refund.lines), refund.at, refund.external_id)):
        reduced[refund.external_id] = min(left, refund.amount)
        left -= reduced[refund.external_id]
    return tuple(replace(refund, already_reduced=reduced[refund.external_id]) for refund in amounts.refunds)


# === Shipments === #


def _fulfilments(order: Record, zone: ZoneInfo) -> list[Fulfilment]:
    """What left. Medusa lists what is in a parcel by stock item, of which a line may need several."""
    records = [
        record for record in order.parts("fulfillments", "fulfilment", required=False) if not record.has("canceled_at")
    ]
    packed = {record.key(): _packed(record) for record in records}
    lines = {record.key(): record.part("detail") for record in order.parts("items", "line")}
    found = []
    for record in records:
        at = record.instant_or_none("shipped_at") or record.instant_or_none("delivered_at")
        if at is None:
            continue
        shipped = []
        for line_id, quantity in packed[record.key()].items():
            detail = lines.get(line_id)
            pieces = total([of.get(line_id, ZERO) for of in packed.values()])
            stated = detail.amount("fulfilled_quantity") if detail and detail.has("fulfilled_quantity") else pieces
            shipped.append(ShippedLine(line_id=line_id, quantity=quantity * (stated or pieces) / pieces))
        if shipped:
            found.append(Fulfilment(external_id=record.key(), at=at.astimezone(zone), lines=tuple(shipped)))
    return sorted(found, key=lambda item: (item.at, item.external_id))


def _packed(record: Record) -> dict[str, Decimal]:
    """By line: pieces of the stock item that there are fewest of."""
    found: defaultdict[str, list[Decimal]] = defaultdict(list)
    for item in record.parts("items", "item", required=False):
        if item.has("line_item_id") and item.amount("quantity") > 0:
            found[item.text("line_item_id")].append(item.amount("quantity"))
    return {line_id: min(quantities) for line_id, quantities in found.items()}


def _of_lines(fulfilments: list[Fulfilment], known: set[str]) -> Iterator[Fulfilment]:
    """Without what the order no longer has."""
    for fulfilment in fulfilments:
        lines = tuple(line for line in fulfilment.lines if line.line_id in known)
        if lines:
            yield replace(fulfilment, lines=lines)


# === People === #


def _customer(order: Record) -> Customer:
    """Who bought. Medusa keeps guests as customers without an account, and has no field for a VAT number."""
    person, billing, shipping = order.part("customer"), order.part("billing_address"), order.part("shipping_address")
    named = [record for record in (person, billing, shipping) if record]
    has_account = bool(person and person.has("has_account") and person.flag("has_account"))
    return Customer(
        external_id=person.text("id") if person and has_account else "",
        name=next((name for name in map(_person, named) if name), ""),
        email=order.text("email") or (person.text("email") if person else ""),
        company=(billing.text("company") if billing else "") or (person.text("company_name") if person else ""),
        phone=next((record.text("phone") for record in named if record.text("phone")), ""),
        billing=_address(billing), shipping=_address(shipping),
    )  # fmt: skip


def _person(record: Record) -> str:
    return f"{record.text('first_name')} {record.text('last_name')}".strip()


def _address(record: Record | None) -> Address:
    if record is None:
        return Address()
    country, state = record.text("country_code").upper(), record.text("province")
    if country and state.upper().startswith(f"{country}-"):
        state = state[len(country) + 1 :].upper()  # Medusa's tax regions are ISO 3166-2 in small letters: us-ny
    return Address(
        street=record.text("address_1"), street2=record.text("address_2"), city=record.text("city"),
        postal_code=record.text("postal_code"), state=state, country=country,
    )  # fmt: skip
