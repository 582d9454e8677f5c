"""The set-up assistant in companies whose charts of accounts Odoo's localisations really loaded."""

import json
import re

import pytest
from odoo_books import OdooBooks

CODE = re.compile(r"\d{4,6}(?= )")
MODULES = "l10n_de,l10n_fr_account,l10n_uk,l10n_us_account"
#: Chart template -> country, currency, the rates of goods, a country of the same union, one abroad.
CHARTS = {
    "fr": ("FR", "EUR", ("20", "5.5"), "DE", "US"), "de_skr03": ("DE", "EUR", ("19", "7"), "FR", "US"),
    "de_skr04": ("DE", "EUR", ("19", "7"), "FR", "US"), "uk": ("GB", "GBP", ("20", "5"), "GB", "US"),
    "us": ("US", "USD", ("7.25", "4.875"), "US", "FR"), "generic_coa": ("US", "USD", ("15", "20"), "US", "FR"),
}  # fmt: skip

#: Sets up one company, applies the assistant's proposals as they are, and posts the sample.
SET_UP = """
import base64, json
given = json.loads({given!r})
currency = env["res.currency"].with_context(active_test=False).search([("name", "=", given["currency"])])
currency.active = True
country = env["res.country"].search([("code", "=", given["country"])])
# With the context no other module of the country is installed.
company = env["res.company"].with_context(chart_template_load=True).create(
    {{"name": "Company " + given["template"], "country_id": country.id, "currency_id": currency.id}}
)
company = company.with_context(chart_template_load=False)
env.user.write({{"company_ids": [(4, company.id)]}})
env["account.chart.template"].try_loading(given["template"], company, install_demo=False)
env = env(context=dict(env.context, allowed_company_ids=[company.id]))
company = env["res.company"].browse(company.id)
store = env["ecommerce.store"].create(
    {{"name": "Shop " + given["template"], "platform": "file", "timezone": "UTC", "company_id": company.id}}
)
content = base64.b64encode(given["orders"].encode())
def assistant():
    found = env["ecommerce.mapping.assistant"].create({{"store_id": store.id, "file": content, "file_name": "o.jsonl"}})
    found.action_read()
    return found
first = assistant()
action = first.action_apply()
review = env["ecommerce.import"].browse(action["res_id"])
review.action_preview()
planned = [[line.number, line.state, line.explanation or "", line.plan_text or ""] for line in review.line_ids]
review.action_accept()
rules = env["ecommerce.mapping.rule"].search([("company_id", "=", company.id)])
again = assistant()
print("RESULT" + json.dumps({{
    "template": company.chart_template, "planned": planned,
    "posted": sorted(env["ecommerce.order"].search([("store_id", "=", store.id)]).mapped("state")),
    "rules": {{f"{{rule.kind}} {{rule.pattern}} {{rule.limits}}".strip(): rule.target for rule in rules}},
    "companies": sorted((rules.account_id.company_ids | rules.tax_id.company_id).mapped("name")),
    "left": sorted(set(again.line_ids.filtered(lambda line: not line.is_covered).mapped("kind"))),
    "items_left": again.item_ids.mapped("name"),
}}))
"""


def line(key, net, tax, rate, kind="product", **more):
    taxes = [{"code": "Tax", "rate": rate, "amount": tax}] if rate is not None else []
    return {"id": f"{kind}-{key}", "kind": kind, "key": key, "description": key, "quantity": "1", "net": net,
            "taxes": taxes, **more}  # fmt: skip


def order(number, currency, country, total, *lines, gateway="card", refunds=(), company=""):
    return {
        "id": number, "number": number, "currency": currency, "placed_at": "2026-03-10T09:00:00Z",
        "updated_at": "2026-03-10T11:00:00Z", "total": total, "lines": list(lines), "refunds": list(refunds),
        "payments": [
            {"id": f"p{number}", "gateway": gateway, "amount": total, "at": "2026-03-10T10:00:00Z",
             "transaction_id": f"ch_{number}"}
        ],
        "customer": {
            "name": "Ada", "email": f"{number}@example.com", "company": company, "shipping": {"country": country},
        },
    }  # fmt: skip


