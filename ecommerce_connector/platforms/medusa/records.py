"""Reading a Medusa answer field by field, so that each error names the order, the part and the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...core.dates import parse_instant
from ...core.errors import PayloadError
from .. import payload

#: No order is worth more; a number with thousands of digits must not be computed with.
_LARGEST = Decimal(10) ** 15


class Record:
    """One object of an answer, and where it stands.

    :param where: the order and part, for errors
    """

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise PayloadError(where, f"{data!r} is not an object")
        self._data, self.where = data, where

    def place(self, name: str) -> str:
        """A field's place, for an error."""
        return f"{self.where}, {name}"

    def _get(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise PayloadError(self.place(name), "it is missing from the answer") from None

    def has(self, name: str) -> bool:
        """Whether a field is there and says something."""
        return self._data.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text or id; empty for null, and where there is none."""
        value = self._data.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise PayloadError(self.place(name), f"{value!r} is not a text")
        return str(value).strip()

    def key(self, name: str = "id") -> str:
        """An id, which must be there."""
        if not self.text(name):
            raise PayloadError(self.place(name), "it is missing from the answer")
        return self.text(name)

    def flag(self, name: str) -> bool:
        """A true or false; null is false."""
        value = self._get(name)
        if value is not None and not isinstance(value, bool):
            raise PayloadError(self.place(name), f"{value!r} is neither true nor false")
        return bool(value)

    def amount(self, name: str) -> Decimal:
        """An amount or a quantity, with all the digits that the store has: those of its ``raw_`` field."""
        raw = self._data.get(f"raw_{name}")
        value = raw.get("value") if isinstance(raw, Mapping) else self._get(name)
        amount = payload.decimal(value, self.place(name))
        if abs(amount) >= _LARGEST:
            raise PayloadError(self.place(name), f"{value!r} is not a plausible amount")
        return amount

    def instant(self, name: str) -> datetime:
        """An aware time."""
        return parse_instant(self._get(name), self.place(name))

    def instant_or_none(self, name: str) -> datetime | None:
        """An aware time, None for null."""
        return self.instant(name) if self.has(name) else None

    def part(self, name: str) -> Record | None:
        """An object inside this one, None for null, and where there is none."""
        value = self._data.get(name)
        return None if value is None else Record(value, self.place(name))

    def parts(self, name: str, label: str, *, required: bool = True) -> list[Record]:
        """The objects of a list.

        :param label: what one of them is called in errors, followed by its id
        :param required: it must be there; otherwise null and nothing are an empty list
        """
        values = self._get(name) if required else self._data.get(name) or []
        if not isinstance(values, list):
            raise PayloadError(self.place(name), f"{values!r} is not a list")
        return [
            Record(value, f"{self.where}, {label} {_name(value) or number}") for number, value in enumerate(values, 1)
        ]


def _name(value: Any) -> str:
    found = value.get("id") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
