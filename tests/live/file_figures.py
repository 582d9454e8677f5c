"""Orders in the project's own format, and the figures they state, added up by hand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from figures import ZERO, Figures

Json = dict[str, Any]
D = Decimal


def sale(number: str, *, currency: str = "EUR", refund: Json | None = None) -> Json:
    """An order of 130.55 at two rates, paid on March 10th by card."""
    at = "2026-03-10T10:00:00Z"
    return {
        "id": f"id-{number}", "number": number, "currency": currency, "placed_at": at,
        "updated_at": "2026-03-13T10:00:00Z" if refund else at, "total": "130.55",
        "customer": {"name": "Ada Byron", "email": f"{number.lower()}@example.com"},
        "lines": [_line("TSH", "100.00", "20", "20.00"), _line("BOOK", "10.00", "5.5", "0.55")],
        "payments": [
            {"id": f"p-{number}", "gateway": "card", "amount": "130.55", "at": at, "transaction_id": f"ch_{number}"}
        ],
        "refunds": [refund] if refund else [],
    }  # fmt: skip


def part_back(number: str) -> Json:
    """A refund of 34.55 that names its lines and their taxes."""
    return {
        "id": f"r-{number}", "gateway": "card", "amount": "34.55", "at": "2026-03-12T10:00:00Z",
        "transaction_id": f"re_{number}",
        "lines": [_line("TSH", "20.00", "20", "4.00"), _line("BOOK", "10.00", "5.5", "0.55")],
    }  # fmt: skip


def all_back(number: str) -> Json:
    """A refund of everything, line by line."""
    return {**part_back(number), "amount": "130.55", "lines": sale(number)["lines"]}


def _line(key: str, net: str, rate: str, tax: str) -> Json:
    return {"id": key, "key": key, "net": net, "taxes": [{"code": "VAT", "rate": rate, "amount": tax}]}


def of_file(orders: Iterable[Json]) -> dict[str, Figures]:
    """By order number; see ``figures.of_ledger`` for the other side."""
    return {order["number"]: _of_order(order) for order in orders}


def _of_order(order: Json) -> Figures:
    figures = Figures(order["currency"], invoiced=D(order["total"]))
    figures.received = sum((D(payment["amount"]) for payment in order["payments"]), ZERO)
    figures.returned = figures.credited = sum((D(refund["amount"]) for refund in order["refunds"]), ZERO)
    figures.outstanding = figures.invoiced - figures.credited - figures.received + figures.returned
    figures.taxes = _taxes(order["lines"])
    figures.credited_taxes = _taxes(line for refund in order["refunds"] for line in refund["lines"])
    return figures


def _taxes(lines: Iterable[Json]) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = {}
    for line in lines:
        for tax in line["taxes"]:
            rate = D(tax["rate"]).normalize()
            found[rate] = found.get(rate, ZERO) + D(tax["amount"])
    return found
