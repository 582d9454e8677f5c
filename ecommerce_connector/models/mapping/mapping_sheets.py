"""The mapping document as a workbook (XLSX): every cell is text, so that nothing is rounded, dated or cut."""

import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import xlsxwriter

from ...core.errors import ConnectorError
from ...core.mapping_sheet.columns import COLUMNS

RULES_SHEET = "Rules"
#: What a workbook may take when it is unpacked: some 200,000 rules.
MAX_UNPACKED = 256 * 1024 * 1024
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
#: Signs that XML has no way to write stand in a workbook as their pictures (␍): its own escapes do not come back alike.
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_SIGNS = {picture: code for code, picture in _PICTURES.items()}
_INTRODUCTION = (
    "One row of the sheet “Rules” is one version of one mapping rule.",
    "Change cells, add rows without a number, and import the workbook again: you see first what would happen.",
    "A rule that decided posted entries is never edited: its changed row becomes a new version from a day on.",
    "A rule whose row you delete stays as it is. To end it, fill in its last day; to archive it, write its status.",
    "",
)  # fmt: skip


def write_workbook(rows, reports=()):
    """A workbook with the rules and what their columns mean.

    :param rows: lists of text, in the order of the columns
    :param reports: (sheet name, header, lists of cells) of further sheets
    :rtype: bytes
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        formats = _Formats(book)
        _write_rules(book.add_worksheet(RULES_SHEET), rows, formats)
        _write_meanings(book.add_worksheet("Read me"), formats)
        for name, header, cells in reports:
            _write_report(book.add_worksheet(name), header, cells, formats)
    return out.getvalue()


class _Formats:
    """Cell formats of one workbook."""

    def __init__(self, book):
        self.header = book.add_format({"bold": True, "bg_color": "#E7E6F2", "bottom": 1, "num_format": "@"})
        self.text = book.add_format({"num_format": "@"})
        self.informative = book.add_format({"num_format": "@", "font_color": "#777777"})
        self.wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})


def _write_rules(sheet, rows, formats):
    looks = [formats.text if column.is_read else formats.informative for column in COLUMNS]
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width, looks[at])
        sheet.write_string(0, at, column.name, formats.header)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(rows, 1):
        for at, text in enumerate(row):
            if text:
                sheet.write_string(last, at, text.translate(_PICTURES), looks[at])
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)


def _write_meanings(sheet, formats):
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 90)
    sheet.set_column(2, 2, 46)
    sheet.write_string(0, 0, "Mapping document", formats.title)
    for at, text in enumerate(_INTRODUCTION, 1):
        sheet.write_string(at, 0, text)
    first = len(_INTRODUCTION) + 1
    for at, text in enumerate(("Column", "Meaning", "May hold")):
        sheet.write_string(first, at, text, formats.header)
    for at, column in enumerate(COLUMNS, first + 1):
        for to, text in enumerate((column.name, column.meaning, ", ".join(column.choices))):
            sheet.write_string(at, to, text, formats.wrapped)


def _write_report(sheet, header, rows, formats):
    for at, (name, width) in enumerate(header):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, formats.header)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if isinstance(cell, (int, float, Decimal)):
                sheet.write_number(number, at, cell)
            else:
                sheet.write_string(number, at, str(cell), formats.text)


def is_workbook(content):
    """Whether a file is an XLSX workbook, by its first bytes."""
    return content.startswith(b"PK\x03\x04")


def read_workbook(content):
    """The rows of the sheet of rules.

    :param bytes content: an XLSX file
    :return: (row, cells as text) pairs, the header first, and (row, column position) of cells that hold a formula
    :raises ConnectorError: if it is no workbook, is too big, or has no sheet of rules
    """
    _check(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        name = RULES_SHEET if RULES_SHEET in book.sheetnames else book.sheetnames[0]
        sheet = book[name]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        rows, formulas = [], []
        for number, cells in enumerate(sheet.iter_rows(), 1):
            rows.append((number, [_text(cell) for cell in cells]))
            formulas += [(number, at) for at, cell in enumerate(cells) if cell.data_type == "f"]
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile) as error:
        raise ConnectorError(
            f"The workbook cannot be read ({type(error).__name__}).", hint="Save it as XLSX again."
        ) from error
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise ConnectorError(f"The sheet {name!r} is empty.", hint="Export the rules to see what it looks like.")
    return filled, formulas


def _check(content):
    """Refuse what could exhaust the server: a workbook is an archive of XML files."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise ConnectorError("The workbook is too big.", hint="Split it.")
            for part in archive.infolist():
                with archive.open(part) as stream:
                    if _DECLARATION.search(stream.read(4096)):
                        raise ConnectorError("The workbook declares XML entities.", hint="Save it as XLSX again.")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise ConnectorError("The file is no XLSX workbook.", hint="Save it as XLSX again.") from error


def _text(cell):
    """What a person sees in the cell, as the document writes it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        exact = Decimal(repr(value))
        if "%" in (cell.number_format or ""):
            return f"{(exact * 100).normalize():f}%"
        return f"{exact.normalize():f}" if exact % 1 else f"{exact:.0f}"
    return str(value).translate(_SIGNS)
