"""A rule for each finding: what it should be booked on, and why.

Nothing here decides: an accountant looks at each proposal and changes or leaves it. The same finding
and the same chart always give the same proposal.
"""

from __future__ import annotations

import re

from .account_choice import choose_account, new_control_account, taxed_as
from .account_roles import MIXED
from .chart import Chart, ProcessorFact
from .choices import Choice, NewProcessor
from .findings import Finding
from .gateways import CARDS, Family, family_of
from .tax_choice import choose_tax

#: Kind of rule → role of its account.
ROLE_OF_KIND = {
    "product": "sales", "gift_card": "gift_cards", "shipping": "shipping", "fee": "fees_charged", "tip": "tips",
    "duty": "duties", "donation": "donations", "marketplace_tax": "marketplace_tax", "refund_adjustment": "allowances",
    "rounding": "rounding", "payout_fee": "processing", "dispute": "disputes", "dispute_fee": "processing",
    "reserve": "reserves", "payout_other": "movements", "advance": "advances", "compensation": "compensation",
    "dispute_loss": "chargeback_losses",
}  # fmt: skip
#: Roles whose account depends on the tax of the goods, in charts that divide revenue by it.
_BY_TAX = frozenset({"sales", "shipping", "fees_charged"})


def propose(found: Finding, chart: Chart) -> Choice:
    """What a finding should be booked on."""
    if found.kind == "tax":
        return choose_tax(found, chart)
    if found.kind == "gateway":
        return _choose_processor(found, chart)
    if found.kind == "discount":
        return _discount(found)
    role = "gift_cards" if found.is_gift_card else ROLE_OF_KIND[found.kind]
    tax = MIXED
    if role in _BY_TAX:
        tax = taxed_as(found.rates, chart.geography.areas(found.countries), found.customers)
    return choose_account(role, chart, tax)


def _discount(found: Finding) -> Choice:
    if any(question.facts.funder == "platform" for question in found.asked):
        reason = "The platform pays for some of it: choose an account if that is paid to you apart."
    else:
        reason = "It lowers the revenue, as without a rule. Choose an account to show it apart."
    return Choice(reason=reason, is_optional=True)


def _choose_processor(found: Finding, chart: Chart) -> Choice:
    """An account of the gateway's currency that is named like it; of the family's; or a new one."""
    family, currency = family_of(found.value), found.currency or ""
    candidates = [
        account for account in chart.processors
        if account.currency == currency and account.is_liability == family.is_liability
    ]  # fmt: skip
    for account in candidates:
        if _belongs(account, family, found.value):
            return Choice(processor=account.id, reason=f"{account.name} is for {family.label.lower()} in {currency}.")
    if family.is_liability and len(candidates) == 1:
        account = candidates[0]
        return Choice(processor=account.id, reason=f"{account.name} is the only account for gift cards in {currency}.")
    reason = (
        f"It is paid with what was owed for a {family.label.lower().removesuffix('s')}: no money comes in."
        if family.is_liability
        else f"No processor account for {family.label.lower()} in {currency} was found: a new one."
    )
    return Choice(new=new_processor(family, currency, chart), reason=reason)


def _belongs(account: ProcessorFact, family: Family, gateway: str) -> bool:
    """Whether a processor account is for a gateway, by its name."""
    name = account.name.casefold()
    if account.processor and account.processor in gateway.casefold():
        return True
    if name.startswith(family.label.casefold()) or name.startswith(gateway.casefold()):
        return True
    # Any processor may have "card" in its name; another family's words name it.
    return family is not CARDS and any(re.search(word, name) for word in family.words)


def new_processor(family: Family, currency: str, chart: Chart) -> NewProcessor:
    """The processor account of a family of gateways in a currency, with the accounts it needs."""
    if family.is_liability:
        control, in_transit = choose_account("gift_cards", chart), None
    else:
        control = new_control_account(family.clearing_name, "clearing", chart)
        in_transit = new_control_account(family.in_transit_name, "in_transit", chart) if family.has_payouts else None
    return NewProcessor(
        name=f"{family.label} {currency}", family=family.code, currency=currency, is_liability=family.is_liability,
        control=control, in_transit=in_transit, processor=family.processor,
    )  # fmt: skip
