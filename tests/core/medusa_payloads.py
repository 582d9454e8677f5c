"""Recorded answers of a real Medusa store, by situation, and what a test changes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecommerce_connector.core.canonical import StoreDocument
from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.medusa import MedusaPlatform

PARIS = ZoneInfo("Europe/Paris")
RECORDING = Path(__file__).parents[1] / "live" / "medusa" / "recording" / "orders.json"
_TEXT = RECORDING.read_bytes()
SITUATIONS: tuple[str, ...] = tuple(payload.loads(_TEXT))


def load(situation: str) -> dict[str, Any]:
    """One answer, fresh, so that a test may change it."""
    order: dict[str, Any] = payload.loads(_TEXT)[situation]
    return order


def document(situation: str, change: Callable[[dict[str, Any]], object] | None = None, **more: Any) -> StoreDocument:
    """One answer translated, after a change to its order."""
    order = load(situation)
    if change:
        change(order)
    return MedusaPlatform.order_document({"order": order, **more}, PARIS)


def set_amount(record: dict[str, Any], name: str, value: object) -> None:
    """Change an amount in both forms that Medusa states it in."""
    record[name] = value
    record.pop(f"raw_{name}", None)
