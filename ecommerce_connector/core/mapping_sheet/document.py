"""The mapping document: rows of text → rules, with every error of every cell at once; and back.

CSV is UTF-8 with a byte order mark, so that spreadsheets know it; cells are separated by ``;`` or
``,``, whichever the header has more of. A spreadsheet would run a cell that begins with ``=``,
``+``, ``-`` or ``@`` as a formula: such a cell gets an apostrophe in front, which is taken off again
when the document is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..errors import ConnectorError
from ..mapping.rulebook import KEY
from ..mapping.store_values import is_blank, plain, read_rate
from .columns import ACTIVE, BY_NAME, COLUMNS, LIMIT_COLUMNS, STATUSES, TARGET_COLUMNS, DocumentRow

_APOSTROPHE = "'"
#: What a protected cell begins with, after blanks; and blanks that hide it. The apostrophe itself too, so that it
#: comes back.
_FORMULA, _BLANKS = frozenset("=+-@'"), frozenset("\t\r\n")
_RATE = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 60
_EXPORT_FIRST = "Export the rules to see the columns."


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell, or with a row.

    :ivar row: row of the file, from 1; 0: the file as a whole
    :ivar column: name of the column; empty: the row as a whole
    :ivar value: what stands there
    :ivar problem: a sentence without its dot
    :ivar hint: what to do, a sentence
    """

    row: int
    column: str
    value: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        place = ", ".join(filter(None, [f"row {self.row}" if self.row else "", self.column]))
        return f"{place}: {self.problem}. {self.hint}".strip() if place else f"{self.problem}. {self.hint}".strip()

    @property
    def in_row(self) -> str:
        """The same without its row."""
        return f"{self.column}: {self.problem}. {self.hint}".strip(": ")


