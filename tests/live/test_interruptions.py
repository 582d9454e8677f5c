"""What happens when a worker is killed, or begins while another one is at it: nothing twice, nothing by halves."""

import time
from decimal import Decimal

import pytest
from figures import balance
from odoo_books import LONGEST_SECONDS, OdooBooks, write_json_lines

ORDERS = 120
BATCH = 15

COMPANY = f"""
env.company.write({{"name": "Files company", "currency_id": env.ref("base.EUR").id}})
env.ref("base.EUR").active = True
store = env["ecommerce.store"].create(
    {{"name": "Files", "platform": "file", "timezone": "UTC", "batch_size": {BATCH}, "company_id": env.company.id}}
)
from decimal import Decimal
store._create_accounting(currencies=["EUR"], rates={{Decimal(20)}})
"""
DOUBLES = "SELECT kind, external_id FROM ecommerce_posting GROUP BY kind, external_id HAVING count(*) > 1"
#: Entries without their mark, marks without their entry, orders that say something else, and drafts.
HALVES = {
    "invoices nobody knows": """SELECT count(*) FROM account_move m WHERE m.move_type = 'out_invoice'
                                   AND NOT EXISTS (SELECT FROM ecommerce_posting p WHERE p.move_id = m.id)""",
    "payments nobody knows": """SELECT count(*) FROM account_payment a
                                 WHERE NOT EXISTS (SELECT FROM ecommerce_payment e WHERE e.payment_id = a.id)""",
    "posted orders without two postings": """SELECT count(*) FROM ecommerce_order o WHERE o.state = 'posted'
                                 AND (SELECT count(*) FROM ecommerce_posting p WHERE p.order_id = o.id) <> 2""",
    "postings of orders that are not posted": """SELECT count(*) FROM ecommerce_posting p
                                  JOIN ecommerce_order o ON o.id = p.order_id WHERE o.state <> 'posted'""",
    "drafts": "SELECT count(*) FROM account_move WHERE state <> 'posted'",
    "open invoices": """SELECT count(*) FROM account_move
                         WHERE move_type = 'out_invoice' AND (payment_state <> 'paid' OR amount_residual <> 0)""",
}  # fmt: skip


def order(number):
    """An order of 12.00, paid."""
    at = "2026-03-10T10:00:00Z"
    taxes = [{"code": "VAT", "rate": "20", "amount": "2.00"}]
    payment = {"id": f"p{number}", "gateway": "card", "amount": "12.00", "at": at, "transaction_id": f"ch_{number}"}
    return {
        "id": f"id-{number}", "number": f"F{number}", "currency": "EUR", "placed_at": at, "updated_at": at,
        "customer": {"name": f"Customer {number}", "email": f"customer{number}@example.com"}, "total": "12.00",
        "lines": [{"id": "1", "key": "TSH", "net": "10.00", "taxes": taxes}], "payments": [payment],
    }  # fmt: skip


@pytest.fixture(scope="module")
def books():
    database = OdooBooks("files")
    database.shell(COMPANY)
    yield database
    database.drop()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_json_lines(tmp_path_factory.mktemp("orders") / "orders.jsonl", [order(n) for n in range(ORDERS)])


def assert_nothing_by_halves(books):
    found = {what: books.value(statement) for what, statement in HALVES.items()}
    assert found == dict.fromkeys(HALVES, 0)
    assert books.rows(DOUBLES) == []


@pytest.fixture(scope="module")
def held(books, file):
    """A worker that was killed in the middle of a batch. What it had written of it, and how many orders are posted.

    Links to payments are the last rows of a batch: it waits to write the first of them.
    """
    worker = books.start("ecommerce", "import", "-d", books.name, "--store", "Files", "--file", file)
    count = "SELECT count(*) FROM ecommerce_posting"
    written = books.kill_held(worker, "ecommerce_payment", count, at_least=2 * BATCH)
    return written, books.value("SELECT count(*) FROM ecommerce_order WHERE state = 'posted'")


@pytest.fixture(scope="module")
def killed(held):
    """How many orders are posted after the worker was killed."""
    return held[1]


def test_worker_was_killed_with_its_transaction_open(held):
    written, _posted = held
    assert {
        "account_move", "account_move_line", "account_payment", "account_partial_reconcile", "ecommerce_posting",
        "res_partner",
    } <= written  # fmt: skip


