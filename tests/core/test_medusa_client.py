"""The Medusa client against a server that pages as Medusa does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from http_store import answer, running
from medusa_payloads import load
from medusa_server import API_KEY, MedusaServer, at, made, platform

from ecommerce_connector.core.errors import AuthenticationError, PayloadError, TransportError
from ecommerce_connector.platforms.base import ORDERS, REFUNDS, Cursor, Page
from ecommerce_connector.platforms.medusa import MedusaPlatform


@pytest.fixture
def server() -> Iterator[MedusaServer]:
    with running(MedusaServer()) as served:
        assert isinstance(served, MedusaServer)
        yield served


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed: none, unless a test says so."""
    seconds = [0.0]
    monkeypatch.setattr(MedusaPlatform, "_clock", staticmethod(lambda: seconds[0]))
    return seconds


def ids(pages: Iterator[Page]) -> list[int]:
    return [int(record.external_id.removeprefix("order_")) for page in pages for record in page.records]


def read(server: MedusaServer, stream: str = ORDERS, *, page_size: int = 100, **cursor: Any) -> list[int]:
    return ids(platform(server).fetch(stream, Cursor(**cursor), page_size=page_size))


def noon(hour: int = 12) -> datetime:
    return datetime(2026, 5, 1, hour, tzinfo=timezone.utc)


# === Orders === #


@pytest.mark.parametrize("page_size", [1, 2, 3, 9, 100])
def test_all_orders_oldest_change_first(server: MedusaServer, page_size: int) -> None:
    server.orders = [made(number, f"10:00:{59 - number}.000") for number in range(1, 10)]
    assert read(server, page_size=page_size) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_more_than_a_page_at_one_instant(server: MedusaServer) -> None:
    server.orders = [made(number, "10:00:00.000") for number in range(1, 9)]
    assert sorted(read(server, page_size=3)) == list(range(1, 9))


def test_an_order_that_changes_while_pages_are_read_hides_no_other(server: MedusaServer) -> None:
    server.orders = [made(number, f"10:00:{number:02}.000") for number in range(1, 31)]

    def change(requests: int) -> None:
        if requests in (1, 2):
            server.orders[requests - 1]["updated_at"] = at(f"11:00:0{requests}.000")

    server.between = change
    assert set(read(server, page_size=5)) == set(range(1, 31))


def test_only_what_changed_within_the_window(server: MedusaServer) -> None:
    server.orders = [made(number, f"{number + 9}:00:00.000") for number in range(1, 6)]
    assert read(server, changed_at=noon(), until=noon(14)) == [3, 4]


def test_the_cursor_follows_what_was_read_less_the_time_it_took(server: MedusaServer, clock: list[float]) -> None:
    server.orders = [made(1, "10:00:00.000"), made(2, "12:00:30.000")]
    server.between = lambda requests: clock.__setitem__(0, 30)
    pages = platform(server).fetch(ORDERS, Cursor())
    assert [page.cursor.changed_at for page in pages] == [noon()]


def test_a_payload_holds_no_secret_of_the_payment_provider(server: MedusaServer) -> None:
    server.orders = [made(1, "10:00:00.000")]
    (record,) = next(iter(platform(server).fetch(ORDERS, Cursor()))).records
    assert "pi_secret" not in str(record.payload)
    assert record.payload["order"]["payment_collections"][0]["payments"][0]["data"] == {"id": "pi_1"}


def test_lists_within_an_order_come_in_one_order(server: MedusaServer) -> None:
    server.orders = [made(1, "10:00:00.000")]
    before = platform(server).fetch_one("order_1").payload
    server.orders[0]["items"].reverse()
    assert platform(server).fetch_one("order_1").payload == before


def test_dates_of_changes_are_asked_for_where_credit_was_given_later(server: MedusaServer) -> None:
    server.orders = [made(1, "10:00:00.000"), made(2, "11:00:00.000")]
    later = {"id": "c", "amount": -5, "reference": "order", "metadata": {"created_in_version": 4}}
    server.orders[1]["credit_lines"] = [later]
    server.changes = [{"id": "ordch_1", "version": 4, "confirmed_at": at("10:30:00.000")}]
    records = next(iter(platform(server).fetch(ORDERS, Cursor()))).records
    assert [record.payload.get("changes") for record in records] == [None, server.changes]
    assert [path for path, _params in server.lists] == ["/admin/orders", "/admin/orders/order_2/changes"]


# === Captures and refunds === #


