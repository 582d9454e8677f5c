"""The store's own figures, asked from its Admin API; the connector is not asked."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from figures import ZERO, Figures

Json = dict[str, Any]
#: What the seed takes off an order that is not paid.
TAKEN_OFF = "goodwill"
_PAYING = ("gift-card", "store-credit")


def of_store(orders: list[Json]) -> dict[str, Figures]:
    """By order number, of the orders that money has moved for; see ``figures.of_ledger`` for the other side."""
    found = {str(order["display_id"]): _of_order(order) for order in orders}
    return {number: figures for number, figures in found.items() if figures.received}


def _of_order(order: Json) -> Figures:
    currency = order["currency_code"].upper()
    step = Decimal(1) if currency == "JPY" else Decimal("0.01")

    def money(amount: object) -> Decimal:
        return _exact(amount).quantize(step, ROUND_HALF_UP).quantize(ZERO)

    payments = [payment for part in order["payment_collections"] for payment in part.get("payments") or []]
    credits = [line for line in order["credit_lines"] if line["reference"] in _PAYING]
    received = sum((money(part["amount"]) for payment in payments for part in payment["captures"]), ZERO)
    received += sum((money(line["amount"]) for line in credits), ZERO)
    returned = sum((money(part["amount"]) for payment in payments for part in payment["refunds"]), ZERO)
    figures = Figures(currency, received=received, returned=returned)
    if order["canceled_at"] is None:
        _add_sale(figures, order, money)
    figures.outstanding = figures.invoiced - figures.credited - received + returned
    return figures


def _add_sale(figures: Figures, order: Json, money: Any) -> None:
    """What was sold: Medusa's total, and what refunds and returns took off it."""
    back = sum((_exact(item["return_received_total"]) for item in order["items"]), ZERO)
    taken_off = sum((_exact(line["amount"]) for line in order["credit_lines"] if line["reference"] == TAKEN_OFF), ZERO)
    figures.invoiced = money(_exact(order["total"]) + _exact(order["credit_line_total"]) - taken_off + back)
    # What was paid beyond that was taken out of the order by an edit: no credit note for it.
    figures.credited = max(ZERO, figures.returned - max(ZERO, figures.received - figures.invoiced))
    figures.credited_taxes = None if figures.credited else {}
    rates: dict[Decimal, Decimal] = {}
    for line in (*order["items"], *order["shipping_methods"]):
        gross = _exact(line["total"]) + _exact(line.get("return_received_total") or 0)
        percents = [_exact(tax["rate"]) for tax in line["tax_lines"]]
        for percent in percents:
            rates[percent] = rates.get(percent, ZERO) + gross * percent / (100 + sum(percents))
    figures.taxes = {percent.normalize(): money(tax) for percent, tax in rates.items() if money(tax)}


def _exact(amount: object) -> Decimal:
    return Decimal(str(amount))
