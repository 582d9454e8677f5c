"""Fees that processors bill after the month in which they arose. Reads only."""

from datetime import timedelta
from decimal import Decimal

from ...core.currencies import unit
from ...core.errors import ConnectorError
from ...core.mapping.facts import Facts
from ...core.period_end.fees import estimate
from ...core.plan_text import money
from ...core.rounding import quantize, total
from ..ledger.amounts import amount_of, decimal_of, rate_of
from .proposal_draft import ProposalDraft, why_no_rule

#: The store value that the rule for processor fees is asked for; a rule for all fees covers it.
BILLED_LATER = "billed_later"


def arrears_drafts(accounts, day):
    """An accrual for each processor account that bills later; without a rate its amount is typed."""
    return [_draft(account, day) for account in accounts if account.bills_in_arrears]


def _draft(account, day):
    company, env = account.company_id, account.env
    draft = ProposalDraft(
        kind="fees", company=company, owner=account, day=day, currency=company.currency_id,
        counterpart=account.accrued_fees_account_id, sources=env["account.move"], can_be_typed=True,
    )  # fmt: skip
    if not account.accrued_fees_account_id:
        draft.problems.append(
            env._("Choose the accrued fees account of the processor account %(account)s.", account=account.name)
        )
    if not account.payout_journal_id:
        draft.problems.append(
            env._("Choose the payout journal of the processor account %(account)s.", account=account.name)
        )
    amount, draft.explanation = _estimate(account, day)
    draft.lines = [
        {
            "account_id": _expense(account, day, draft.problems), "name": env._("Fees of %(name)s", name=account.name),
            "balance": amount, "reversed_on": day + timedelta(days=1),
        }
    ]  # fmt: skip
    return draft


def _expense(account, day, problems):
    rulebook = account.env["ecommerce.mapping.rule"]._rulebook(account.company_id, account.env["ecommerce.store"])
    try:
        rule = rulebook.resolve("payout_fee", BILLED_LATER, day, Facts(currency=account.currency_id.name))
    except ConnectorError as error:
        problems.append(why_no_rule(account.env, error, day))
        return False
    return rule.target.account


def _estimate(account, day):
    """Amount in company currency, and how it comes about."""
    env, currency, company = account.env, account.currency_id, account.company_id
    payments = env["ecommerce.payment"].search(
        [
            ("processor_account_id", "=", account.id), ("kind", "=", "payment"),
            ("moved_on", ">=", day.replace(day=1)), ("moved_on", "<=", day), ("currency_id", "=", currency.id),
        ]
    )  # fmt: skip
    volume = total([amount_of(payment.amount, currency) for payment in payments])
    percent, fixed = decimal_of(account.arrears_percent, 4), decimal_of(account.arrears_fixed, 4)
    fees = estimate(volume, len(payments), percent, fixed, unit(currency.name))
    said = env._(
        "%(count)s payments of %(volume)s %(code)s in the month", count=len(payments),
        volume=money(volume, currency.name), code=currency.name,
    )  # fmt: skip
    if not percent and not fixed:
        return Decimal(0), env._("%(said)s; the processor account has no rate: type the amount.", said=said)
    said = env._(
        "%(said)s, %(percent)s %% of it and %(fixed)s for each: %(fees)s %(code)s.", said=said,
        percent=f"{percent.normalize():f}", fixed=f"{fixed.normalize():f}", fees=money(fees, currency.name),
        code=currency.name,
    )  # fmt: skip
    if currency == company.currency_id:
        return fees, said
    rate = rate_of(env["res.currency"]._get_conversion_rate(company.currency_id, currency, company, day))
    return quantize(fees / rate, unit(company.currency_id.name)), said
