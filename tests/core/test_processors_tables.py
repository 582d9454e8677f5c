"""The reader of delimited files: what it accepts, and what it says about what it does not."""

import re
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payout_builders import PARIS, text_file

from ecommerce_connector.core.errors import ReportError
from ecommerce_connector.processors import encoding
from ecommerce_connector.processors.base import ReportFile
from ecommerce_connector.processors.tables import Row, read_columns, read_table


def row(**cells: str) -> Row:
    return Row("r.csv", 7, cells)


# Encoding


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_or_without_a_byte_order_mark(name):
    table = read_table(ReportFile(name="a.csv", content="id,text\n1,café €\n".encode(name)))

    assert table.columns == ("id", "text")
    assert table.rows[0].text("text") == "café €"


def test_other_bytes_are_refused_with_row_and_byte():
    with pytest.raises(ReportError) as caught:
        read_table(ReportFile(name="a.csv", content=b"id,text\n1,plain\n2,caf\xe9\n"))

    assert str(caught.value) == (
        "a.csv, row 3: byte 22 (0xE9) is not UTF-8 text. "
        "The file was saved with another encoding. Export it again, or save it as CSV UTF-8."
    )


def test_a_format_may_fall_back_under_a_plain_header():
    file = ReportFile(name="a.csv", content=b"id,text\n1,caf\xe9 \x80\n")

    table = read_table(file, fallback="cp1252")

    assert (table.rows[0].text("text"), table.encoding) == ("café €", "cp1252")


def test_no_fallback_under_a_header_that_is_not_plain():
    with pytest.raises(ReportError, match=r"row 1: byte 4 \(0xE9\) is not UTF-8 text"):
        read_table(ReportFile(name="a.csv", content=b"caf\xe9,text\n1,2\n"), fallback="cp1252")


def test_what_the_fallback_cannot_read_is_refused_too():
    with pytest.raises(ReportError, match=r"row 2: byte 11 \(0x81\) is not CP1252 text"):
        read_table(ReportFile(name="a.csv", content=b"id,text\n1,\x81\n"), fallback="cp1252")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b" \r\n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"id,net\n", "row 1: it has a header but no rows"),
        (b"\nid,net\n ,\n", "row 2: it has a header but no rows"),
        (b"<!DOCTYPE html><html></html>", "it is a web page (HTML), not a CSV file"),
        (b"\xef\xbb\xbf\n<html>", "it is a web page (HTML), not a CSV file"),
        (b"<?xml version='1.0'?>", "it is an XML file, not a CSV file"),
        (b'{"data": []}', "it is a JSON file, not a CSV file"),
        (b"PK\x03\x04rest", "it is an Excel workbook or a ZIP archive, not a CSV file"),
        (b"%PDF-1.7", "it is a PDF, not a CSV file"),
        (b"id,net\n1,2\n3,\x00\n", "row 3: it has a NUL character, so it is not a text file"),
    ],
)
def test_what_is_no_table_is_named(content, problem):
    with pytest.raises(ReportError, match=re.escape(problem)):
        read_table(ReportFile(name="a.csv", content=content))


def test_a_file_that_is_too_big_is_refused(monkeypatch):
    monkeypatch.setattr(encoding, "MAX_BYTES", 2 * 1024 * 1024)

    with pytest.raises(ReportError, match="it has 3 MB, more than the 2 MB that are read. Export a shorter period"):
        read_table(ReportFile(name="a.csv", content=b"id,net\n" + b"1,2\n" * 786432))


# Structure


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_recognized(delimiter, line_end):
    text = line_end.join([delimiter.join(['"id, or; so"', "net"]), delimiter.join(["1", '"a,b;c"']), ""])

    table = read_table(text_file(text))

    assert (table.delimiter, table.columns) == (delimiter, ("id, or; so", "net"))
    assert table.rows[0].text("net") == "a,b;c"


def test_rows_are_numbered_as_an_editor_counts_lines():
    text = '\n"id","two\nlines"\n\n1,"a\r\nb\n"\n\n2,c\n'

    table = read_table(text_file(text))

    assert [(r.number, r.text("id")) for r in table.rows] == [(5, "1"), (9, "2")]


