"""What is about a person in an order of WooCommerce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.customers.redaction import ERASED
from . import const

PERSONAL_DATA = (
    ("order", "billing"), ("order", "shipping"), ("order", "customer_note"), ("order", "customer_ip_address"),
    ("order", "customer_user_agent"), ("order", "order_key"), ("order", "cart_hash"), ("order", "payment_url"),
)  # fmt: skip
NEEDED_DATA = (
    ("order", "billing", "country"), ("order", "billing", "state"), ("order", "shipping", "country"),
    ("order", "shipping", "state"),
)  # fmt: skip
#: Meta that the books are read from; any other can hold anything, such as the text engraved on a ring.
_NEEDED_META = frozenset({const.REFUNDED_LINE_META, *(key for key, _value in const.TEST_META)}) | const.BUNDLED_META
_META_VALUES = ("value", "display_value")


def without_meta(value: Any) -> Any:
    """A payload without what plug-ins keep with orders and lines, except what the books are read from."""
    if isinstance(value, list):
        return [without_meta(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: [_meta(entry) for entry in part] if name == "meta_data" and isinstance(part, list) else without_meta(part)
        for name, part in value.items()
    }


def _meta(entry: Any) -> Any:
    if not isinstance(entry, Mapping) or entry.get("key") in _NEEDED_META:
        return entry
    return {
        name: ERASED if name in _META_VALUES and part not in (None, "", [], {}) else part
        for name, part in entry.items()
    }
