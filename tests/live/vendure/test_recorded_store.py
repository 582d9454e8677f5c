"""The recording answers as the live store does."""

import json
import re

import pytest

from .actions import Session, StoreError
from .recorded_store import RECORDING, load

PAGE = "query Orders($options: OrderListOptions!) { orders(options: $options) { totalItems items { code } } }"


@pytest.fixture
def ask(recorded_store):
    session = Session(f"{recorded_store.url}/admin-api", {"vendure-api-key": recorded_store.api_key})

    def codes(**options):
        page = session.call(PAGE, {"options": options})["orders"]
        return [item["code"] for item in page["items"]]

    codes.session = session
    return codes


def test_every_situation_is_recorded(recorded_store):
    assert len(recorded_store.orders) == 18
    assert [order["code"] for order in load()["orders"]] == list(recorded_store.orders.values())


def test_recording_is_small_and_has_no_address_of_this_machine():
    text = RECORDING.read_text()
    assert len(text) < 250_000
    assert not re.search(r"https?:|/home/|/tmp/|127\.0\.0\.1", text)


def test_pages(ask):
    everything = ask(sort={"id": "ASC"})
    assert [*ask(take=10, sort={"id": "ASC"}), *ask(take=10, skip=10, sort={"id": "ASC"})] == everything


def test_id_sorts_before_any_other_key(ask):
    assert ask(sort={"orderPlacedAt": "DESC", "id": "ASC"}) == ask(sort={"id": "ASC"})


def test_after_is_exclusive(ask, recorded_store):
    placed = recorded_store.order("V1002")["orderPlacedAt"]
    found = ask(filter={"orderPlacedAt": {"after": placed}})
    assert "V1002" not in found
    assert "V1003" in found


def test_nested_filters(ask):
    carts = {"_and": [{"active": {"eq": True}}, {"_or": [{"transactionId": {"isNull": False}}]}]}
    assert ask(filter=carts) == ["V1012"]
    assert ask(filter={"id": {"in": ["3", "5"]}}) == ["V1003", "V1005"]
    assert ask(filter={"transactionId": {"eq": "ch_V1006"}}) == ["V1006"]


def test_only_what_is_asked_for_is_answered(ask):
    data = ask.session.call(
        "query Order($id: ID!) { order(id: $id) { number: code payments { amount } } }", {"id": "6"}
    )
    assert data == {"order": {"number": "V1006", "payments": [{"amount": 7392}]}}


@pytest.mark.parametrize(
    "query",
    ["{ orders { items { weather } } }", "{ paymentMethods { totalItems } }", "mutation { logout { success } }"],
)
def test_what_was_not_recorded_is_refused(ask, query):
    with pytest.raises(StoreError):
        ask.session.call(query)


def test_a_wrong_key_is_refused_like_a_missing_one(recorded_store):
    for headers in ({}, {"vendure-api-key": "wrong"}):
        with pytest.raises(StoreError, match="not currently authorized"):
            Session(f"{recorded_store.url}/admin-api", headers).call("{ activeChannel { code } }")


def test_nothing_can_be_changed(recorded_store):
    assert not recorded_store.changeable
    with pytest.raises(StoreError, match=re.escape("Node.js")):
        recorded_store.refund("V1001", 100)


def test_recording_equals_the_live_store(live_store):
    """Except for what the clock and chance decide; fails when the seed has changed: see record.py."""
    seeded = live_store.full_orders()[: len(live_store.orders)]
    assert _comparable(seeded) == _comparable(load()["orders"])
    assert live_store.orders == load()["situations"]


def _comparable(orders):
    """Without times, generated tokens, and the order of lists that the store does not sort."""
    text = re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"time"', json.dumps(orders))
    return _sorted(json.loads(re.sub(r'"token": "\w+"', '"token": ""', text)))


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(item) for name, item in value.items() if name != "channels"}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
