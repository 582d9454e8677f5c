"""How far a stream was read that its store does not read by our cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from .base import Cursor


def within(at: datetime, cursor: Cursor) -> bool:
    """Whether an instant is in the window that a cursor opens."""
    return (cursor.changed_at is None or at >= cursor.changed_at) and (cursor.until is None or at < cursor.until)


class Progress:
    """Where to go on from: the latest change seen, less the time since the reading began.

    While orders are read, one that was read already may change at an instant before the latest one
    that is seen afterwards; the next reading must start before it. The duration is taken from our
    own clock, so that the store's clock need not be right.

    :param clock: monotonic seconds
    """

    def __init__(self, start: Cursor, clock: Callable[[], float]) -> None:
        self._start, self._clock = start, clock
        self._began = clock()
        self._latest: datetime | None = None

    def saw(self, at: datetime) -> None:
        """Take note of a change."""
        self._latest = at if self._latest is None else max(self._latest, at)

    def cursor(self) -> Cursor:
        """The cursor by now; never before the one it started from."""
        if self._latest is None:
            return self._start
        safe = self._latest - timedelta(seconds=self._clock() - self._began)
        known = self._start.changed_at
        return replace(self._start, changed_at=safe if known is None else max(known, safe))
