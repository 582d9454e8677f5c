"""A live Vendure store booked into a real Odoo by ``odoo ecommerce``, and held against the store's own figures.

The fixtures tell one story, each a step of it, and keep what they saw; the tests look at a step and
change nothing. Without Node.js the recording of the same store's answers stands in.
"""

import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from figures import (
    ZERO,
    Figures,
    balance,
    gateways_of_ledger,
    gateways_of_store,
    of_ledger,
    of_store,
    totals,
)
from odoo_books import OdooBooks
from recorded_changes import ChangeableRecording
from vendure import processor_report, store
from vendure.recorded_store import start_recorded

STATE = Path(__file__).parents[2] / ".state"
NAME = "Live store"
CURRENCIES = ("EUR", "USD")
#: What of the seed is booked, waits, and needs a person's eye.
POSTED = {f"V10{number:02}" for number in (*range(1, 9), *range(10, 17), 18)}
WAITING = {"V1009", "V1017"}
NOTICED = {"V1008": "refund_pending", "V1012": "order_not_placed"}

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
rule = env["ecommerce.mapping.rule"]
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


@dataclass
class Seen:
    """Both sides at one moment.

    :ivar orders: the orders as the store's Admin API answers
    :ivar store: its figures by order
    :ivar ledger: the ledger's
    """

    orders: list
    store: dict
    ledger: dict
    proof: dict
    counts: dict
    runs: list
    entries: dict

    @property
    def orders_run(self):
        """The counts of the run that read the orders."""
        return next(run for run in self.runs if run["stream"] == "orders")


def added(runs, name):
    """A count over several runs."""
    return sum(run[name] for run in runs)


# === The story === #


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def books(shop):
    """A database with the store connected and its accounts and rules made, by the command line as far as it goes."""
    database = OdooBooks("vendure")
    database.shell(COMPANY)
    connected = connect(database, shop, "--platform", "vendure", "--timezone", "Europe/Paris", "--accounting")
    assert connected.status == 0, connected.errors
    database.shell(RULES)
    yield database
    database.drop()


def connect(database, shop, *arguments, key=None, url=None):
    """``odoo ecommerce connect``; the key goes by the environment."""
    words = ("connect", "--store", NAME, "--url", url or shop.url, *arguments)
    return database.ecommerce(*words, ECOMMERCE_ACCESS_TOKEN=key or shop.api_key)


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


@pytest.fixture(scope="module")
def dry_run(books):
    """What an import would do, and the tables before and after."""
    before = books.counts()
    done = books.ecommerce("import", "--store", NAME, "--dry-run")
    return done, before, books.counts()


@pytest.fixture(scope="module")
def imported(books, shop, dry_run):
    """Everything imported and posted."""
    done = books.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    return see(books, shop, done.data["runs"])


@pytest.fixture(scope="module")
def again(books, shop, imported):
    """Imported once more, nothing having happened."""
    done = books.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    return see(books, shop, done.data["runs"])


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


# === A dry run === #


def test_dry_run_writes_nothing_and_shows_every_plan(dry_run):
    done, before, after = dry_run
    assert done.status == 0, done.errors
    assert after == before
    orders = {order["number"]: order for order in done.data["orders"]}
    assert set(orders) == POSTED | WAITING
    assert set(orders["V1001"]) == {"id", "number", "currency", "total", "state", "explanation", "plan"}
    assert {order["state"] for number, order in orders.items() if number in POSTED} == {"ready"}
    assert {order["state"] for number, order in orders.items() if number in WAITING} == {"waiting"}
    assert (orders["V1001"]["currency"], orders["V1001"]["total"]) == ("EUR", "913.75")
    assert "Store sales" in orders["V1001"]["plan"]


# === Everything imported === #


def test_every_order_has_the_stores_figures(imported):
    for code, figures in imported.store.items():
        assert imported.ledger.get(code) == figures, code
    assert set(imported.ledger) == set(imported.store) == POSTED


def test_totals_differ_by_nothing(imported):
    said, booked = totals(imported.store), totals(imported.ledger)
    assert booked == said
    assert {currency for _name, currency in said} == set(CURRENCIES)
    assert {"tax 20 %", "tax 5.5 %"} <= {name for name, _currency in said}
    assert said["invoiced", "EUR"] > 4000
    assert said["credited", "EUR"] == Decimal("13.34")


def test_control_accounts_hold_what_each_gateway_took(imported, books, shop, actions, changed):
    """Also after the changes: this one reads the present state."""
    booked, said = gateways_of_ledger(books), gateways_of_store(shop.full_orders())
    assert booked["manual", "EUR"] == said["manual", "EUR"]
    # A gift card that was sold is on its liability account, too.
    sold = sum(
        (Decimal(line["proratedLinePriceWithTax"]) / 100 for order in imported.orders for line in order["lines"]
         if line["productVariant"]["sku"].startswith("GIFT")), ZERO,
    )  # fmt: skip
    assert booked["gift card", "EUR"] == said["gift card", "EUR"] - sold
    assert sold > 0