def sample(template):
    home, currency, (standard, reduced), union, abroad = CHARTS[template]
    refund = {"id": "r", "gateway": "card", "amount": "5.00", "at": "2026-03-12T10:00:00Z", "transaction_id": "re_1"}
    orders = [
        order("1", currency, home, "113.00", line("MUG-1", "100.00", "8.00", standard),
              line("post", "5.00", "0.00", standard, "shipping"), refunds=[refund]),
        order("2", currency, home, "31.00", line("BOOK-1", "10.00", "0.50", reduced),
              line("BOOK-2", "10.00", "0.50", reduced), line("GIFT", "10.00", "0", None, "gift_card"),
              gateway="paypal"),
        order("3", currency, abroad, "50.00", line("MUG-2", "50.00", "0.00", "0"), gateway="gift-card"),
        order("4", currency, home, "3.00", line("SAMPLE", "3.00", "0.00", "0")),
    ]  # fmt: skip
    if union != home:
        orders.append(order("5", currency, union, "70.00", line("MUG-1", "70.00", "0.00", "0"), company="Trader"))
    return "\n".join(json.dumps(order) for order in orders)


@pytest.fixture(scope="module")
def books():
    """A database with all localisations that there are ready-made sets for."""
    database = OdooBooks("charts")
    database.databases.install_addon(database.name, MODULES)
    yield database
    database.drop()


def set_up(books, template):
    home, currency, *_others = CHARTS[template]
    given = json.dumps({"template": template, "country": home, "currency": currency, "orders": sample(template)})
    output = books.shell(SET_UP.format(given=given))
    return json.loads(output.split("RESULT", 1)[1].splitlines()[0])


EXPECTED = {
    "fr": {
        "product MUG-*": "707000", "product BOOK-*": "707000", "shipping post": "708500",
        "refund_adjustment *": "709700", "payout_fee *": "627800", "rounding *": "658000", "tax Tax 20 %": "20% G",
        "tax Tax 5.5 %": "5.5% G", "tax Tax 0 %": "0% EXEMPT G", "tax Tax 0 %, United States": "0% EX G",
        "tax Tax 0 %, Germany": "0% EU G",
    },
    "de_skr03": {
        "product MUG-*": "8200", "product BOOK-*": "8300", "shipping post": "8400", "gift_card GIFT": "1796",
        "refund_adjustment *": "8700", "payout_fee *": "4970", "rounding *": "4900", "tax Tax 19 %": "19%",
        "tax Tax 7 %": "7%", "tax Tax 0 %": "0%", "tax Tax 0 %, United States": "0% EX",
        "tax Tax 0 %, France": "0% EU D",
    },
    "de_skr04": {
        "product MUG-*": "4200", "product BOOK-*": "4300", "shipping post": "4400", "gift_card GIFT": "3786",
        "refund_adjustment *": "4700", "payout_fee *": "6855", "rounding *": "6300", "tax Tax 19 %": "19%",
        "tax Tax 7 %": "7%", "tax Tax 0 %": "0%", "tax Tax 0 %, United States": "0% EX",
        "tax Tax 0 %, France": "0% EU D",
    },
    "uk": {
        "product MUG-*": "400000", "payout_fee *": "791000", "rounding *": "771000", "tax Tax 20 %": "20%",
        "tax Tax 5 %": "5%", "tax Tax 0 %": "0%", "tax Tax 0 %, United States": "0% EX",
    },
    "us": {
        "product MUG-*": "400000", "payout_fee *": "650000", "tax Tax 7.25 %": "7.25%", "tax Tax 4.875 %": "4.875%",
        "tax Tax 0 %": "0%", "tax Tax 0 %, France": "0%",
    },
    "generic_coa": {
        "product MUG-*": "400000", "payout_fee *": "620000", "tax Tax 15 %": "15%", "tax Tax 20 %": "20% S",
        "tax Tax 0 %": "0% S", "tax Tax 0 %, France": "0% Exports",
    },
}  # fmt: skip


@pytest.mark.parametrize("template", CHARTS)
def test_a_company_with_this_chart(books, template):
    result = set_up(books, template)
    assert result["template"] == template
    booked = {name: result["rules"].get(name, "") for name in EXPECTED[template]}
    # Accounts are told by their codes.
    told = {name: text[: CODE.match(text).end()] if CODE.match(text) else text for name, text in booked.items()}
    assert told == EXPECTED[template]
    assert {state for _number, state, _why, _plan in result["planned"]} == {"complete"}, result["planned"]
    assert not any("suspense" in plan.lower() for *_others, plan in result["planned"])
    assert set(result["posted"]) == {"posted"}
    assert result["companies"] == [f"Company {template}"]
    assert (result["left"], result["items_left"]) == ([], [])
