"""A payout's plan as text that a bookkeeper can read: what previews show and tests compare."""

from __future__ import annotations

from collections.abc import Iterator

from ..days import said
from ..plan_text import money
from ..rounding import total
from .plans import LineRole, PayoutLine, PayoutPlan


def to_text(plan: PayoutPlan) -> str:
    """The plan as a bookkeeper reads it; what previews show and golden tests compare."""
    payout = plan.payout
    late = f" (paid {said(plan.true_date)}, period locked)" if plan.date != plan.true_date else ""
    amount = f"{money(payout.amount, payout.currency)} {payout.currency}"
    lines = [f"Payout {payout.external_id}, {payout.processor}, {amount}, {said(plan.date)}{late}: {plan.status.value}"]
    lines += [f"  ! {reason}" for reason in plan.reasons]
    if plan.lines:
        lines += aligned(list(_cells(plan)))
    return "\n".join(lines) + "\n"


def _cells(plan: PayoutPlan) -> Iterator[tuple[str, str, str, str, str]]:
    currency = plan.payout.currency
    yield "Account", "Text", "Debit", "Credit", "Why"
    for line in plan.lines:
        amount = money(abs(line.amount), currency)
        debit, credit = (amount, "") if line.amount > 0 else ("", amount)
        own = f" ({money(abs(line.own.amount), line.own.currency)} {line.own.currency})" if line.own else ""
        yield line.target.label, line.label + own, debit, credit, _why(line)
    sides = [total([line.amount for line in plan.lines if line.amount * sign > 0]) * sign for sign in (1, -1)]
    yield "Total", "", money(sides[0], currency), money(sides[1], currency), currency


def _why(line: PayoutLine) -> str:
    if line.rule:
        return str(line.rule)
    if line.role is LineRole.IN_TRANSIT and line.returned_id is not None:
        return "processor account, settles the payout that came back"
    if line.role is LineRole.ACCRUED:
        return "processor account, settles the fee that a summary has booked"
    if line.role is not LineRole.CLEARING:
        return "processor account"
    return "stays open, accepted" if line.payment_id is None else f"settles payment {line.payment_id}"


def aligned(rows: list[tuple[str, str, str, str, str]]) -> list[str]:
    """Rows of account, text, debit, credit and why: columns as wide as their longest cell; amounts to the right."""
    account, text, debit, credit, _why = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [
        f"  {row[0]:<{account}}  {row[1]:<{text}}  {row[2]:>{debit}}  {row[3]:>{credit}}  {row[4]}".rstrip()
        for row in rows
    ]
