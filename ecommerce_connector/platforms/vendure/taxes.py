"""Vendure's taxes: rates on lines, amounts only per line, and a summary per tax to check them with.

A line says which taxes it bears and what it costs with and without all of them; how much each of
several taxes is, it does not say. The order's ``taxSummary`` says how much each tax is in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ...core.canonical import Line, TaxLine, TaxTotal
from ...core.currencies import unit
from ...core.errors import PayloadError
from ...core.rounding import ZERO, allocate, total
from .const import SHIPPING_TAX

#: A tax as lines and summary name it: description and rate in percent.
_Key = tuple[str, Decimal | None]
_HUNDRED = Decimal(100)


def split(where: str, tax: Decimal, rates: Sequence[tuple[str, Decimal]], currency: str) -> tuple[TaxLine, ...]:
    """A line's tax as one amount per tax: pro rata to the rates, to the cent (largest remainder).

    :param tax: of the whole line, of the line's sign
    :param rates: description and percent of each tax; a rate of zero gets no amount but is kept,
        as a sale at 0 % is reported too
    :raises PayloadError: if there is tax but no rate to name it
    """
    if not any(rate for _code, rate in rates):
        if tax:
            raise PayloadError(f"{where}, taxLines", f"it bears {tax} tax, but no tax is named")
        return tuple(TaxLine(code=code, rate=rate, amount=ZERO) for code, rate in rates)
    if len(rates) == 1:
        shares = [tax]
    else:
        try:
            shares = allocate(tax, [rate for _code, rate in rates], unit(currency))
        except ValueError as error:
            raise PayloadError(f"{where}, taxLines", f"{tax} cannot be split over its rates: {error}") from None
    return tuple(TaxLine(code=code, rate=rate, amount=share) for (code, rate), share in zip(rates, shares, strict=True))


def shipping_taxes(
    where: str, net: Decimal, tax: Decimal, goods: Sequence[Line], rows: Sequence[TaxTotal]
) -> tuple[TaxLine, ...]:
    """The tax of a shipping line, found in the summary: the line itself does not name it.

    Candidates are the summary's rows for shipping, and rows that no product or surcharge bears;
    of several, the one whose rate fits best. ``check_summary`` proves the choice afterwards.

    :raises PayloadError: if there is tax but no row to name it
    """
    borne = {(line_tax.code, line_tax.rate) for line in goods for line_tax in line.taxes}
    candidates = [row for row in rows if row.code == SHIPPING_TAX or (row.code, row.rate) not in borne]
    if not candidates:
        if tax:
            raise PayloadError(f"{where}, tax", f"it bears {tax} tax, which the order's tax summary does not name")
        return ()
    best = min(candidates, key=lambda row: abs(net * (row.rate or ZERO) / _HUNDRED - tax))
    return (TaxLine(code=best.code, rate=best.rate, amount=tax),)


def aligned(lines: list[Line], rows: Sequence[TaxTotal], worth: Decimal, currency: str) -> list[Line]:
    """Lines whose taxes add up to the summary, where the store rounds tax once per order.

    With ``OrderLevelTaxCalculationStrategy`` the order's total is its net plus the summary's tax;
    the lines' own tax is off by cents. Those cents go, one unit each, to the largest lines. Nothing
    changes if the total would not be explained by them.

    :param worth: the order's total with tax
    """
    missing = worth - total([line.gross for line in lines])
    groups = _groups(lines)
    differences = {
        key: amount - total([lines[index].taxes[tax].amount for index, tax in groups.get(key, ())])
        for key, (_base, amount) in _by_tax(rows).items()
    }
    step = unit(currency)
    small = all(abs(off) <= step * len(groups.get(key, ())) for key, off in differences.items())
    if not any(differences.values()) or not small or total(list(differences.values())) != missing:
        return lines
    result = list(lines)
    for key, off in differences.items():
        cent = step.copy_sign(off)
        largest_first = sorted(groups.get(key, ()), key=lambda place: -abs(lines[place[0]].net))
        for index, tax in largest_first[: int(abs(off) / step)]:
            taxes = list(result[index].taxes)
            taxes[tax] = replace(taxes[tax], amount=taxes[tax].amount + cent)
            result[index] = replace(result[index], taxes=tuple(taxes))
    return result


def check_summary(where: str, lines: Sequence[Line], rows: Sequence[TaxTotal], currency: str) -> None:
    """Compare the lines' tax with the store's own summary, per tax.

    The base must agree exactly. The tax may differ by a cent per line: where a line bears several
    taxes, the store rounds each of them for the summary, but only their sum for the line. In all
    recorded orders of a real store it agreed exactly. A summary that differs by more describes
    another order than the lines do: it is not booked.

    :raises PayloadError: naming the tax and both figures
    """
    groups, summary = _groups(lines), _by_tax(rows)
    for key in sorted({*groups, *summary}, key=repr):
        code, rate = key
        places = groups.get(key, [])
        base = total([lines[index].net for index, _tax in places])
        tax = total([lines[index].taxes[position].amount for index, position in places])
        stated_base, stated = summary.get(key, (ZERO, ZERO))
        if base != stated_base or abs(tax - stated) > unit(currency) * len(places):
            raise PayloadError(
                f"{where}, {code!r} {rate} %",
                f"the lines bear {tax} tax on {base}, the summary says {stated} on {stated_base}",
            )


def _groups(lines: Sequence[Line]) -> dict[_Key, list[tuple[int, int]]]:
    """For each tax, the lines that bear it: (index of the line, index of the tax in it)."""
    groups: dict[_Key, list[tuple[int, int]]] = defaultdict(list)
    for index, line in enumerate(lines):
        for position, tax in enumerate(line.taxes):
            groups[tax.code, tax.rate].append((index, position))
    return dict(groups)


def _by_tax(rows: Sequence[TaxTotal]) -> dict[_Key, tuple[Decimal, Decimal]]:
    """The summary's base and amount for each tax; Vendure lists a tax once, but nothing promises it."""
    sums: dict[_Key, tuple[Decimal, Decimal]] = {}
    for row in rows:
        base, amount = sums.get((row.code, row.rate), (ZERO, ZERO))
        sums[row.code, row.rate] = (base + (row.base or ZERO), amount + row.amount)
    return sums
