"""Reading a list that is numbered by offset, while its rows move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import TransportError

#: How often in a row pages are not believed, and how often all rows are read over, at most.
_MOST_RETREATS, _MOST_READINGS = 20, 3


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list.

    :ivar marks: id and instant of each row; a row with another instant has something new to tell
    :ivar total: how many rows match
    """

    rows: Sequence[Any]
    marks: Sequence[tuple[str, Any]]
    total: int


def overlapping(ask: Callable[[int, int], Listing], take: int) -> Iterator[Listing]:
    """Pages in the order of an instant, without losing a row that others push out of sight.

    Rows that move to the end while pages are read pull those behind them forward, over the
    border of the next page. So pages overlap, and one without any row of the page before is
    not believed: the pages before it are read until one appears. Going on from the last row's
    instant instead would lose rows: a server may show other times than it filters by, and a page
    may be full of one instant.

    :param ask: the page after so many rows, of so many
    :raises TransportError: if rows keep moving away, so that no page can be trusted
    """
    take = max(2, take)  # one row overlaps: a page of one would never end
    overlap = max(1, take // 20)
    skip, retreats, read = 0, 0, 0
    known: set[tuple[str, Any]] = set()
    while True:
        page = ask(skip, take)
        full = len(page.marks) >= take
        first = next((index for index, mark in enumerate(page.marks) if mark in known), None)
        if retreats > _MOST_RETREATS or read > _MOST_READINGS * (page.total + take):
            raise TransportError("The store's orders change faster than they can be read.")
        if skip and first is None:
            skip, retreats = max(0, skip - take + overlap), retreats + 1
            continue
        fresh = [index for index, mark in enumerate(page.marks) if index >= (first or 0) and mark not in known]
        known, retreats, read = set(page.marks), 0, read + len(fresh)
        yield Listing([page.rows[index] for index in fresh], [page.marks[index] for index in fresh], page.total)
        if not full:
            return
        skip += len(page.marks) - overlap
