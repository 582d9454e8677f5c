"""The shares of a payout: which part of a balance transaction goes where, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..currencies import unit
from ..errors import MappingAmbiguous, MappingMissing
from ..mapping.facts import Facts
from ..mapping.rulebook import Rule, Rulebook, Target
from ..plan_text import money
from ..reasons import Reason
from ..rounding import ZERO, quantize, total
from ..settlements import BalanceTransaction, Conversion, Payout, TransactionKind
from .matching import COUNTERPART_KINDS, MatchedRow
from .plans import Accrued, LineRole, PayoutPolicy

#: Kinds that a rule books, by role and kind of rule. The rule's key is the processor's own word
#: for the movement (``raw_kind``), in lower case as the report has it.
_BY_RULE: dict[TransactionKind, tuple[LineRole, str]] = {
    TransactionKind.DISPUTE: (LineRole.DISPUTE, "dispute"),
    TransactionKind.DISPUTE_REVERSAL: (LineRole.DISPUTE, "dispute"),
    TransactionKind.RESERVE_HOLD: (LineRole.RESERVE, "reserve"),
    TransactionKind.RESERVE_RELEASE: (LineRole.RESERVE, "reserve"),
    TransactionKind.ADJUSTMENT: (LineRole.SUSPENSE, "payout_other"),
    TransactionKind.UNKNOWN: (LineRole.SUSPENSE, "payout_other"),
}
FEE_RULE = "payout_fee"
#: What rules match for the fee of a conversion: no report has a word for it.
CONVERSION_FEE = "currency_conversion"
#: What a processor charges for a dispute may be booked apart from its other fees.
_DISPUTE_FEE_RULE = "dispute_fee"
_DISPUTES = frozenset({TransactionKind.DISPUTE, TransactionKind.DISPUTE_REVERSAL})


def missed_as(kind: str) -> str:
    """The kind that is told to be missing where a rule of this kind would do: the fee of a dispute is a fee too."""
    return FEE_RULE if kind == _DISPUTE_FEE_RULE else kind


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a balance transaction that goes to one account; ``amount`` is debit positive."""

    role: LineRole
    rule_kind: str
    amount: Decimal
    row: MatchedRow
    accrual: Accrued | None = None

    @property
    def key(self) -> str:
        return key_of(self.row.transaction)


def key_of(transaction: BalanceTransaction) -> str:
    """What rules match: the processor's own word for the movement."""
    return transaction.raw_kind or transaction.kind.value


def shares_of(row: MatchedRow, accrued: Sequence[Accrued]) -> Iterator[Share]:
    """Gross to its account, fee to the fees; a fee row is all fee, however it states its amount.

    What is booked of a fee already leaves clearing, where it waits.
    """
    tx = row.transaction
    if tx.kind is TransactionKind.FEE:
        shares = [Share(LineRole.FEE, FEE_RULE, -tx.net, row)]
    else:
        fixed = LineRole.CLEARING if tx.kind in COUNTERPART_KINDS else LineRole.IN_TRANSIT
        role, rule_kind = _BY_RULE.get(tx.kind, (fixed, ""))
        rest = tx.fee - total([accrual.amount for accrual in accrued])
        shares = [Share(role, rule_kind, -tx.gross, row), Share(LineRole.FEE, FEE_RULE, rest, row)]
        shares += [Share(LineRole.ACCRUED, "", accrual.amount, row, accrual) for accrual in accrued]
    yield from (share for share in shares if share.amount)


class ShareRules:
    """Looks up each rule once and gathers what no rule covers."""

    def __init__(self, rulebook: Rulebook, payout: Payout, withdrawn_by: Mapping[str, Rule]) -> None:
        self._rulebook = rulebook
        self._withdrawn_by = withdrawn_by
        self._payout = payout
        self._facts = Facts(currency=payout.currency)
        #: What was asked → (what waits for it, its amount in the payout's currency, debit positive)
        self._failed: dict[tuple[str, str], list[tuple[str, Decimal]]] = {}
        self._errors: dict[tuple[str, str], MappingMissing | MappingAmbiguous] = {}
        self._decided: set[tuple[str, int]] = set()

    @property
    def decided(self) -> frozenset[tuple[str, int]]:
        """What was asked for and the number of the rule that answered."""
        return frozenset(self._decided)

    def target(self, share: Share, policy: PayoutPolicy) -> tuple[Target, Rule | None] | None:
        """Where a share goes and by which rule; None if no rule decides it."""
        if not share.rule_kind:
            return (policy.in_transit if share.role is LineRole.IN_TRANSIT else policy.clearing), None
        if share.role is LineRole.DISPUTE and (known := self._withdrawn_by.get(share.row.transaction.external_id)):
            return known.target, known
        waiting = share.row.transaction.external_id, share.amount
        rule = self._resolve((share.rule_kind, share.key), waiting, self._dispute_fee(share))
        return (rule.target, rule) if rule else None

    def conversion_fee(self, conversion: Conversion) -> Rule | None:
        """The rule for what the processor took for the conversion of the payout, None if none decides it."""
        fee = in_payout_currency(self._payout, conversion, conversion.fee)
        return self._resolve((FEE_RULE, CONVERSION_FEE), ("the conversion of the payout", fee))

    def _resolve(self, asked: tuple[str, str], waiting: tuple[str, Decimal], known: Rule | None = None) -> Rule | None:
        if asked not in self._errors:
            try:
                rule = known or self._rulebook.resolve(*asked, self._payout.paid_on, self._facts)
                self._decided.add((":".join(asked), rule.id))
                return rule
            except (MappingMissing, MappingAmbiguous) as error:
                self._errors[asked] = error
        self._failed.setdefault(asked, []).append(waiting)
        return None

    def _dispute_fee(self, share: Share) -> Rule | None:
        """The rule for fees of disputes, if there is one and the share is such a fee."""
        if share.rule_kind != FEE_RULE or share.row.transaction.kind not in _DISPUTES:
            return None
        return self._rulebook.find(_DISPUTE_FEE_RULE, share.key, self._payout.paid_on, self._facts)

    def reasons(self) -> Iterator[Reason]:
        """One reason per missing decision, with the money that waits for it (debit positive)."""
        for asked, waiting in self._failed.items():
            error = self._errors[asked]
            amount = total([amount for _what, amount in waiting])
            names = named([what for what, _amount in waiting])
            yield Reason(
                code="mapping_missing" if isinstance(error, MappingMissing) else "mapping_ambiguous",
                message=f"Payout {self._payout.external_id}: {error.message} Waiting for it: "
                f"{money(amount, self._payout.currency)} {self._payout.currency} in {names}.",
                hint=error.hint,
                amount=amount,
                key=":".join(asked),
                cause=error.message,
            )


def named(ids: list[str], most: int = 5) -> str:
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown


def in_payout_currency(payout: Payout, conversion: Conversion, amount: Decimal) -> Decimal:
    """What an amount of the bank's currency was before the conversion, at the processor's own rate."""
    converted = conversion.amount + conversion.fee
    return quantize(amount * payout.amount / converted, unit(payout.currency)) if converted else ZERO
