"""Vendure payloads for the tests, and a document in words that a bookkeeper can check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecommerce_connector.core.canonical import Line, StoreDocument
from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.vendure import VendurePlatform

BERLIN = ZoneInfo("Europe/Berlin")

PAYLOADS = Path(__file__).parent / "payloads" / "vendure"
#: Answers of a real store, lying beside the checkout where the project is developed.
SHARED = Path(__file__).parents[3] / "shared" / "samples" / "stores" / "vendure"


def load(name: str) -> Any:
    """One of this project's payloads, fresh, so that a test may change it."""
    return payload.loads((PAYLOADS / f"{name}.json").read_bytes())


def document(name: str, change: Callable[[dict[str, Any]], object] | None = None) -> StoreDocument:
    """One of our payloads translated, after a change to its order."""
    answer = load(name)
    if change:
        change(answer["order"])
    return VendurePlatform.order_document(answer, BERLIN)


def told(document: StoreDocument) -> str:
    """What a document says, times in its own zone."""
    placed = f"placed {document.placed_at:%Y-%m-%d %H:%M:%S%z}" if document.placed_at else "not placed"
    cancelled = ", cancelled" if document.cancelled else ""
    said = [f"{document.number}: {document.total} {document.currency}, {placed}{cancelled}"]
    said += [_line(line) for line in document.lines]
    for tender in document.tenders:
        said.append(
            f"{tender.state.value} {tender.amount} by {tender.gateway}, {tender.at:%Y-%m-%d %H:%M:%S}, "
            f"{tender.external_id} {tender.transaction_id}".rstrip()
        )
    for refund in document.refunds:
        said.append(
            f"refund {refund.state.value} {refund.amount} by {refund.gateway}, {refund.at:%Y-%m-%d %H:%M:%S}, "
            f"{refund.external_id} {refund.transaction_id}".rstrip()
            + f", {refund.already_reduced} already reduced: {refund.reason}"
        )
    return "\n".join(said)


def _line(line: Line) -> str:
    discount = f" (discounted by {line.discount})" if line.discount else ""
    taxes = "".join(f" + {tax.amount} {tax.code} {tax.rate} %" for tax in line.taxes)
    return f"{line.external_id} {line.kind.value} {line.quantity} {line.key}: {line.net}{discount}{taxes}"
