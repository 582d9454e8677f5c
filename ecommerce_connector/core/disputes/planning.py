"""From where a dispute stands to the entry of its loss, or to all the reasons why not.

Cases 22 to 24b: what was withdrawn is on the account of disputed funds by the payout's own entry,
what is given back leaves it by the payout that brings it. Only a loss needs an entry of its own.
Amounts are in the dispute's currency, debit positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from ..currencies import unit
from ..dates import accounting_date
from ..errors import MappingAmbiguous, MappingMissing, PlanUnbalanced
from ..mapping.facts import Facts
from ..mapping.rulebook import Rule, Rulebook, Target
from ..plan_text import money
from ..plans import PlanStatus
from ..reasons import Reason
from ..rounding import ZERO, total
from .document import DisputeState
from .standing import DisputeFacts
from .taxes import BookedTaxes

LOSS_RULE = "dispute_loss"
#: What rules match on where nobody says why the customer disputed.
NO_REASON = "lost"


class LossRole(str, Enum):
    """What a line of the entry does; the order is that of the entry."""

    LOSS = "loss"
    TAX = "tax"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputePolicy:
    """How the disputes of a processor account are booked.

    :ivar disputed: the account that the withdrawal is on; None if nothing was withdrawn yet
    :ivar obstacle: why nothing can be booked on it; empty if something can
    :ivar first_open_day: the first day that no lock date closes
    :ivar first_open_tax_day: the same for entries with taxes
    """

    disputed: Target | None
    obstacle: str = ""
    first_open_day: date = date.min
    first_open_tax_day: date = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class LossLine:
    """One line of the entry.

    :ivar rule: the rule that decided it, None for disputed funds
    :ivar amount: debit positive, never zero
    :ivar taxes: of a loss with tax relief, the ids of the taxes that were charged on it
    :ivar tax: of a tax, its id
    :ivar base: of a tax, what it was charged on
    """

    role: LossRole
    target: Target
    rule: Rule | None
    amount: Decimal
    label: str
    taxes: tuple[int, ...] = ()
    tax: int | None = None
    base: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputePlan:
    """The entry of a loss: complete and balanced, or blocked with every reason, or nothing to book (``WAITING``).

    :ivar true_date: the day of the decision
    :ivar date: accounting date, never on or before a lock date
    :ivar reasons: why it is blocked; empty unless it is
    :ivar notices: what a person should know although nothing is wrong
    """

    facts: DisputeFacts
    status: PlanStatus
    true_date: date | None = None
    date: date | None = None
    lines: tuple[LossLine, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notices: tuple[Reason, ...] = ()

    @property
    def loss(self) -> Decimal:
        """What it books as lost."""
        return -total([line.amount for line in self.lines if line.role is LossRole.DISPUTED])

    @property
    def tax_relief(self) -> bool:
        """Whether it asks for the tax back."""
        return bool(self.facts.outcome and self.facts.outcome.tax_relief)

    @property
    def rules(self) -> frozenset[int]:
        """Numbers of all rules that decided it."""
        return frozenset({line.rule.id for line in self.lines if line.rule} - {0})


def plan_dispute(
    facts: DisputeFacts, rulebook: Rulebook, policy: DisputePolicy, booked: BookedTaxes | None = None
) -> DisputePlan:
    """Plan the loss of a dispute, with the rules valid on the day it was decided.

    :param booked: what is booked of the order; None if it is not known, or not booked
    :raises PlanUnbalanced: never, unless there is a defect here
    """
    notices, reasons = tuple(_notices(facts)), list(_money_reasons(facts))
    outcome, loss = facts.outcome, facts.loss
    if outcome is None or not loss or (not facts.withdrawn and not reasons):
        status = PlanStatus.BLOCKED if reasons else PlanStatus.WAITING
        return DisputePlan(facts=facts, status=status, reasons=tuple(reasons), notices=notices)
    reasons += _account_reasons(facts, policy)
    rule = _rule(facts, rulebook, outcome.on, reasons)
    if outcome.tax_relief:
        reasons += _relief_reasons(facts, booked)
    lines: tuple[LossLine, ...] = ()
    if not reasons and rule and policy.disputed:
        split = booked if booked and outcome.tax_relief else BookedTaxes(bases=(((), loss),))
        lines = _lines(facts, split.split(loss, unit(facts.currency)), rule, policy.disputed)
    has_tax = any(line.taxes for line in lines)
    first = policy.first_open_tax_day if has_tax else policy.first_open_day
    return DisputePlan(
        facts=facts,
        status=PlanStatus.BLOCKED if reasons else PlanStatus.COMPLETE,
        true_date=outcome.on,
        date=accounting_date(outcome.on, first),
        lines=lines,
        reasons=tuple(reasons),
        notices=notices,
    )


def _lines(facts: DisputeFacts, split: BookedTaxes, rule: Rule, disputed: Target) -> tuple[LossLine, ...]:
    label = f"chargeback {facts.external_id}, lost"
    lines = [
        LossLine(role=LossRole.LOSS, target=rule.target, rule=rule, amount=net, label=label, taxes=taxes)
        for taxes, net in split.bases
        if net
    ]
    lines += [
        LossLine(
            role=LossRole.TAX, target=Target(label=tax.label, account=rule.target.account), rule=rule,
            amount=tax.amount, label=f"{tax.label}, {label}", tax=tax.tax, base=split.base_of(tax.tax),
        )
        for tax in split.taxes
        if tax.amount
    ]  # fmt: skip
    lines.append(
        LossLine(role=LossRole.DISPUTED, target=disputed, rule=None, amount=-facts.loss, label=label),
    )
    if rest := total([line.amount for line in lines]):
        raise PlanUnbalanced(f"The entry of dispute {facts.external_id} is off by {rest} {facts.currency}.")
    return tuple(lines)


def _rule(facts: DisputeFacts, rulebook: Rulebook, on: date, reasons: list[Reason]) -> Rule | None:
    """The rule for the loss; what is wrong with it is added to the reasons."""
    key = facts.reason or NO_REASON
    try:
        return rulebook.resolve(LOSS_RULE, key, on, Facts(currency=facts.currency))
    except (MappingMissing, MappingAmbiguous) as error:
        reasons.append(
            Reason(
                code="mapping_missing" if isinstance(error, MappingMissing) else "mapping_ambiguous",
                message=f"Dispute {facts.external_id}: {error.message}",
                hint=error.hint,
                amount=facts.loss,
                key=f"{LOSS_RULE}:{key}",
            )
        )
        return None


# === What keeps it from being booked === #


def _money_reasons(facts: DisputeFacts) -> Iterator[Reason]:
    """Amounts that do not fit each other."""
    outcome, loss = facts.outcome, facts.loss
    if facts.disputed < ZERO:
        yield _reason(
            facts, "dispute_over_reinstated", -facts.disputed,
            f"{_money(facts, facts.reinstated)} was given back, but only {_money(facts, facts.withdrawn)} withdrawn.",
            "Post the payout that withdrew it; if none did, ask the processor.",
        )  # fmt: skip
    elif facts.withdrawn and loss > facts.disputed:
        yield _reason(
            facts, "dispute_over_lost", loss - facts.disputed,
            f"{_money(facts, loss)} is lost, but only {_money(facts, facts.disputed)} is still disputed.",
            "Post the payouts that are missing; or undo the decision, and decide again.",
        )  # fmt: skip
    if outcome and outcome.state is DisputeState.LOST and facts.withdrawn:
        said = outcome.disputed
        if said is not None and said != facts.withdrawn:
            yield _reason(
                facts, "dispute_amount", facts.withdrawn - said,
                f"The store says that {_money(facts, said)} is lost, the processor withdrew "
                f"{_money(facts, facts.withdrawn)}.",
                "Find out which is right, then decide by hand: “Lost…” on the dispute.",
            )  # fmt: skip


def _account_reasons(facts: DisputeFacts, policy: DisputePolicy) -> Iterator[Reason]:
    if policy.disputed is None or policy.obstacle:
        yield _reason(
            facts, "dispute_account", facts.loss, f"It cannot be booked: {policy.obstacle or 'nothing is withdrawn'}.",
            "Correct that, then try again.",
        )  # fmt: skip


def _relief_reasons(facts: DisputeFacts, booked: BookedTaxes | None) -> Iterator[Reason]:
    problem = ""
    if booked is None:
        problem = "its order has no invoice here whose taxes could be given back"
    elif booked.refused:
        problem = booked.refused
    elif not booked.is_one_sided:
        problem = "the order's invoices less its credit notes leave nothing that the loss could be spread over"
    if problem:
        yield _reason(
            facts, "dispute_tax_relief", facts.loss, f"There can be no tax relief: {problem}.",
            "Decide again without tax relief, and book the tax by hand where the law allows it.",
        )  # fmt: skip


def _notices(facts: DisputeFacts) -> Iterator[Reason]:
    decided = facts.outcome.state if facts.outcome else None
    if decided in (DisputeState.LOST, DisputeState.PARTLY_LOST) and not facts.withdrawn:
        yield _reason(
            facts, "dispute_not_withdrawn", None,
            "It is lost, but no posted payout has withdrawn the money: nothing is booked yet.",
            "Import and post the payout with the withdrawal; the loss is booked then.",
        )  # fmt: skip
    if facts.state is DisputeState.WON and facts.disputed > ZERO:
        yield _reason(
            facts, "dispute_not_reinstated", facts.disputed,
            f"It is won, but {_money(facts, facts.disputed)} has not come back in a posted payout.",
            "It leaves disputed funds with the payout that brings it.",
        )  # fmt: skip


def _reason(facts: DisputeFacts, code: str, amount: Decimal | None, message: str, hint: str) -> Reason:
    return Reason(
        code=code, message=f"Dispute {facts.external_id}: {message}", hint=hint, amount=amount, key=facts.external_id
    )


def _money(facts: DisputeFacts, amount: Decimal) -> str:
    return f"{money(amount, facts.currency)} {facts.currency}"
