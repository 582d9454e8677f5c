"""Reading one JSON object field by field: what is missing, unknown or of another sort is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ...core.dates import parse_instant
from ...core.errors import PayloadError
from ..payload import decimal

_Choice = TypeVar("_Choice", bound=Enum)
_Item = TypeVar("_Item")


class Fields:
    """One JSON object; knows where it stands and which fields were read."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, Mapping):
            raise PayloadError(where, "it is not a JSON object")
        self.values = values
        self.where = where
        self._read: set[str] = set()

    def get(self, name: str) -> Any:
        self._read.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.get(name)
        if value is None:
            if default is None:
                raise PayloadError(f"{self.where}, {name}", "it is missing")
            return default
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
        raise PayloadError(f"{self.where}, {name}", f"{value!r} is not text")

    def amount(self, name: str, default: Decimal | None = None) -> Decimal:
        value = self.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise PayloadError(f"{self.where}, {name}", "it is missing")
        return decimal(value, f"{self.where}, {name}")

    def amount_if_told(self, name: str) -> Decimal | None:
        value = self.get(name)
        return None if value is None else decimal(value, f"{self.where}, {name}")

    def amounts(self, name: str) -> tuple[Decimal, ...]:
        """A list of amounts; empty if it is left out."""
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise PayloadError(f"{self.where}, {name}", "it is not a list")
        return tuple(decimal(item, f"{self.where}, {name} {at}") for at, item in enumerate(value, start=1))

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise PayloadError(f"{self.where}, {name}", f"{value!r} is not true or false")
        return value

    def flag_or_null(self, name: str) -> bool | None:
        return None if self.get(name) is None else self.flag(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(x, str) for x in value):
            raise PayloadError(f"{self.where}, {name}", "it is not a list of texts")
        return tuple(value)

    def instant(self, name: str, zone: ZoneInfo) -> datetime:
        return parse_instant(self.text(name), f"{self.where}, {name}").astimezone(zone)

    def instant_if_told(self, name: str, zone: ZoneInfo) -> datetime | None:
        return None if self.get(name) is None else self.instant(name, zone)

    def day_if_told(self, name: str) -> date | None:
        if self.get(name) is None:
            return None
        text = self.text(name)
        try:
            return datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise PayloadError(f"{self.where}, {name}", f"{text!r} is not a day such as 2026-01-31") from None

    def instant_or_null(self, name: str, zone: ZoneInfo) -> datetime | None:
        """A time that may be null but must be there: leaving it out would say the same by accident."""
        if name in self.values and self.get(name) is None:
            return None
        return self.instant(name, zone)

    def choice(self, name: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice:
        value = self.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise PayloadError(f"{self.where}, {name}", "it is missing")
        try:
            return choices(value)
        except ValueError:
            known = ", ".join(str(choice.value) for choice in choices)
            raise PayloadError(f"{self.where}, {name}", f"{value!r} is none of {known}") from None

    def items(self, name: str, read: Callable[[Fields], _Item]) -> tuple[_Item, ...]:
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise PayloadError(f"{self.where}, {name}", "it is not a list")
        return tuple(self._item(item, f"{self.where}, {name} {at}", read) for at, item in enumerate(value, start=1))

    def object(self, name: str) -> Fields | None:
        value = self.get(name)
        return None if value is None else Fields(value, f"{self.where}, {name}")

    @staticmethod
    def _item(item: Any, where: str, read: Callable[[Fields], _Item]) -> _Item:
        fields = Fields(item, where)
        result = read(fields)
        fields.close()
        return result

    def close(self) -> None:
        """Refuse what nobody read."""
        if unknown := sorted(set(self.values) - self._read):
            raise PayloadError(f"{self.where}, {unknown[0]}", "there is no such field")
