"""Matching: balance transactions with the ledger's payments, payouts with bank lines.

Nothing is matched twice and nothing is left out: each balance transaction gets a status, each
open payment that the processor should have paid out and did not is listed. ``evidence`` says
what counts as proof, ``bank_lines`` does the same for the bank's side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from ..evidence import DATE_WINDOW, LedgerPayment, Matcher, Pair, canonical_order, same_amount
from ..rounding import ZERO
from ..settlements import BalanceTransaction, TransactionKind
from .bank_lines import CERTAIN, BankCandidate, BankLine, BankText, match_bank_lines

__all__ = [
    "CERTAIN",
    "COUNTERPART_KINDS",
    "DATE_WINDOW",
    "BankCandidate",
    "BankLine",
    "BankText",
    "LedgerPayment",
    "MatchResult",
    "MatchStatus",
    "MatchedRow",
    "match_bank_lines",
    "match_transactions",
    "needs_counterpart",
]

#: What needs a payment or refund in the ledger; everything else has none.
COUNTERPART_KINDS = frozenset({TransactionKind.CHARGE, TransactionKind.REFUND, TransactionKind.REFUND_FAILURE})


class MatchStatus(str, Enum):
    """What became of one balance transaction."""

    MATCHED = "matched"
    DIFFERENT = "different"
    MISSING_IN_LEDGER = "missing_in_ledger"
    DUPLICATE = "duplicate"
    NO_COUNTERPART = "no_counterpart"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRow:
    """One balance transaction and what was found for it.

    :ivar payment: also given for DIFFERENT and DUPLICATE, to show what it collides with
    :ivar difference: processor minus ledger; zero if matched, None where there is nothing to
        compare (no payment, another currency)
    :ivar reasons: for a person: why this payment, or why none
    :ivar score: 0 to 100, how sure
    """

    transaction: BalanceTransaction
    payment: LedgerPayment | None
    status: MatchStatus
    difference: Decimal | None
    reasons: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """One row per balance transaction, in their order.

    :ivar missing_at_processor: open payments up to the day asked for that no payout contains,
        oldest first
    """

    rows: tuple[MatchedRow, ...]
    missing_at_processor: tuple[LedgerPayment, ...] = ()

    def with_status(self, status: MatchStatus) -> tuple[MatchedRow, ...]:
        """The rows that came out so."""
        return tuple(row for row in self.rows if row.status is status)


def match_transactions(
    transactions: Sequence[BalanceTransaction],
    payments: Sequence[LedgerPayment],
    *,
    until: date | None = None,
    already_in: Mapping[str, str] | None = None,
) -> MatchResult:
    """Match balance transactions with the payments of their processor account.

    :param payments: open ones, and settled ones of the same time, which show what is listed again
    :param until: usually the day of the payout; open payments up to it that nothing here settles
        are listed as missing at the processor. None: all open ones
    :param already_in: balance transaction id → the other payout that contains it
    :raises ValueError: if two payments have the same id
    """
    if len({payment.id for payment in payments}) < len(payments):
        raise ValueError("two ledger payments have the same id")
    repeats = _repeats(transactions, already_in or {})
    entries = [(at, tx) for at, tx in enumerate(transactions) if needs_counterpart(tx) and at not in repeats]
    found = Matcher(entries, payments).run()
    rows = tuple(_row(tx, repeats.get(at, ""), found.get(at)) for at, tx in enumerate(transactions))
    used = {row.payment.id for row in rows if row.payment}
    missing = [
        payment
        for payment in payments
        if payment.is_free and payment.in_ledger and payment.id not in used
        if until is None or payment.date <= until
    ]
    return MatchResult(rows=rows, missing_at_processor=tuple(sorted(missing, key=lambda p: (p.date, p.id))))


def needs_counterpart(transaction: BalanceTransaction) -> bool:
    """Whether the ledger must have a payment or refund for it."""
    return transaction.kind in COUNTERPART_KINDS and transaction.gross != ZERO


def _repeats(transactions: Sequence[BalanceTransaction], already_in: Mapping[str, str]) -> dict[int, str]:
    """Positions of transactions that were listed before, and where."""
    repeats: dict[int, str] = {}
    seen: dict[tuple[str, str], BalanceTransaction] = {}
    for at, tx in sorted(enumerate(transactions), key=lambda entry: (*canonical_order(entry[1]), entry[0])):
        if tx.external_id in already_in:
            repeats[at] = f"balance transaction {tx.external_id} is already in payout {already_in[tx.external_id]}"
            continue
        keys = [("balance transaction", tx.external_id)]
        if _is_own_id(tx):
            keys.append((tx.kind.value.replace("_", " "), tx.source_id))
        known = next((key for key in keys if key in seen), None)
        if known:
            repeats[at] = f"{known[0]} {known[1]} is listed twice, first {_place(seen[known])}"
        else:
            seen.update((key, tx) for key in keys)
    return repeats


def _is_own_id(tx: BalanceTransaction) -> bool:
    """Whether ``source_id`` names this one movement; a refund may carry only its charge's id."""
    return needs_counterpart(tx) and bool(tx.source_id) and (tx.kind is _CHARGE or tx.source_id != tx.charge_id)


