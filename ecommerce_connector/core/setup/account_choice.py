"""Which account a role takes, and why: one the connector made, the chart's usual one, one named so, or a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from ..rounding import ZERO
from .account_roles import EXPORT, MIXED, ROLES, UNION, Role, new_code, ready_made_code
from .areas import Area
from .chart import AccountFact, Chart
from .choices import Choice, NewAccount

#: Charts as people call them.
_CHARTS = {
    "generic_coa": "generic", "us": "US", "fr": "French", "de_skr03": "German (SKR03)", "de_skr04": "German (SKR04)",
    "uk": "UK",
}  # fmt: skip


def choose_account(name: str, chart: Chart, tax: str = MIXED) -> Choice:
    """The account for a role.

    :param name: of the role
    :param tax: what the goods bear, see ``account_roles.ready_made_code``
    """
    role = ROLES[name]
    fitting = [account for account in chart.accounts if account.type in role.types]
    code, bears = ready_made_code(chart.template, name, tax)
    usual = f"The {_CHARTS.get(chart.template)} chart's account for {role.purpose}{_bearing(bears)}."
    for found, why in (
        (_own(role, fitting), f"It was made for {role.purpose}."),
        (_usual(code, fitting), usual),
        (_named(role, fitting), f"Its name says that it is for {role.purpose}."),
        (_default(name, fitting, chart), "The company's own account for sales."),
    ):
        if found:
            return _choice(role, found, why)
    after = new_code(chart.template, name)
    new = NewAccount(role=name, name=role.name, type=role.types[0], reconcile=role.reconcile, after=after)
    return Choice(new=new, reason=f"No account for {role.purpose} was found: a new one.")


def new_control_account(name: str, role_name: str, chart: Chart) -> Choice:
    """A control account by its own name, such as the clearing account of one processor; made if there is none.

    :param role_name: what it is like
    """
    role = ROLES[role_name]
    for account in chart.accounts:
        if account.type in role.types and name in account.names:
            return _choice(role, account, f"It was made for {role.purpose}.")
    after = new_code(chart.template, role_name)
    new = NewAccount(role=role_name, name=name, type=role.types[0], reconcile=role.reconcile, after=after)
    return Choice(new=new, reason=f"It holds only {role.purpose}.")


def taxed_as(rates: Sequence[Decimal | None], areas: Iterable[Area], customers: Sequence[str]) -> str:
    """What goods bear, in the words of ``ready_made_code``."""
    found = frozenset(areas)
    if len(rates) != 1:
        return MIXED
    (rate,) = rates
    if rate:
        return f"{rate.normalize():f}"
    if rate == ZERO and found == {Area.ABROAD}:
        return EXPORT
    if rate == ZERO and found == {Area.UNION} and tuple(customers) == ("business",):
        return UNION
    return MIXED


def _bearing(tax: str) -> str:
    return {MIXED: "", EXPORT: " exported untaxed", UNION: " to businesses in the EU, untaxed"}.get(tax, f" at {tax} %")


def _choice(role: Role, account: AccountFact, why: str) -> Choice:
    if role.reconcile and not account.reconcile:
        why += " It will allow reconciliation, which its items need."
    return Choice(account=account.id, reason=why, opens=role.reconcile and not account.reconcile)


def _own(role: Role, fitting: Iterable[AccountFact]) -> AccountFact | None:
    return next((account for account in fitting if role.name in account.names), None)


def _usual(code: str, fitting: Iterable[AccountFact]) -> AccountFact | None:
    found = [account for account in fitting if code and account.code.startswith(code)]
    return min(found, key=lambda account: account.code, default=None)


def _named(role: Role, fitting: Iterable[AccountFact]) -> AccountFact | None:
    """The account whose name begins a word with the best of the role's words, and with none that rules it out."""
    ranked = []
    for account in fitting:
        text = " / ".join(account.names).casefold()
        if any(re.search(rf"\b{re.escape(word)}", text) for word in role.never):
            continue
        rank = [at for at, word in enumerate(role.words) if re.search(rf"\b{re.escape(word)}", text)]
        if rank:
            ranked.append((rank[0], len(account.names[0]), account.code, account))
    return min(ranked, key=lambda row: row[:3])[3] if ranked else None


def _default(name: str, fitting: Iterable[AccountFact], chart: Chart) -> AccountFact | None:
    return next((account for account in fitting if name == "sales" and account.id == chart.income), None)
