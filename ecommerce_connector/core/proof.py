"""The laws of the ledger as checks: what the store says against what is booked.

A check compares two figures that were computed from different sources; it holds only if they are
equal to the cent.
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
    :ivar expected: by the store or the processor
    :ivar actual: in the ledger
    """

    law: int
    name: str
    subject: str
    currency: str
    expected: Decimal
    actual: Decimal

    @property
    def difference(self) -> Decimal:
        """Ledger minus store."""
        return self.actual - self.expected

    @property
    def holds(self) -> bool:
        """Whether both figures are the same."""
        return self.difference == ZERO


Key = tuple[str, str]  # subject, currency


def compare(law: int, name: str, expected: Mapping[Key, Decimal], actual: Mapping[Key, Decimal]) -> list[Check]:
    """One check per subject and currency that either side has."""
    keys = sorted(set(expected) | set(actual))
    return [
        Check(
            law=law,
            name=name,
            subject=subject,
            currency=currency,
            expected=expected.get((subject, currency), ZERO),
            actual=actual.get((subject, currency), ZERO),
        )
        for subject, currency in keys
    ]


def broken(checks: Iterable[Check]) -> list[Check]:
    """The checks that do not hold."""
    return [check for check in checks if not check.holds]
