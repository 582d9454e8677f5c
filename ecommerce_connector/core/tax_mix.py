"""What is left of a sale by the taxes it bears: how an amount without lines is spread over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from .canonical import Line, LineKind, TaxLine
from .currencies import unit
from .rounding import ZERO, allocate, total

#: Taxes that a line bears, without their amounts; one group of the tax mix.
_TaxKey = tuple[TaxLine, ...]


class TaxMix:
    """What is left of a sale, net and tax, by the taxes it bears, and of its rounding.

    :param rounding: what the invoice adds to its lines to meet the store's total
    """

    def __init__(self, lines: Iterable[Line], rounding: Decimal = ZERO) -> None:
        self.rounding = rounding
        self._left: dict[_TaxKey, list[Decimal]] = {}
        for line in lines:
            self._add(line, 1)
        self._sold = {key: list(parts) for key, parts in self._left.items()}

    def _add(self, line: Line, sign: int) -> None:
        key = tuple(replace(tax, amount=ZERO) for tax in line.taxes)
        left = self._left.setdefault(key, [ZERO] * (1 + len(key)))
        for index, amount in enumerate([line.net, *(tax.amount for tax in line.taxes)]):
            left[index] += sign * amount

    def take(self, line: Line) -> None:
        """Deduct a credited line."""
        self._add(line, -1)

    @property
    def gross(self) -> Decimal:
        """All that is left, with tax and rounding."""
        return self.rounding + total([amount for parts in self._left.values() for amount in parts])

    def _groups(self) -> list[tuple[_TaxKey, list[Decimal]]]:
        """Largest first."""
        return sorted(self._left.items(), key=lambda group: (-total(group[1]), repr(group[0])))

    def everything(self) -> list[Line]:
        """All that is left, a line per group of taxes; the rounding is not in it."""
        return [_part(key, parts) for key, parts in self._groups() if any(parts)]

    def spread(self, amount: Decimal, currency: str) -> list[Line]:
        """A gross amount split over what is left, a line per group of taxes, largest first.

        No line takes more of a tax than is left of it. Only if all groups together have less than
        the amount left is the result short of it; the rest is rounding.
        """
        # A group that was credited by a cent of tax too much still has its net to give.
        groups = [(key, [max(part, ZERO) for part in parts]) for key, parts in self._groups() if total(parts) > 0]
        weights = [total(parts) for _key, parts in groups]
        shares = allocate(min(amount, total(weights)), weights, unit(currency)) if groups else []
        return [
            _part(key, allocate(share, parts, unit(currency)))
            for (key, parts), share in zip(groups, shares, strict=True)
            if share
        ]

    def overdrawn(self, tolerance: Decimal) -> Iterator[tuple[str, Decimal]]:
        """Groups of taxes of which more was credited than sold, each with the excess."""
        for key, parts in self._groups():
            sold = self._sold.get(key, [ZERO] * len(parts))
            # A group may have been negative from the beginning: a credit within the sale.
            excess = total([max(ZERO, min(ZERO, at) - left) for at, left in zip(sold, parts, strict=True)])
            if excess > tolerance:
                names = [tax.code if tax.rate is None else f"{tax.code} {tax.rate.normalize():f} %" for tax in key]
                yield " + ".join(names) or "no tax", excess


def _part(key: _TaxKey, parts: list[Decimal]) -> Line:
    net, *amounts = parts
    taxes = [replace(tax, amount=amount) for tax, amount in zip(key, amounts, strict=True)]
    return Line(
        external_id="rest", kind=LineKind.FEE, key="", description="", quantity=Decimal(1), net=net, taxes=tuple(taxes)
    )
