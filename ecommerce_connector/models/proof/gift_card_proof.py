"""Gift cards and store credit of a company: Σ of balances = the liability accounts (law 11). Reads only.

What must be there follows from what the stores said (the movements), what is there from posted journal items.
Differences are named: by entry, by card, and what no store knows of. And what is empty in a foreign currency must be
empty in the company's (law 15).
"""

from collections import defaultdict
from decimal import Decimal

from odoo.fields import Domain
from odoo.tools import SQL

from ...core.plan_text import money
from ...core.proof import Check, broken
from ...core.rounding import ZERO
from ..gift_cards.liability_accounts import liability_accounts
from ..ledger.amounts import amount_of
from ..ledger.entry_state import names

LAW = 11
LAW_OF_CURRENCIES = 15
#: The check of an account as a whole.
BALANCES = "balances of gift cards = liability"
#: The checks of cards that have less than nothing.
NEVER_SOLD, TOO_MUCH = "card never sold or opened here", "card redeemed above its balance"
BELOW_ZERO = (NEVER_SOLD, TOO_MUCH)
#: Movements that a person brought in for what the ledger has already: they have no journal item of their own.
RECORDED = [("kind", "=", "opening"), ("line_id", "=", False)]


def nothing_left(currency, own):
    """Name of the check that an account which is empty in one currency is empty in the company's."""
    return f"nothing in {currency.name} = nothing in {own.name}"


