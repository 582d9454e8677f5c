"""Cents that are left of a single-purpose voucher when all that a customer can spend of it is spent.

Each redemption splits its amount into net and tax on its own, so the nets of several can differ from the net of the
sale by a cent. The tax is right as it was booked at the sale; the cents of the liability are a rounding difference.
"""

from ...core.dates import accounting_date
from ...core.errors import ConnectorError
from ...core.mapping.facts import Facts
from ...core.rounding import ZERO, total
from ..ledger.amounts import amount_of
from ..ledger.lock_dates import first_open_day
from .gift_card_executor import GiftCardExecutor


def settle_cents(store, cards, on):
    """Book what is left of used-up vouchers as rounding, within the store's cap; more stays, and the proof names it.

    :param ecommerce.gift.card cards: cards that were just redeemed
    :param on: the day of the redemption
    """
    policy = None
    for card in cards.filtered(lambda card: card.kind == "voucher"):
        balance = amount_of(card.balance, card.currency_id)
        if not balance or _face(card) != ZERO:
            continue
        policy = policy or store._policy()
        if abs(balance) <= policy.rounding_cap_in(card.currency_id.name):
            _book(store, card, balance, on)


def _face(card):
    """What a customer can still spend."""
    return total([amount_of(row.face_amount, card.currency_id) for row in card.movement_ids])


def _book(store, card, balance, on):
    code = card.currency_id.name
    accounts = card._by_account()
    try:
        rule = store._rulebook().find("rounding", code, on, Facts(currency=code))
    except ConnectorError:  # two rules fit: a person decides, and the proof names the card until then
        return
    if rule is None or len(accounts) != 1:
        return
    store._ensure_correction_journal()
    open_day = first_open_day(store.company_id, store.correction_journal_id, has_tax=False)
    (account,) = accounts
    GiftCardExecutor(store).book(
        card, "rounding", [(account.id, balance, False), (rule.target.account, -balance, rule.id)],
        on=accounting_date(on, open_day), true_date=on, rules=[rule.id], face=ZERO,
    )  # fmt: skip
