"""Where goods go, as tax sees it: at home, to another country of the customs union, or abroad."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Area(str, Enum):
    """``UNION`` is the rest of the union that the company's own country is in; ``HOME`` comes first where undecided."""

    HOME = "home"
    UNION = "union"
    ABROAD = "abroad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """Seen from the company.

    :ivar home: ISO 3166 code of its country, empty if unknown: everything is at home then
    :ivar union: countries of the union (the EU) if it is in it, itself included; else empty
    """

    home: str = ""
    union: frozenset[str] = frozenset()

    def area(self, country: str) -> Area:
        """Where a country is; an order without a destination is at home."""
        if not country or not self.home or country == self.home:
            return Area.HOME
        return Area.UNION if country in self.union else Area.ABROAD

    def areas(self, countries: Iterable[str]) -> frozenset[Area]:
        """All areas of some countries."""
        return frozenset(self.area(country) for country in countries)
