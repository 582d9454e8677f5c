"""Which of a company's taxes a tax of the store is: the same rate is not enough, it must mean the same.

The amounts come from the store, so it does not matter whether Odoo would take the tax as part of
the price. An untaxed sale at home, one to a business in the union and an export are three things in
a tax return, all at 0 %.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ..rounding import ZERO
from .account_choice import choose_account
from .areas import Area
from .chart import Chart, TaxFact
from .choices import Choice, NewTax
from .findings import Finding
from .many_rates import AS_CHARGED

_MEANING = {
    Area.HOME: "an untaxed sale at home",
    Area.UNION: "an untaxed sale to a business in the EU",
    Area.ABROAD: "an export",
}
_NEW_NAMES = {Area.HOME: "", Area.UNION: " EU", Area.ABROAD: " Export"}
#: Taxes for special trades, which a store's ordinary sale is not.
_SPECIAL = re.compile(
    r"reverse|autoliq|\brc\b|construction|\bbau|vehicle|fahrzeug|mobil|triang|dreieck|farm|agricult|landwirt|kleinunternehm"
    r"|small business|s55a"
)
_OSS = re.compile(r"\bi?oss\b")


def choose_tax(found: Finding, chart: Chart) -> Choice:
    """The tax for a finding of kind ``tax``."""
    area = wanted_area(found, chart)
    rate = found.rate
    if rate is None and (found.charged or found.is_all_rates):
        return _without_rate(found, chart)
    rate = rate or ZERO
    candidates = [tax for tax in chart.taxes if tax.rate == rate and _means(tax, area, found, chart)]
    if not candidates:
        return Choice(new=_new(found, rate, area, chart), reason=_why_new(rate, area))
    best = max(candidates, key=lambda tax: (_score(tax, area, found), -tax.sequence, -tax.id))
    return Choice(tax=best.id, reason=_why(best, rate, area), opens=not best.active)


def _without_rate(found: Finding, chart: Chart) -> Choice:
    """A tax without a rate of its own, for one that the store states none of, or very many."""
    name, why = f"{found.value} (store)", "The store states no rate: a tax of its own"
    if found.is_all_rates:
        rates = len([rate for rate in found.rates if rate])
        name, why = AS_CHARGED, f"{rates} different rates are charged there: one tax for all of them"
    why += ", with the amounts that the store charged."
    for tax in chart.taxes:
        if tax.rate is None and name in tax.names:
            return Choice(tax=tax.id, reason=why, opens=not tax.active)
    return Choice(new=NewTax(name=name, rate=None, account=choose_account("tax", chart)), reason=why)


def wanted_area(found: Finding, chart: Chart) -> Area:
    """What kind of sale bears the tax; to consumers in the union, a tax of 0 % is one at home."""
    areas = chart.geography.areas(found.countries)
    if len(areas) != 1:
        return Area.HOME
    (area,) = areas
    if area is Area.UNION and not found.rate and "consumer" in found.customers:
        return Area.HOME
    return area


def _means(tax: TaxFact, area: Area, found: Finding, chart: Chart) -> bool:
    """Whether a tax of the right rate can be meant."""
    is_special = bool(_SPECIAL.search(_text(tax)))
    is_oss = bool(_OSS.search(_text(tax)))
    if is_oss != (found.remitter is not None) or (is_special and not tax.rate):
        return False
    if tax.rate:
        return True
    if tax.businesses_only and area is not Area.UNION:
        return False
    # Outside of a VAT union many charts have but one tax of 0 %.
    fits_all = not tax.areas or (area is Area.ABROAD and not chart.geography.union and tax.areas == {Area.HOME})
    return fits_all or area in tax.areas


def _score(tax: TaxFact, area: Area, found: Finding) -> int:
    score = 0
    if area in tax.areas:
        score += 45 if len(tax.areas) == 1 else 40
    elif not tax.areas:
        score += 20
    score += {"consu": 10, "service": -10}.get(tax.scope, 5)
    score -= 30 * bool(_SPECIAL.search(_text(tax)))
    score -= 60 * (not tax.active)
    score += 15 * tax.on_invoice - 10 * tax.included
    is_exempt, says_exempt = "exempt" in _text(tax), "exempt" in found.value.casefold()
    return score + 20 * (is_exempt and says_exempt) - 5 * (is_exempt and not says_exempt)


def _text(tax: TaxFact) -> str:
    return " / ".join(tax.names).casefold()


def _why(tax: TaxFact, rate: Decimal, area: Area) -> str:
    archived = "" if tax.active else " It is archived, and will be made active."
    if rate:
        return f"The company's tax of {rate.normalize():f} %.{archived}"
    meant = f"0 % for {_MEANING[area]}." if area in tax.areas else "The company's only tax of 0 % that can be meant."
    return f"{meant}{archived}"


def _why_new(rate: Decimal, area: Area) -> str:
    if not rate:
        return f"No tax of 0 % for {_MEANING[area]} was found: a new one."
    return f"No sales tax of {rate.normalize():f} % was found: a new one."


def _new(found: Finding, rate: Decimal, area: Area, chart: Chart) -> NewTax:
    scheme = f" {found.remitter.upper()}" if found.remitter else ""
    meaning = _NEW_NAMES[area] if not rate else ""
    name = f"{rate.normalize():f}% S{meaning}{scheme}"
    return NewTax(name=name, rate=rate, account=choose_account("tax", chart), area=area)
