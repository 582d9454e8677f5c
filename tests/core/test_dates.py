"""Which day an event belongs to."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ecommerce_connector.core.dates import UTC, _six_digits, accounting_date, local_date, parse_instant, zone
from ecommerce_connector.core.errors import PayloadError

PARIS, LOS_ANGELES, SAMOA = ZoneInfo("Europe/Paris"), ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Apia")


# === LOCAL DAYS === #


@pytest.mark.parametrize(
    ("instant", "in_zone", "day"),
    [
        # 23:30 at the end of a month in the store's zone; UTC is a day later or earlier.
        ("2026-02-01T07:30:00Z", LOS_ANGELES, date(2026, 1, 31)),
        ("2026-01-31T22:30:00Z", PARIS, date(2026, 1, 31)),
        ("2026-01-31T23:00:00Z", PARIS, date(2026, 2, 1)),
        ("2026-07-31T22:30:00Z", PARIS, date(2026, 8, 1)),
        ("2026-12-31T10:00:00Z", SAMOA, date(2026, 12, 31)),
        ("2026-12-31T11:00:00Z", SAMOA, date(2027, 1, 1)),
        # The same instant in three notations.
        ("2026-01-31T23:30:00+01:00", PARIS, date(2026, 1, 31)),
        ("2026-02-01T00:30:00+02:00", PARIS, date(2026, 1, 31)),
        ("2026-01-31T14:30:00-08:00", PARIS, date(2026, 1, 31)),
    ],
)
def test_day_is_local_to_the_store(instant: str, in_zone: ZoneInfo, day: date) -> None:
    assert local_date(parse_instant(instant, "placed at"), in_zone) == day


def test_hour_that_happens_twice_is_taken_as_its_first() -> None:
    """On 2026-10-25 at 03:00 clocks in Paris go back to 02:00."""
    first = parse_instant("2026-10-25T02:30:00", "paid at", PARIS)
    assert first.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = parse_instant("2026-10-25T01:30:00Z", "paid at").astimezone(PARIS)
    assert (second.hour, second.minute, second.fold) == (2, 30, 1)
    assert local_date(first, PARIS) == local_date(second, PARIS) == date(2026, 10, 25)


def test_night_of_the_change_of_clocks_has_one_midnight() -> None:
    """The day has 25 hours: its last half hour belongs to it, the next to the following day."""
    assert local_date(datetime(2026, 10, 25, 22, 30, tzinfo=UTC), PARIS) == date(2026, 10, 25)
    assert local_date(datetime(2026, 10, 25, 23, 0, tzinfo=UTC), PARIS) == date(2026, 10, 26)
    assert local_date(datetime(2026, 10, 24, 22, 0, tzinfo=UTC), PARIS) == date(2026, 10, 25)


def test_day_of_a_time_without_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="an instant needs a time zone"):
        local_date(datetime(2026, 1, 31, 23, 30), PARIS)


# === READING TIMES === #


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T03:47:55Z", "2026-11-23T03:47:55.8Z", "2026-11-23T03:47:55.841Z", "2026-11-23T03:47:55.8412345Z",
        "2026-11-23T03:47:55.841234567+00:00", " 2026-11-23T04:47:55+01:00 ", "2026-11-23 03:47:55+00:00",
    ],
)  # fmt: skip
def test_notations(text: str) -> None:
    parsed = parse_instant(text, "changed at")
    assert parsed.replace(microsecond=0) == datetime(2026, 11, 23, 3, 47, 55, tzinfo=UTC)


@pytest.mark.parametrize(("fraction", "microsecond"), [("8", 800000), ("041", 41000), ("8412349", 841234)])
def test_fraction_of_a_second_is_kept_to_microseconds(fraction: str, microsecond: int) -> None:
    assert parse_instant(f"2026-11-23T03:47:55.{fraction}Z", "changed at").microsecond == microsecond
    # Python 3.10 reads fractions of 3 and of 6 digits only, so that is what it is given.
    assert _six_digits(f"55.{fraction}+00:00") == f"55.{microsecond:06}+00:00"


def test_time_of_a_store_that_gives_no_offset() -> None:
    parsed = parse_instant("2026-07-01T00:10:00", "paid at", PARIS)
    assert parsed.utcoffset() == timedelta(hours=2)
    assert parse_instant("2026-07-01T00:10:00Z", "paid at", PARIS).utcoffset() == timedelta(0)
    assert parse_instant("2026-07-01T00:10:00", "paid at", timezone.utc).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-07-01T00:10:00", "order 7, paid at: '2026-07-01T00:10:00' has no UTC offset."),
        ("yesterday", "order 7, paid at: 'yesterday' is not an ISO 8601 time."),
        ("2026-02-30T10:00:00Z", "order 7, paid at: '2026-02-30T10:00:00Z' is not an ISO 8601 time."),
        ("0000-00-00T00:00:00Z", "order 7, paid at: '0000-00-00T00:00:00Z' is not an ISO 8601 time."),
        ("", "order 7, paid at: '' is not an ISO 8601 time."),
        (None, "order 7, paid at: None is not an ISO 8601 time."),
        (1767225600, "order 7, paid at: 1767225600 is not an ISO 8601 time."),
        ("0001-01-01T00:00:00Z", "order 7, paid at: '0001-01-01T00:00:00Z' is not a time between 1970 and 2199."),
        ("9999-12-31T23:59:59Z", "order 7, paid at: '9999-12-31T23:59:59Z' is not a time between 1970 and 2199."),
    ],
)
def test_what_is_no_time(text, message: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse_instant(text, "order 7, paid at")
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime"])
def test_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(PayloadError) as caught:
        zone(name)
    assert str(caught.value) == f"time zone: {name!r} is not an IANA time zone such as 'Europe/Paris'."


def test_time_zone() -> None:
    assert zone("Europe/Paris") == PARIS


# === LOCKS === #


@pytest.mark.parametrize(
    ("happened", "first_open", "booked"),
    [
        (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 1)),
        (date(2026, 2, 2), date(2026, 2, 1), date(2026, 2, 2)),
        (date(2026, 1, 31), date.min, date(2026, 1, 31)),
    ],
)
def test_locked_days_are_never_booked_on(happened: date, first_open: date, booked: date) -> None:
    assert accounting_date(happened, first_open) == booked
