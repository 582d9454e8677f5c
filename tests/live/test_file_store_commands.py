"""A store of files on the command line: connect it, book a file; and what goes wrong is one sentence."""

import pytest
from odoo_books import OdooBooks, write_json_lines

ORDER = {
    "id": "1", "number": "F-1", "currency": "USD", "placed_at": "2026-03-10T09:00:00Z",
    "updated_at": "2026-03-10T09:00:00Z", "total": "115.00",
    "lines": [
        {"id": "1", "key": "MUG", "net": "100.00", "taxes": [{"code": "Tax", "rate": "15", "amount": "15.00"}]}
    ],
    "payments": [{"id": "p", "gateway": "card", "amount": "115.00", "at": "2026-03-10T09:05:00Z"}],
    "customer": {"name": "Ada Byron", "email": "ada@example.com"},
}  # fmt: skip


@pytest.fixture(scope="module")
def books():
    database = OdooBooks("files")
    yield database
    database.drop()


def test_a_store_of_files_from_nothing_to_the_proof(books, tmp_path):
    connect = ("connect", "--store", "Files", "--platform", "file", "--timezone", "UTC", "--accounting")
    done = books.ecommerce(*connect)
    assert (done.status, done.data["message"]) == (0, "Files is read from files: it has no connection.")

    file = write_json_lines(tmp_path / "orders.jsonl", [ORDER])
    shown = books.ecommerce("import", "--store", "Files", "--file", file, "--dry-run").data["orders"]
    assert [(order["number"], order["state"]) for order in shown] == [("F-1", "blocked")]
    assert "No tax rule covers 'Tax' at 15 %" in shown[0]["explanation"]

    assert books.ecommerce("import", "--store", "Files", "--file", file).data["runs"][0]["blocked"] == 1
    assert books.ecommerce(*connect).status == 0  # now the stored order tells which taxes there are
    run = books.ecommerce("import", "--store", "Files", "--file", file).data["runs"][0]
    assert (run["unchanged"], run["posted"]) == (1, 1)
    proof = books.ecommerce("proof").data
    assert (proof["holds"], proof["stores"][0]["totals"][0]["ledger"]) == (True, "115.00")


def test_a_store_of_files_has_nothing_to_fetch(books):
    done = books.ecommerce("import", "--store", "Files")
    assert done.status == 1
    assert done.problem == "Files is read from files: there is nothing to fetch. Name a --file."


def test_a_database_that_is_not_there_is_one_sentence(books):
    done = books.ecommerce("proof", database=f"{books.name}_missing")
    assert done.status == 1
    assert done.problem.startswith(f"The database {books.name}_missing cannot be opened: ")
    assert "Traceback" not in done.errors