@dataclass(frozen=True, slots=True)
class KindColumns:
    """Which columns rules of a kind have.

    :ivar needed: of these at least one must be filled
    :ivar allowed: these may be filled
    :ivar has_groups: its value can be compared with a tag, a category …
    """

    needed: tuple[str, ...]
    allowed: frozenset[str]
    has_groups: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, read: the rows that are good, and what is wrong with the others."""

    rows: tuple[DocumentRow, ...]
    errors: tuple[RowError, ...]


Rows = Iterable[tuple[int, Sequence[str]]]


def parse(header: Sequence[str], rows: Rows, kinds: Mapping[str, KindColumns], header_row: int = 1) -> Parsed:
    """Read the cells of a document.

    :param rows: (row of the file, its cells) pairs; rows without any text are left out
    :param kinds: kind of rule -> the columns it has
    """
    names = [" ".join(name.split()).casefold() for name in header]
    errors = _header_errors(names, header_row)
    if errors:
        return Parsed((), tuple(errors))
    found, seen = [], dict[int, int]()
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        reader = _RowReader(number, names, cells, kinds)
        row = reader.row()
        if row.number is not None and (first := seen.setdefault(row.number, number)) != number:
            reader.error("number", f"row {first} has this number too", "Empty it to add a rule.")
        errors += reader.errors
        if not reader.errors:
            found.append(row)
    return Parsed(tuple(found), tuple(errors))


def _header_errors(names: list[str], row: int) -> list[RowError]:
    errors = []
    for at, name in enumerate(names):
        if name and name in names[:at]:
            errors.append(RowError(row, name, name, "two columns have this name", "Keep one of them."))
        elif name and name not in BY_NAME:
            errors.append(RowError(row, name, name, "there is no such column", _EXPORT_FIRST))
    errors += [
        RowError(row, column.name, "", "the column is missing", f"{_EXPORT_FIRST} An unused column may be empty.")
        for column in COLUMNS
        if column.is_needed and column.name not in names
    ]
    return errors


class _RowReader:
    """Reads one row and keeps what is wrong with it."""

    def __init__(self, number: int, names: list[str], cells: Sequence[str], kinds: Mapping[str, KindColumns]) -> None:
        self.number, self.kinds = number, kinds
        self.errors: list[RowError] = []
        if any(cell.strip() for cell in cells[len(names) :]):
            self.error("", f"it has {len(cells)} cells, the header has {len(names)}", "Is a quotation mark missing?")
        filled = [*cells, *[""] * (len(names) - len(cells))]
        self.cells = {name: cell for name, cell in zip(names, filled, strict=False) if name}

    def error(self, column: str, problem: str, hint: str = "") -> None:
        """Keep an error of a cell."""
        self.errors.append(RowError(self.number, column, self.cells.get(column, "") if column else "", problem, hint))

    def row(self) -> DocumentRow:
        """The row; what could not be read is as if it was empty."""
        row = DocumentRow(
            row=self.number, kind=self._kind(), number=self._whole("number"), company=self._text("company"),
            store=self._text("store"), match_on=self._choice("match on") or KEY, value=self._value(),
            tax_rate=self._rate(), currency=self._text("currency").upper(), country=self._text("country").upper(),
            state=self._text("state").upper(), customers=self._choice("customers"),
            tax_in_prices=self._choice("tax in prices"), remitted_by=self._choice("remitted by"),
            funded_by=self._choice("funded by"), account=self._text("account"), tax=self._text("tax"),
            product=self._text("product"), discount_method=self._choice("discount method"),
            processor_account=self._text("processor account"), vendor=self._text("vendor"),
            fiscal_position=self._text("fiscal position"), inventory_account=self._text("inventory account"),
            cogs_account=self._text("cogs account"), analytic=self._analytic(), valid_from=self._day("valid from"),
            valid_to=self._day("valid to"), version=self._whole("version"), replaces=self._whole("replaces"),
            ends_the_rule=self._choice("ends the rule") == "yes", status=self._choice("status") or ACTIVE,
        )  # fmt: skip
        self._check(row)
        return row

    # === Cells === #

    def _text(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def _shown(self, column: str) -> str:
        text = self._text(column)
        return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")

    def _choice(self, column: str) -> str:
        text, choices = " ".join(self._text(column).split()).casefold(), BY_NAME[column].choices
        text = text.replace(" ", "_") if choices is not STATUSES else text
        if text and text not in choices:
            self.error(column, f"{self._shown(column)} is none of {', '.join(choices)}")
            return ""
        return text

    def _kind(self) -> str:
        text = "_".join(self._text("kind").casefold().split())
        if text not in self.kinds:
            what = f"there is no kind {self._shown('kind')}" if text else "it is empty"
            self.error("kind", what, f"The kinds are: {', '.join(self.kinds)}.")
        return text

    def _value(self) -> str:
        value = plain(self.cells.get("value", ""))
        if is_blank(value):
            self.error("value", "it is empty", "Write * for everything.")
        return value

    def _rate(self) -> Decimal | None:
        text = self._text("tax rate")
        if not text:
            return None
        try:
            return read_rate(text)
        except ValueError:
            hint = "Write it with a decimal point." if "," in text else "It is a percentage from 0 to 100."
            self.error("tax rate", f"{self._shown('tax rate')} is not a rate such as 20 or 5.5", hint)
            return None

    def _day(self, column: str) -> date | None:
        text = self._text(column)
        if not text:
            return None
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            self.error(column, f"{self._shown(column)} is not a day such as 2026-01-31")
            return None

    def _whole(self, column: str) -> int | None:
        text = self._text(column)
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,9}", text) or not int(text):
            self.error(column, f"{self._shown(column)} is not a whole number")
            return None
        return int(text)

    def _analytic(self) -> str:
        text = self._text("analytic")
        try:
            return format_analytic(parse_analytic(text))
        except ValueError:
            self.error("analytic", f"{self._shown('analytic')} is not written like Web: 60; Shop: 40")
            return ""

    # === The row as a whole === #

    def _check(self, row: DocumentRow) -> None:
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            self.error("valid to", "the rule ends before it begins")
        if row.state and not row.country:
            self.error("state", "a state needs its country", "Fill in the country too.")
        if row.ends_the_rule and not (row.is_draft and row.replaces):
            self.error("ends the rule", "only a draft that replaces a rule can end it", "Fill in its last day instead.")
        if kind := self.kinds.get(row.kind):
            self._check_kind(row, kind)

    def _check_kind(self, row: DocumentRow, kind: KindColumns) -> None:
        for column in (*LIMIT_COLUMNS, *TARGET_COLUMNS):
            if column not in kind.allowed and row.cell(column) not in (None, ""):
                self.error(column, f"a {row.kind} rule has none", "Leave it empty.")
        needed = ("account",) if row.discount_method == "gross" else kind.needed
        reported = {error.column for error in self.errors}
        if not row.ends_the_rule and not any(row.cell(column) or column in reported for column in needed):
            self.error(needed[0], f"a {row.kind} rule needs its {' or '.join(needed)}")
        if row.match_on != KEY and not kind.has_groups:
            self.error("match on", "only product rules match on tags and categories", "Write key, or leave it empty.")
        elif row.match_on != KEY and not row.value.strip("*?"):
            self.error("value", "a rule for everything matches on the key", "Name the tag, type, category or vendor.")


# === Analytic distributions === #

#: Names of the analytic accounts (of several plans), and percent as text.
Distribution = tuple[tuple[tuple[str, ...], str], ...]
_SPECIAL = re.compile(r"([\\&:;])")


def format_analytic(distribution: Distribution) -> str:
    """A distribution as the document writes it; ``\\`` stands before a sign that a name contains."""
    escaped = [([_SPECIAL.sub(r"\\\1", name) for name in names], percent) for names, percent in distribution]
    return "; ".join(f"{' & '.join(names)}: {percent}" for names, percent in escaped)


def parse_analytic(text: str) -> Distribution:
    """The reverse of ``format_analytic``.

    :raises ValueError: if it is written otherwise
    """
    found = []
    for part in _split(text, ";"):
        names_text, *percents = _split(part, ":")
        names = tuple(re.sub(r"\\(.)", r"\1", name.strip()) for name in _split(names_text, "&"))
        if len(percents) != 1 or not names or not all(names) or not _RATE.fullmatch(percents[0].strip()):
            raise ValueError(text)
        found.append((names, percents[0].strip()))
    return tuple(found)


def _split(text: str, sign: str) -> list[str]:
    """Parts between signs that have no backslash before them; none of an empty text."""
    parts = re.findall(rf"(?:^|{sign})((?:\\.|[^\\{sign}])*)", text) if text else []
    if sum(map(len, parts)) + len(parts) - 1 != len(text) and text:
        raise ValueError(text)  # a backslash at the end
    return parts


# === CSV === #


def protected(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run as a formula."""
    return _APOSTROPHE + text if _needs_protection(text) else text


def unprotected(text: str) -> str:
    """The reverse of ``protected``."""
    return text[1:] if text.startswith(_APOSTROPHE) and _needs_protection(text[1:]) else text


def _needs_protection(text: str) -> bool:
    return text[:1] in _BLANKS or text.lstrip()[:1] in _FORMULA


def write_csv(rows: Iterable[Sequence[str]], delimiter: str = ";") -> bytes:
    """Rows of text as a file, the header among them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([protected(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def read_csv(content: bytes) -> list[tuple[int, list[str]]]:
    """(line of the file, cells) of all records, the header first.

    :raises ConnectorError: if it is no such file
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConnectorError(
            f"Byte {error.start + 1} of the file is not UTF-8 text.", hint="Save it as “CSV UTF-8”, or as XLSX."
        ) from None
    header = next((line for line in text.splitlines() if line.strip()), "")
    if not header:
        raise ConnectorError("The file is empty.", hint="Export the rules to see what it looks like.")
    delimiter = ";" if header.count(";") >= header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, begins = [], 1
    try:
        for cells in reader:
            records.append((begins, [unprotected(cell) for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ConnectorError(f"Row {begins} of the file is no row of cells: {error}.") from None
    return [(number, cells) for number, cells in records if any(cells)]
