"""Lines of a Medusa order, as they were sold and not rounded yet. Pure.

Medusa computes totals whenever it is asked, from unit prices, discounts and tax rates, with all decimals, for what
was not returned. Returned goods are added here again: the sale stays as it was, and the refund gives them back. Only
goods that a return of an exchange or a claim replaced stay away: the order itself was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ...core.canonical import Discount, Line, LineKind, TaxLine
from ...core.errors import PayloadError
from ...core.rounding import ZERO, total
from .records import Record

#: Medusa's numbers have some 16 to 20 digits: what differs by less is the same.
NOISE = Decimal("0.000001")
_ONE, _HUNDRED = Decimal(1), Decimal(100)
#: Finer than any noise, and few enough decimals for the largest amounts to be computed with.
_FINEST = Decimal(1).scaleb(-15)


def sold_lines(order: Record, replaced: Mapping[str, Decimal], shipped: frozenset[str]) -> list[Line]:
    """Goods, custom lines and shipping.

    :param replaced: by line: how many were taken back for others
    :param shipped: ids of lines that some shipment has
    :raises PayloadError: if lines and the order's own sums differ
    """
    goods = order.parts("items", "line")
    methods = order.parts("shipping_methods", "shipping method", required=False)
    _check_sums(order, goods, methods)
    lines = [_item(record, replaced.get(record.key(), ZERO), shipped) for record in goods]
    return [line for line in (*lines, *map(_shipping, methods)) if line]


def part_of(line: Line, quantity: Decimal) -> Line:
    """So many pieces of a line, not rounded."""
    return _times(replace(line, quantity=quantity), quantity, line.quantity)


def same(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers differ by no more than the store's arithmetic does."""
    return abs(one - other) <= NOISE


def _check_sums(order: Record, goods: list[Record], methods: list[Record]) -> None:
    for name, records in (("item_total", goods), ("shipping_total", methods)):
        stated = order.amount(name) if order.has(name) or records else ZERO
        _agree(order, name, stated, total([record.amount("total") for record in records]), "its lines come to")
    credits = order.amount("credit_line_total") if order.has("credit_line_total") else ZERO
    sums = order.amount("item_total") + (order.amount("shipping_total") if order.has("shipping_total") else ZERO)
    _agree(order, "total", order.amount("total"), sums - credits, "goods and shipping without credit lines come to")
    taxes = total([record.amount("tax_total") for record in (*goods, *methods)])
    _agree(order, "tax_total", order.amount("tax_total"), taxes, "the taxes of its lines come to")


def _agree(record: Record, name: str, stated: Decimal, found: Decimal, words: str) -> None:
    if not same(stated, found):
        raise PayloadError(
            record.place(name), f"it is {stated.normalize():f}, {words} {found.normalize():f}",
            hint="Import the order again; if it stays, report it with the order.",
        )  # fmt: skip


def _item(record: Record, replaced: Decimal, shipped: frozenset[str]) -> Line | None:
    """One line; None for one that was taken out of the order, or replaced whole."""
    detail = record.part("detail") or record
    ordered = record.amount("quantity")
    returned = total([detail.amount(f"return_{word}_quantity") for word in ("received", "dismissed")
                      if detail.has(f"return_{word}_quantity")])  # fmt: skip
    quantity = ordered - min(replaced, returned)
    if not quantity:
        return None
    line = _line(record, *_name(record), quantity=ordered - returned)
    line = replace(
        line, ships=bool(record.flag("requires_shipping")) or line.external_id in shipped,
        product_type=record.text("product_type"), category=record.text("product_collection"),
    )  # fmt: skip
    if quantity == line.quantity:
        return line
    if not line.quantity:
        return _all_returned(record, line, returned, quantity)
    return _times(replace(line, quantity=quantity), quantity, line.quantity)


def _name(record: Record) -> tuple[LineKind, str, str]:
    """Kind, mapping key and description. What no product stands behind was written into a draft order: a fee."""
    title = record.text("title") or record.text("product_title")
    key = record.text("variant_sku") or (f"product:{record.text('product_id')}" if record.has("product_id") else "")
    kind = LineKind.PRODUCT if key or record.has("variant_id") else LineKind.FEE
    if record.flag("is_giftcard"):
        kind = LineKind.GIFT_CARD
    variant = record.text("variant_title")
    return kind, key or title or kind.value, f"{title} ({variant})" if variant and variant != title else title


