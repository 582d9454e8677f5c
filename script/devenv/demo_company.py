"""Run inside ``odoo shell``: the demo's company, its connected store, and its bank statement.

What an administrator does before the first import, through the same methods as the buttons. The
facts that only the demo knows (the store's address, the amounts on the bank statement) come from
the JSON file that DEMO_FACTS names. ``env`` is the shell's.
"""
# ruff: noqa: F821

import json
import os
from pathlib import Path

facts = json.loads(Path(os.environ["DEMO_FACTS"]).read_text())
company = env.company


def currency(code):
    found = env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
    found.active = True
    return found


def missing(model, *domain):
    return not env[model].search_count([*domain, ("company_id", "=", company.id)])


def prepare_company():
    """Books in EUR, a rate and a bank account for USD."""
    euro, dollar = currency("EUR"), currency("USD")
    if missing("account.move.line"):
        company.write({"name": "Demo Company", "currency_id": euro.id})
    if missing("res.currency.rate", ("currency_id", "=", dollar.id)):
        env["res.currency.rate"].create(
            {"currency_id": dollar.id, "company_id": company.id, "name": "2026-01-01", "rate": 1.1}
        )
    if missing("account.journal", ("code", "=", "BUSD")):
        env["account.journal"].create(
            {"name": "Bank USD", "code": "BUSD", "type": "bank", "currency_id": dollar.id, "company_id": company.id}
        )


def connect_store():
    """The store with its accounts and rules, and the two rules that only an accountant can know."""
    store = env["ecommerce.store"].search([("name", "=", facts["store"])])
    values = {"base_url": facts["url"], "access_token": facts["api_key"]}
    if store:
        store.write(values)
    else:
        store = store.create({"name": facts["store"], "platform": "vendure", "timezone": "Europe/Paris", **values})
    store.action_check_connection()
    if store.state != "connected":
        raise SystemExit(store.state_message)
    if not store.sale_journal_id:
        store.action_create_accounting()
        refine_rules(store)


def refine_rules(store):
    """A product that is a gift card, and the gateways that no payout report covers."""
    rule = env["ecommerce.mapping.rule"].with_context(mapping_change_reason="Set up for the demo")
    liability = rule.search([("store_id", "=", store.id), ("kind", "=", "gift_card")]).account_id
    common = {"company_id": company.id, "store_id": store.id}
    rule.create({**common, "kind": "product", "pattern": "GIFT*", "account_id": liability.id})
    clearing = env["account.account"].create(
        {"name": "Manual payments clearing", "code": "101690", "account_type": "asset_current", "reconcile": True}
    )
    journal = env["account.journal"].create(
        {"name": "Manual payments", "code": "EMAN", "type": "bank", "default_account_id": clearing.id}
    )
    manual = env["ecommerce.processor.account"].create(
        {"name": "Manual payments EUR", "journal_id": journal.id, "clearing_account_id": clearing.id}
    )
    for pattern in ("manual*", "bank-transfer"):
        rule.create({**common, "kind": "gateway", "pattern": pattern, "currency_id": currency("EUR").id,
                     "processor_account_id": manual.id})  # fmt: skip


def import_statement():
    """The bank statement lines on which the payouts arrive."""
    for line in facts["bank_lines"]:
        account = env["ecommerce.processor.account"].search(
            [("kind", "=", "money"), ("currency_id.name", "=", line["currency"]), ("bank_journal_id", "!=", False)]
        )
        if missing("account.bank.statement.line", ("payment_ref", "=", line["reference"])):
            env["account.bank.statement.line"].create(
                {
                    "journal_id": account.bank_journal_id.id, "date": line["date"], "payment_ref": line["reference"],
                    "amount": float(line["amount"]),
                }
            )  # fmt: skip


prepare_company()
connect_store()
import_statement()
env.cr.commit()