def test_column_names_are_normalized():
    assert read_columns(text_file("  Transaction   ID , NET\n1,2\n")) == ("transaction id", "net")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,net,\n1,2,\n1\n", "row 3: its number of cells is 1, the header's is 3"),
        ("id,net\n1,2,3\n", "row 2: its number of cells is 3, the header's is 2"),
        ("id,net,ID\n1,2,3\n", "row 1, column 'id': two columns have this name"),
        ('id,net\n1,2\n3,"open\n4,5\n', "row 3: it is not a valid delimited row (unexpected end of data)"),
        ('id,net\n1,"a"b\n', "row 2: it is not a valid delimited row (',' expected after '\"')"),
    ],
)
def test_a_file_that_was_cut_or_changed_is_refused(text, problem):
    with pytest.raises(ReportError, match=re.escape(problem)):
        read_table(text_file(text))


def test_only_blank_rows_are_an_empty_file():
    with pytest.raises(ReportError, match="the file is empty"):
        read_table(text_file(" , ,\n,,\n"))
    assert read_columns(text_file(" , ,\n,,\n")) == ()


def test_empty_cells_beyond_the_header_do_no_harm():
    assert read_table(text_file("id,net\n1,2,,\n")).rows[0].cells == {"id": "1", "net": "2"}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@settings(deadline=None)
@given(st.lists(st.lists(TEXT.filter(str.strip), min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_text_survives_quoting(lines):
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]

    rows = read_table(text_file("\n".join(["a,b,c", *quoted]))).rows

    assert [list(r.cells.values()) for r in rows] == [[cell.strip() for cell in line] for line in lines]


# Cells


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1234.56", "1234.56"), ("-0.5", "-0.50"), ("+3", "3.00"), ("7.000", "7.00"), ("0", "0.00")],
)
def test_amounts_have_the_decimals_of_their_currency(text, amount):
    value = row(net=text).amount("net", "EUR")

    assert (value, str(value)) == (Decimal(amount), amount)


def test_amounts_of_a_currency_without_decimals():
    assert str(row(net="1500").amount("net", "JPY")) == "1500"
    with pytest.raises(ReportError, match="15.5 has more decimals than JPY has"):
        row(net="15.5").amount("net", "JPY")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("12,34", "'12,34' has a decimal comma, the amounts of this report have a decimal point"),
        ("-1.234,56", "'-1.234,56' has a decimal comma"),
        ("1,234.56", "'1,234.56' has a thousands separator"),
        ("1 234.56", "'1 234.56' has a thousands separator"),
        ("NaN", "'NaN' is not an amount such as -1234.56"),
        ("Infinity", "'Infinity' is not an amount"),
        ("-inf", "'-inf' is not an amount"),
        ("1E+3", "'1E+3' is not an amount"),
        ("$5.00", "'$5.00' is not an amount"),
        ("(5.00)", "'(5.00)' is not an amount"),
        ("٣.٠٠", "is not an amount"),
        ("--", "'--' is not an amount"),
        ("", "it is empty"),
        ("0.001", "0.001 has more decimals than EUR has"),
        ("9" * 60, "…' is not an amount"),
    ],
)
def test_anything_else_is_no_amount(text, problem):
    with pytest.raises(ReportError, match=re.escape(problem)) as caught:
        row(net=text).amount("net", "EUR")

    assert (caught.value.file, caught.value.row, caught.value.field) == ("r.csv", 7, "net")


def test_a_decimal_comma_says_what_to_do():
    with pytest.raises(ReportError, match="Export the report again and upload the file as it is"):
        row(net="12,34").amount("net", "EUR")


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_text_breaks_the_amount(text):
    try:
        value = row(net=text.strip()).amount("net", "EUR")
    except ReportError:
        return
    assert value.is_finite() and value == Decimal(text.strip())


def test_currencies_in_any_case():
    assert row(currency="eur").currency("currency") == "EUR"
    assert row(currency="").currency("currency", "USD") == "USD"
    with pytest.raises(ReportError, match="'EURO' is not an ISO 4217 currency code"):
        row(currency="euro").currency("currency")
    with pytest.raises(ReportError, match="it is empty"):
        row().currency("currency")


def test_days_and_times():
    assert row(day="2026-01-31").day("day") == date(2026, 1, 31)
    assert row(at="2026-01-31 10:00:00").instant("at", PARIS).utcoffset().total_seconds() == 3600
    assert row(at="2026-01-31T10:00:00Z").instant("at", PARIS) == datetime(2026, 1, 31, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["31/01/2026", "2026-02-30", "20260131", "2026-W05-6", "soon"])
def test_other_days_are_refused(text):
    with pytest.raises(ReportError, match=re.escape(f"'{text}' is not a date such as 2026-01-31")):
        row(day=text).day("day")


def test_other_times_are_refused():
    with pytest.raises(ReportError, match="'31/01/2026 10:00' is not a time such as"):
        row(at="31/01/2026 10:00").instant("at")
