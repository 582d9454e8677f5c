"""Who looks after an exception, and until when: the first rule that fits decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .ways_out import WAYS_OUT, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a rule looks at of an exception.

    :ivar store: id of the store; None for what belongs to no store, such as a payout of several
    :ivar amount: money that waits, never negative, in the company's currency; None where it cannot be told, because a
        currency has no exchange rate
    """

    store: int | None
    code: str
    severity: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """A line of the company's list; None or an empty string fits everything.

    :ivar id: of the record that it stands for
    :ivar least: from which amount on, in the company's currency
    """

    id: int
    store: int | None = None
    subject: Subject | None = None
    code: str = ""
    severity: str = ""
    least: Decimal = Decimal(0)

    def fits(self, matter: Matter) -> bool:
        """Whether the exception is this rule's; an amount that nobody can tell may be a large one."""
        way = WAYS_OUT.get(matter.code)
        return (
            self.store in (None, matter.store)
            and self.subject in (None, way.subject if way else None)
            and self.code in ("", matter.code)
            and self.severity in ("", matter.severity)
            and (matter.amount is None or matter.amount >= self.least)
        )


def first_fitting(rules: Iterable[OwnerRule], matter: Matter) -> OwnerRule | None:
    """The rule that decides, in the order of the list."""
    return next((rule for rule in rules if rule.fits(matter)), None)
