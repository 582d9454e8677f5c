"""Reading a Vendure answer field by field, so that each error names the order, the part and the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...core.dates import parse_instant
from ...core.errors import PayloadError
from .. import payload

#: No order is worth more; a number with thousands of digits must not be computed with.
_LARGEST_MINOR = Decimal(10) ** 15


class Record:
    """One object of an answer, and where it stands.

    :param where: the order and part, for errors
    :param precision: decimals of the store's integer amounts
    """

    def __init__(self, data: Any, where: str, precision: int) -> None:
        if not isinstance(data, Mapping):
            raise PayloadError(where, f"{data!r} is not an object")
        self._data, self.where, self._precision = data, where, precision

    def place(self, name: str) -> str:
        """A field's place, for an error."""
        return f"{self.where}, {name}"

    def _get(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise PayloadError(self.place(name), "it is missing from the answer") from None

    def text(self, name: str) -> str:
        """A text or id; empty for null."""
        value = self._get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise PayloadError(self.place(name), f"{value!r} is not a text")
        return str(value)

    def personal(self, name: str) -> str:
        """A text about a person; empty also where it was redacted or never asked for."""
        return self.text(name) if name in self._data else ""

    def flag(self, name: str) -> bool:
        """A true or false."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise PayloadError(self.place(name), f"{value!r} is neither true nor false")
        return value

    def number(self, name: str) -> Decimal:
        """A finite number, such as a rate in percent or a quantity."""
        return payload.decimal(self._get(name), self.place(name))

    def amount(self, name: str) -> Decimal:
        """An amount in major units, read from integer minor units; of either sign."""
        minor = self.number(name)
        if abs(minor) >= _LARGEST_MINOR or minor != minor.to_integral_value():
            raise PayloadError(self.place(name), f"{minor} is not an amount in whole minor units")
        return minor.scaleb(-self._precision)

    def instant(self, name: str) -> datetime:
        """An aware time."""
        value = self._get(name)
        return parse_instant(value, self.place(name))

    def instant_or_none(self, name: str) -> datetime | None:
        """An aware time, None for null."""
        return None if self._get(name) is None else self.instant(name)

    def part(self, name: str) -> Record | None:
        """An object inside this one, None for null."""
        value = self._get(name)
        return None if value is None else Record(value, self.place(name), self._precision)

    def has(self, name: str) -> bool:
        """Whether it was asked for: an answer from before may lack what is asked for now."""
        return name in self._data

    def parts(self, name: str, label: str = "", key: str = "id") -> list[Record]:
        """The objects of a list.

        :param label: what one of them is called in errors, followed by its ``key``
        """
        values = self._get(name)
        if not isinstance(values, list):
            raise PayloadError(self.place(name), f"{values!r} is not a list")
        return [
            Record(value, self.place(f"{label or name} {_name(value, key) or number}"), self._precision)
            for number, value in enumerate(values, 1)
        ]


def _name(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return str(found) if isinstance(found, (str, int)) else ""
