"""What a company has to book on: its accounts, taxes and processor accounts, as facts to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .areas import Area, Geography


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFact:
    """One account.

    :ivar names: in each installed language
    :ivar type: Odoo's account type
    """

    id: int
    code: str
    names: tuple[str, ...]
    type: str
    reconcile: bool = False

    @property
    def label(self) -> str:
        """As people read it."""
        return f"{self.code} {self.names[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFact:
    """A fiscal position that a tax is for: who and where its customers are.

    :ivar country: ISO 3166 code, empty for any
    :ivar group: countries of its group
    :ivar is_domestic: it is the company's position for its own country
    :ivar needs_vat: only customers with a VAT number
    """

    name: str
    country: str = ""
    group: frozenset[str] = frozenset()
    is_domestic: bool = False
    needs_vat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFact:
    """One sales tax that a rule can lead to; purchase taxes and groups of taxes never are.

    :ivar names: its name, label and description in each installed language
    :ivar rate: percent; None: it has none, its amounts are those of the store
    :ivar areas: where its customers are; empty: anywhere
    :ivar businesses_only: its customers have VAT numbers
    :ivar scope: ``consu`` for goods, ``service``, or empty
    :ivar included: Odoo would take it as part of the price
    :ivar on_invoice: due with the invoice, not with its payment
    :ivar active: charts load many taxes archived
    """

    id: int
    names: tuple[str, ...]
    rate: Decimal | None
    areas: frozenset[Area] = frozenset()
    businesses_only: bool = False
    scope: str = ""
    included: bool = False
    on_invoice: bool = True
    active: bool = True
    sequence: int = 1

    @property
    def label(self) -> str:
        """As people read it."""
        return self.names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorFact:
    """One processor account.

    :ivar is_liability: gift cards or store credit
    :ivar processor: code of the processor whose reports are read for it, if one is set
    """

    id: int
    name: str
    currency: str
    is_liability: bool = False
    processor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All that proposals choose from.

    :ivar template: code of the localisation's chart of accounts
    :ivar income: id of the company's own default account for sales
    """

    template: str = ""
    geography: Geography = Geography()
    accounts: tuple[AccountFact, ...] = ()
    taxes: tuple[TaxFact, ...] = ()
    processors: tuple[ProcessorFact, ...] = ()
    income: int | None = None


_UNION_WORDS = re.compile(r"\b(eu|ue|intra\w*|intracom\w*|innergemeinschaft\w*|b2b)\b")
_ABROAD_WORDS = re.compile(r"\b(exports?|ausfuhr\w*|ex|third country|drittland\w*|hors ue|non-eu|nicht-eu|outside)\b")


def tax_areas(names: Iterable[str], positions: Iterable[PositionFact], geography: Geography) -> frozenset[Area]:
    """Where the customers of a tax are, told by its fiscal positions, or without any by its names.

    A position for no country in particular is one for the union if its name says so, else for abroad.
    One for customers with VAT numbers counts only if all are; one for a single country abroad (Monaco, seen
    from France) only if there is no other.
    """
    all_positions = list(positions)
    ordinary = [position for position in all_positions if not position.needs_vat] or all_positions
    found = {(_area_of(position, geography), bool(position.country)) for position in ordinary}
    areas = frozenset(area for area, is_single in found if not (is_single and area is Area.ABROAD))
    return areas or frozenset(area for area, _is_single in found) or _named(" ".join(names))


def _area_of(position: PositionFact, geography: Geography) -> Area:
    if position.is_domestic:
        return Area.HOME
    if position.country:
        return geography.area(position.country)
    if position.group:
        return Area.UNION if position.group & geography.union - {geography.home} else Area.ABROAD
    return Area.UNION if Area.UNION in _named(position.name) - {Area.ABROAD} else Area.ABROAD


def _named(text: str) -> frozenset[Area]:
    """Areas that a name speaks of; ``non-EU`` is abroad."""
    folded = text.casefold()
    if _ABROAD_WORDS.search(folded):
        return frozenset({Area.ABROAD})
    return frozenset({Area.UNION}) if _UNION_WORDS.search(folded) else frozenset()
