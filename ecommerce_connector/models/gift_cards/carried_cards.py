"""What gift cards in foreign currencies are carried at: what leaves them is worth that (law 15)."""

from collections import defaultdict

from ...core.carried import moved
from ...core.currencies import unit
from ...core.rounding import ZERO, allocate, quantize
from ..ledger.amounts import amount_of


class CarriedCards:
    """Liability accounts and the cards on them, each with its amount and what that is worth, debit positive.

    It runs along: what is taken is off at once, so that the movements of a batch follow one another.

    :param res.company company: whose accounts they are
    :param account.account accounts: those that are moved
    :param ecommerce.gift.card cards: those that are moved, as far as they are known
    """

    def __init__(self, company, accounts, cards):
        self.env = company.env
        self.company = company
        self.own = company.currency_id
        self.step = unit(self.own.name)
        self._accounts = defaultdict(lambda: (ZERO, ZERO))  # (account id, currency code)
        self._cards = defaultdict(lambda: (ZERO, ZERO))  # the same and the card's external id
        self._read_accounts(accounts)
        self._read_cards(cards)

    def _read_accounts(self, accounts):
        groups = self.env["account.move.line"]._read_group(
            [
                ("account_id", "in", accounts.ids), ("currency_id", "!=", self.own.id),
                ("parent_state", "=", "posted"), ("company_id", "=", self.company.id),
            ], ["account_id", "currency_id"], ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        for account, currency, amount, balance in groups:
            self._add((account.id, currency.name), amount_of(amount, currency), amount_of(balance, self.own))

    def _read_cards(self, cards):
        """What the entries of cards put on them; of an item for several cards, each card's part."""
        foreign = cards.filtered(lambda card: card.currency_id != self.own)
        movements = self.env["ecommerce.gift.card.movement"]
        of_cards = movements.search([("card_id", "in", foreign.ids), ("line_id.parent_state", "=", "posted")])
        together = movements.search([("line_id", "in", of_cards.line_id.ids)], order="id")
        for item, rows in together.grouped("line_id").items():
            of_item = rows.filtered(lambda row, item=item: row.account_id == item.account_id)
            shares = [(row.card_id.external_id, -amount_of(row.amount, row.currency_id)) for row in of_item]
            self._share(item, shares)

    def add_drafts(self, shares):
        """Items of entries that are posted after this: they are on their accounts as if they were posted before.

        :param shares: journal item -> (card's external id or None, its part of the item, debit positive) pairs
        """
        for item, parts in shares.items():
            if item.currency_id != self.own:
                key = item.account_id.id, item.currency_id.name
                self._add(key, amount_of(item.amount_currency, item.currency_id), amount_of(item.balance, self.own))
                self._share(item, parts)

    def _share(self, item, shares):
        if not any(amount for _card, amount in shares):
            return
        worths = allocate(amount_of(item.balance, self.own), [amount for _card, amount in shares], self.step)
        for (card, amount), worth in zip(shares, worths, strict=True):
            self._add_card((item.account_id.id, item.currency_id.name, card), amount, worth)

    def _add(self, key, amount, worth):
        held, carried = self._accounts[key]
        self._accounts[key] = held + amount, carried + worth

    def _add_card(self, key, amount, worth):
        held, carried = self._cards[key]
        self._cards[key] = held + amount, carried + worth

    def move(self, account_id, currency, card, amount, at_rate):
        """What a movement is worth; it is on the account and on the card from then on.

        What empties the account takes all that it is carried at; what a card holds leaves at the card's value; else,
        where the card is not known or holds less than is taken, the account's average counts.

        :param str currency: code of a foreign currency
        :param str card: external id, or None where the store names none
        :param Decimal amount: debit positive, not zero
        :param Decimal at_rate: what it is worth at the rate of its own day
        :rtype: Decimal
        """
        key = account_id, currency
        on_account, on_card = self._accounts[key], self._cards[(*key, card)] if card else (ZERO, ZERO)
        is_covered = (amount < 0) is not (on_card[0] < 0) and abs(amount) <= abs(on_card[0])
        held, carried = on_card if is_covered and on_account[0] + amount else on_account
        worth = moved(amount, at_rate, held, carried, self.step)
        if worth * amount < 0:  # the account has less than nothing: what is there came at other rates, see the proof
            worth = quantize(at_rate, self.step)
        self._add(key, amount, worth)
        if card:
            self._add_card((*key, card), amount, worth)
        return worth


def worths_of_payments(executor, items, drafts):
    """What payments by cards, and refunds to them, are worth where their currency is not the company's.

    :param DocumentExecutor executor: for its store and rates
    :param list items: (ecommerce.order, PlannedPayment, anything) of one batch
    :param drafts: gives what ``CarriedCards.add_drafts`` takes, of the entries of the batch; called only if need be
    :return: (order id, entry key) -> amount in the company's currency, positive into the liability account
    :rtype: dict
    """
    company, processors = executor.company, executor.env["ecommerce.processor.account"]
    found = [
        (order, entry, account)
        for order, entry, _more in items
        if entry.currency != company.currency_id.name
        and (account := processors.browse(entry.rule.target.processor_account)).kind == "liability"
    ]
    if not found:
        return {}
    names = {entry.card.external_id for _order, entry, _account in found if entry.card}
    cards = executor.env["ecommerce.gift.card"].search(
        [("store_id", "=", executor.store.id), ("external_id", "in", list(names))]
    )
    carried = CarriedCards(company, processors.union(*(item[2] for item in found)).clearing_account_id, cards)
    carried.add_drafts(drafts())
    worths = {}
    for order, entry, account in sorted(found, key=lambda item: item[1].at):
        rate = entry.rate or executor.rate(executor.currency(entry.currency), entry.true_date)
        worths[order.id, entry.key] = carried.move(
            account.clearing_account_id.id, entry.currency, entry.card.external_id if entry.card else None,
            entry.signed, entry.signed / rate,
        )  # fmt: skip
    return worths
