"""Expiries and opening balances of gift cards → the ledger. The only code that writes their entries."""

import hashlib

from ...core.rounding import ZERO, total
from ..ledger.amounts import float_of, rate_of
from ..ledger.quiet import quiet
from .carried_cards import CarriedCards


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

        :param card: ecommerce.gift.card, or what stands for all of a currency (foreseen breakage)
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
        balances = self._balances(card, [(account, amount) for account, amount, _rule in items[:-1]], true_date)
        balances.append(-total(balances))
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

    def _balances(self, card, moved, on):
        """What (account id, amount) pairs are worth: of a foreign currency, what they are carried at on the card."""
        currency = card.currency_id
        if currency == self.company.currency_id:
            return [amount for _account, amount in moved]
        accounts = self.env["account.account"].browse([account for account, _amount in moved])
        carried, rate = CarriedCards(self.company, accounts, card), self._rate(currency, on)
        return [
            carried.move(account, currency.name, card.external_id, amount, amount / rate) for account, amount in moved
        ]

    def _rate(self, currency, on):
        return rate_of(
            self.env["res.currency"]._get_conversion_rate(self.company.currency_id, currency, self.company, on)
        )

    def _posting(self, card, kind, move, items, true_date, rules):
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        postings = self.env["ecommerce.posting"].sudo()
        external_id = f"{kind}:{card.id or card.currency_id.name}"
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
