"""The story, told by fixtures: each is a step of it, and keeps what it saw; the tests change nothing.

Without Node.js the recording of the same store's answers stands in.
"""

import json
import shutil
from pathlib import Path

import pytest
from figures import balance, of_ledger, of_store
from odoo_books import OdooBooks
from recorded_changes import ChangeableRecording
from vendure import processor_report, store
from vendure.recorded_store import start_recorded

from .seen import CURRENCIES, NAME, Seen, connect

STATE = Path(__file__).parents[3] / ".state"

COMPANY = """
env.company.write({"name": "Live company", "currency_id": env.ref("base.EUR").id})
env.ref("base.EUR").active = env.ref("base.USD").active = True
env["res.currency.rate"].create(
    {"name": "2020-01-01", "company_rate": 1.1, "currency_id": env.ref("base.USD").id, "company_id": env.company.id}
)
env["account.journal"].create(
    {"name": "Dollar bank", "code": "DBNK", "type": "bank", "currency_id": env.ref("base.USD").id}
)
"""
RULES = """
store = env["ecommerce.store"].search([])
rule = env["ecommerce.mapping.rule"].with_context(mapping_change_reason="Set up for the tests")
common = {"company_id": env.company.id, "store_id": store.id}
liability = rule.search([("store_id", "=", store.id), ("kind", "=", "gift_card")]).account_id
rule.create({**common, "kind": "product", "pattern": "GIFT*", "account_id": liability.id})
clearing = env["account.account"].create(
    {"name": "Manual clearing", "code": "101690", "account_type": "asset_current", "reconcile": True}
)
journal = env["account.journal"].create(
    {"name": "Manual payments", "code": "EMAN", "type": "bank", "default_account_id": clearing.id}
)
manual = env["ecommerce.processor.account"].create(
    {"name": "Manual EUR", "journal_id": journal.id, "clearing_account_id": clearing.id}
)
for pattern in ("manual*", "bank-transfer"):
    rule.create({**common, "kind": "gateway", "pattern": pattern, "currency_id": env.ref("base.EUR").id,
                 "processor_account_id": manual.id})
"""


@pytest.fixture(scope="package")
def shop():
    """The live store with the orders of the seed, in a folder of its own."""
    if store.node_problem():
        recording = ChangeableRecording(start_recorded())
        yield recording
        recording.stop()
        return
    folder = STATE / "store-books"
    _borrow_seed(folder)
    yield store.reset(folder, packages=STATE / "store")
    store.stop(folder)


def _borrow_seed(folder):
    """Seeding takes longer than copying what another store of this checkout was seeded with."""
    for other in (STATE / "store", STATE / "store-tests"):
        if not (folder / "seeded.sha256").exists() and (other / "seeded.sha256").exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(other / "shop", folder / "shop", dirs_exist_ok=True)
            for name in ("seeded.sqlite", "seeded.json", "seeded.sha256"):
                shutil.copyfile(other / name, folder / name)


@pytest.fixture(scope="package")
def books(shop):
    """A database with the store connected and its accounts and rules made, by the command line as far as it goes."""
    database = OdooBooks("vendure")
    database.shell(COMPANY)
    connected = connect(database, shop, "--platform", "vendure", "--timezone", "Europe/Paris", "--accounting")
    assert connected.status == 0, connected.errors
    database.shell(RULES)
    yield database
    database.drop()


def see(books, shop, runs):
    """Look at both sides."""
    orders = shop.full_orders()
    proof = books.ecommerce("proof", "--store", NAME)
    entries = {}
    for number, move in books.rows(
        "SELECT o.number, p.move_id FROM ecommerce_posting p JOIN ecommerce_order o ON o.id = p.order_id"
    ):
        entries.setdefault(number, set()).add(move)
    ledger = of_ledger(books)
    return Seen(orders, of_store(orders), ledger, proof.data["stores"][0], books.counts(), runs, entries)


@pytest.fixture(scope="package")
def dry_run(books):
    """What an import would do, and the tables before and after."""
    before = books.counts()
    done = books.ecommerce("import", "--store", NAME, "--dry-run")
    return done, before, books.counts()


@pytest.fixture(scope="package")
def imported(books, shop, dry_run):
    """Everything imported and posted."""
    done = books.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    return see(books, shop, done.data["runs"])


@pytest.fixture(scope="package")
def again(books, shop, imported):
    """Imported once more, nothing having happened."""
    done = books.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    return see(books, shop, done.data["runs"])


@pytest.fixture(scope="package")
def actions(shop, again):
    """A day in the shop: what happened to which order."""
    pending = next(order for order in again.orders if order["code"] == "V1008")["payments"][0]["refunds"][0]
    shop.refund("V1001", 500)
    shop.settle_refund(pending["id"], "wire-V1008")
    shop.capture("V1009")
    shop.cancel("V1003")
    return {
        "refunded": "V1001", "settled": "V1008", "captured": "V1009", "cancelled": "V1003",
        "euros": shop.place_order({"ESPRESSO": 1, "HANDBOOK": 2}),
        "dollars": shop.place_order({"HANDBOOK": 1}, currency="USD", country="US", shipping="export"),
    }  # fmt: skip


@pytest.fixture(scope="package")
def changed(books, shop, actions):
    """Imported after that day, by two workers at the same time."""
    workers = [books.start("ecommerce", "import", "-d", books.name, "--json", "--store", NAME) for _worker in range(2)]
    results = [books.finish(worker) for worker in workers]
    for done in results:
        # One of them may have come too late to the store's lock, and says so.
        assert done.status == 0 or "being read by another worker" in done.problem, done.errors
    runs = [run for done in results if done.status == 0 for run in done.data["runs"]]
    assert runs
    return see(books, shop, runs)


@pytest.fixture(scope="package")
def payouts(books, shop, changed, tmp_path_factory):
    """Both payouts of the card processor: posted and found at the bank. By currency: rows, result."""
    folder, found = tmp_path_factory.mktemp("payouts"), {}
    reports = {currency: processor_report.payout_rows(shop.full_orders(), currency) for currency in CURRENCIES}
    books.shell(_statement(reports))
    for currency, rows in reports.items():
        file = folder / f"payout_{currency}.csv"
        processor_report.write_csv(file, rows)
        clearing = balance(books, "Payment clearing", currency)
        done = books.ecommerce("payout", "--account", f"Card payments {currency}", "--file", file, "--post", "--bank")
        found[currency] = (file, rows, clearing, done)
    return found


def _statement(reports):
    """Code that imports the bank statement on which the payouts arrive."""
    lines = [{**processor_report.bank_line(rows), "currency": currency} for currency, rows in reports.items()]
    return f"""
import json
for line in json.loads({json.dumps(json.dumps(lines, default=str))}):
    account = env["ecommerce.processor.account"].search([("name", "=", "Card payments " + line["currency"])])
    env["account.bank.statement.line"].create(
        {{"journal_id": account.bank_journal_id.id, "date": line["date"], "payment_ref": line["reference"],
          "amount": float(line["amount"])}}
    )
"""
