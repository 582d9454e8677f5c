"""Payment processors: their payout reports, recognized and read.

``BUILTIN`` lists the formats of this addon. The Odoo shell asks the store model for its formats,
so that a glue addon adds its own for one database only.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from ..core.errors import ReportError
from .base import Identification, ParsedReport, ReportFile, ReportFormat
from .generic import GenericPayouts
from .layouts import looks_like
from .stripe import StripePayouts
from .tables import read_columns

__all__ = ["BUILTIN", "Identification", "ParsedReport", "ReportFile", "ReportFormat", "identify", "read_report"]

Formats = Mapping[str, type[ReportFormat]]

BUILTIN: dict[str, type[ReportFormat]] = {
    StripePayouts.code: StripePayouts,
    GenericPayouts.code: GenericPayouts,
}


def identify(file: ReportFile, formats: Formats = BUILTIN) -> tuple[ReportFormat, Identification]:
    """The format that reads a file best.

    :raises ReportError: if no format or more than one fits equally well; it lists what was
        recognized, and for the nearest format the columns it misses
    """
    found = _identifications(file, formats)
    if not found:
        raise _unrecognized(file, formats)
    best = [pair for pair in found if pair[1].confidence == found[0][1].confidence]
    if len(best) > 1:
        named = "; ".join(f"{answer.layout} ({answer.confidence} %: {answer.reason})" for _fmt, answer in best)
        raise ReportError(file.name, f"it could be any of these: {named}", hint="Choose the format by hand.")
    return best[0]


def read_report(
    file: ReportFile,
    *,
    zone: ZoneInfo,
    code: str | None = None,
    default_currency: str | None = None,
    options: Mapping[str, str] | None = None,
    formats: Formats = BUILTIN,
) -> tuple[ReportFormat, ParsedReport]:
    """Read a report with the format a person chose, or with the one that fits.

    :param code: the chosen format; a file that is another processor's is refused by name
    :raises ReportError: as ``identify`` and ``ReportFormat.parse`` do
    """
    if code is None:
        report_format, _answer = identify(file, formats)
    else:
        report_format = _chosen(file, code, formats)
    return report_format, report_format.parse(file, zone=zone, default_currency=default_currency, options=options)


def _identifications(file: ReportFile, formats: Formats) -> list[tuple[ReportFormat, Identification]]:
    """Formats that recognize the file, most confident first, then by code."""
    asked = [(fmt, fmt.identify(file)) for fmt in (formats[code]() for code in sorted(formats))]
    found = [(fmt, answer) for fmt, answer in asked if answer is not None]
    return sorted(found, key=lambda pair: -pair[1].confidence)


def _chosen(file: ReportFile, code: str, formats: Formats) -> ReportFormat:
    if code not in formats:
        known = ", ".join(sorted(formats))
        raise ReportError(file.name, f"no format {code!r} is installed; there are {known}")
    report_format = formats[code]()
    if report_format.identify(file) is None:
        others = _identifications(file, formats)
        if others:
            raise ReportError(
                file.name,
                f"it is not a {report_format.label} file but looks like {others[0][1].layout}",
                hint=f"Choose {others[0][0].label} as the processor of the processor account, or export the right"
                f" report. {report_format.export_hint}",
            )
    return report_format


def _unrecognized(file: ReportFile, formats: Formats) -> ReportError:
    try:
        columns = read_columns(file)
    except ReportError as error:
        return error
    looks = looks_like(columns)
    if looks:
        readable = ", ".join(sorted(cls.label for cls in formats.values()))
        return ReportError(file.name, f"it looks like {looks}, which is not read here", hint=f"Read are: {readable}.")
    nearest, missing = _nearest(columns, formats)
    shown = ", ".join(columns[:12]) + (", …" if len(columns) > 12 else "")
    problem = f"it is no payout report known here; its columns are {shown or 'none'}"
    if nearest is None:
        return ReportError(file.name, problem)
    hint = f"The nearest is {nearest.label}, which also needs {', '.join(missing)}. {nearest.export_hint}"
    return ReportError(file.name, problem, hint=hint)


def _nearest(columns: tuple[str, ...], formats: Formats) -> tuple[type[ReportFormat] | None, tuple[str, ...]]:
    """The table format with the largest part of its columns present, and what it misses."""
    tables = [cls for _code, cls in sorted(formats.items()) if cls.mandatory]
    if not tables:
        return None, ()
    nearest = min(tables, key=lambda cls: len(cls.missing_columns(columns)) / len(cls.mandatory))
    return nearest, nearest.missing_columns(columns)
