"""Reading the fields of an answer, with errors that name the document, the line and the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...core.dates import UTC, parse_instant
from ...core.errors import PayloadError
from ...core.rounding import ZERO
from ..payload import decimal

#: No order is worth that much; a number beyond it is damage, and would overflow the arithmetic.
_IMPLAUSIBLE = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object of an answer.

    :ivar where: how an accountant finds it, e.g. ``"order 1001, line 3 (SKU)"``
    """

    where: str
    values: Mapping[str, Any]

    def at(self, name: str) -> str:
        """The place of a field, for an error."""
        return f"{self.where}, {name}"

    def has(self, name: str) -> bool:
        """Whether a field is there and says something."""
        return self.values.get(name) not in (None, "")

    def amount(self, name: str) -> Decimal:
        """An amount that must be there.

        :raises PayloadError: if it is missing or no finite number
        """
        if not self.has(name):
            raise PayloadError(self.at(name), "it is missing")
        amount = decimal(self.values[name], self.at(name))
        if abs(amount) >= _IMPLAUSIBLE:
            raise PayloadError(self.at(name), f"{self.values[name]!r} is not a plausible amount")
        return amount

    def amount_or_zero(self, name: str) -> Decimal:
        """An amount that WooCommerce leaves empty for zero, or that older versions lack."""
        return self.amount(name) if self.has(name) else ZERO

    def text(self, name: str) -> str:
        """A text without outer white space; empty if there is none."""
        value = self.values.get(name)
        if value is None or isinstance(value, (Mapping, list)):
            return ""
        return str(value).strip()

    def identity(self, name: str = "id") -> str:
        """An id, which must be there.

        :raises PayloadError: if it is missing
        """
        if not self.text(name):
            raise PayloadError(self.at(name), "it is missing")
        return self.text(name)

    def instant(self, name: str) -> datetime | None:
        """A time of a ``…_gmt`` field: UTC, written without an offset. None if it is empty."""
        return parse_instant(self.values[name], self.at(name), UTC) if self.has(name) else None

    def nodes(self, name: str, label: str, *, required: bool = False) -> list[Node]:
        """The objects of a list; empty if there is none and none is required.

        :param label: what one of them is called, its id is added
        :raises PayloadError: if it is required and missing, or something else than objects
        """
        found = self.values.get(name)
        if found is None and not required:
            return []
        if not isinstance(found, list) or any(not isinstance(item, Mapping) for item in found):
            raise PayloadError(self.at(name), "it is missing" if found is None else "it is not a list of objects")
        return [Node(f"{self.where}, {label} {item.get('id', '?')}", item) for item in found]

    def node(self, name: str) -> Node:
        """An object inside this one; an empty one if there is none."""
        found = self.values.get(name)
        return Node(self.at(name), found if isinstance(found, Mapping) else {})

    def meta(self) -> dict[str, str]:
        """Texts of ``meta_data`` by key; a later entry replaces an earlier one."""
        found = self.values.get("meta_data")
        entries = found if isinstance(found, list) else []
        nodes = [Node(self.at("meta_data"), entry) for entry in entries if isinstance(entry, Mapping)]
        return {node.text("key"): node.text("value") for node in nodes}
