"""A payout that is stored against the same payout in another report: nothing new, fuller, or less.

A report may have been cut off, or made again with corrected rows. What the money is made of
counts: the rows, their kind and their amounts. Texts and references may differ with the columns
that were chosen for the report.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..plan_text import money
from ..settlements import BalanceTransaction, Payout

#: How many rows a sentence names.
_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutChange:
    """How a report's payout differs from the stored one.

    :ivar added: rows that only the report has
    :ivar lacking: rows that only the stored payout has
    :ivar altered: rows of both with another kind or amount: (stored, report)
    :ivar reconverted: the report tells of a conversion, and what is stored of none or of another
    :ivar newly_stated: the report has a row for the payout itself, what is stored had none
    :ivar contradicts_stated: the stored amount stood in a row of its own, and the report's rows add up to another
    """

    stored: Payout
    read: Payout
    added: tuple[BalanceTransaction, ...] = ()
    lacking: tuple[BalanceTransaction, ...] = ()
    altered: tuple[tuple[BalanceTransaction, BalanceTransaction], ...] = ()
    reconverted: bool = False
    newly_stated: bool = False
    contradicts_stated: bool = False

    @property
    def differs(self) -> bool:
        """Whether any row differs, or what arrives at the bank."""
        return bool(self.added or self.lacking or self.altered or self.reconverted)

    @property
    def is_fuller(self) -> bool:
        """Whether the report can take the place of what is stored: it lacks nothing of it."""
        return (self.differs or self.newly_stated) and not self.lacking and not self.contradicts_stated

    def __str__(self) -> str:
        """What differs, for a person."""
        parts = [
            *_rows("more", self.added, self.read.currency),
            *_rows("missing", self.lacking, self.read.currency),
            *(
                [f"{len(self.altered)} changed ({_named([_altered(*pair) for pair in self.altered])})"]
                if self.altered
                else []
            ),
        ]
        amounts = f"; {_at_bank(self.read)} instead of {_at_bank(self.stored)} at the bank" if self.reconverted else ""
        if self.stored.amount != self.read.amount:
            was, now = (f"{money(payout.amount, payout.currency)}" for payout in (self.stored, self.read))
            amounts += f"; the payout is {now} {self.read.currency} instead of {was}"
        if parts:
            return f"rows: {', '.join(parts)}{amounts}"
        if self.reconverted:
            return f"rows: the same{amounts}"
        return "it has a row for the payout itself" if self.newly_stated else "the same rows"


def compare_payouts(stored: Payout, read: Payout) -> PayoutChange:
    """Compare by the ids of the balance transactions; the order of the rows does not matter."""
    before = {tx.external_id: tx for tx in stored.transactions}
    after = {tx.external_id: tx for tx in read.transactions}
    return PayoutChange(
        stored=stored,
        read=read,
        added=tuple(tx for key, tx in after.items() if key not in before),
        lacking=tuple(tx for key, tx in before.items() if key not in after),
        altered=tuple((tx, after[key]) for key, tx in before.items() if key in after and _is_altered(tx, after[key])),
        reconverted=(read.conversion is not None and read.conversion != stored.conversion)
        or (read.exchange_rate is not None and read.exchange_rate != stored.exchange_rate),
        newly_stated=read.is_stated and not stored.is_stated,
        contradicts_stated=stored.is_stated and not read.is_stated and stored.amount != read.amount,
    )


def _is_altered(was: BalanceTransaction, now: BalanceTransaction) -> bool:
    if _facts(was) != _facts(now):
        return True
    # A report with fewer columns takes back no rate.
    return now.exchange_rate is not None and now.exchange_rate != was.exchange_rate


def _facts(tx: BalanceTransaction) -> tuple[object, ...]:
    return tx.kind, tx.gross, tx.fee, tx.net, tx.charged


def _at_bank(payout: Payout) -> str:
    arriving = payout.at_bank
    return f"{money(arriving.amount, arriving.currency)} {arriving.currency}"


def _rows(word: str, rows: tuple[BalanceTransaction, ...], currency: str) -> list[str]:
    if not rows:
        return []
    return [f"{len(rows)} {word} ({_named([f'{tx.external_id} {money(tx.net, currency)}' for tx in rows])})"]


def _altered(was: BalanceTransaction, now: BalanceTransaction) -> str:
    currency = now.currency
    if was.kind is not now.kind:
        return f"{now.external_id} {was.kind.value} to {now.kind.value}"
    return f"{now.external_id} {money(was.net, currency)} net to {money(now.net, currency)}"


def _named(names: list[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
