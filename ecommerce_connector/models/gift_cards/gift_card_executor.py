"""Expiries and opening balances of gift cards → the ledger. The only code that writes their entries."""

import hashlib
from decimal import Decimal

from ...core.carried import moved
from ...core.currencies import unit
from ...core.rounding import ZERO, total
from ..ledger.amounts import amount_of, float_of, rate_of
from ..ledger.quiet import quiet


class GiftCardExecutor:
    """Writes entries of one store's cards into its journal of corrections.

    :param ecommerce.store store: whose cards they are
    """

    def __init__(self, store):
        self.store = quiet(store).with_company(store.company_id)
        self.env = self.store.env
        self.company = store.company_id

    def book(self, card, kind, items, *, on, true_date, rules=(), reason="", face=None):
        """One posted entry, its posting and the card's movements.

        :param str kind: of the movements
        :param items: (account id, amount, rule id or False) triples, debit positive, that come to nothing; the last is
            the counterpart, the others move the card
        :param on: accounting date
        :param Decimal face: what a customer can spend more by it; None: what the card is worth more
        """
        self.store._ensure_correction_journal()
        move = self.env["account.move"].create(self._vals(card, items, on, true_date, reason)).with_env(self.env)
        move.action_post()
        posting = self._posting(card, kind, move, items, true_date, rules)
        *moved, _counterpart = move.line_ids.sorted("id")
        worth = [-amount for _account, amount, _rule in items[:-1]]
        faces = worth if face is None else [face, *([ZERO] * (len(worth) - 1))]
        movements = [
            {
                "store_id": self.store.id, "company_id": self.company.id, "currency_id": card.currency_id.id,
                "card_id": card.id, "kind": kind, "moved_on": true_date, "amount": float_of(-amount),
                "face_amount": float_of(shown), "account_id": account, "posting_id": posting.id, "line_id": line.id,
                "reason": reason or False,
            }
            for (account, amount, _rule), line, shown in zip(items[:-1], moved, faces, strict=True)
        ]  # fmt: skip
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        self.env["ecommerce.gift.card.movement"].sudo().create(movements)
        return move

    def _vals(self, card, items, on, true_date, reason):
        currency = card.currency_id
        rate, step = self._rate(currency, true_date), unit(self.company.currency_id.name)
        held = self._held([account for account, _amount, _rule in items[:-1]], currency)
        balances = [
            moved(amount, amount / rate, *held.get(account, (ZERO, ZERO)), step) for account, amount, _rule in items
        ]
        balances[-1] -= total(balances)  # cents of the exchange stay with the counterpart
        return {
            "move_type": "entry", "journal_id": self.store.correction_journal_id.id, "date": on,
            "ref": " ".join(filter(None, [card.external_id, reason])),
            "line_ids": [
                (0, 0, {
                    "account_id": account, "currency_id": currency.id, "amount_currency": float_of(amount),
                    "balance": float_of(balance), "name": card.external_id, "partner_id": card.partner_id.id,
                    "ecommerce_rule_id": rule, "tax_ids": [(6, 0, [])],
                })
                for (account, amount, rule), balance in zip(items, balances, strict=True)
            ],
        }  # fmt: skip

    def _held(self, accounts, currency):
        """What is on liability accounts, in a foreign currency and in the company's: that is what leaves them."""
        if currency == self.company.currency_id:
            return {}
        groups = self.env["account.move.line"]._read_group(
            [
                ("account_id", "in", accounts), ("currency_id", "=", currency.id), ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ], ["account_id"], ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        return {
            account.id: (amount_of(amount, currency), amount_of(balance, self.company.currency_id))
            for account, amount, balance in groups
        }

    def _rate(self, currency, on):
        if currency == self.company.currency_id:
            return Decimal(1)
        return rate_of(
            self.env["res.currency"]._get_conversion_rate(self.company.currency_id, currency, self.company, on)
        )

    def _posting(self, card, kind, move, items, true_date, rules):
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        postings = self.env["ecommerce.posting"].sudo()
        external_id = f"{kind}:{card.id}"
        version = 1 + postings.search_count(
            [("store_id", "=", self.store.id), ("kind", "=", "gift_card"), ("external_id", "=", external_id)]
        )
        facts = [(account, str(amount)) for account, amount, _rule in items]
        return postings.create(
            {
                "company_id": self.company.id, "store_id": self.store.id, "gift_card_id": card.id, "kind": "gift_card",
                "external_id": external_id, "version": version, "true_date": true_date, "move_id": move.id,
                "fingerprint": hashlib.sha256(repr((kind, facts)).encode()).hexdigest()[:32],
                "rule_ids": [(6, 0, sorted(rules))],
            }
        )  # fmt: skip