def _shipping(record: Record) -> Line | None:
    name = record.text("name") or LineKind.SHIPPING.value
    return _line(record, LineKind.SHIPPING, name, name, quantity=_ONE)


def _line(record: Record, kind: LineKind, key: str, description: str, *, quantity: Decimal) -> Line:
    """The line as Medusa states it: for what was not returned."""
    gross, tax = record.amount("total"), record.amount("tax_total")
    discount = record.amount("discount_subtotal") if record.has("discount_subtotal") else ZERO
    _agree(record, "total", gross, record.amount("subtotal") - discount + tax, "subtotal, discount and tax come to")
    return Line(
        external_id=record.key(), kind=kind, key=key, description=description or key, quantity=quantity,
        net=gross - tax, taxes=_taxes(record, tax), discount=max(ZERO, discount),
        discounts=_discounts(record, discount),
    )  # fmt: skip


def _taxes(record: Record, stated: Decimal) -> tuple[TaxLine, ...]:
    rows = record.parts("tax_lines", "tax", required=False)
    # Without anything to tax, Medusa states no amounts.
    amounts = [row.amount("total") if row.has("total") else ZERO for row in rows]
    _agree(record, "tax_total", stated, total(amounts), "its taxes come to")
    included = record.flag("is_tax_inclusive")
    return tuple(
        TaxLine(
            code=row.text("code") or row.text("description") or f"{row.amount('rate'):f} %", rate=row.amount("rate"),
            amount=amount, included=included,
        )
        for row, amount in zip(rows, amounts, strict=True)
    )  # fmt: skip


def _discounts(record: Record, discount: Decimal) -> tuple[Discount, ...]:
    """What the discount is made of: Medusa states each for the whole line, returned pieces included."""
    rows = record.parts("adjustments", "discount", required=False)
    amounts = [row.amount("subtotal") if row.has("subtotal") else row.amount("amount") for row in rows]
    whole = total(amounts)
    if discount <= 0 or whole <= 0 or any(amount < 0 for amount in amounts):
        return ()
    shares = [_fine(amount * discount / whole) for amount in amounts[:-1]]
    shares.append(discount - total(shares))
    codes = [row.text("code") or row.text("description") or "promotion" for row in rows]
    found: dict[str, Decimal] = {}
    for code, share in zip(codes, shares, strict=True):
        found[code] = found.get(code, ZERO) + share
    return tuple(Discount(code=code, amount=amount) for code, amount in found.items() if amount)


def _all_returned(record: Record, line: Line, returned: Decimal, quantity: Decimal) -> Line:
    """A line of which nothing is left: Medusa states what came back with tax, and the rates it computes with."""
    gross = total([record.amount(f"return_{word}_total") for word in ("received", "dismissed")
                   if record.has(f"return_{word}_total")])  # fmt: skip
    rates = [tax.rate or ZERO for tax in line.taxes]
    net = _fine(gross / (_ONE + total(rates) / _HUNDRED))
    taxes = [_fine(net * rate / _HUNDRED) for rate in rates]
    whole = replace(
        line, quantity=returned, net=gross - total(taxes), discount=ZERO, discounts=(),
        taxes=tuple(replace(tax, amount=amount) for tax, amount in zip(line.taxes, taxes, strict=True)),
    )  # fmt: skip
    return part_of(whole, quantity)


def _times(line: Line, part: Decimal, whole: Decimal) -> Line:
    """A line's amounts times ``part / whole``."""

    def share(amount: Decimal) -> Decimal:
        return amount if part == whole else _fine(amount * part / whole)

    discounts = tuple(replace(item, amount=share(item.amount)) for item in line.discounts)
    return replace(
        line, net=share(line.net), discounts=discounts,
        discount=total([item.amount for item in discounts]) if discounts else share(line.discount),
        taxes=tuple(replace(tax, amount=share(tax.amount)) for tax in line.taxes),
    )  # fmt: skip


def _fine(amount: Decimal) -> Decimal:
    return amount.quantize(_FINEST)
