"""Period-end revaluation of open balances in foreign currencies: what they are carried at, and what they are worth.

Monetary balances are shown at the rate of the day (IAS 21.23; HGB § 256a and others alike). The difference is posted on
that day and taken back on the next, so that what settles an item later finds it with the value it was booked with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .currencies import unit
from .rounding import ZERO, quantize, total


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBalance:
    """What is open on one account in one foreign currency on a day.

    :ivar account: id of the account
    :ivar what: what of the account is looked at: ``clearing``, ``receivable`` …
    :ivar currency: ISO 4217, not the company's
    :ivar amount: in ``currency``, debit positive
    :ivar carried: in company currency, debit positive
    """

    account: int
    what: str
    currency: str
    amount: Decimal
    carried: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Revalued:
    """An open balance with what it is worth.

    :ivar rate: units of its currency for one of the company's; None: there is none on that day
    :ivar value: in company currency; None without a rate
    """

    balance: OpenBalance
    rate: Decimal | None
    value: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Value less what it is carried at: positive is a gain."""
        return ZERO if self.value is None else self.value - self.balance.carried

    @property
    def is_stranded(self) -> bool:
        """Nothing is open in its currency, but something is carried: an error to find, which no rate explains."""
        return not self.balance.amount and bool(self.balance.carried)

    @property
    def to_post(self) -> Decimal:
        """What the revaluation posts; nothing of what is stranded: on the next day it would be back."""
        return ZERO if self.is_stranded else self.difference


def revalue(
    balances: Iterable[OpenBalance], company_currency: str, rate: Callable[[str], Decimal | None]
) -> tuple[Revalued, ...]:
    """Value each balance that is open or carried, by account and currency.

    :param rate: currency → its rate of the day, None if there is none
    """
    step = unit(company_currency)
    found = []
    for balance in sorted(balances, key=lambda item: (item.what, item.account, item.currency)):
        if not balance.amount and not balance.carried:
            continue
        of_day = rate(balance.currency)
        if not balance.amount:
            value: Decimal | None = ZERO
        else:
            value = None if of_day is None else quantize(balance.amount / of_day, step)
        found.append(Revalued(balance=balance, rate=of_day, value=value))
    return tuple(found)


def by_currency(lines: Sequence[Revalued]) -> dict[str, tuple[Revalued, ...]]:
    """What is to be posted, one entry for each currency; an entry with nothing in it is left out."""
    codes = dict.fromkeys(line.balance.currency for line in lines)
    groups = {code: tuple(line for line in lines if line.balance.currency == code and line.to_post) for code in codes}
    return {code: group for code, group in groups.items() if group}


def totals(lines: Sequence[Revalued]) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Account → what is carried, what it is worth, the difference, in company currency; of what has a rate."""
    found: dict[int, tuple[Decimal, Decimal, Decimal]] = {}
    for account in dict.fromkeys(line.balance.account for line in lines):
        valued = [line for line in lines if line.balance.account == account and line.value is not None]
        carried = total([line.balance.carried for line in valued])
        worth = total([line.value for line in valued if line.value is not None])
        found[account] = carried, worth, worth - carried
    return found