def test_killed_worker_leaves_whole_batches(books, killed):
    assert 0 < killed < ORDERS
    assert killed % BATCH == 0
    assert books.value("SELECT count(*) FROM ecommerce_posting") == 2 * killed
    assert books.value("SELECT count(*) FROM ecommerce_payment") == killed
    assert_nothing_by_halves(books)


@pytest.fixture(scope="module")
def finished(books, file, killed, tmp_path_factory):
    """The next worker does the rest, while one that began before it waits and then does the same."""
    folder = tmp_path_factory.mktemp("signals")
    late = books.start("shell", "-d", books.name, "--log-level", "error")
    late.stdin.write(LATECOMER.format(file=str(file), folder=str(folder)))
    late.stdin.close()
    deadline = time.monotonic() + LONGEST_SECONDS
    while not (folder / "looked").exists():
        assert late.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    done = books.ecommerce("import", "--store", "Files", "--file", file)
    (folder / "go").touch()
    return done, books.finish(late, None)


#: It has looked at the database before the other worker writes: without care it would go on seeing that.
LATECOMER = """
import pathlib, time
store = env["ecommerce.store"].search([("name", "=", "Files")])
print("before:", env["ecommerce.order"].search_count([("state", "=", "posted")]))
pathlib.Path("{folder}/looked").touch()
while not pathlib.Path("{folder}/go").exists():
    time.sleep(0.1)

from odoo.addons.ecommerce_connector.platforms.file import read_records
run = store._accept(list(read_records("orders.jsonl", pathlib.Path("{file}").read_bytes())))
print("run:", run.state, run.unchanged, run.new, run.posted, run.blocked, run.failed)
"""


def test_next_worker_does_the_rest(books, killed, finished):
    done, _late = finished
    assert done.status == 0, done.errors
    (run,) = done.data["runs"]
    assert (run["posted"], run["blocked"], run["failed"]) == (ORDERS - killed, 0, 0)
    assert books.value("SELECT count(*) FROM ecommerce_order WHERE state = 'posted'") == ORDERS
    assert_nothing_by_halves(books)
    assert balance(books, "Payment clearing", "EUR") == Decimal(12 * ORDERS)
    assert balance(books, "Store sales tax", "EUR") == Decimal(-2 * ORDERS)


def test_worker_that_looked_before_the_other_wrote_repeats_nothing(books, killed, finished):
    _done, late = finished
    assert f"before: {killed}" in late.output
    assert f"run: done {ORDERS} 0 0 0 0" in late.output, late.errors
    assert books.value("SELECT count(*) FROM ecommerce_order WHERE state = 'posted'") == ORDERS
    assert books.value("SELECT count(*) FROM ecommerce_exception") == 0
    assert_nothing_by_halves(books)


# === The command line, on files === #


def test_file_that_is_not_there(books):
    done = books.ecommerce("import", "--store", "Files", "--file", "nowhere.jsonl")
    assert done.status == 1
    assert "nowhere.jsonl" in done.problem
    assert "No such file" in done.problem


def test_file_with_a_wrong_row_writes_nothing(books, finished, tmp_path):
    file = write_json_lines(tmp_path / "wrong.jsonl", [order(9001)])
    file.write_text(file.read_text() + '{"id": "9002", "total"')
    before = books.counts()
    done = books.ecommerce("import", "--store", "Files", "--file", file)
    assert done.status == 1
    assert "wrong.jsonl, row 2" in done.problem
    assert books.counts() == before


def test_dry_run_of_a_file_shows_what_would_be_blocked(books, finished, tmp_path):
    bad = {**order(9003), "total": "99.00"}
    file = write_json_lines(tmp_path / "mixed.jsonl", [order(1), order(9002), bad, {**order(9004), "total": "NaN"}])
    before = books.counts()
    done = books.ecommerce("import", "--store", "Files", "--file", file, "--dry-run")
    assert done.status == 0, done.errors
    found = {row["id"]: row for row in done.data["orders"]}
    assert {key: row["state"] for key, row in found.items()} == {
        "id-1": "posted", "id-9002": "ready", "id-9003": "blocked", "id-9004": "blocked",
    }  # fmt: skip
    assert "not explained" in found["id-9003"]["explanation"]
    assert "NaN" in found["id-9004"]["explanation"]
    assert books.counts() == before


def test_words_that_are_no_command(books):
    done = books.ecommerce("teleport")
    assert done.status == 2
    assert "teleport" in done.errors


def test_database_without_the_addon(books):
    done = books.ecommerce("proof", database=books.databases.template)
    assert done.status == 1
    assert "not installed" in done.problem
