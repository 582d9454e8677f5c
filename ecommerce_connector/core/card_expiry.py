"""The value of an expired card: from the liability to breakage income."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .dates import accounting_date
from .errors import ConnectorError
from .mapping.facts import Facts
from .mapping.rulebook import Rule, Rulebook
from .rounding import ZERO, total

BREAKAGE = "breakage"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardExpiry:
    """What to book.

    :ivar booked_on: accounting date, never on or before a lock date
    :ivar true_date: the card's last day
    :ivar taken: account → what leaves it, positive: what the card had on it
    :ivar rule: whose account gets all of it
    """

    booked_on: date
    true_date: date
    taken: Mapping[int, Decimal]
    rule: Rule

    @property
    def amount(self) -> Decimal:
        """All that is taken."""
        return total(list(self.taken.values()))


def plan_expiry(
    card: str, kind: str, balances: Mapping[int, Decimal], rulebook: Rulebook, on: date, *, currency: str,
    first_open_day: date,
) -> CardExpiry:  # fmt: skip
    """What the expiry of a card books.

    :param card: what people call it
    :param kind: what rules match on: ``gift_card``, ``voucher`` or ``store_credit``
    :param balances: by account, accounts at zero left out
    :param on: the last day it could be used
    :raises ConnectorError: if nothing is on it, more was used than it had, or no rule says where it goes
    """
    if any(amount < ZERO for amount in balances.values()):
        raise ConnectorError(
            f"Card {card}: it is below zero on an account; what is left of it is not known.",
            hint="Bring in its opening balance, or look at the accounts of the rules for cards sold and redeemed.",
        )
    if not balances:
        raise ConnectorError(f"Card {card}: nothing is left on it.")
    rule = rulebook.resolve(BREAKAGE, kind, on, Facts(currency=currency))
    return CardExpiry(booked_on=accounting_date(on, first_open_day), true_date=on, taken=dict(balances), rule=rule)
