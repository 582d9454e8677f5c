"""How far a long reading has come."""

from datetime import datetime, timezone

import pytest

from ecommerce_connector.core.sync.progress import Progress

JAN, FEB, MAR = (datetime(2026, month, 1, tzinfo=timezone.utc) for month in (1, 2, 3))
MID = datetime(2026, 1, 16, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("values", "fraction", "left"),
    [
        ({}, 0.0, None),
        ({"reached": MID, "seconds": 60.0}, 0.5, 60),
        ({"done": 250, "total": 1000, "seconds": 30.0}, 0.25, 90),
        ({"done": 250, "total": 1000, "reached": MID, "seconds": 30.0}, 0.25, 90),
        # A store that says too little: it is not over before it is over.
        ({"done": 1000, "total": 900, "seconds": 99.0}, 0.99, 1),
        ({"reached": MAR, "seconds": 99.0}, 0.99, 1),
        ({"done": 1, "total": 1000, "seconds": 30.0}, 0.001, None),
        ({"reached": MID, "seconds": 0.2}, 0.5, None),
        ({"reached": JAN, "end": JAN, "seconds": 9.0}, 0.0, None),
    ],
)
def test_progress(values, fraction, left):
    progress = Progress(**({"begin": JAN, "end": FEB} | values))
    assert (progress.fraction, progress.seconds_left) == (pytest.approx(fraction), left)
