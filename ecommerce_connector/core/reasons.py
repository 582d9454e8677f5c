"""Why a plan is blocked, or what a person should know about it, as data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing a person must decide or repair before a plan can be booked.

    Equal reasons have equal fields, so the same reason found twice is listed once and one
    decision can resolve all documents that wait for it.

    :ivar code: stable name for filters and tests, e.g. ``mapping_missing``
    :ivar message: a sentence for an accountant: which document, which amount, what is wrong
    :ivar hint: what to do next, a sentence
    :ivar amount: how much money waits for it, in the document's currency and signed as there;
        None where no amount can be named
    :ivar key: what the decision is about (a SKU, a gateway, a balance transaction id)
    """

    code: str
    message: str
    hint: str = ""
    amount: Decimal | None = None
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
