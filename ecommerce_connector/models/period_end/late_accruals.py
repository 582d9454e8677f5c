"""What came in after its period was locked, accrued for it. Reads only."""

from collections import defaultdict

from ...core.period_end.cutoff import Nature, accrued, late_groups
from ...core.plan_text import money
from ...core.rounding import total
from ..ledger.days import said_day
from .late_arrivals import LateArrivals
from .proposal_draft import ProposalDraft


def late_drafts(company, stores, accounts, day):
    """A draft for each store and processor account of what is not decided on: one without late arrivals is empty."""
    decided = (
        company.env["ecommerce.period.proposal"]
        .search(
            [("company_id", "=", company.id), ("kind", "=", "late"), ("day", "=", day), ("state", "!=", "proposed")]
        )
        .source_move_ids
    )
    entries = [entry for entry in LateArrivals(company).late_entries([day]) if entry.entry not in decided._ids]
    by_owner = defaultdict(list)
    for entry in entries:
        by_owner[entry.owner].append(entry)
    return [_draft(company, owner, day, by_owner[owner._name, owner.id]) for owner in (*stores, *accounts)]


def _draft(company, owner, day, entries):
    env, is_store = company.env, owner._name == "ecommerce.store"
    counterpart = owner.late_accrual_account_id if is_store else owner.accrued_fees_account_id
    draft = ProposalDraft(
        kind="late", company=company, owner=owner, day=day, currency=company.currency_id, counterpart=counterpart,
        is_of_the_rest=True, sources=env["account.move"].browse(dict.fromkeys(entry.entry for entry in entries)),
    )  # fmt: skip
    draft.lines = [
        {
            "account_id": account, "balance": balance, "name": env._("Booked on %(day)s", day=said_day(env, booked_on)),
            "reversed_on": booked_on,
        }
        for (account, booked_on), balance in accrued(entries).items()
    ]  # fmt: skip
    draft.explanation = _explanation(env, entries, company.currency_id.name)
    if draft.lines and not counterpart:
        draft.problems.append(_missing(env, owner, is_store))
    return draft


def _missing(env, owner, is_store):
    if is_store:
        return env._("Choose the late arrivals account of the store %(store)s (Period End).", store=owner.name)
    return env._("Choose the accrued fees account of the processor account %(account)s.", account=owner.name)


def _explanation(env, entries, code):
    taxes = total([group.of(Nature.TAX) for group in late_groups(entries)])
    return env._(
        "Entries of the period that are booked later: %(count)s. Tax of %(tax)s %(code)s is not accrued: it is "
        "declared with the day on which it is booked.",
        count=len({entry.entry for entry in entries}), tax=money(taxes, code), code=code,
    )  # fmt: skip
