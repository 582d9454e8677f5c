"""Delimited text files (CSV), read strictly.

Every cell knows its row as a text editor counts lines, so that a person finds it. Nothing is
repaired: a short row, a second column of the same name, an amount with a decimal comma or a byte
that is no text is an error with its place. A wrong cent costs more than a second export.

Column names are compared normalized: outer blanks off, inner blanks single, case folded.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..core.currencies import is_currency, unit
from ..core.dates import UTC, parse_instant
from ..core.errors import PayloadError, ReportError
from ..core.rounding import quantize
from .base import ReportFile
from .encoding import decode

_DELIMITERS = ",;\t"
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,9})?")
#: The same number as people of other countries write it: the last separator is the decimal one.
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9][0-9.'\s]*,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([,'\s][0-9]{3})+(\.[0-9]+)?")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_ROWS = "Choose a period with payouts and export the report again."
_RE_EXPORT = "Export the report again and upload the file as it is, without opening it in a spreadsheet."


def normalize(column: str) -> str:
    """A column name as it is compared."""
    return " ".join(column.split()).casefold()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; columns are asked for by normalized name.

    :ivar number: line of the file it begins in, from 1
    """

    file: str
    number: int
    cells: Mapping[str, str]

    def error(self, column: str | None, problem: str, hint: str = "") -> ReportError:
        """An error at this row."""
        return ReportError(self.file, problem, row=self.number, field=column, hint=hint)

    def text(self, column: str) -> str:
        """A cell without outer blanks; empty if the table has no such column."""
        return self.cells.get(column, "")

    def required(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.text(column)
        if not value:
            raise self.error(column, "it is empty")
        return value

    def first(self, *columns: str) -> str:
        """The first cell that is not empty."""
        return next((value for column in columns if (value := self.text(column))), "")

    def amount(self, column: str, currency: str) -> Decimal:
        """A signed amount in major units with a decimal point, with the currency's decimals.

        :raises ReportError: for anything else, a decimal comma or NaN included
        """
        text = self.required(column)
        if not _NUMBER.fullmatch(text):
            raise self._not_an_amount(column, text)
        value = Decimal(text)
        smallest = unit(currency)
        if value % smallest:
            raise self.error(column, f"{text} has more decimals than {currency} has")
        return quantize(value, smallest)

    def rate(self, column: str) -> Decimal | None:
        """An exchange rate with a decimal point; None if the cell is empty.

        :raises ReportError: for anything else
        """
        text = self.text(column)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise self._not_an_amount(column, text)
        if not Decimal(text) > 0:
            raise self.error(column, f"{text} is not an exchange rate")
        return Decimal(text)

    def _not_an_amount(self, column: str, text: str) -> ReportError:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        if _DECIMAL_COMMA.fullmatch(text):
            problem = f"{shown!r} has a decimal comma, the amounts of this report have a decimal point"
            return self.error(column, problem, _RE_EXPORT)
        if _THOUSANDS.fullmatch(text):
            return self.error(column, f"{shown!r} has a thousands separator", _RE_EXPORT)
        return self.error(column, f"{shown!r} is not an amount such as -1234.56", _RE_EXPORT)

    def currency(self, column: str, default: str | None = None) -> str:
        """An ISO 4217 code, upper case; ``default`` for an empty cell."""
        code = (self.text(column) or default or "").upper()
        if not code:
            raise self.error(column, "it is empty")
        if not is_currency(code):
            raise self.error(column, f"{code!r} is not an ISO 4217 currency code")
        return code

    def day(self, column: str) -> date:
        """A date written YYYY-MM-DD."""
        text = self.required(column)
        try:
            if not _ISO_DAY.fullmatch(text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise self.error(column, f"{text!r} is not a date such as 2026-01-31", _RE_EXPORT) from None

    def instant(self, column: str, assume: ZoneInfo | timezone = UTC) -> datetime:
        """An ISO 8601 time; ``assume`` says whose time it is when the text does not."""
        text = self.required(column)
        try:
            return parse_instant(text, column, assume)
        except PayloadError:
            raise self.error(column, f"{text!r} is not a time such as 2026-01-31 10:00:00", _RE_EXPORT) from None


@dataclass(frozen=True, slots=True)
class Table:
    """A whole file.

    :ivar columns: normalized, in the order of the file; empty names are left out
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    delimiter: str


def read_table(file: ReportFile, *, fallback: str | None = None) -> Table:
    """Read a delimited file.

    :param fallback: encoding for a file that is not Unicode, for formats that allow one
    :raises ReportError: empty, too big, no text, no table, no rows, or rows that do not fit the header
    """
    text, encoding = decode(file, fallback=fallback)
    delimiter = _delimiter(text)
    records = _records(file.name, text, delimiter)
    if not records:
        raise ReportError(file.name, "the file is empty", hint=_NO_ROWS)
    header = [normalize(name) for name in records[0][1]]
    _check_header(file.name, records[0][0], header)
    rows = tuple(_row(file.name, number, header, cells) for number, cells in records[1:])
    if not rows:
        raise ReportError(file.name, "it has a header but no rows", row=records[0][0], hint=_NO_ROWS)
    return Table(file.name, tuple(filter(None, header)), rows, encoding, delimiter)


def read_columns(file: ReportFile) -> tuple[str, ...]:
    """Normalized column names of a delimited file, of which only the first record is read.

    :raises ReportError: if the file cannot be a delimited text file
    """
    text, _encoding = decode(file, lenient=True)
    head = _records(file.name, text, _delimiter(text), limit=1)
    return tuple(filter(None, (normalize(name) for name in head[0][1]))) if head else ()


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first line with text into most columns; a comma if none does."""
    line = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    outside_quotes = re.sub(r'"[^"]*"?', "", line)
    return max(_DELIMITERS, key=outside_quotes.count)


def _records(name: str, text: str, delimiter: str, limit: int | None = None) -> list[tuple[int, list[str]]]:
    """Records with the line each begins in; blank lines are skipped but counted."""
    # newline="" keeps line ends inside quotes, and lets the reader count lines as an editor does.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        while limit is None or len(records) < limit:
            begins = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            cells = [cell.strip() for cell in row]
            if any(cells):
                records.append((begins, cells))
    except csv.Error as error:
        raise ReportError(name, f"it is not a valid delimited row ({error})", row=begins, hint=_RE_EXPORT) from None
    return records


def _check_header(name: str, number: int, header: list[str]) -> None:
    seen: set[str] = set()
    for column in header:
        if column in seen:
            raise ReportError(name, "two columns have this name", row=number, field=column, hint=_RE_EXPORT)
        if column:
            seen.add(column)


def _row(name: str, number: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) < len(header) or any(cells[len(header) :]):
        raise ReportError(
            name,
            f"its number of cells is {len(cells)}, the header's is {len(header)}",
            row=number,
            hint="The file is cut off or was changed. Export the report again.",
        )
    return Row(name, number, {column: cell for column, cell in zip(header, cells, strict=False) if column})
