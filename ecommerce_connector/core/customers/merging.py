"""Customers that the store made one: which record stands for them from then on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An order whose customer is another one now than it was.

    :ivar before: the customer record that the order had
    :ivar now: the one that the store names
    :ivar same_email: it is the same person, as far as the e-mail address tells
    :ivar now_guest: the store names no customer any more
    """

    before: int
    now: int
    same_email: bool
    now_guest: bool = False

    @property
    def is_merge(self) -> bool:
        """Whether the store made two customers one, or gave a guest's order to the account they opened.

        An order that is given to somebody else merges nobody, and an account that was deleted in the store, so that
        its orders are a guest's now, is still the same customer.
        """
        return self.same_email and not self.now_guest and self.before != self.now


def survivors(merged: Mapping[int, int], merges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Which record each merged one leads to, directly.

    :param merged: record → the one it was merged into, as known before
    :param merges: (record, the one it is merged into), oldest first; a later one counts where they form a circle
    """
    into = dict(merged)
    for old, new in merges:
        if old == new:
            continue
        if _end(into, new) == old:
            into.pop(new, None)  # the record that was merged away is the one that stands now
        into[old] = _end(into, new)
    return {record: _end(into, record) for record in into if _end(into, record) != record}


def _end(into: Mapping[int, int], record: int) -> int:
    seen = {record}
    while (following := into.get(record)) is not None and following not in seen:
        seen.add(following)
        record = following
    return record
