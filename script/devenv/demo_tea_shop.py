"""Run inside ``odoo shell``: the demo's second store, whose last month is there to be ended.

What an accountant does during the month, through the same methods as the buttons: import the shop's files, post the
summaries, match the payouts, count the stock, lock the sales of the month, import what came too late, and compute what
is proposed for its end. The file that DEMO_FACTS names says where the files are. ``env`` is the shell's.
"""
# ruff: noqa: F821

import base64
import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

from odoo.addons.ecommerce_connector.platforms.file import read_records

facts = json.loads(Path(os.environ["DEMO_FACTS"]).read_text())
company, folder = env.company, Path(facts["folder"])
first_day, last_day = (date.fromisoformat(facts[name]) for name in ("first_day", "last_day"))
EUR = env.ref("base.EUR")


def shop():
    """The store with its accounts and rules: summaries from a day on, costs, changes by amendments, breakage."""
    store = env["ecommerce.store"].create(
        {
            "name": facts["store"], "platform": "file", "timezone": "Europe/Paris", "late_changes": "amend",
            "breakage_percent": 10, "posting_mode_ids": [(0, 0, {"date_from": facts["summaries_from"], "mode": "day"})],
        }
    )  # fmt: skip
    store._create_accounting(currencies=["EUR"], rates={Decimal(20)})
    terminal(store)
    store.cost_of_goods = "fulfilment"
    store.action_create_cost_accounts()
    store.action_make_period_accounts()
    return store


def terminal(store):
    """A processor that bills its fees in the next month, and where gift cards go that nobody uses up."""

    def account(name, code, **more):
        return env["account.account"].create(
            {"name": name, "code": code, "account_type": "asset_current", "reconcile": True, **more}
        )

    journal = env["account.journal"].create({"name": "Card terminal", "code": "ETER", "type": "bank"})
    cards = env["ecommerce.processor.account"].search([("name", "=", "Card payments EUR")])
    processor = cards.copy(
        {
            "name": "Card terminal", "journal_id": journal.id, "processor": False,
            "clearing_account_id": account("Card terminal clearing", "101691").id,
            "in_transit_account_id": account("Card terminal payouts in transit", "101692").id,
            "bills_in_arrears": True, "arrears_percent": 1.4, "arrears_fixed": 0.25,
        }
    )  # fmt: skip
    journal.default_account_id = processor.clearing_account_id
    breakage = env["account.account"].create(
        {"name": "Gift card breakage", "code": "400801", "account_type": "income_other"}
    )
    common = {"company_id": company.id, "store_id": store.id}
    env["ecommerce.mapping.rule"].with_context(mapping_change_reason="Set up for the demo").create(
        [
            {**common, "kind": "gateway", "pattern": facts["gateway"], "currency_id": EUR.id,
             "processor_account_id": processor.id},
            {**common, "kind": "breakage", "pattern": "*", "account_id": breakage.id},
        ]
    )  # fmt: skip


def stock(store):
    """The goods with what they cost, and what of them is there when the month begins."""
    value = 0.0
    for sku, (name, _price, cost, pieces, _counted) in facts["goods"].items():
        env["product.product"].create({"name": name, "default_code": sku, "standard_price": float(cost)})
        value += float(cost) * pieces
    equity = env["account.account"].search([("account_type", "=", "equity")], limit=1)
    opening = env["account.move"].create(
        {
            "ref": "Stock when the month begins", "date": first_day, "journal_id": store.correction_journal_id.id,
            "line_ids": [
                (0, 0, {"account_id": store.inventory_account_id.id, "debit": value}),
                (0, 0, {"account_id": equity.id, "credit": value}),
            ],
        }
    )  # fmt: skip
    opening.action_post()


def import_file(store, name):
    """Import one of the shop's files, and post the summaries of the month."""
    store._accept(read_records(name, (folder / name).read_bytes()))
    store._post_summaries(last_day)


def payouts(store):
    """The payouts of the terminal, and the bank lines on which they arrive."""
    processor = env["ecommerce.processor.account"].search([("name", "=", "Card terminal")])
    found, _notices = processor._import_report(facts["payouts"], (folder / facts["payouts"]).read_bytes(), store)
    for payout, arrived in zip(found.sorted("paid_on"), facts["arrivals"], strict=True):
        payout.action_post()
        env["account.bank.statement.line"].create(
            {"journal_id": processor.bank_journal_id.id, "date": arrived, "payment_ref": payout.bank_reference,
             "amount": payout.amount}
        )  # fmt: skip
        payout.action_match_bank()


def count_stock(store):
    """The count at the end of the month, posted."""
    count = env["ecommerce.stock.count.post"].create(
        {
            "store_id": store.id, "counted_on": last_day, "filename": facts["count"],
            "file": base64.b64encode((folder / facts["count"]).read_bytes()),
        }
    )  # fmt: skip
    count.action_make_account()
    count.action_read()
    count.action_post()


def a_month():
    """The month from its first order to its end."""
    store = shop()
    stock(store)
    (before, later, after_lock) = facts["files"]
    import_file(store, before)
    import_file(store, later)
    payouts(store)
    count_stock(store)
    company.sale_lock_date = last_day
    import_file(store, after_lock)
    env["ecommerce.period.end"].create({"day": last_day}).action_compute()


if not env["ecommerce.store"].search([("name", "=", facts["store"])]):
    a_month()
env.cr.commit()
store = env["ecommerce.store"].search([("name", "=", facts["store"])])
proposed = env["ecommerce.period.proposal"].search_count([("store_id", "in", [store.id, False])])
print(json.dumps({"orders": store.order_count, "summaries": store.summary_count, "proposals": proposed}))
