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

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from .canonical import Line, MoneyState, Refund
from .dates import accounting_date
from .deposits import Deposits, deposit_line
from .lines import ONE, LinePlanner
from .plans import EntryKind, PlannedLine, PlannedMove, PlannedTransfer, plain
from .rounding import ZERO, total
from .tax_mix import TaxMix
from .texts import said_value
from .vouchers import block_kept, given_back

#: External id of the credit note for what is left of an order that is cancelled after it was invoiced.
CANCELLED = "cancelled"


def plan_credit_notes(planner: LinePlanner, deposits: Deposits, *, invoiced: bool) -> list[PlannedMove]:
    """Credit notes of an order's refunds whose money has moved: posted ones, then others as they happened.

    :param deposits: without a final invoice, what is given back is credited to theirs
    :param invoiced: the order has an invoice, even if that is blocked: its refunds are looked
        through all the same, so that all reasons are found at once
    """
    document = planner.document
    if deposits.moves and not invoiced:
        return _of_deposits(planner, deposits)
    if document.placed_at is None or (document.cancelled and not invoiced):
        return []  # nothing was sold: money received and given back, no credit note
    mix = TaxMix(document.lines, document.unexplained)
    planned: list[PlannedMove] = []
    credited_before, told_after = _around_cancellation(planner)
    for refund in _in_turn(credited_before, planner.posted.credited):
        amount = refund.amount - refund.already_reduced
        if refund.state is not MoneyState.DONE or not amount:
            continue
        if not invoiced:
            _block_without_invoice(planner, refund, amount)
        elif amount > mix.gross:
            planned += _above_order(planner, refund, amount, mix)
        elif document.cancelled and not planned and amount == mix.gross:
            planned += _whole_order(planner, refund, mix)
        else:
            planned += credit_note(planner, refund, amount, mix)
    if document.cancelled and mix.gross > 0 and not block_kept(planner):
        planned += _rest_of_cancelled(planner, mix, is_whole=not planned)
        _pay_back(planner, told_after, planned[-1].total if planned else ZERO)
    _watch_taxes(planner, mix)
    return planned


def _of_deposits(planner: LinePlanner, deposits: Deposits) -> list[PlannedMove]:
    """Refunds of an order that has invoices of deposits only: whatever they list, nothing of it was sold yet."""
    mix = TaxMix(deposits.lines)
    planned = []
    for refund in _in_turn(planner.document.refunds, planner.posted.credited):
        amount = refund.amount - refund.already_reduced
        if refund.state is not MoneyState.DONE or not amount:
            continue
        if amount > mix.gross:
            _block_above(planner, refund, amount, max(mix.gross, ZERO))
            continue
        parts = mix.everything() if amount == mix.gross else mix.spread(amount, planner.document.currency)
        on, lines = planner.day(refund.at), []
        for part in parts:
            lines += deposit_line(planner, refund.gateway, part, on, refund.reason or "Deposit given back")
            mix.take(part)
        planned += _move(planner, refund, on, lines, refund_facts(refund))
    return planned


def _around_cancellation(planner: LinePlanner) -> tuple[Sequence[Refund], Sequence[Refund]]:
    """Refunds that have credit notes of their own, and those that came after all of the order was credited."""
    document, credited = planner.document, planner.posted.credited
    if not document.cancelled or CANCELLED not in credited:
        return document.refunds, ()
    own = [refund for refund in document.refunds if refund.external_id in credited]
    return own, [refund for refund in document.refunds if refund.external_id not in credited]


def _pay_back(planner: LinePlanner, refunds: Iterable[Refund], left: Decimal) -> None:
    """Refunds of what the cancellation credited are its money, and no credit note; what is more is a compensation."""
    for refund in _in_turn(refunds, ()):
        amount = refund.amount - refund.already_reduced
        if refund.state is MoneyState.DONE and amount > left:
            compensate(planner, refund, amount - left)
        if refund.state is MoneyState.DONE:
            left -= min(amount, left)


def _whole_order(planner: LinePlanner, refund: Refund, mix: TaxMix) -> list[PlannedMove]:
    """A cancelled order given back at once: its own lines are credited, whatever the refund lists."""
    lines = refund.lines or planner.document.lines
    return credit_note(planner, replace(refund, lines=lines), mix.gross, mix, refund_facts(refund))


def _rest_of_cancelled(planner: LinePlanner, mix: TaxMix, *, is_whole: bool) -> list[PlannedMove]:
    """What no refund credits of an order that is cancelled after it was invoiced."""
    document = planner.document
    cancelled = Refund(
        external_id=CANCELLED, gateway="", amount=mix.gross, at=document.cancelled_at or document.updated_at,
        reason="Cancelled", lines=document.lines if is_whole else (),
    )  # fmt: skip
    return credit_note(planner, cancelled, mix.gross, mix)


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


def _too_much(planner: LinePlanner, refund: Refund, amount: Decimal, left: Decimal) -> str:
    document = planner.document
    return (
        f"Order {document.number}: refund {refund.external_id} gives back {amount} {document.currency}, "
        f"but only {left} is left of the order."
    )


def _block_above(planner: LinePlanner, refund: Refund, amount: Decimal, left: Decimal) -> None:
    planner.block(
        "refund_above_order", _too_much(planner, refund, amount, left), amount=amount - left, key=refund.external_id,
        hint="Decide what the excess is: add a compensation rule, or check the refund in the store.",
    )  # fmt: skip


