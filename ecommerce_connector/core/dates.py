"""Which day an event belongs to.

An event's date is the local date in the store's IANA time zone: an order placed at 23:30 in
Los Angeles is not tomorrow's, whatever UTC says.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import PayloadError

UTC = timezone.utc
#: A time beyond is a default or a misread number, and cannot be turned into every time zone.
_YEARS = range(1970, 2200)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as ``Europe/Paris``.

    :raises PayloadError: if there is no such zone
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise PayloadError("time zone", f"{name!r} is not an IANA time zone such as 'Europe/Paris'") from None


def parse_instant(text: str, where: str, assume: ZoneInfo | timezone | None = None) -> datetime:
    """An ISO 8601 time as an aware datetime.

    A local time that happens twice (end of daylight saving) is taken as its first occurrence.

    :param text: e.g. ``2026-11-23T03:47:55.841Z``; without an offset only if ``assume`` says whose time it is
    :param where: the document and field, for the error
    :raises PayloadError: if it is no time, or has no offset and ``assume`` is not given
    """
    try:
        # Python 3.10 reads neither "Z" nor a fraction of other than 3 or 6 digits.
        parsed = datetime.fromisoformat(_six_digits(text.strip().replace("Z", "+00:00")))
    except (ValueError, AttributeError, TypeError):
        raise PayloadError(where, f"{text!r} is not an ISO 8601 time") from None
    if parsed.year not in _YEARS:
        raise PayloadError(where, f"{text!r} is not a time between {_YEARS[0]} and {_YEARS[-1]}")
    if parsed.tzinfo is None:
        if assume is None:
            raise PayloadError(where, f"{text!r} has no UTC offset")
        parsed = parsed.replace(tzinfo=assume)
    return parsed


def _six_digits(text: str) -> str:
    """Pad or cut the fraction of a second to microseconds."""
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    return f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"


def local_date(at: datetime, in_zone: ZoneInfo) -> date:
    """The day of an instant in a time zone."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(in_zone).date()


def accounting_date(true_date: date, first_open_day: date) -> date:
    """The day an entry is booked on: its true date, or the first day that is not locked."""
    return max(true_date, first_open_day)
