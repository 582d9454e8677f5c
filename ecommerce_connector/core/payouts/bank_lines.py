"""Which line of a bank statement is the arrival of a payout.

A candidate needs the exact amount, signed: a negative payout is a debit. The payout's reference
in the line's text makes it certain; a text that the processor's lines have, within days of the
payout, nearly so. Amount and date alone are a hint, a name alone is nothing: the same names stand
on purchases and card debits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..settlements import Payout

#: From this score on, one single candidate may be taken without asking.
CERTAIN = 80

#: The score of a reference with the exact amount.
_BY_REFERENCE = 100

#: Days from the payout to the bank line.
EARLIEST, LATEST = -1, 7

#: A reference shorter than this is in too many texts to mean anything.
_SHORTEST_REFERENCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One line of a bank statement.

    :ivar amount: positive = money in
    :ivar text: everything the bank wrote: label, counterparty, remittance information
    """

    id: int
    date: date
    amount: Decimal
    currency: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCandidate:
    """A bank line that can be the payout; ``score`` from 0 to 100, see ``CERTAIN``."""

    line: BankLine
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BankText:
    """How a processor's payouts look on a bank statement (regular expressions, case ignored).

    :ivar unless: what such a text has when it is something else, e.g. a purchase
    """

    pattern: str
    unless: str = r"(?!)"

    def fits(self, text: str) -> bool:
        """Whether a bank line's text can be of this processor's payouts."""
        return bool(re.search(self.pattern, text, re.I)) and not re.search(self.unless, text, re.I)


#: By processor. Source: texts seen on statements of European and American banks, which cut them,
#: upper-case them and move them between fields.
BANK_TEXTS: dict[str, BankText] = {
    "stripe": BankText(r"\bSTRIPE\b"),
    "shopify_payments": BankText(r"\bSHOPIFY(PMT)?\b", unless=r"\bSHOPIFY\s?\*"),
    "paypal": BankText(r"\bPAYPAL\b", unless=r"\bINST XFER\b"),
    "amazon": BankText(r"\bAMAZON (PAYMENTS|EU)\b"),
    "adyen": BankText(r"\bADYEN\b|\bTX[0-9]{8,}XT\b"),
    "mollie": BankText(r"\bMOLLIE\b|\b[0-9]{7}\.[0-9]{4}\.[0-9]{2}\b"),
    "klarna": BankText(r"\bKLARNA\b"),
    "square": BankText(r"\bSQUARE\b"),
    "gocardless": BankText(r"\bGOCARDLESS\b"),
    "ebay": BankText(r"\bEBAY\b"),
    "etsy": BankText(r"\bETSY INC\b"),
}


def match_bank_lines(
    payout: Payout,
    lines: Iterable[BankLine],
    *,
    rivals: Iterable[Payout] = (),
    texts: Mapping[str, BankText] = BANK_TEXTS,
) -> tuple[BankCandidate, ...]:
    """Bank lines that can be this payout, best first; the order of ``lines`` does not matter.

    Two candidates of the same score are two payouts that look alike: a person chooses.

    :param rivals: other payouts that are not at the bank yet; a line that is as likely one of
        theirs is not certain, unless its text has the reference of this payout and not theirs
    """
    others = [(rival, _reference_pattern(rival), texts.get(rival.processor)) for rival in rivals]
    reference, text = _reference_pattern(payout), texts.get(payout.processor)
    found = [
        _contested(candidate, others) for line in lines if (candidate := _candidate(payout, line, reference, text))
    ]
    return tuple(sorted(found, key=lambda c: (-c.score, abs(_days(payout, c.line)), c.line.date, c.line.id)))


def _contested(
    candidate: BankCandidate, others: Iterable[tuple[Payout, re.Pattern[str] | None, BankText | None]]
) -> BankCandidate:
    """A certain candidate, less than certain where it is certainly another payout's too."""
    if candidate.score < CERTAIN:
        return candidate
    needed = _BY_REFERENCE if candidate.score == _BY_REFERENCE else CERTAIN
    same = [
        rival.external_id
        for rival, reference, text in others
        if (theirs := _candidate(rival, candidate.line, reference, text)) and theirs.score >= needed
    ]
    if not same:
        return candidate
    reason = f"but it can be payout {', '.join(sorted(same))} as well"
    return BankCandidate(line=candidate.line, score=CERTAIN - 1, reasons=(*candidate.reasons, reason))


def _days(payout: Payout, line: BankLine) -> int:
    return (line.date - payout.paid_on).days


def _reference_pattern(payout: Payout) -> re.Pattern[str] | None:
    """Finds the payout's reference as a word of its own, however the bank spaced it."""
    references = [
        re.sub(r"[\W_]", "", reference)
        for reference in (payout.bank_reference, payout.external_id)
        if len(re.sub(r"[\W_]", "", reference)) >= _SHORTEST_REFERENCE
    ]
    if not references:
        return None
    spaced = "|".join(r"[\W_]*".join(map(re.escape, reference)) for reference in references)
    return re.compile(rf"(?<![^\W_])(?:{spaced})(?![^\W_])", re.I)


def _candidate(
    payout: Payout, line: BankLine, reference: re.Pattern[str] | None, text: BankText | None
) -> BankCandidate | None:
    expected = payout.at_bank
    if line.currency != expected.currency or not line.amount:
        return None
    named = reference.search(line.text) if reference else None
    days = _days(payout, line)
    if line.amount != expected.amount:
        if not named:
            return None
        off = f"but the bank has {line.amount} {line.currency}, the payout is {expected.amount}"
        return BankCandidate(line=line, score=20, reasons=(f"reference {named.group()}", off))
    reasons = [f"exact amount {line.amount} {line.currency}"]
    if named:
        return BankCandidate(line=line, score=_BY_REFERENCE, reasons=(f"reference {named.group()}", *reasons))
    if not EARLIEST <= days <= LATEST:
        return None
    reasons.append(_when(days))
    if text and text.fits(line.text):
        return BankCandidate(line=line, score=90 - abs(days), reasons=(*reasons, f"text of {payout.processor}"))
    return BankCandidate(line=line, score=40 - abs(days), reasons=tuple(reasons))


def _when(days: int) -> str:
    if days == 0:
        return "on the day of the payout"
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days)} {unit} {'after' if days > 0 else 'before'} the payout"