_CHARGE = TransactionKind.CHARGE


def _place(tx: BalanceTransaction) -> str:
    return f"in row {tx.row}" if tx.row else f"as balance transaction {tx.external_id}"


def _row(tx: BalanceTransaction, repeat: str, pair: Pair | None) -> MatchedRow:
    if repeat:
        return _unmatched(tx, MatchStatus.DUPLICATE, repeat)
    if not needs_counterpart(tx):
        reason = f"{tx.kind.value.replace('_', ' ')}: needs no payment in the ledger"
        return _unmatched(tx, MatchStatus.NO_COUNTERPART, reason)
    if pair is None:
        return _unmatched(tx, MatchStatus.MISSING_IN_LEDGER, _why_missing(tx))
    payment = pair.payment
    difference = _difference(tx, payment)
    reasons = [pair.reason]
    status = MatchStatus.MATCHED
    if not payment.is_free:
        status = MatchStatus.DUPLICATE
        reasons.append(f"the {payment.label} is already settled by {payment.matched_to or 'another entry'}")
    elif payment.obstacle:
        status = MatchStatus.DIFFERENT
        reasons.append(f"the {payment.label} cannot be settled: {payment.obstacle}")
    elif not same_amount(tx, payment):
        status = MatchStatus.DIFFERENT
        reasons.append(_how_different(tx, payment))
    return MatchedRow(
        transaction=tx, payment=payment, status=status, difference=difference, reasons=tuple(reasons), score=pair.score
    )


def _difference(tx: BalanceTransaction, payment: LedgerPayment) -> Decimal | None:
    if same_amount(tx, payment) and payment.open_amount is None:
        return ZERO
    return tx.claimed.amount - payment.in_ledger if tx.claimed.currency == payment.currency else None


def _unmatched(tx: BalanceTransaction, status: MatchStatus, reason: str) -> MatchedRow:
    return MatchedRow(transaction=tx, payment=None, status=status, difference=None, reasons=(reason,), score=0)


def _why_missing(tx: BalanceTransaction) -> str:
    if tx.kind is TransactionKind.REFUND_FAILURE:
        return f"refund {tx.source_id} failed and its money came back, which the ledger does not know"
    looked = [f"id {tx.source_id}"] if tx.source_id else []
    looked += [f"charge {tx.charge_id}"] if tx.charge_id not in ("", tx.source_id) else []
    looked += [f"order {tx.order_reference}"] if tx.order_reference else []
    what = "refund" if tx.kind is TransactionKind.REFUND else "payment"
    return f"no {what} in the ledger has {' or '.join([*looked, 'this amount and date alone'])}"


def _how_different(tx: BalanceTransaction, payment: LedgerPayment) -> str:
    claimed = tx.claimed
    both = f"the processor has {claimed.amount} {claimed.currency}, the ledger {payment.amount} {payment.currency}"
    if claimed.currency != payment.currency:
        return f"{both}: another currency"
    if (tx.gross < 0) != (payment.amount < 0):
        return f"{both}: the other direction"
    return f"{both}: a difference of {claimed.amount - payment.amount}"