def test_the_proof_holds(imported):
    proof = imported.proof
    assert proof["holds"], proof
    assert proof["laws"] == []
    rows = proof["totals"] + proof["taxes"]
    assert {row["difference"] for row in rows} <= {"0", "0.00"}
    assert {row["currency"] for row in rows} == set(CURRENCIES)
    assert proof["counts"]["orders_posted"] == len(POSTED)
    assert proof["counts"]["orders_waiting"] == len(WAITING)


def test_what_is_not_booked_is_named_with_its_reason(imported):
    found = {item["order"]: item["code"] for item in imported.proof["exceptions"]}
    assert found == NOTICED
    assert not any(item["blocks"] for item in imported.proof["exceptions"])
    assert {item["order"] for item in imported.proof["waiting"]} == WAITING
    assert all(item["why"] for item in imported.proof["waiting"])


def test_run_tells_the_counts(imported):
    run = imported.orders_run
    assert run["state"] == "done"
    counts = {name: added(imported.runs, name) for name in ("new", "posted", "waiting", "blocked", "failed")}
    assert counts == {"new": 18, "posted": len(POSTED), "waiting": len(WAITING), "blocked": 0, "failed": 0}


def test_entries_balance_and_none_is_a_draft(imported, books):
    unbalanced = """SELECT move_id FROM account_move_line GROUP BY move_id
                    HAVING sum(balance) <> 0 OR (count(DISTINCT currency_id) = 1 AND sum(amount_currency) <> 0)"""
    assert books.rows(unbalanced) == []
    assert books.value("SELECT count(*) FROM account_move WHERE state <> 'posted'") == 0


# === Imported again === #


def test_import_again_writes_nothing(imported, again):
    assert again.counts == imported.counts
    assert again.entries == imported.entries
    assert added(again.runs, "fetched") > 0
    for name in ("new", "changed", "posted", "blocked", "failed"):
        assert added(again.runs, name) == 0, name


# === Changed in the store === #


def test_only_what_changed_is_booked(again, changed, actions):
    new = {number for number, moves in changed.entries.items() if moves != again.entries.get(number)}
    assert new == {actions[name] for name in ("refunded", "settled", "captured", "euros", "dollars")}
    for number, moves in again.entries.items():
        assert moves <= changed.entries[number], "posted entries stay"
    assert added(changed.runs, "new") == 2
    assert added(changed.runs, "posted") == 5
    assert added(changed.runs, "blocked") == 1
    assert changed.counts["ecommerce_order"] == again.counts["ecommerce_order"] + 2
    # Refund: note and payment. Settled: payment. Captured, placed twice: invoice and payment each.
    assert changed.counts["ecommerce_posting"] == again.counts["ecommerce_posting"] + 2 + 1 + 3 * 2


def test_every_other_order_has_the_stores_figures(changed, actions):
    for code, figures in changed.store.items():
        if code != actions["cancelled"]:
            assert changed.ledger[code] == figures, code


def test_refund_is_a_credit_note_of_the_posted_invoice(books, changed):
    rows = books.rows(
        """
        SELECT note.amount_total, note.amount_residual, note.reversed_entry_id = invoice.move_id
          FROM ecommerce_posting p
          JOIN ecommerce_order o ON o.id = p.order_id AND o.number = 'V1001'
          JOIN account_move note ON note.id = p.move_id
          JOIN ecommerce_posting invoice ON invoice.order_id = o.id AND invoice.kind = 'invoice'
         WHERE p.kind = 'credit_note'
        """
    )
    assert [(Decimal(total), Decimal(residual), is_tied) for total, residual, is_tied in rows] == [(5, 0, True)]


def test_cancelled_order_is_an_exception_and_its_entries_stay(again, changed, actions):
    cancelled = actions["cancelled"]
    blocking = {item["order"]: item for item in changed.proof["exceptions"] if item["blocks"]}
    assert set(blocking) == {cancelled}, blocking
    assert blocking[cancelled]["code"] == "changed_after_posting"
    assert blocking[cancelled]["hint"]
    assert changed.entries[cancelled] == again.entries[cancelled]
    assert changed.ledger[cancelled] == again.ledger[cancelled]


def test_proof_is_off_by_exactly_the_cancelled_order(again, changed, actions):
    lost = again.store[actions["cancelled"]]
    proof = changed.proof
    assert not proof["holds"]
    off = {
        (row["subject"].removesuffix(" %"), row["currency"]): Decimal(row["difference"])
        for row in proof["totals"] + proof["taxes"] if Decimal(row["difference"])
    }  # fmt: skip
    expected = {("sales", lost.currency): lost.invoiced}
    expected |= {(str(rate), lost.currency): amount for rate, amount in lost.taxes.items()}
    assert {(subject if subject == "sales" else str(Decimal(subject).normalize()), currency): amount
            for (subject, currency), amount in off.items()} == expected  # fmt: skip
    assert {row["subject"] for row in proof["laws"]} == {actions["cancelled"]}, "it names the order, and no other"


def test_settled_refund_is_no_exception_any_more(changed, actions):
    assert {item["order"]: item["code"] for item in changed.proof["exceptions"] if not item["blocks"]} == {
        "V1012": "order_not_placed", actions["cancelled"]: "cancelled_but_paid",
    }  # fmt: skip


