"""What gift cards will never be redeemed for, as far as it may be income at the end of a period. Reads only."""

from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from ...core.currencies import unit
from ...core.errors import ConnectorError
from ...core.period_end.breakage import foreseen
from ...core.plan_text import money
from ...core.rounding import ZERO
from ..gift_cards.foreseen_breakage import ForeseenBreakage
from ..ledger.amounts import amount_of, decimal_of
from ..ledger.days import said_day
from .proposal_draft import ProposalDraft, why_no_rule

#: Movements that are income, or take it back.
_INCOME = ("breakage", "expired", "reactivated")


def breakage_drafts(stores, day):
    """A draft for each store and currency of its cards."""
    found = []
    for store in stores:
        for (currency,) in store.env["ecommerce.gift.card.movement"]._read_group(
            [("store_id", "=", store.id)], ["currency_id"]
        ):
            draft = ProposalDraft(
                kind="breakage", company=store.company_id, owner=store, day=day, currency=currency,
                counterpart=store.env["account.account"], sources=store.env["account.move"],
            )  # fmt: skip
            fill = _foreseen if store.breakage_percent else _remote
            fill(draft, store, currency)
            _find_rule(draft, store, currency)
            found.append(draft)
    return found


def _find_rule(draft, store, currency):
    if not draft.is_empty():
        try:
            rule = ForeseenBreakage(store, currency).rule(draft.day)
        except ConnectorError as error:
            draft.problems.append(why_no_rule(store.env, error, draft.day))
        else:
            draft.counterpart = store.env["account.account"].browse(rule.target.account)


# === Predictable: in proportion to redemptions === #


def _foreseen(draft, store, currency):
    env, percent, said = store.env, decimal_of(store.breakage_percent, 2), []
    for account, (balance, redeemed, recognized) in _sums(store, currency, draft.day).items():
        amount = foreseen(redeemed, percent, recognized, balance, unit(currency.name))
        if amount:
            name = env._("Foreseen breakage")
            draft.lines.append({"account_id": account.id, "name": name, "balance": amount})
        said.append(
            env._(
                "%(account)s: %(redeemed)s redeemed, of each %(earned)s expected to be redeemed %(percent)s are not; "
                "%(recognized)s are income already, %(balance)s are owed.",
                account=account.display_name, redeemed=money(redeemed, currency.name),
                earned=f"{100 - percent:f}", percent=f"{percent:f}", recognized=money(recognized, currency.name),
                balance=money(balance, currency.name),
            )
        )  # fmt: skip
    draft.explanation = "\n".join(said)


def _sums(store, currency, day):
    """Account → what is owed on it, what was redeemed, both up to the day, and what is income at any time."""
    found = defaultdict(lambda: [ZERO, ZERO, ZERO])
    movements = store.env["ecommerce.gift.card.movement"]
    domain = [("store_id", "=", store.id), ("currency_id", "=", currency.id)]
    up_to = movements._read_group([*domain, ("moved_on", "<=", day)], ["account_id", "kind"], ["amount:sum"])
    for account, kind, amount in up_to:
        found[account][0] += amount_of(amount, currency)
        if kind == "redeemed":
            found[account][1] -= amount_of(amount, currency)
    for account, amount in movements._read_group([*domain, ("kind", "in", _INCOME)], ["account_id"], ["amount:sum"]):
        found[account][2] -= amount_of(amount, currency)
    return found


# === Remote: card by card === #


def _remote(draft, store, currency):
    """Cards past their last day, and those that nobody used for long."""
    env, names = store.env, defaultdict(Decimal)
    for card, why in _unused(store, currency, draft.day):
        for account, amount in card._by_account().items():
            draft.lines.append(
                {
                    "account_id": account.id, "gift_card_id": card.id, "balance": amount,
                    "name": f"{card.external_id}: {why}",
                }
            )  # fmt: skip
            names[card.id] += amount
    draft.explanation = env._("%(count)s cards whose redemption is remote.", count=len(names))


def _unused(store, currency, day):
    cards = store.env["ecommerce.gift.card"].search(
        [
            ("store_id", "=", store.id), ("currency_id", "=", currency.id), ("state", "=", "active"),
            ("is_expired", "=", False),
        ], order="id",
    )  # fmt: skip
    long_ago = day - relativedelta(months=store.breakage_months)
    for card in cards:
        last = max(card.movement_ids.filtered("moved_on").mapped("moved_on"), default=None)
        if last and last > day:
            continue  # it moved since: what was on it at the end of the period is not there any more
        if card.expires_on and card.expires_on <= day:
            yield card, store.env._("it could be used until %(day)s", day=said_day(store.env, card.expires_on))
        elif store.breakage_months and last and last <= long_ago:
            yield card, store.env._("not used since %(day)s", day=said_day(store.env, last))
