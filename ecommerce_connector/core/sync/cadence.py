"""How often a stream is read, and when next.

Times of day are those of the store's time zone; instants are aware and come back in UTC.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Minutes until a stream that failed is read again, by how often it has failed in a row.
RETRY_MINUTES = (1, 2, 5, 15, 30, 60)
#: After so many failures in a row a person is told; it is tried on meanwhile.
GIVE_UP_AFTER = 5


def pause(failures: int) -> timedelta:
    """How long what failed so often in a row is left alone.

    :param failures: 1 or more
    """
    return timedelta(minutes=RETRY_MINUTES[min(failures, len(RETRY_MINUTES)) - 1])


class Every(enum.Enum):
    """What sets the pace of a stream."""

    MINUTES = "minutes"
    HOUR = "hourly"
    DAY = "daily"
    HAND = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A part of each day in which nothing is read; it may go over midnight. Of equal times there is none.

    :ivar start: the first moment of it, local
    :ivar end: the first moment after it, local
    """

    start: time = time()
    end: time = time()

    def holds(self, clock: time) -> bool:
        """Whether a time of day belongs to it."""
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The pace of one stream.

    :ivar minutes: between the beginnings of two readings, with ``Every.MINUTES``
    :ivar at: the time of day of ``Every.DAY``; of ``Every.HOUR`` its minute counts
    :ivar zone: the store's
    """

    every: Every
    zone: ZoneInfo
    minutes: int = 15
    at: time = time()
    quiet: QuietHours = field(default_factory=QuietHours)

    def next_after(self, last: datetime) -> datetime | None:
        """When it is read next, if it was read, or set up, at ``last``; may be past, which means: now.

        :return: in UTC, None if only by hand
        """
        if self.every is Every.HAND:
            return None
        steps = {Every.MINUTES: self._minutes_after, Every.HOUR: self._hour_after, Every.DAY: self._day_after}
        return self.allowed(steps[self.every](last.astimezone(UTC)))

    def retry_after(self, failed_at: datetime, failures: int) -> datetime | None:
        """When a stream is tried again that failed so often in a row: soon at first, then less and less often.

        :param failures: this one included, 1 or more
        :return: in UTC, never later than its pace says; None if only by hand
        """
        due = self.next_after(failed_at)
        if due is None:
            return None
        retry = self.allowed(failed_at.astimezone(UTC) + pause(failures))
        return max(due, retry) if failures > len(RETRY_MINUTES) else min(due, retry)

    def allowed(self, at: datetime) -> datetime:
        """An instant, or the end of the quiet hours that it falls into."""
        local = at.astimezone(self.zone)
        if not self.quiet.holds(local.time()):
            return at
        ends = self._instant(local.date(), self.quiet.end)
        return ends if ends > at else self._instant(local.date() + _DAY, self.quiet.end)

    def _minutes_after(self, last: datetime) -> datetime:
        return last + timedelta(minutes=self.minutes)

    def _hour_after(self, last: datetime) -> datetime:
        local = last.astimezone(self.zone)
        due = last - timedelta(minutes=local.minute - self.at.minute, seconds=local.second)
        due = due.replace(microsecond=0)
        while due <= last:
            due += _HOUR
        return due

    def _day_after(self, last: datetime) -> datetime:
        day = last.astimezone(self.zone).date()
        due = self._instant(day, self.at)
        return due if due > last else self._instant(day + _DAY, self.at)

    def _instant(self, day: date, clock: time) -> datetime:
        """A local time of a day in UTC: of one that happens twice the first, of one that is skipped the hour after."""
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)