def test_two_workers_posted_nothing_twice(books, changed):
    doubles = "SELECT store_id, kind, external_id FROM ecommerce_posting GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert books.rows(doubles) == []
    assert books.rows("SELECT external_id FROM ecommerce_order GROUP BY external_id HAVING count(*) > 1") == []


# === Payouts === #


@pytest.mark.parametrize("currency", CURRENCIES)
def test_payout_empties_clearing_and_reaches_the_bank(payouts, currency, books):
    _file, rows, clearing, done = payouts[currency]
    assert done.status == 0, done.errors + done.output
    gross = sum((Decimal(row["gross"]) for row in rows if row["source_id"]), ZERO)
    assert clearing == gross, "what the processor owes is what it pays out"
    (payout,) = done.data["payouts"]
    assert payout["state"] == "banked"
    assert Decimal(str(payout["amount"])) == processor_report.payout_total(rows)
    matched = [line for line in payout["lines"] if line["status"] == "matched"]
    assert len(matched) == len(rows) - 1, "all but the network costs"
    assert all(line["order"] for line in matched)
    assert payout["missing_at_processor"] == []
    assert Decimal(str(done.data["clearing_before"])) == clearing
    assert done.data["clearing_after"] == 0.0


def test_clearing_and_in_transit_are_empty_in_every_currency(payouts, books):
    for name in ("Payment clearing", "Payouts in transit"):
        for currency in CURRENCIES:
            assert balance(books, name, currency) == ZERO, (name, currency)
        company_currency = books.value(
            """SELECT coalesce(sum(l.balance), 0) FROM account_move_line l JOIN account_account a ON a.id = l.account_id
                WHERE l.parent_state = 'posted' AND a.name->>'en_US' = %s""", name,
        )  # fmt: skip
        assert Decimal(str(company_currency)) == 0, name
    unreconciled = """SELECT count(*) FROM ecommerce_payment e JOIN account_move_line l ON l.id = e.clearing_line_id
                       WHERE NOT l.reconciled AND e.transaction_id LIKE 'ch!_%%' ESCAPE '!' AND 1 = %s"""
    assert books.value(unreconciled, 1) == 0


def test_same_report_again_is_known(payouts, books):
    file, _rows, _clearing, _done = payouts["EUR"]
    before = books.counts()
    done = books.ecommerce("payout", "--account", "Card payments EUR", "--file", file, "--post", "--bank")
    assert (done.status, done.data["payouts"]) == (0, [])
    assert any("already imported" in notice for notice in done.data["notices"])
    assert books.counts() == before


def test_undo_and_again(payouts, books):
    _file, _rows, clearing, _done = payouts["EUR"]
    output = books.shell(
        """
payout = env["ecommerce.payout"].search([("currency_id.name", "=", "EUR")])
balances = []
def look():
    env.invalidate_all()
    account = payout.processor_account_id
    balances.append((payout.state, f"{account.clearing_balance:.2f}", f"{account.in_transit_balance:.2f}"))
look()
for step in ("action_undo", "action_undo", "action_post", "action_match_bank"):
    getattr(payout, step)()
    look()
print("STATES", balances)
"""
    )
    amount = str(processor_report.payout_total(payouts["EUR"][1]))
    states = [
        ("banked", "0.00", "0.00"), ("posted", "0.00", amount), ("draft", str(clearing), "0.00"),
        ("posted", "0.00", amount), ("banked", "0.00", "0.00"),
    ]  # fmt: skip
    assert f"STATES {states}" in output
    assert balance(books, "Payment clearing", "EUR") == ZERO
    assert balance(books, "Payouts in transit", "EUR") == ZERO


# === Refusals of the command line === #


def test_wrong_store_name_names_the_others(books):
    done = books.ecommerce("import", "--store", "Nowhere")
    assert done.status == 1
    assert "There is no store 'Nowhere'" in done.problem
    assert NAME in done.problem
    assert done.output == ""


def test_store_that_is_not_there_or_refuses_the_key(books, shop, imported):
    for arguments, words in (({"key": "wrong-key"}, "authorized"), ({"url": f"{shop.url}/nowhere"}, "/nowhere")):
        before = books.counts()
        done = connect(books, shop, **arguments)
        assert done.status == 1
        assert words in done.problem
        assert shop.api_key not in done.errors
        assert books.counts() == before
    assert connect(books, shop).status == 0, "it is as it was"


def test_figures():
    """The figures themselves would notice: another amount is another figure."""
    order = Figures("EUR", invoiced=Decimal("10.00"), taxes={Decimal(20): Decimal("1.67")})
    assert order != Figures("EUR", invoiced=Decimal("10.01"), taxes={Decimal(20): Decimal("1.67")})
    assert order != Figures("EUR", invoiced=Decimal("10.00"), taxes={Decimal(20): Decimal("1.66")})
    assert totals({"a": order, "b": order}) == {
        ("invoiced", "EUR"): Decimal("20.00"), ("tax 20 %", "EUR"): Decimal("3.34"),
    }  # fmt: skip
