"""What a store says of shipments: read from the connector's own JSON, and refused where it contradicts itself."""

import datetime
from decimal import Decimal as D
from pathlib import Path

import pytest
from test_order_json import example, read
from vendure_payloads import BERLIN

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.vendure.adapter import order_document as vendure_document
from ecommerce_connector.platforms.woocommerce.adapter import order_document as woocommerce_document

UTC = datetime.timezone.utc
PAYLOADS = Path(__file__).parent / "payloads"
RECORDING = Path(__file__).parents[1] / "live" / "vendure" / "recording"


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


# === PLATFORMS === #


def recorded(code):
    """An order of the recorded Vendure store, with the fulfilments as they were recorded."""
    store = payloads.loads((RECORDING / "store.json").read_text("utf-8"))
    (order,) = (order for order in store["orders"] if order["code"] == store["situations"][code])
    return {"globalSettings": store["globalSettings"], "order": order}


def test_vendure_shipments_carry_the_day_they_left():
    document = vendure_document(recorded("two-fulfillments"), BERLIN)
    by_id = {line.external_id: line.quantity for line in document.lines}
    assert [item.external_id for item in document.fulfilments] == ["1", "2"]
    shipped = [{line.line_id: line.quantity for line in item.lines} for item in document.fulfilments]
    assert shipped == [{"21": D(2)}, {"21": D(1), "22": D(3)}]
    assert {key: quantity for key, quantity in by_id.items() if not key.startswith("shipping")} == {
        "21": D(3), "22": D(3)
    }  # fmt: skip


def test_vendure_goods_that_are_no_longer_ordered_were_not_shipped():
    payload = recorded("two-fulfillments")
    first, second = payload["order"]["fulfillments"]
    first["state"] = "Cancelled"
    second["lines"].append({"orderLineId": "99", "quantity": 1})
    (left,) = vendure_document(payload, BERLIN).fulfilments
    assert {line.line_id for line in left.lines} == {"21", "22"}


def test_an_answer_from_before_fulfilments_were_asked_for_has_none():
    payload = recorded("two-fulfillments")
    del payload["order"]["fulfillments"]
    assert vendure_document(payload, BERLIN).fulfilments == ()


def test_woocommerce_is_shipped_when_it_is_completed():
    payload = payloads.loads((PAYLOADS / "woocommerce" / "check-completed.json").read_text("utf-8"))
    payload["order"]["date_completed_gmt"] = "2026-03-12T23:30:00"
    (left,) = woocommerce_document(payload, BERLIN).fulfilments
    assert (left.external_id, left.at.date().isoformat(), left.lines) == ("completed", "2026-03-13", ())
    payload["order"]["date_completed_gmt"] = None
    assert woocommerce_document(payload, BERLIN).fulfilments == ()
