"""How WooCommerce rounds, undone and redone so that a document adds up to the cent.

A shop keeps nets (prices that include tax) and taxes with up to six decimals and rounds them
either line by line, or, with "round tax at subtotal level", once per document. The answer does
not say which. So each way is tried, and the one that gives the document's own total and its own
tax summary is taken. Where none does, each line is rounded by itself and the difference stays
visible: nothing is plugged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from ...core.currencies import exponent
from ...core.rounding import ZERO, round_to_sum, total

#: Amounts by tax rate id.
Taxes = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A document's figures as the shop keeps them, of one sign convention.

    :ivar nets: per line
    :ivar taxes: per line, by rate id
    :ivar loose: lines that the shop never rounds one by one (fees)
    :ivar tax_rows: the document's tax summary by rate id; a rate may be missing
    :ivar total: the document's total, rounded by the shop
    :ivar total_tax: the sum of ``tax_rows``, rounded by the shop; None where it is not stated
    :ivar half_down: the shop rounds half a cent of tax down (its prices include tax)
    """

    nets: Sequence[Decimal]
    taxes: Sequence[Taxes]
    loose: frozenset[int]
    tax_rows: Taxes
    total: Decimal
    total_tax: Decimal | None
    half_down: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The same figures in whole units.

    :ivar tax_rows: the tax summary in whole units, from the summary alone: a figure to check with
    :ivar rows_met: lines, summary and total of the taxes agree
    :ivar adds_up: nets and taxes come to the document's total
    """

    nets: list[Decimal]
    taxes: list[dict[str, Decimal]]
    tax_rows: dict[str, Decimal]
    rows_met: bool
    adds_up: bool


def settle(stated: Stated, currency: str) -> Booked:
    """Round a document to its currency.

    The shop may keep fewer decimals than the currency has (whole forints). That is believed only
    where it explains a tax summary which the currency's own decimals do not.
    """
    finest, *coarser = steps(currency, [stated.total, stated.total_tax or ZERO])
    booked = _settle(stated, finest)
    if not booked.rows_met:
        for step in coarser:
            attempt = _settle(stated, step)
            if attempt.rows_met and attempt.adds_up:
                return attempt
    return booked


def steps(currency: str, amounts: Sequence[Decimal]) -> Iterator[Decimal]:
    """The currency's unit, then each coarser power of ten up to 1 that still divides all ``amounts``."""
    for digits in range(exponent(currency), -1, -1):
        step = Decimal(1).scaleb(-digits)
        if digits < exponent(currency) and any(amount % step for amount in amounts):
            return
        yield step


def _settle(stated: Stated, step: Decimal) -> Booked:
    rows = _rows(stated, step)
    taxes: list[dict[str, Decimal]] = [{} for _net in stated.nets]
    rows_met = stated.total_tax in (None, total(list(rows.values())))
    for rate in dict.fromkeys(rate for cells in stated.taxes for rate in cells):
        where = [index for index, cells in enumerate(stated.taxes) if rate in cells]
        amounts = [stated.taxes[index][rate] for index in where]
        rounded = _round_taxes(amounts, rows.get(rate), step, stated.half_down)
        rows_met = rows_met and total(rounded) == rows.get(rate, total(rounded))
        for index, amount in zip(where, rounded, strict=True):
            taxes[index][rate] = amount
    tax = total([amount for cells in taxes for amount in cells.values()])
    nets = _round_nets(stated, stated.total - tax, step)
    return Booked(
        nets=nets, taxes=taxes, tax_rows=rows, rows_met=rows_met, adds_up=total(nets) + tax == stated.total
    )  # fmt: skip


def _rows(stated: Stated, step: Decimal) -> dict[str, Decimal]:
    """The tax summary in whole units: rounded once per tax, and together to the document's tax."""
    amounts = list(stated.tax_rows.values())
    rounded: list[Decimal] | None = None
    if stated.total_tax is not None and abs(total(amounts) - stated.total_tax) <= step / 2:
        rounded = round_to_sum(amounts, stated.total_tax, step)
    return dict(zip(stated.tax_rows, rounded or _each(amounts, step), strict=True))


def _round_taxes(amounts: list[Decimal], target: Decimal | None, step: Decimal, half_down: bool) -> list[Decimal]:
    """One tax of all lines."""
    modes = (ROUND_HALF_DOWN, ROUND_HALF_UP) if half_down else (ROUND_HALF_UP, ROUND_HALF_DOWN)
    ways = [_each(amounts, step, mode) for mode in modes]
    if target is None:
        return ways[0]
    if abs(target - total(amounts)) < step and (together := round_to_sum(amounts, target, step)):
        ways.append(together)
    return next((way for way in ways if total(way) == target), ways[0])


def _round_nets(stated: Stated, target: Decimal, step: Decimal) -> list[Decimal]:
    """The nets of all lines: each by itself, or only the fees together, or all together."""
    each = _each(stated.nets, step)
    if total(each) == target:
        return each
    loose = sorted(stated.loose)
    rest = target - total([net for index, net in enumerate(each) if index not in stated.loose])
    if fees := round_to_sum([stated.nets[index] for index in loose], rest, step):
        by_index = dict(zip(loose, fees, strict=True))
        return [by_index.get(index, net) for index, net in enumerate(each)]
    # Rounding at subtotal level moves a document by at most half a unit of net and half of tax.
    if abs(target - total(stated.nets)) <= step and (together := round_to_sum(stated.nets, target, step)):
        return together
    return each


def _each(amounts: Sequence[Decimal], step: Decimal, mode: str = ROUND_HALF_UP) -> list[Decimal]:
    return [amount.quantize(step, mode) for amount in amounts]
