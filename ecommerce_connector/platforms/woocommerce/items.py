"""Lines of an order or of a refund as WooCommerce states them, not rounded yet.

Amounts are without tax whatever ``prices_include_tax`` says. Those of a refund are negative in the
answer and positive here.

Mapping keys: the SKU of a product, else ``product:<product id>`` (no SKU, or the product was
deleted), else the line's name; the method id of a shipping line, else its title; the name of a fee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ...core.canonical import LineKind
from ...core.errors import PayloadError
from ...core.rounding import ZERO, total
from . import const
from .fields import Node

_LISTS = (
    ("line_items", LineKind.PRODUCT),
    ("shipping_lines", LineKind.SHIPPING),
    ("fee_lines", LineKind.FEE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One tax of the document's own summary.

    :ivar percent: None where WooCommerce (before 3.7) does not state it
    :ivar amount: on everything in the document
    """

    code: str
    percent: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line.

    :ivar net: after coupons, without tax
    :ivar discount: what coupons took off, without tax
    :ivar taxes: by rate id, in the order of the document's tax summary
    :ivar refunded_id: of a refund's line: the order's line it gives back
    """

    external_id: str
    kind: LineKind
    key: str
    description: str
    quantity: Decimal
    net: Decimal
    discount: Decimal
    taxes: Mapping[str, Decimal]
    refunded_id: str = ""


def read_rates(document: Node, sign: int = 1) -> dict[str, Rate]:
    """The document's tax summary by rate id.

    :param sign: -1 for a refund
    """
    rates: dict[str, Rate] = {}
    for row in document.nodes("tax_lines", "tax line"):
        rate_id = row.identity("rate_id")
        before = rates[rate_id].amount if rate_id in rates else ZERO
        rates[rate_id] = Rate(
            code=row.text("rate_code") or row.text("label") or f"rate:{rate_id}",
            percent=row.amount("rate_percent") if row.has("rate_percent") else None,
            amount=before + sign * (row.amount("tax_total") + row.amount_or_zero("shipping_tax_total")),
        )
    return rates


def read_items(document: Node, rates: Mapping[str, Rate], tolerance: Decimal, sign: int = 1) -> list[Item]:
    """All lines that move an amount or show a sale.

    :param tolerance: how much rounding there may be in one amount
    :param sign: -1 for a refund
    """
    items = []
    for name, kind in _LISTS:
        for node in document.nodes(name, "line", required=name == "line_items"):
            item = _read_item(node, kind, rates, tolerance, sign)
            if not (_is_bundled(node) and not item.net and not item.discount and not any(item.taxes.values())):
                items.append(item)
    return items


def returned(items: Iterable[Item], sold: Iterable[Item]) -> list[Item]:
    """A refund's lines with the kind, the key and the taxes of the order's lines they give back.

    WooCommerce leaves a tax out of a refund's line where it gives none back, a zero rate above
    all. The line still belongs to the taxes it was sold with.
    """
    originals = {item.external_id: item for item in sold}
    found = []
    for item in items:
        original = originals.get(item.refunded_id)
        if original is not None:
            taxes = dict.fromkeys(original.taxes, ZERO) | {id_: tax for id_, tax in item.taxes.items() if tax}
            item = replace(item, kind=original.kind, key=original.key, taxes=taxes)
        found.append(item)
    return found


def _read_item(node: Node, kind: LineKind, rates: Mapping[str, Rate], tolerance: Decimal, sign: int) -> Item:
    external_id = node.identity()
    key, description = _names(node, kind)
    node = Node(f"{node.where} ({key})", node.values)
    net = sign * node.amount("total") + ZERO
    subtotal = sign * node.amount("subtotal") if node.has("subtotal") else net
    meta = node.meta()
    if kind is LineKind.PRODUCT and const.GIFT_CARD_SOLD_META & meta.keys():
        kind = LineKind.GIFT_CARD
    return Item(
        external_id=external_id, kind=kind, key=key, description=description,
        # Adding zero makes a plain zero of the minus zero that a sign gives.
        quantity=sign * node.amount("quantity") + ZERO if node.has("quantity") else Decimal(1),
        net=net, discount=max(subtotal - net, ZERO), taxes=_read_taxes(node, rates, tolerance, sign),
        refunded_id=meta.get(const.REFUNDED_LINE_META, ""),
    )  # fmt: skip


def _names(node: Node, kind: LineKind) -> tuple[str, str]:
    """The mapping key and the description of a line."""
    if kind is LineKind.SHIPPING:
        title = node.text("method_title")
        key = node.text("method_id") or title or kind.value
        return key, title or key
    name = node.text("name")
    if kind is LineKind.FEE:
        return name or kind.value, name or kind.value
    product_id = node.text("product_id")
    by_id = f"product:{product_id}" if product_id not in ("", "0") else ""
    key = node.text("sku") or by_id or name or kind.value
    return key, name or key


def _is_bundled(node: Node) -> bool:
    return any(node.has(field) for field in const.BUNDLED_FIELDS) or bool(const.BUNDLED_META & node.meta().keys())


def _read_taxes(node: Node, rates: Mapping[str, Rate], tolerance: Decimal, sign: int) -> dict[str, Decimal]:
    """The line's taxes by rate id, checked against the line's own sum of them."""
    cells: dict[str, Decimal] = {}
    for cell in node.nodes("taxes", "tax rate"):
        rate_id, amount = cell.identity(), sign * cell.amount_or_zero("total") + ZERO
        if rate_id not in rates and amount:
            raise PayloadError(node.at("taxes"), f"tax rate {rate_id} of {amount} is not in the order's tax_lines")
        cells[rate_id] = cells.get(rate_id, ZERO) + amount
    stated, summed = sign * node.amount_or_zero("total_tax"), total(list(cells.values()))
    if abs(stated - summed) > tolerance * (1 + len(cells)):
        raise PayloadError(
            node.at("total_tax"), f"{stated} is stated, the line's taxes come to {summed}",
            hint="Recalculate the order in WooCommerce.",
        )  # fmt: skip
    return _relevant(cells, rates)


def _relevant(cells: Mapping[str, Decimal], rates: Mapping[str, Rate]) -> dict[str, Decimal]:
    """The taxes that apply to the line.

    An order edited by hand carries an empty cell for every tax of the order on every line. A zero
    says something only where the rate itself is zero, and nothing else is charged.
    """
    charged = {rate_id: cells[rate_id] for rate_id in rates if cells.get(rate_id)}
    return charged or {id_: ZERO for id_, rate in rates.items() if id_ in cells and rate.percent == ZERO}
