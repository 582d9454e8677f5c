"""When a document that could not be booked is tried again by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Hours until it is tried again, by how often it was tried in vain. What a person must decide first is not decided
#: sooner by asking more often; a rule that is saved lets it be tried at once.
PAUSE_HOURS = (0, 1, 4, 12, 24)


def next_try(tried_at: datetime, tries: int) -> datetime:
    """When to try again after so many tries in vain.

    :param tries: the last one included, 1 or more
    """
    return tried_at + timedelta(hours=PAUSE_HOURS[min(tries, len(PAUSE_HOURS)) - 1])
