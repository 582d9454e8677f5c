"""When a document that could not be booked is tried again."""

from datetime import datetime, timedelta

import pytest

from ecommerce_connector.core.sync.retries import next_try


@pytest.mark.parametrize(("tries", "hours"), [(1, 0), (2, 1), (3, 4), (4, 12), (5, 24), (6, 24), (400, 24)])
def test_pauses_grow_up_to_a_day(tries, hours):
    now = datetime(2026, 11, 24, 10)
    assert next_try(now, tries) == now + timedelta(hours=hours)
