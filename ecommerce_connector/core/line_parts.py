"""Parts of an order's lines, in whole units of the currency: what one takes and the other is left with is the line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .canonical import Discount, Line, TaxLine
from .rounding import ZERO, quantize, total


def share(line: Line, part: Decimal, whole: Decimal, step: Decimal) -> Line:
    """``part`` of ``whole`` of a line, in whole units."""
    if part == whole:
        return line
    discounts = tuple(Discount(code=item.code, amount=quantize(item.amount * part / whole, step), funder=item.funder)
                      for item in line.discounts)  # fmt: skip
    discount = total([item.amount for item in discounts]) if discounts else quantize(line.discount * part / whole, step)
    return replace(
        line, quantity=part, net=quantize(line.net * part / whole, step), discount=discount, discounts=discounts,
        taxes=tuple(replace(tax, amount=quantize(tax.amount * part / whole, step)) for tax in line.taxes), cards=(),
    )  # fmt: skip


def least(line: Line, part: Line, step: Decimal) -> Line:
    """A part that is rounded to nothing, with one unit of what the line has: of its price, else its tax or discount."""
    if line.net:
        return replace(part, net=step.copy_sign(line.net))
    for place, tax in enumerate(line.taxes):
        if tax.amount:
            its = replace(tax, amount=step.copy_sign(tax.amount))
            return replace(part, taxes=(*part.taxes[:place], its, *part.taxes[place + 1 :]))
    for place, discount in enumerate(line.discounts):
        if discount.amount:
            discounts = (*part.discounts[:place], replace(discount, amount=step), *part.discounts[place + 1 :])
            return replace(part, discount=step, discounts=discounts)
    return replace(part, discount=step)


def less(line: Line, other: Line) -> Line:
    """What is left of a line: the other may list its taxes and discounts in another way."""
    taken = list(other.taxes)
    taxes = []
    for tax in line.taxes:
        its = next((item for item in taken if (item.code, item.rate) == (tax.code, tax.rate)), None)
        taxes.append(replace(tax, amount=tax.amount - its.amount) if its else tax)
        if its:
            taken.remove(its)
    taxes += [replace(tax, amount=-tax.amount) for tax in taken]
    same = [item.code for item in other.discounts] == [item.code for item in line.discounts]
    discounts = tuple(
        replace(mine, amount=max(ZERO, mine.amount - theirs.amount))
        for mine, theirs in zip(line.discounts, other.discounts, strict=True)
    ) if same else ()  # fmt: skip
    left = total([item.amount for item in discounts]) if discounts else max(ZERO, line.discount - other.discount)
    return replace(
        line, quantity=line.quantity - other.quantity, net=line.net - other.net, discount=left, discounts=discounts,
        taxes=tuple(taxes),
    )  # fmt: skip


def negated(line: Line) -> Line:
    """The line with the sign of its amounts reversed."""
    return replace(line, net=-line.net, taxes=tuple(replace(tax, amount=-tax.amount) for tax in line.taxes))


def matters(line: Line) -> bool:
    """Whether there is any amount in a line: of what is free nothing is billed."""
    return bool(line.net or line.discount or any(tax.amount for tax in line.taxes))


def taxes_of(line: Line) -> tuple[TaxLine, ...]:
    """The taxes that a line bears, without their amounts."""
    return tuple(replace(tax, amount=ZERO) for tax in line.taxes)