class GiftCardProof:
    """The proof of one company's gift cards, as of now."""

    def __init__(self, company):
        self.company = company.with_company(company)  # codes of accounts are each company's own
        self.env = self.company.env
        self.movements = self.env["ecommerce.gift.card.movement"]
        self.of_company = Domain("company_id", "=", company.id)
        self.accounts = liability_accounts(company) | self._accounts_of_movements()

    def checks(self):
        """Every account and currency; each entry, card and store that is not as it should be.

        :rtype: list[Check]
        """
        return [
            *self.of_accounts(), *self.of_currencies(), *broken(self._of_items()), *broken(self._strange()),
            *broken(self._below_zero()), *broken(self._of_stores()),
        ]  # fmt: skip

    def _accounts_of_movements(self):
        """Accounts that movements are on and that hold nothing else: not suspense, where unmapped cards wait."""
        found = self.movements._read_group(self.of_company, ["account_id"])
        accounts = self.env["account.account"].union(*(account for (account,) in found))
        stores = self.env["ecommerce.store"].with_context(active_test=False).search(self.of_company)
        liabilities = accounts.filtered(lambda account: account.internal_group == "liability")
        return liabilities - stores.suspense_account_id

    # === Accounts === #

    def of_accounts(self):
        """Σ of what the stores say = the account, per account and currency.

        :rtype: list[Check]
        """
        expected, found = self._expected(), self._balances()
        keys = sorted(expected.keys() | found.keys(), key=lambda key: (key[0].code or "", key[0].id, key[1].name))
        return [
            Check(
                law=LAW, name=BALANCES, subject=account.name, key=account.code or "", currency=currency.name,
                expected=expected[account, currency], actual=found.get((account, currency), ZERO),
            )
            for account, currency in keys
        ]  # fmt: skip

    def _expected(self):
        sums = defaultdict(Decimal)
        rows = self.movements._read_group(
            self.of_company & Domain("account_id", "in", self.accounts.ids), ["account_id", "currency_id"],
            ["amount:sum"],
        )  # fmt: skip
        for account, currency, amount in rows:
            sums[account, currency] += amount_of(amount, currency)
        for account, currency, amount in self._items(self._corrections(), ["account_id", "currency_id"]):
            sums[account, currency] -= amount_of(amount, currency)
        return sums

    def _balances(self):
        return {
            (account, currency): -amount_of(amount, currency)
            for account, currency, amount in self._items(Domain.TRUE, ["account_id", "currency_id"])
        }

    def of_currencies(self):
        """Where nothing is left in a foreign currency: nothing is left in the company's.

        :rtype: list[Check]
        """
        own = self.company.currency_id
        groups = self.env["account.move.line"]._read_group(
            self._posted() & Domain("currency_id", "!=", own.id), ["account_id", "currency_id"],
            ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        return [
            Check(
                law=LAW_OF_CURRENCIES, name=nothing_left(currency, own), subject=account.name, key=account.code or "",
                currency=own.name, expected=ZERO, actual=-amount_of(balance, own),
            )
            for account, currency, amount, balance in groups
            if not amount_of(amount, currency)
        ]  # fmt: skip

    def _items(self, domain, groups):
        """Sums of posted journal items on the accounts."""
        return self.env["account.move.line"]._read_group(self._posted() & domain, groups, ["amount_currency:sum"])

    def _posted(self):
        return (
            self.of_company & Domain("account_id", "in", self.accounts.ids) & Domain("parent_state", "=", "posted")
        )  # fmt: skip

    @staticmethod
    def _corrections():
        """Items of entries that correct posted ones: the connector's own, or a person's who marked it so."""
        return Domain("move_id.ecommerce_corrected_move_id", "!=", False)

    # === Entries === #

    def _of_items(self):
        """Each journal item that is not what its movements say: one that is a draft books nothing."""
        found = self.env.execute_query(
            SQL(
                """
                SELECT moved.line_id, moved.account_id, moved.amount
                  FROM (SELECT line_id, account_id, SUM(amount) AS amount
                          FROM ecommerce_gift_card_movement
                         WHERE company_id = %(company)s AND line_id IS NOT NULL AND account_id IN %(accounts)s
                         GROUP BY line_id, account_id) AS moved
                  JOIN account_move_line AS item ON item.id = moved.line_id
                 WHERE item.parent_state != 'posted' OR item.account_id != moved.account_id
                    OR item.amount_currency != -moved.amount
                 ORDER BY moved.line_id
                """,
                company=self.company.id, accounts=tuple(self.accounts.ids),
            )
        ) if self._is_flushed() else []  # fmt: skip
        for line_id, account_id, amount in found:
            item, account = self.env["account.move.line"].browse(line_id), self.accounts.browse(account_id)
            currency = item.currency_id
            stands = item.parent_state == "posted" and item.account_id == account
            yield Check(
                law=LAW, name="gift cards of the entry", subject=names(item.move_id), key=account.code or "",
                currency=currency.name, expected=amount_of(amount, currency),
                actual=-amount_of(item.amount_currency, currency) if stands else ZERO,
            )  # fmt: skip

    def _is_flushed(self):
        """Write what is pending, for queries of our own; False without any account to look at."""
        self.movements.flush_model()
        self.env["account.move.line"].flush_model(["parent_state", "account_id", "amount_currency"])
        return bool(self.accounts)

    def _strange(self):
        """What is on the accounts and no store knows of: manual entries, reversals, opening balances nobody named."""
        recorded = defaultdict(Decimal)
        rows = self.movements._read_group(
            self.of_company & Domain(RECORDED) & Domain("account_id", "in", self.accounts.ids),
            ["account_id", "currency_id"], ["amount:sum"],
        )  # fmt: skip
        for account, currency, amount in rows:
            recorded[account, currency] += amount_of(amount, currency)
        strange = {
            (account, currency): -amount_of(amount, currency)
            for account, currency, amount in self._items(self._strangers(), ["account_id", "currency_id"])
        }
        for account, currency in sorted(
            strange.keys() | recorded.keys(), key=lambda key: (key[0].code or "", key[1].name)
        ):
            if strange.get((account, currency), ZERO) != recorded[account, currency]:
                yield from self._named(account, currency, recorded[account, currency])

    def _named(self, account, currency, recorded):
        """Entry by entry; opening balances of cards are one row of their own, for an entry of many cards."""
        if recorded:
            yield Check(
                law=LAW, name="opening balances of gift cards", subject=account.name, key=account.code or "",
                currency=currency.name, expected=recorded, actual=ZERO,
            )  # fmt: skip
        of_account = Domain("account_id", "=", account.id) & Domain("currency_id", "=", currency.id)
        for move, amount in self._items(self._strangers() & of_account, ["move_id"]):
            yield Check(
                law=LAW, name="not from the store", subject=names(move), key=account.code or "",
                currency=currency.name, expected=ZERO, actual=-amount_of(amount, currency),
            )  # fmt: skip

    def _strangers(self):
        """Items that no movement is booked by."""
        known = self.movements._search(self.of_company & Domain("line_id", "!=", False))
        return (
            Domain("move_id.ecommerce_corrected_move_id", "=", False)
            & Domain("amount_currency", "!=", 0)
            & Domain("id", "not in", known.subselect("line_id"))
        )  # fmt: skip

    # === Cards === #

    def _below_zero(self):
        """Cards of which more was used than they had: sold before the connector, or in another currency."""
        cards = self.env["ecommerce.gift.card"].search(self.of_company & Domain("state", "=", "overdrawn"), order="id")
        for card in cards:
            yield Check(
                law=LAW, name=TOO_MUCH if card.issued else NEVER_SOLD, subject=card.external_id,
                key=card.store_id.name, currency=card.currency_id.name, expected=ZERO,
                actual=amount_of(card.balance, card.currency_id),
            )  # fmt: skip

    # === Accounts that owe less than nothing === #

    def remarks(self):
        """Accounts with a debit balance that no card explains, as movements without card id made it.

        Store and ledger agree on it, so the proof holds; yet nobody can spend more than was sold.

        :return: sentences by account and currency
        :rtype: dict
        """
        unnamed = self.movements._read_group(
            self.of_company & Domain("account_id", "in", self.accounts.ids) & Domain("card_id", "=", False),
            ["account_id", "currency_id"], ["amount:sum"],
        )  # fmt: skip
        balances = self._balances()
        return {
            (account, currency): self.env._(
                "%(account)s is %(balance)s %(currency)s, below zero: more was redeemed without a card id than was "
                "sold since the connector began. Bring in the balances of the cards sold before.",
                account=account.name, balance=money(balances[account, currency], currency.name), currency=currency.name,
            )
            for account, currency, amount in unnamed
            if amount_of(amount, currency) < 0 and balances.get((account, currency), ZERO) < 0
        }  # fmt: skip

    # === Stores === #

    def _of_stores(self):
        """Of an account that several stores share: what each store says = what its entries have there."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH moved AS (
                    SELECT store_id, account_id, currency_id, line_id, SUM(amount) AS amount
                      FROM ecommerce_gift_card_movement
                     WHERE company_id = %(company)s AND line_id IS NOT NULL AND account_id IN %(accounts)s
                     GROUP BY store_id, account_id, currency_id, line_id
                )
                SELECT moved.store_id, moved.account_id, moved.currency_id, SUM(moved.amount),
                       -SUM(CASE WHEN item.parent_state = 'posted' THEN item.amount_currency ELSE 0 END)
                  FROM moved JOIN account_move_line AS item ON item.id = moved.line_id
                 GROUP BY moved.store_id, moved.account_id, moved.currency_id
                 ORDER BY moved.store_id, moved.account_id, moved.currency_id
                """,
                company=self.company.id, accounts=tuple(self.accounts.ids),
            )
        ) if self._is_flushed() else []  # fmt: skip
        for store_id, account_id, currency_id, said, booked in rows:
            store, account = self.env["ecommerce.store"].browse(store_id), self.accounts.browse(account_id)
            currency = self.env["res.currency"].browse(currency_id)
            yield Check(
                law=LAW, name="gift cards of the store", subject=f"{store.name}, {account.name}",
                key=account.code or "", currency=currency.name, expected=amount_of(said, currency),
                actual=amount_of(booked, currency),
            )  # fmt: skip