def _above_order(planner: LinePlanner, refund: Refund, amount: Decimal, mix: TaxMix) -> list[PlannedMove]:
    """What is left is credited, and the excess is a compensation: a cost, never negative revenue."""
    left = max(mix.gross, ZERO)
    if not compensate(planner, refund, amount - left) or not left:
        return []
    lines = refund.lines if total([line.gross for line in refund.lines]) == left else ()
    return credit_note(planner, replace(refund, lines=lines), left, mix, refund_facts(refund))


def compensate(planner: LinePlanner, refund: Refund, excess: Decimal) -> bool:
    """Book as a cost what a refund gives back beyond the order's worth; False if no rule says where."""
    on, amount = planner.day(refund.at), refund.amount - refund.already_reduced
    rule = planner.find("compensation", refund.gateway, on)
    if rule is None:
        _block_above(planner, refund, amount, amount - excess)
        return False
    said = _too_much(planner, refund, amount, amount - excess)
    planner.notice(
        "compensated", f"{said} The excess of {excess} is booked on {rule.target.label}.",
        hint="Check in the store why it was given.", amount=excess, key=refund.external_id,
    )  # fmt: skip
    planner.transfers.append(
        PlannedTransfer(
            kind=EntryKind.COMPENSATION, external_id=refund.external_id, currency=planner.document.currency, rule=rule,
            amount=excess, true_date=on, date=accounting_date(on, planner.policy.first_open_day), label=refund.reason,
        )
    )  # fmt: skip
    return True


def _watch_taxes(planner: LinePlanner, mix: TaxMix) -> None:
    document = planner.document
    for taxes, excess in mix.overdrawn(planner.policy.rounding_cap_in(document.currency)):
        planner.notice(
            "refund_above_tax",
            f"Order {document.number}: its refunds credit {excess} {document.currency} more at {taxes} than was sold.",
            hint="Check the lines of the refunds in the store, and the tax return.", amount=excess, key=taxes,
        )  # fmt: skip


def credit_note(
    planner: LinePlanner, refund: Refund, amount: Decimal, mix: TaxMix, facts: tuple[object, ...] | None = None
) -> list[PlannedMove]:
    """The credit note of a refund.

    :param facts: what the store says of it, where ``refund`` is not just that
    """
    on = planner.day(refund.at)
    lines: list[PlannedLine] = []
    for line in refund.lines:
        lines += planner.line(line, on, returned=True)
        mix.take(line)
    lines += _adjustment(planner, refund, amount - total([line.gross for line in refund.lines]), mix, on)
    return _move(planner, refund, on, lines, facts or refund_facts(refund))


def _move(
    planner: LinePlanner, refund: Refund, on: date, lines: Sequence[PlannedLine], facts: tuple[object, ...]
) -> list[PlannedMove]:
    lines = [*lines, *given_back(planner, refund, lines, on)]
    if not lines or planner.reasons:
        return []
    return [
        PlannedMove(
            kind=EntryKind.CREDIT_NOTE, external_id=refund.external_id, currency=planner.document.currency,
            date=accounting_date(on, planner.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
            label=refund.reason, facts=facts,
            customer_rule=planner.customer_rule(planner.sold_on or on),
        )
    ]  # fmt: skip


def refund_facts(refund: Refund) -> tuple[object, ...]:
    """What the store says of a refund, whatever the other refunds of the order are."""
    lines = sorted(
        (line.kind.value, line.key, plain(line.net))
        + tuple((tax.code, plain(tax.rate), plain(tax.amount), tax.remitted_by_seller) for tax in line.taxes)
        for line in refund.lines
        if line.net or any(tax.amount for tax in line.taxes)
    )
    return plain(refund.amount), plain(refund.already_reduced), tuple(lines)


def _adjustment(planner: LinePlanner, refund: Refund, rest: Decimal, mix: TaxMix, on: date) -> list[PlannedLine]:
    """The part of a refund that no line explains: given back (positive) or withheld (negative)."""
    if rest == mix.gross:
        parts = mix.everything()
    else:
        # What is withheld from a refund keeps the taxes of the lines it is withheld from.
        parts = (mix if rest > 0 else TaxMix(refund.lines)).spread(rest, planner.document.currency)
    rounding = rest - total([part.gross for part in parts])
    mix.rounding -= rounding
    key = "withheld" if rest < 0 else "amount_only"
    description = refund.reason or said_value("refund_adjustment", key).capitalize()
    lines = [line for part in parts for line in adjustment_lines(planner, key, description, part, on)]
    for part in parts:
        mix.take(part)
    return lines + planner.rounding(rounding, on)


def adjustment_lines(planner: LinePlanner, key: str, description: str, part: Line, on: date) -> list[PlannedLine]:
    """What a refund gives back or keeps beyond its lines, of one group of taxes; empty if it is blocked."""
    rule = planner.resolve("refund_adjustment", key, on, part.net)
    taxes = planner.taxes(tuple(tax for tax in part.taxes if tax.remitted_by_seller), on)
    marketplace = planner.marketplace_taxes(part, on)
    if rule is None or taxes is None:
        return []
    planned = PlannedLine(
        rule=rule, kind="refund_adjustment", key=key, description=description, quantity=ONE, net=part.net, taxes=taxes
    )
    return [planned, *marketplace]
