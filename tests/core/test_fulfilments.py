"""What a store says of shipments: read from the connector's own JSON, and refused where it contradicts itself."""

import datetime
from decimal import Decimal as D

import pytest
from test_order_json import example, read

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine

UTC = datetime.timezone.utc


def test_example_is_read():
    document = read(example())
    assert [(item.external_id, item.lines) for item in document.fulfilments] == [
        ("f1", (ShippedLine(line_id="1", quantity=D(2)),)), ("f2", (ShippedLine(line_id="2", quantity=D(1)),)),
    ]  # fmt: skip
    assert document.fulfilments[0].at == datetime.datetime(2026, 3, 11, 15, 30, tzinfo=UTC)
    (line,) = document.refunds[0].lines
    assert (line.of_line, line.restock) == ("2", Restock.DAMAGED)
    assert all(line.ships for line in document.lines)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lines": [{"line": "9", "quantity": 1}]}, "fulfilment f1, line 9: the order has no such line"),
        ({"lines": [{"line": "1", "quantity": 0}]}, "line 1, quantity: 0 is not positive"),
        ({"lines": [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 1}]}, "fulfilment f1, line 1: .*twice"),
        ({"id": "f2"}, "fulfilment f2: .*twice"),
        ({"at": "2026-03-11"}, "no UTC offset"),
    ],
)
def test_contradictions_are_refused_by_name(change, problem):
    payload = example()
    payload["fulfilments"][0].update(change)
    with pytest.raises(PayloadError, match=problem):
        read(payload)


def test_a_time_needs_a_zone():
    with pytest.raises(PayloadError, match="fulfilment f1"):
        Fulfilment(external_id="f1", at=datetime.datetime(2026, 3, 1))  # noqa: DTZ001
