"""The story, told by fixtures: each is a step of it, and keeps what it saw; the tests change nothing."""

from pathlib import Path

import pytest
from figures import of_ledger
from odoo_books import OdooBooks

from .figures_of_store import of_store
from .seen import NAME, Seen
from .store import node_problem, reset, stop

STATE = Path(__file__).parents[3] / ".state"

COMPANY = """
env.company.write({"name": "Live company", "currency_id": env.ref("base.EUR").id})
for code, rate in (("EUR", None), ("USD", 1.1), ("GBP", 0.85), ("JPY", 160)):
    currency = env.ref("base." + code)
    currency.active = True
    if rate:
        env["res.currency.rate"].create(
            {"name": "2020-01-01", "company_rate": rate, "currency_id": currency.id, "company_id": env.company.id}
        )
        env["account.journal"].create(
            {"name": code + " bank", "code": "B" + code, "type": "bank", "currency_id": currency.id}
        )
"""
POLICY = """
env["ecommerce.store"].search([]).late_changes = "amend"
"""


@pytest.fixture(scope="package")
def shop():
    """The live store with the orders of the seed."""
    if problem := node_problem():
        pytest.skip(f"no Node.js: {problem}")
    yield reset(STATE / "medusa")
    stop(STATE / "medusa")


@pytest.fixture(scope="package")
def books(shop):
    """A database with the store connected and its accounts and rules made."""
    database = OdooBooks("medusa")
    database.shell(COMPANY)
    connected = connect(database, shop, "--accounting")
    assert connected.status == 0, connected.errors
    database.shell(POLICY)
    yield database
    database.drop()


def connect(database, shop, *arguments, key=None, url=None):
    """``odoo ecommerce connect``; the key goes by the environment."""
    words = ("connect", "--store", NAME, "--platform", "medusa", "--timezone", "Europe/Paris", "--url", url or shop.url)
    return database.ecommerce(*words, *arguments, ECOMMERCE_ACCESS_TOKEN=key or shop.api_key)


def read(books, shop):
    """Import, and look at both sides."""
    done = books.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    proof = books.ecommerce("proof", "--store", NAME).data["stores"][0]
    orders = shop.orders()
    return Seen(orders, of_store(orders), of_ledger(books), proof, books.counts(), done.data["runs"])


@pytest.fixture(scope="package")
def imported(books, shop):
    """Everything imported and posted."""
    return read(books, shop)


@pytest.fixture(scope="package")
def again(books, shop, imported):
    """Imported once more, nothing having happened."""
    return read(books, shop)


@pytest.fixture(scope="package")
def actions(shop, again):
    """A day in the shop: what happened to which order."""

    def of(situation):
        return shop.order(shop.situations[situation])

    shop.refund(of("multi-tax"), 5, "damaged")
    shop.capture(of("authorized-only"), 10)
    shop.capture(of("captured-in-parts"), 705.988)
    shop.cancel(of("line-discount"))
    edited = shop.edit(of("free-shipping"), {"FILTERS": (2, 7.35)})
    shop.pay_by_hand(edited, edited["summary"]["pending_difference"])
    returned = shop.take_back(of("two-parcels"), {"ESPRESSO": 1})
    shop.refund(returned, 1199.99, "return")
    return {
        "euros": shop.place_order({"ESPRESSO": 1, "HANDBOOK": 2})["display_id"],
        "dollars": shop.place_order({"HANDBOOK": 1}, region="us")["display_id"],
        "unnoticed": {shop.situations[name] for name in ("authorized-only", "captured-in-parts")},
    }


@pytest.fixture(scope="package")
def changed(books, shop, actions):
    """Imported after that day."""
    return read(books, shop)


@pytest.fixture(scope="package")
def quiet(books, shop, changed):
    """Imported once more after it."""
    return read(books, shop)
