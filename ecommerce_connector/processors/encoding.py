"""From the bytes of an uploaded file to text, or a sentence saying why not."""

from __future__ import annotations

import codecs
import io
import re

from ..core.errors import ReportError
from .base import ReportFile

#: About 300 000 rows of a wide report; bounds what one upload can cost.
MAX_BYTES = 64 * 1024 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: What people upload by mistake: how the content begins, what it is.
_NO_TABLES = (
    (re.compile(rb"PK\x03\x04"), "an Excel workbook or a ZIP archive"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old Excel workbook"),
    (re.compile(rb"%PDF"), "a PDF"),
    (re.compile(rb"\x1f\x8b"), "a compressed file"),
    (re.compile(rb"\s*<(!doctype\s+html|html|head|body|!--)", re.I), "a web page (HTML)"),
    (re.compile(rb"\s*<"), "an XML file"),
    (re.compile(rb"\s*[\[{]"), "a JSON file"),
)
#: Bytes looked at to find the header.
_HEAD = 65536
_EXPORT_CSV = "Export the report as CSV and upload that file as it is."


def decode(file: ReportFile, *, fallback: str | None = None, lenient: bool = False) -> tuple[str, str]:
    """The text of a file and the encoding it was read with.

    UTF-8 with or without a byte order mark, and UTF-16 with one. Other bytes are read with
    ``fallback``, but only under a header of plain ASCII: column names that survive every
    encoding, so that at worst a description is spelled wrong.

    :param fallback: e.g. ``cp1252``, for formats that people write with a spreadsheet
    :param lenient: read the first line only and replace what cannot be read; to look at a header
    :raises ReportError: empty, too big, not a text file, or undecodable (with row and byte)
    """
    _check_size(file)
    encoding, mark = next(((name, bom) for bom, name in _BOMS if file.content.startswith(bom)), ("utf-8", b""))
    body = file.content[len(mark) :]
    _check_kind(file.name, body)
    if lenient:
        return _without_nul(file.name, body[:_HEAD].decode(encoding, "replace")), encoding
    if fallback and not mark and not _is_utf8(body) and _first_line(body).isascii():
        encoding = fallback
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(file.name, body, encoding, error.start, len(mark)) from None
    return _without_nul(file.name, text), encoding


def _check_size(file: ReportFile) -> None:
    size = len(file.content)
    if size > MAX_BYTES:
        problem = f"it has {size / 1048576:.0f} MB, more than the {MAX_BYTES // 1048576} MB that are read"
        raise ReportError(file.name, problem, hint="Export a shorter period.")


def _check_kind(name: str, body: bytes) -> None:
    if not body.strip():
        raise ReportError(name, "the file is empty", hint=_EXPORT_CSV)
    for begin, what in _NO_TABLES:
        if begin.match(body):
            raise ReportError(name, f"it is {what}, not a CSV file", hint=_EXPORT_CSV)


def _without_nul(name: str, text: str) -> str:
    at = text.find("\0")
    if at >= 0:
        row = _lines(text[:at])
        raise ReportError(name, "it has a NUL character, so it is not a text file", row=row, hint=_EXPORT_CSV)
    return text


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_line(body: bytes) -> bytes:
    return body.lstrip().split(b"\n", 1)[0]


def _lines(text: str) -> int:
    """Which line a text ends in, as an editor counts: any of the three line ends."""
    return len(io.StringIO(f"{text}.", newline="").readlines())


def _undecodable(name: str, body: bytes, encoding: str, at: int, skipped: int) -> ReportError:
    return ReportError(
        name,
        f"byte {skipped + at + 1} (0x{body[at]:02X}) is not {encoding.upper()} text",
        row=_lines(body[:at].decode(encoding)),
        hint="The file was saved with another encoding. Export it again, or save it as CSV UTF-8.",
    )
