"""The laws of the ledger as checks: what the store says against what is booked.

A check compares two figures that were computed from different sources; it holds only if they are
equal to the cent. What is known not to be booked yet has a column of its own: it explains a
difference, but it is never counted as booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .rounding import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison.

    :ivar law: number of the law it proves, 0 for a figure that is only shown
    :ivar subject: what is compared, e.g. an order number, a tax rate, an account
    :ivar key: what tells two subjects of the same name apart, e.g. the platform's id of the order
    :ivar expected: by the store or the processor
    :ivar actual: in the ledger
    :ivar not_booked: what the store says of orders that are not booked: to review
    """

    law: int
    name: str
    subject: str
    currency: str
    expected: Decimal
    actual: Decimal
    not_booked: Decimal = ZERO
    key: str = ""

    @property
    def difference(self) -> Decimal:
        """Ledger and what is not booked, minus store."""
        return self.actual + self.not_booked - self.expected

    @property
    def holds(self) -> bool:
        """Whether nothing is left unexplained."""
        return self.difference == ZERO


Key = tuple[str, str]  # subject, currency
Amounts = Mapping[Key, Decimal]


def compare(law: int, name: str, expected: Amounts, actual: Amounts, not_booked: Amounts | None = None) -> list[Check]:
    """One check per subject and currency that any side has."""
    missing = not_booked or {}
    keys = sorted(set(expected) | set(actual) | set(missing))
    return [
        Check(
            law=law,
            name=name,
            subject=subject,
            currency=currency,
            expected=expected.get((subject, currency), ZERO),
            actual=actual.get((subject, currency), ZERO),
            not_booked=missing.get((subject, currency), ZERO),
        )
        for subject, currency in keys
    ]


def broken(checks: Iterable[Check]) -> list[Check]:
    """The checks that do not hold."""
    return [check for check in checks if not check.holds]
