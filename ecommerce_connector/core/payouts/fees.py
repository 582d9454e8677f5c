"""Fees of a payout, with the tax in them.

A processor's report states what it took. With a tax that is charged on the invoice, that is the
gross amount; with reverse charge it is the net, and the tax is owed and reclaimed at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ..currencies import unit
from ..mapping.rulebook import InputTax, Rule
from ..rounding import ZERO, quantize, total
from .plans import LineRole, Part, PayoutLine


@dataclass(frozen=True, slots=True)
class FeePart:
    """The fee of one balance transaction. ``amount`` is positive where we are charged."""

    key: str
    transaction_id: str
    amount: Decimal
    on: date
    rate: Decimal | None = None


def fee_lines(rule: Rule, parts: Sequence[FeePart], currency: str) -> Iterator[PayoutLine]:
    """The fees that one rule books, as one line, and their tax; nothing if they come to zero."""
    amount = total([part.amount for part in parts])
    if not amount:
        return
    kinds = Counter(part.key for part in parts)
    label = "fees: " + ", ".join(f"{kind} ×{count}" for kind, count in sorted(kinds.items()))
    ids = tuple(part.transaction_id for part in parts)
    days: dict[tuple[date, Decimal | None], Decimal] = {}
    for part in parts:
        days[part.on, part.rate] = days.get((part.on, part.rate), ZERO) + part.amount
    by_day = tuple(
        Part(on, amount, rate)
        for (on, rate), amount in sorted(days.items(), key=lambda item: (item[0][0], item[0][1] or ZERO))
    )
    tax = rule.target.input_tax
    if tax is None:
        yield PayoutLine(
            role=LineRole.FEE, target=rule.target, rule=rule, amount=amount, label=label, transaction_ids=ids,
            by_day=by_day,
        )  # fmt: skip
        return
    net, charged = _split(amount, tax, currency)
    yield PayoutLine(
        role=LineRole.FEE, target=rule.target, rule=rule, amount=net, label=label, transaction_ids=ids,
        by_day=by_day, tax=rule.target.tax,
    )  # fmt: skip
    booked = replace(rule.target, label=tax.label)
    for taxed in (charged, -charged) if tax.reverse_charge else (charged,):
        if taxed:
            yield PayoutLine(
                role=LineRole.TAX,
                target=booked,
                rule=rule,
                amount=taxed,
                label=tax.label,
                by_day=by_day,
                tax=rule.target.tax,
                base=net,
            )


def _split(amount: Decimal, tax: InputTax, currency: str) -> tuple[Decimal, Decimal]:
    """Net and tax of what was taken."""
    if tax.reverse_charge:
        return amount, quantize(amount * tax.rate / 100, unit(currency))
    charged = quantize(amount * tax.rate / (100 + tax.rate), unit(currency))
    return amount - charged, charged
