"""Why a plan is blocked, or what a person should know about it, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing a person must decide or repair before a plan can be booked.

    The same reason found twice is listed once (see ``merged``), and one decision can resolve all
    documents that wait for it.

    :ivar code: stable name for filters and tests, e.g. ``mapping_missing``
    :ivar message: a sentence for an accountant: which document, which amount, what is wrong
    :ivar hint: what to do next, a sentence
    :ivar amount: how much money waits for it, in the document's currency and signed as there;
        None where no amount can be named
    :ivar key: what the decision is about (a SKU, a gateway, a balance transaction id)
    :ivar cause: the message without what is the document's own, where one exception names several documents; empty:
        the message says nothing of the document
    """

    code: str
    message: str
    hint: str = ""
    amount: Decimal | None = None
    key: str | None = None
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def merged(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each reason once, with all the money that waits for it."""
    found: dict[tuple[str, str, str, str | None], Reason] = {}
    for reason in reasons:
        same = (reason.code, reason.message, reason.hint, reason.key)
        known = found.get(same)
        if known and known.amount is not None and reason.amount is not None:
            reason = replace(reason, amount=known.amount + reason.amount)
        found[same] = reason
    return tuple(found.values())
