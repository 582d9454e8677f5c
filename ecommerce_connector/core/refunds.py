"""Refunds → credit notes.

A refund credits exactly its lines. What it gives back beyond (or short of) them, and a refund
without lines, is spread over the taxes of what is left of the order, so that tax is given back
with it. The refund that exhausts the order credits all that is left of each tax, so that nothing
remains of a sale that was given back whole. Value that the platform already took out of the
order's own lines is not credited again.

Refunds are taken in the order they happened, but those whose credit notes are posted come first,
as they were posted: a refund that settles late is spread over what is really left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from .canonical import Line, LineKind, MoneyState, Refund, TaxLine
from .currencies import unit
from .dates import accounting_date
from .lines import ONE, LinePlanner
from .plans import EntryKind, PlannedLine, PlannedMove, plain
from .rounding import ZERO, allocate, total

#: Taxes that a line bears, without their amounts; one group of the tax mix.
_TaxKey = tuple[TaxLine, ...]


class _TaxMix:
    """What is left of an invoice, net and tax, by the taxes it bears, and of its rounding.

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
        external_id="rest", kind=LineKind.FEE, key="", description="", quantity=ONE, net=net, taxes=tuple(taxes)
    )


def plan_credit_notes(planner: LinePlanner, *, invoiced: bool, credited: Sequence[str] = ()) -> list[PlannedMove]:
    """Credit notes of an order's refunds whose money has moved: posted ones, then others as they happened.

    :param invoiced: the order has an invoice, even if that is blocked: its refunds are looked
        through all the same, so that all reasons are found at once
    :param credited: ids of the refunds whose credit notes are posted, in the order of posting
    """
    document = planner.document
    if document.cancelled or document.placed_at is None or not document.refunds:
        return []  # nothing was sold (money received and given back, no credit note), or nothing given back
    mix = _TaxMix(document.lines, document.unexplained)
    planned = []
    for refund in _in_turn(document.refunds, credited):
        amount = refund.amount - refund.already_reduced
        if refund.state is not MoneyState.DONE or not amount:
            continue
        if not invoiced:
            _block_without_invoice(planner, refund, amount)
        elif amount > mix.gross:
            _block_above_order(planner, refund, amount, mix)
        else:
            planned += _credit_note(planner, refund, amount, mix)
    _watch_taxes(planner, mix)
    return planned


def _in_turn(refunds: Iterable[Refund], credited: Sequence[str]) -> list[Refund]:
    turn = {external_id: number for number, external_id in enumerate(credited)}
    last = len(turn)
    return sorted(refunds, key=lambda refund: (turn.get(refund.external_id, last), refund.at, refund.external_id))


def _block_without_invoice(planner: LinePlanner, refund: Refund, amount: Decimal) -> None:
    document = planner.document
    planner.block(
        "refund_without_invoice",
        f"Order {document.number}: refund {refund.external_id} of {amount} {document.currency} has no invoice "
        "to credit.",
        hint="Check in the store what was refunded.", amount=amount, key=refund.external_id,
    )  # fmt: skip


def _block_above_order(planner: LinePlanner, refund: Refund, amount: Decimal, mix: _TaxMix) -> None:
    document = planner.document
    planner.block(
        "refund_above_order",
        f"Order {document.number}: refund {refund.external_id} gives back {amount} {document.currency}, "
        f"but only {mix.gross} is left of the order.",
        hint="Decide what the excess is (compensation, or a refund of another order).",
        amount=amount - mix.gross, key=refund.external_id,
    )  # fmt: skip


def _watch_taxes(planner: LinePlanner, mix: _TaxMix) -> None:
    document = planner.document
    for taxes, excess in mix.overdrawn(planner.policy.rounding_cap):
        planner.notice(
            "refund_above_tax",
            f"Order {document.number}: its refunds credit {excess} {document.currency} more at {taxes} than was sold.",
            hint="Check the lines of the refunds in the store, and the tax return.", amount=excess, key=taxes,
        )  # fmt: skip


def _credit_note(planner: LinePlanner, refund: Refund, amount: Decimal, mix: _TaxMix) -> list[PlannedMove]:
    on = planner.day(refund.at)
    lines: list[PlannedLine] = []
    for line in refund.lines:
        lines += planner.line(line, on, returned=True)
        mix.take(line)
    lines += _adjustment(planner, refund, amount - total([line.gross for line in refund.lines]), mix, on)
    if not lines or planner.reasons:
        return []
    return [
        PlannedMove(
            kind=EntryKind.CREDIT_NOTE, external_id=refund.external_id, currency=planner.document.currency,
            date=accounting_date(on, planner.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
            label=refund.reason, facts=_facts(refund), customer_rule=planner.customer_rule(planner.sold_on or on),
        )
    ]  # fmt: skip


def _facts(refund: Refund) -> tuple[object, ...]:
    """What the store says of a refund, whatever the other refunds of the order are."""
    lines = sorted(
        (line.kind.value, line.key, plain(line.net))
        + tuple((tax.code, plain(tax.rate), plain(tax.amount), tax.remitted_by_seller) for tax in line.taxes)
        for line in refund.lines
        if line.net or any(tax.amount for tax in line.taxes)
    )
    return plain(refund.amount), plain(refund.already_reduced), tuple(lines)


def _adjustment(planner: LinePlanner, refund: Refund, rest: Decimal, mix: _TaxMix, on: date) -> list[PlannedLine]:
    """The part of a refund that no line explains: given back (positive) or withheld (negative)."""
    if rest == mix.gross:
        parts = mix.everything()
    else:
        # What is withheld from a refund keeps the taxes of the lines it is withheld from.
        parts = (mix if rest > 0 else _TaxMix(refund.lines)).spread(rest, planner.document.currency)
    rounding = rest - total([part.gross for part in parts])
    mix.rounding -= rounding
    key = "withheld" if rest < 0 else "amount_only"
    lines = [line for part in parts for line in _adjustment_line(planner, refund, key, part, on)]
    for part in parts:
        mix.take(part)
    return lines + planner.rounding(rounding, on)


def _adjustment_line(planner: LinePlanner, refund: Refund, key: str, part: Line, on: date) -> list[PlannedLine]:
    rule = planner.resolve("refund_adjustment", key, on, part.net)
    taxes = planner.taxes(tuple(tax for tax in part.taxes if tax.remitted_by_seller), on)
    marketplace = planner.marketplace_taxes(part, on)
    if rule is None or taxes is None:
        return []
    description = refund.reason or ("Refund without lines" if key == "amount_only" else "Withheld from the refund")
    planned = PlannedLine(
        rule=rule, kind="refund_adjustment", key=key, description=description, quantity=ONE, net=part.net, taxes=taxes
    )
    return [planned, *marketplace]
