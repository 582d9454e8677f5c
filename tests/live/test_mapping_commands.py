"""The mapping rules on the command line: exported, changed, imported, checked."""

import pytest
from odoo_books import OdooBooks


@pytest.fixture(scope="module")
def books():
    database = OdooBooks("mapping")
    connect = ("connect", "--store", "Files", "--platform", "file", "--timezone", "UTC", "--accounting")
    assert database.ecommerce(*connect).status == 0
    yield database
    database.drop()


def rules(books):
    return books.rows("SELECT id, kind, pattern, date_to FROM ecommerce_mapping_rule ORDER BY id")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_is_exported_is_imported_unchanged(books, tmp_path, suffix):
    file, count = tmp_path / f"rules.{suffix}", len(rules(books))
    assert books.ecommerce("mapping export", "--file", file, "--dry-run").data["rules"] == count
    assert not file.exists()
    assert books.ecommerce("mapping export", "--file", file, "--store", "Files").data["rules"] == count
    done = books.ecommerce("mapping import", "--file", file, "--reason", "Again")
    assert (done.status, done.data["counts"]) == (0, {"unchanged": count})


def test_a_dry_run_and_an_import(books, tmp_path):
    file = tmp_path / "rules.csv"
    books.ecommerce("mapping export", "--file", file)
    text = file.read_text("utf-8-sig")
    (shipping,) = (line for line in text.splitlines() if ";shipping;" in line)
    number = shipping.split(";")[0]
    changed = shipping.replace(";shipping;;*;", ";shipping;;dhl*;").replace(";shipping;key;*;", ";shipping;key;dhl*;")
    file.write_text(text.replace(shipping, changed), "utf-8-sig")
    before = rules(books)
    shown = books.ecommerce("mapping import", "--file", file, "--dry-run")
    assert (shown.status, shown.data["counts"]["changed"], shown.data["imported"]) == (0, 1, False)
    (step,) = (step for step in shown.data["steps"] if step["outcome"] == "changed")
    assert (step["number"], step["changes"]) == (int(number), [{"column": "value", "old": "*", "new": "dhl*"}])
    assert rules(books) == before

    refused = books.ecommerce("mapping import", "--file", file)
    assert (refused.status, refused.problem) == (1, "Say why the rules change: it goes into the change log.")
    assert books.ecommerce("mapping import", "--file", file, "--reason", "Only DHL").data["imported"] is True
    assert [row[2] for row in rules(books) if row[0] == int(number)] == ["dhl*"]
    reason = "SELECT reason FROM ecommerce_mapping_change WHERE rule_number = %s ORDER BY id DESC"
    assert books.value(reason, int(number)) == "Only DHL"


def test_errors_are_told_by_row_and_column(books, tmp_path):
    file = tmp_path / "rules.csv"
    books.ecommerce("mapping export", "--file", file)
    lines = file.read_text("utf-8-sig").splitlines()
    header, (first, *_rest) = lines[0].split(";"), lines[1:]
    cells = first.split(";")
    cells[header.index("account")] = "4711"
    cells[header.index("valid from")] = "1.7.2026"
    file.write_text("\n".join([lines[0], ";".join(cells)]), "utf-8-sig")
    done = books.ecommerce("mapping import", "--file", file, "--reason", "x")
    assert done.status == 1
    assert [(error["row"], error["column"]) for error in done.data["errors"]] == [(2, "valid from")]
    done = books.ecommerce("mapping import", "--file", tmp_path / "none.csv", "--reason", "x")
    assert "No such file" in done.problem
    assert "written as .xlsx or .csv" in books.ecommerce("mapping export", "--file", tmp_path / "rules.pdf").problem


def test_what_a_document_would_change_is_told_and_nothing_written(books, tmp_path):
    file = tmp_path / "rules.xlsx"
    books.ecommerce("mapping export", "--file", file)
    before = rules(books), books.value("SELECT count(*) FROM ecommerce_mapping_change")
    shown = books.ecommerce("mapping whatif", "--file", file, "--store", "Files")
    assert (shown.status, set(shown.data["counts"]), shown.data["orders"]) == (0, {"unchanged"}, 0)
    file = tmp_path / "rules.csv"
    books.ecommerce("mapping export", "--file", file)
    text = file.read_text("utf-8-sig")
    header = text.splitlines()[0].split(";")
    new = dict.fromkeys(header, "") | {"kind": "product", "value": "MUG", "account": "4711"}
    file.write_text(text + ";".join(new.values()) + "\n", "utf-8-sig")
    shown = books.ecommerce("mapping whatif", "--file", file)
    assert shown.status == 1
    assert [(error["row"], error["column"]) for error in shown.data["errors"]] == [(len(before[0]) + 2, "account")]
    new["account"] = books.value(
        "SELECT code_store->>'1' FROM account_account WHERE account_type = 'income' ORDER BY id LIMIT 1"
    )
    file.write_text(text + ";".join(new.values()) + "\n", "utf-8-sig")
    shown = books.ecommerce("mapping whatif", "--file", file)
    assert (shown.status, shown.data["counts"]["added"]) == (0, 1)
    assert (rules(books), books.value("SELECT count(*) FROM ecommerce_mapping_change")) == before
    assert books.value("SELECT count(*) FROM ecommerce_mapping_whatif") == 0


def test_check_fails_on_an_archived_account(books):
    done = books.ecommerce("mapping check")
    assert (done.status, done.data["errors"]) == (0, 0), done.data
    books.shell(
        "rule = env['ecommerce.mapping.rule'].search([('kind', '=', 'rounding')])\nrule.account_id.active = False"
    )
    done = books.ecommerce("mapping check")
    assert (done.status, done.data["errors"]) == (1, 1)
    assert done.data["findings"][0]["code"] == "archived_target"
