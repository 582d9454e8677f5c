"""Refunds → credit notes.

A refund credits exactly its lines. What it gives back beyond (or short of) them, and a refund
without lines, is spread over the taxes of what is left of the order, so that tax is given back
with it. Value that the platform already took out of the order's own lines is not credited again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .canonical import Line, LineKind, MoneyState, Refund, TaxLine
from .currencies import unit
from .dates import accounting_date
from .lines import ONE, LinePlanner
from .plans import EntryKind, PlannedLine, PlannedMove
from .rounding import ZERO, allocate, total

#: Taxes that a line bears, by the store's names; one group of the tax mix.
_TaxKey = tuple[tuple[str, "Decimal | None"], ...]


class _TaxMix:
    """What is left of an invoice, net and tax, by the taxes it bears."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._left: dict[_TaxKey, list[Decimal]] = {}
        for line in lines:
            self._add(line, 1)

    def _add(self, line: Line, sign: int) -> None:
        taxes = [tax for tax in line.taxes if tax.remitted_by_seller]
        key = tuple((tax.code, tax.rate) for tax in taxes)
        left = self._left.setdefault(key, [ZERO] * (1 + len(taxes)))
        for index, amount in enumerate([line.net, *(tax.amount for tax in taxes)]):
            left[index] += sign * amount

    def take(self, line: Line) -> None:
        """Deduct a credited line."""
        self._add(line, -1)

    @property
    def gross(self) -> Decimal:
        """All that is left, with tax."""
        return total([amount for parts in self._left.values() for amount in parts])

    def spread(self, amount: Decimal, currency: str) -> list[tuple[Decimal, tuple[TaxLine, ...]]]:
        """Split a gross amount over the mix: (net, taxes) per group of taxes, largest first.

        :raises ValueError: if nothing is left to spread over
        """
        step = unit(currency)
        groups = sorted(
            ((key, parts) for key, parts in self._left.items() if total(parts) > 0 and all(p >= 0 for p in parts)),
            key=lambda group: (-total(group[1]), repr(group[0])),
        )
        shares = allocate(amount, [total(parts) for _key, parts in groups], step)
        result = []
        for (key, parts), share in zip(groups, shares, strict=True):
            if share:
                net, *taxes = allocate(share, parts, step)
                named = zip(key, taxes, strict=True)
                result.append((net, tuple(TaxLine(code=code, rate=rate, amount=tax) for (code, rate), tax in named)))
        return result


def plan_credit_notes(planner: LinePlanner, invoice: PlannedMove | None) -> list[PlannedMove]:
    """Credit notes of an order's refunds whose money has moved, in the order they happened."""
    document = planner.document
    mix = _TaxMix(document.lines)
    planned = []
    for refund in sorted(document.refunds, key=lambda refund: (refund.at, refund.external_id)):
        amount = refund.amount - refund.already_reduced
        if refund.state is not MoneyState.DONE or not amount or document.cancelled:
            continue
        if invoice is None:
            _block_without_invoice(planner, refund, amount)
        elif amount > mix.gross:
            planner.block(
                "refund_above_order",
                f"Order {document.number}: refund {refund.external_id} gives back {amount} {document.currency}, "
                f"but only {mix.gross} is left of the order.",
                hint="Decide what the excess is (compensation, or a refund of another order).",
                amount=amount - mix.gross, key=refund.external_id,
            )  # fmt: skip
        else:
            planned += _credit_note(planner, refund, amount, mix)
    return planned


def _block_without_invoice(planner: LinePlanner, refund: Refund, amount: Decimal) -> None:
    if planner.reasons:
        return  # the invoice itself is blocked; its reasons say why
    document = planner.document
    planner.block(
        "refund_without_invoice",
        f"Order {document.number}: refund {refund.external_id} of {amount} {document.currency} has no invoice "
        "to credit.",
        hint="Check in the store what was refunded.", amount=amount, key=refund.external_id,
    )  # fmt: skip


def _credit_note(planner: LinePlanner, refund: Refund, amount: Decimal, mix: _TaxMix) -> list[PlannedMove]:
    on = planner.day(refund.at)
    lines: list[PlannedLine] = []
    for line in refund.lines:
        lines += planner.line(line, on, returned=True)
        mix.take(line)
    rest = amount - total([line.gross for line in refund.lines])
    if rest:
        lines += _adjustment(planner, refund, rest, mix, on)
    if not lines or planner.reasons:
        return []
    return [
        PlannedMove(
            kind=EntryKind.CREDIT_NOTE, external_id=refund.external_id, currency=planner.document.currency,
            date=accounting_date(on, planner.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
            label=refund.reason,
        )
    ]  # fmt: skip


def _adjustment(planner: LinePlanner, refund: Refund, rest: Decimal, mix: _TaxMix, on: date) -> list[PlannedLine]:
    """The part of a refund that no line explains: given back (positive) or withheld (negative)."""
    key = "amount_only" if rest > 0 else "withheld"
    rule = planner.resolve("refund_adjustment", key, on, rest)
    if rule is None:
        return []
    description = refund.reason or ("Refund without lines" if rest > 0 else "Withheld from the refund")
    lines = []
    for net, tax_lines in _spread(planner, refund, rest, mix):
        taxes = planner.taxes(tax_lines, on)
        if taxes is None:
            return []
        lines.append(
            PlannedLine(
                rule=rule,
                kind="refund_adjustment",
                key=key,
                description=description,
                quantity=ONE,
                net=net,
                taxes=taxes,
            )
        )
        mix.take(_as_line(refund, net, tax_lines))
    return lines


def _spread(
    planner: LinePlanner, refund: Refund, rest: Decimal, mix: _TaxMix
) -> list[tuple[Decimal, tuple[TaxLine, ...]]]:
    # What is withheld from a refund keeps the taxes of the lines it is withheld from.
    source = mix if rest > 0 else _TaxMix(refund.lines)
    try:
        return source.spread(rest, planner.document.currency)
    except ValueError:
        planner.block(
            "refund_without_tax_mix",
            f"Order {planner.document.number}: {rest} {planner.document.currency} of refund {refund.external_id} "
            "has no lines, and nothing is left of the order to tell its tax.",
            hint="Check the refund in the store.", amount=rest, key=refund.external_id,
        )  # fmt: skip
        return []


def _as_line(refund: Refund, net: Decimal, taxes: tuple[TaxLine, ...]) -> Line:
    return Line(
        external_id=refund.external_id, kind=LineKind.FEE, key="", description="", quantity=ONE, net=net, taxes=taxes
    )
