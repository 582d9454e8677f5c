"""The gross method: a discount gets a line of its own, which carries the tax of what it reduces.

The sum of the lines stays what the store charged: the product line gets what it would have been
without the discount, the contra lines take it away again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .currencies import unit
from .mapping.rulebook import Rule
from .plans import PlannedLine, PlannedTax
from .rounding import ZERO, quantize, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Contra:
    """A discount to show on its own account. ``amount`` is positive, without tax."""

    rule: Rule
    code: str
    amount: Decimal


def contra_lines(planned: PlannedLine, discounts: Sequence[Contra], currency: str) -> Iterator[PlannedLine]:
    """The line without these discounts, then a line per discount; the line itself if there are none.

    The taxes as charged are what is left after the discounts, so a discount takes taxes in the
    proportion of its amount to the net that they were charged on. Of a line that was given away
    whole no tax was charged, and its discounts carry none.
    """
    taken = [_contra(planned, contra, currency) for contra in discounts]
    yield replace(
        planned,
        net=planned.net - total([line.net for line in taken]),
        taxes=tuple(
            replace(tax, amount=tax.amount - total([line.taxes[at].amount for line in taken]))
            for at, tax in enumerate(planned.taxes)
        ),
    )
    yield from taken


def _contra(planned: PlannedLine, contra: Contra, currency: str) -> PlannedLine:
    return PlannedLine(
        rule=contra.rule, kind="discount", key=contra.code, description=contra.code, quantity=Decimal(1),
        net=-contra.amount, taxes=tuple(_share(tax, contra.amount, planned.net, currency) for tax in planned.taxes),
    )  # fmt: skip


def _share(tax: PlannedTax, amount: Decimal, net: Decimal, currency: str) -> PlannedTax:
    share = quantize(tax.amount * amount / net, unit(currency)) if net else ZERO
    return replace(tax, amount=-share)
