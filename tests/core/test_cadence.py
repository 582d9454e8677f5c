"""When a stream of a store is read next."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.sync.cadence import RETRY_MINUTES, Cadence, Every, QuietHours

PARIS, KOLKATA, NEW_YORK = (ZoneInfo(name) for name in ("Europe/Paris", "Asia/Kolkata", "America/New_York"))
UTC = timezone.utc
NIGHT = QuietHours(start=time(22), end=time(6))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cadence(every, zone=PARIS, **values):
    return Cadence(every=Every(every), zone=zone, **values)


@pytest.mark.parametrize(
    ("pace", "last", "due"),
    [
        (cadence("minutes", minutes=5), "2026-11-24T10:02:30", "2026-11-24T10:07:30"),
        (cadence("minutes", minutes=1440), "2026-11-24T10:02:30", "2026-11-25T10:02:30"),
        (cadence("hourly", at=time(0, 20)), "2026-11-24T10:02:30", "2026-11-24T10:20:00"),
        (cadence("hourly", at=time(0, 20)), "2026-11-24T10:20:00", "2026-11-24T11:20:00"),
        (cadence("hourly", at=time(0, 20)), "2026-11-24T10:59:59", "2026-11-24T11:20:00"),
        # Half past in a zone of half hours is the full hour of UTC.
        (cadence("hourly", KOLKATA, at=time(0, 30)), "2026-11-24T10:02:30", "2026-11-24T11:00:00"),
        (cadence("daily", at=time(2)), "2026-11-24T10:00:00", "2026-11-25T01:00:00"),
        (cadence("daily", at=time(2)), "2026-11-24T00:59:59", "2026-11-24T01:00:00"),
        (cadence("daily", at=time(2)), "2026-11-24T01:00:00", "2026-11-25T01:00:00"),
        # The zone's own day: 03:00 UTC is still the day before in New York.
        (cadence("daily", NEW_YORK, at=time(23)), "2026-11-24T03:00:00", "2026-11-24T04:00:00"),
        # 02:30 does not exist on March 29 and comes twice on October 25.
        (cadence("daily", at=time(2, 30)), "2026-03-28T12:00:00", "2026-03-29T01:30:00"),
        (cadence("daily", at=time(2, 30)), "2026-10-24T12:00:00", "2026-10-25T00:30:00"),
        (cadence("daily", at=time(2, 30)), "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
        (cadence("manual"), "2026-11-24T10:00:00", None),
    ],
)
def test_next_reading(pace, last, due):
    assert pace.next_after(at(last)) == (due and at(due))


@pytest.mark.parametrize(
    ("quiet", "last", "due"),
    [
        (NIGHT, "2026-11-24T20:30:00", "2026-11-24T20:45:00"),
        (NIGHT, "2026-11-24T20:45:00", "2026-11-25T05:00:00"),
        (NIGHT, "2026-11-25T03:00:00", "2026-11-25T05:00:00"),
        (NIGHT, "2026-11-25T04:45:00", "2026-11-25T05:00:00"),
        (QuietHours(start=time(9), end=time(17)), "2026-11-24T09:00:00", "2026-11-24T16:00:00"),
        (QuietHours(start=time(9), end=time(9)), "2026-11-24T09:00:00", "2026-11-24T09:15:00"),
    ],
)
def test_quiet_hours_move_it_to_their_end(quiet, last, due):
    assert cadence("minutes", quiet=quiet).next_after(at(last)) == at(due)


def test_errors_are_tried_again_soon_and_then_less_often():
    daily, failed = cadence("daily", at=time(2)), at("2026-11-24T01:00:00")
    waits = [daily.retry_after(failed, failures) - failed for failures in range(1, 7)]
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60)]
    assert daily.retry_after(failed, 7) == at("2026-11-25T01:00:00"), "then with its own pace"


def test_a_fast_stream_that_goes_on_failing_is_slowed_down():
    fast, failed = cadence("minutes", minutes=5), at("2026-11-24T10:00:00")
    assert fast.retry_after(failed, 4) == at("2026-11-24T10:05:00"), "its pace is faster than the pause"
    assert fast.retry_after(failed, 7) == at("2026-11-24T11:00:00")


def test_by_hand_is_never_tried_again_by_itself():
    assert cadence("manual").retry_after(at("2026-11-24T10:00:00"), 1) is None


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
PACES = st.builds(
    Cadence,
    every=st.sampled_from([Every.MINUTES, Every.HOUR, Every.DAY]),
    zone=st.sampled_from([PARIS, KOLKATA, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    minutes=st.integers(5, 1440), at=st.times(),
    quiet=st.builds(QuietHours, start=st.times(), end=st.times()),
)  # fmt: skip


@given(PACES, INSTANTS)
def test_it_is_always_later_within_two_days_and_never_in_quiet_hours(pace, last):
    due = pace.next_after(last)
    assert last < due <= last + timedelta(hours=50)
    assert due.utcoffset() == timedelta(0)
    skipped = due.astimezone(pace.zone).time() == pace.quiet.end
    assert skipped or not pace.quiet.holds(due.astimezone(pace.zone).time()) or _end_is_skipped(pace, due)


def _end_is_skipped(pace, due):
    """The quiet hours end in the hour that the clock skips: what comes back is the first moment after it."""
    local = datetime.combine(due.astimezone(pace.zone).date(), pace.quiet.end, tzinfo=pace.zone)
    return local.astimezone(UTC).astimezone(pace.zone).replace(tzinfo=None) != local.replace(tzinfo=None)


@given(PACES, INSTANTS, st.integers(1, 20))
def test_a_retry_is_later_and_allowed_in_bounds(pace, failed, failures):
    due = pace.retry_after(failed, failures)
    assert failed < due <= max(pace.next_after(failed), pace.allowed(failed + timedelta(minutes=RETRY_MINUTES[-1])))