def test_the_refund_stream_finds_what_no_date_of_the_order_shows(server: MedusaServer) -> None:
    server.orders = [made(number, "09:00:00.000", "partial-refunds") for number in range(1, 6)]
    server.orders[1]["payment_collections"][0]["payments"][0]["captures"][0]["created_at"] = at("12:00:00.000")
    server.orders[3]["payment_collections"][0]["payments"][0]["refunds"][1]["created_at"] = at("13:30:00.000")
    assert read(server, changed_at=noon()) == []
    assert sorted(read(server, REFUNDS, changed_at=noon())) == [2, 4]
    pages = list(platform(server).fetch(REFUNDS, Cursor(changed_at=noon())))
    assert pages[-1].cursor.changed_at == noon(13).replace(minute=30)
    assert all(page.cursor.changed_at == noon() for page in pages[:-1])


def test_a_payment_of_a_cart_is_no_order_yet(server: MedusaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.orders = [made(1, "09:00:00.000")]
    light = MedusaServer.light
    monkeypatch.setattr(MedusaServer, "light", staticmethod(lambda order: light(order) | {"payment_collection": {}}))
    assert read(server, REFUNDS) == []


def test_many_orders_are_asked_for_by_their_ids(server: MedusaServer) -> None:
    server.orders = [made(number, "09:00:00.000") for number in range(1, 121)]
    assert sorted(read(server, REFUNDS)) == list(range(1, 121))
    assert [len([name for name in params if name.startswith("id[")]) for _path, params in server.lists] == [
        0, 50, 50, 20,
    ]  # fmt: skip


# === One order === #


def test_one_order(server: MedusaServer) -> None:
    server.orders = [made(7, "10:00:00.000")]
    assert platform(server).fetch_one("order_7").external_id == "order_7"
    with pytest.raises(PayloadError, match="order order_8: the store has no such order"):
        platform(server).fetch_one("order_8")
    with pytest.raises(PayloadError, match="it is not the id of a Medusa order"):
        platform(server).fetch_one("../stores")


def test_the_latest_capture_is_the_change(server: MedusaServer) -> None:
    server.orders = [made(7, "10:00:00.000")]
    server.orders[0]["payment_collections"][0]["payments"][0]["captures"][0]["created_at"] = at("12:00:00.000")
    assert platform(server).fetch_one("order_7").changed_at == noon()


# === The connection === #


def test_the_store_says_its_name_and_currencies(server: MedusaServer) -> None:
    info = platform(server).check()
    assert (info.store_name, info.currencies, info.version) == ("Shop", ("EUR", "XBT"), "2")
    assert info.warnings == ("XBT is not an ISO 4217 currency; orders in it are not booked.",)


def test_the_address_of_the_dashboard_will_do(server: MedusaServer) -> None:
    assert platform(server, path="/admin").check().store_name == "Shop"


def test_a_wrong_key_is_named_and_not_shown(server: MedusaServer) -> None:
    with pytest.raises(AuthenticationError, match="The store refuses the API key: .* 401: Unauthorized") as caught:
        platform(server, "sk_0000000000000000").check()
    assert "sk_0000000000000000" not in str(caught.value)
    assert "begins with sk_" in caught.value.hint


@pytest.mark.parametrize("name", ["orders", "payments", "stores"])
def test_a_key_that_may_not_read_is_told_what(server: MedusaServer, name: str) -> None:
    server.refused[name] = 403
    with pytest.raises(AuthenticationError, match=f"The API key may not read {name}"):
        platform(server).check()


def test_version_1_is_refused(server: MedusaServer) -> None:
    server.is_version_1 = True
    with pytest.raises(TransportError, match="is a Medusa store of version 1"):
        platform(server).check()


def test_another_address_is_no_medusa(server: MedusaServer) -> None:
    server.answers = [answer(b"<html>Cannot GET</html>", 404)]
    with pytest.raises(TransportError, match="There is no Medusa store at"):
        platform(server).check()


@pytest.mark.parametrize("body", [{"orders": "none", "count": 0}, {"orders": [1], "count": 1}, {"orders": []}, {}])
def test_a_list_of_another_form_is_no_list(server: MedusaServer, body: Any) -> None:
    server.answers = [answer(body)]
    with pytest.raises(TransportError, match="list of orders has not the expected form"):
        read(server)


def test_no_key_is_in_any_message(server: MedusaServer) -> None:
    server.orders = [made(1, "10:00:00.000")]
    server.answers = [answer({"message": f"broken {API_KEY}"}, 400)]
    with pytest.raises(TransportError) as caught:
        read(server)
    assert API_KEY not in str(caught.value)
    assert load("multi-tax")
