"""A dispute's plan as text that a bookkeeper can read: what the form and the wizard show."""

from __future__ import annotations

from collections.abc import Iterator

from ..days import said
from ..payouts.text import aligned
from ..plan_text import money
from ..rounding import total
from .planning import DisputePlan, LossRole


def to_text(plan: DisputePlan) -> str:
    """The plan as a bookkeeper reads it."""
    facts = plan.facts
    lines = [f"Dispute {facts.external_id}: {facts.state.value.replace('_', ' ')}"]
    lines += [f"  ! {reason}" for reason in plan.reasons]
    lines += [f"  i {notice}" for notice in plan.notices]
    if plan.lines:
        late = f" (decided {said(plan.true_date)}, period locked)" if plan.date != plan.true_date else ""
        relief = ", with tax relief" if plan.tax_relief else ""
        lines.append(f"Lost {money(plan.loss, facts.currency)} {facts.currency}{relief}, {said(plan.date)}{late}")
        lines += aligned(list(_cells(plan)))
    return "\n".join(lines) + "\n"


def _cells(plan: DisputePlan) -> Iterator[tuple[str, str, str, str, str]]:
    currency = plan.facts.currency
    yield "Account", "Text", "Debit", "Credit", "Why"
    for line in plan.lines:
        amount = money(abs(line.amount), currency)
        debit, credit = (amount, "") if line.amount > 0 else ("", amount)
        why = str(line.rule) if line.rule else "where the withdrawal is"
        yield line.target.label, line.label, debit, credit, "as the order was taxed" if _is_tax(line.role) else why
    sides = [total([line.amount for line in plan.lines if line.amount * sign > 0]) * sign for sign in (1, -1)]
    yield "Total", "", money(sides[0], currency), money(sides[1], currency), currency


def _is_tax(role: LossRole) -> bool:
    return role is LossRole.TAX
