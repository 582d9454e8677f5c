"""Breakage that is recognized before anybody knows of which card: a movement without a card.

The customers' claims stay: cards keep their balances, and only the liability as a whole is less. When a card expires
after all, its whole value leaves the liability; what was recognized before is then given back, so that it is income
once.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...core.card_expiry import BREAKAGE
from ...core.dates import accounting_date
from ...core.mapping.facts import Facts
from ...core.rounding import ZERO
from ..ledger.amounts import amount_of
from ..ledger.lock_dates import first_open_day
from .gift_card_executor import GiftCardExecutor


@dataclass
class _AllCards:
    """Stands where a card does: what is booked is of none in particular."""

    external_id: str
    currency_id: Any
    partner_id: Any
    id: bool = False


class ForeseenBreakage:
    """What one store expects not to be redeemed, in one currency.

    :param ecommerce.store store: whose cards they are
    :param res.currency currency: of the cards
    """

    def __init__(self, store, currency):
        self.store = store
        self.env = store.env
        self.currency = currency
        self.cards = _AllCards(
            self.env._("Foreseen breakage %(code)s", code=currency.name), currency, self.env["res.partner"]
        )

    def recognized(self, account):
        """What is recognized on an account and not given back, positive.

        :rtype: Decimal
        """
        [(amount,)] = self.env["ecommerce.gift.card.movement"]._read_group(
            [
                ("store_id", "=", self.store.id), ("currency_id", "=", self.currency.id),
                ("account_id", "=", account.id), ("kind", "=", "breakage"),
            ], [], ["amount:sum"],
        )  # fmt: skip
        return -amount_of(amount or 0, self.currency)

    def rule(self, on):
        """The rule for breakage income.

        :raises ConnectorError: if there is none, or two
        """
        return self.store._rulebook().resolve(BREAKAGE, "gift_card", on, Facts(currency=self.currency.name))

    def recognize(self, account, amount, on):
        """Book an amount as income.

        :param Decimal amount: positive
        :rtype: account.move
        """
        return self._book(account, amount, on, on)

    def give_back(self, taken, true_date):
        """Take back what was recognized, as far as cards that expired had it.

        :param dict taken: account id -> what left it with them
        """
        for account_id, amount in taken.items():
            account = self.env["account.account"].browse(account_id)
            if back := max(ZERO, min(amount, self.recognized(account))):
                self.store._ensure_correction_journal()
                open_day = first_open_day(self.store.company_id, self.store.correction_journal_id, has_tax=False)
                self._book(account, -back, accounting_date(true_date, open_day), true_date)

    def _book(self, account, amount: Decimal, on, true_date):
        rule = self.rule(true_date)
        return GiftCardExecutor(self.store).book(
            self.cards, BREAKAGE, [(account.id, amount, False), (rule.target.account, -amount, rule.id)],
            on=on, true_date=true_date, rules=[rule.id], face=ZERO,
        )  # fmt: skip
