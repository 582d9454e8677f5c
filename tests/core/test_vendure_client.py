"""The Vendure client against a server that pages as Vendure does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from http_store import HttpStore, answer, page, running
from vendure_server import API_KEY, VendureServer, at, made

from ecommerce_connector.core.errors import AuthenticationError, ConnectorError, PayloadError, TransportError
from ecommerce_connector.platforms.base import ORDERS, REFUNDS, Credentials, Cursor, Page
from ecommerce_connector.platforms.transport import PermanentTransportError, Transport
from ecommerce_connector.platforms.vendure import VendurePlatform

CART = {"active": True, "orderPlacedAt": None, "state": "ArrangingPayment"}


@pytest.fixture
def server() -> Iterator[VendureServer]:
    with running(VendureServer()) as served:
        assert isinstance(served, VendureServer)
        yield served


def platform(server: HttpStore, path: str = "", **credentials: str) -> VendurePlatform:
    given = Credentials(base_url=server.url + path, **({"access_token": API_KEY} | credentials))
    transport = Transport(given.base_url, secrets=given.secrets, sleep=lambda _seconds: None, log=lambda _line: None)
    return VendurePlatform(given, transport, ZoneInfo("Europe/Berlin"))


def instant(time: str) -> datetime:
    return datetime.fromisoformat(at(time).replace("Z", "+00:00"))


def ids(pages: Iterator[Page]) -> list[int]:
    return [int(record.external_id) for page in pages for record in page.records]


def read(server: VendureServer, stream: str = ORDERS, *, page_size: int = 100, **cursor: Any) -> list[int]:
    return ids(platform(server).fetch(stream, Cursor(**cursor), page_size=page_size))


# === Pages === #


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 9, 100, 5000])
def test_all_orders_oldest_change_first(server: VendureServer, page_size: int) -> None:
    server.orders = [made(number, f"10:00:{59 - number}.000") for number in range(1, 10)]
    assert read(server, page_size=page_size) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("page_size", [2, 3, 4, 7])
def test_more_than_a_page_at_one_instant(server: VendureServer, page_size: int) -> None:
    """A migration or an import gives many orders one ``updatedAt``."""
    times = ["09:00:00.000", *["10:00:00.000"] * 8, *["11:00:00.000"] * 3]
    server.orders = [made(number, time) for number, time in enumerate(times, 1)]
    assert read(server, page_size=page_size) == list(range(1, 13))


def test_an_order_that_moves_while_pages_are_read_hides_no_other(server: VendureServer) -> None:
    server.orders = [made(number, f"10:00:0{number}.000") for number in range(1, 8)]

    def touch(answered: int) -> None:
        if answered == 1:  # an order of the first page moves to the end: the third becomes the second
            server.orders[0]["updatedAt"] = at("12:00:00.000")

    server.between = touch
    assert read(server, page_size=2) == [1, 2, 3, 4, 5, 6, 7, 1]


def test_an_order_that_moves_out_of_an_instant_hides_no_other(server: VendureServer) -> None:
    server.orders = [made(number, "10:00:00.000") for number in range(1, 9)]

    def touch(answered: int) -> None:
        if answered == 3:
            server.orders[0]["updatedAt"] = server.orders[3]["updatedAt"] = at("12:00:00.000")

    server.between = touch
    found = read(server, page_size=2)
    assert set(found) == set(range(1, 9))
    assert found[-1] in (1, 4)  # read again with its change


def test_orders_that_never_rest_are_given_up(server: VendureServer) -> None:
    server.orders = [made(number, "10:00:00.000") for number in range(1, 90)]

    def touch(answered: int) -> None:
        server.orders[answered]["updatedAt"] = at("12:00:00.000")

    server.between = touch
    with pytest.raises(TransportError, match="change faster than they can be read"):
        read(server, page_size=2)


def test_a_page_tells_how_many_there_are(server: VendureServer) -> None:
    server.orders = [made(number, f"10:00:0{number}.000") for number in range(1, 6)]
    assert {page.total for page in platform(server).fetch(ORDERS, Cursor(), page_size=2)} == {5}


# === The window === #


def test_the_cursor_is_inclusive_the_end_is_not(server: VendureServer) -> None:
    server.orders = [made(number, f"10:00:0{number}.000") for number in range(1, 6)]
    assert read(server, changed_at=instant("10:00:03.000")) == [3, 4, 5]
    assert read(server, changed_at=instant("10:00:02.000"), until=instant("10:00:04.000")) == [2, 3]
    assert read(server, changed_at=instant("10:00:05.001")) == []


def test_a_database_that_is_finer_than_its_answers(server: VendureServer) -> None:
    """PostgreSQL keeps microseconds, answers show milliseconds, and the filter compares the former."""
    server.orders = [made(1, "10:00:00.000123")]
    assert read(server, changed_at=instant("10:00:00.000")) == [1]


def test_an_order_placed_after_its_last_update_is_found(server: VendureServer) -> None:
    """Placing an order does not touch its ``updatedAt``."""
    placed = {"orderPlacedAt": at("11:00:00.000")}
    server.orders = [made(1, "08:00:00.000", **placed), made(2, "08:30:00.000"), made(3, "10:30:00.000")]
    assert read(server, changed_at=instant("10:00:00.000")) == [1, 3]
    assert read(server, changed_at=instant("10:00:00.000"), until=instant("10:45:00.000")) == [3]


def test_reading_on_from_any_page_misses_nothing(server: VendureServer) -> None:
    server.orders = [made(number, f"10:00:0{number // 2}.000") for number in range(1, 10)]
    before: set[str] = set()
    for each in platform(server).fetch(ORDERS, Cursor(), page_size=2):
        before |= {record.external_id for record in each.records}
        after = set(map(str, ids(platform(server).fetch(ORDERS, each.cursor, page_size=3))))
        assert before | after == {order["id"] for order in server.orders}
    assert each.cursor.changed_at == instant("10:00:04.000")


def test_nothing_new_keeps_the_cursor(server: VendureServer) -> None:
    server.orders = [made(1, "08:00:00.000")]
    cursor = Cursor(changed_at=instant("10:00:00.000"), until=instant("12:00:00.000"))
    assert [(each.records, each.cursor) for each in platform(server).fetch(ORDERS, cursor)] == [((), cursor)]


# === Which orders === #


def test_carts_into_which_nothing_was_paid_are_left_out(server: VendureServer) -> None:
    unpaid: dict[str, Any] = {"orderPlacedAt": None, "payments": []}
    declined = made(0, "10:00:00.000")["payments"][0] | {"state": "Declined"}
    server.orders = [
        made(1, "10:00:01.000", active=True, state="AddingItems", **unpaid),
        made(2, "10:00:02.000", active=False, state="Draft", **unpaid),
        made(3, "10:00:03.000", **CART | unpaid),
        made(4, "10:00:04.000", **CART | {"payments": [declined]}),
        made(5, "10:00:05.000", "partially_paid"),
        made(6, "10:00:06.000", "partially_paid", state="AddingItems"),
        made(7, "10:00:07.000", **CART | {"payments": [declined | {"state": "Cancelled"}]}),
        made(8, "10:00:08.000", "cancelled_before_capture"),
    ]
    assert read(server) == [5, 6, 7, 8]
    assert read(server, REFUNDS) == [5, 6, 7, 8]


def test_a_marketplace_order_is_read_once(server: VendureServer) -> None:
    """The default channel takes what the customer paid, a seller's own channel its part."""
    default, seller = {"code": "__default_channel__", "token": "default-token"}, {"code": "s1", "token": "seller-token"}
    server.orders = [
        made(1, "10:00:01.000", type="Aggregate", channels=[default]),
        made(2, "10:00:02.000", type="Seller", channels=[seller, default]),
    ]
    assert read(server) == [1]
    assert ids(platform(server, client_id="default-token").fetch(ORDERS, Cursor())) == [1]
    assert 2 in ids(platform(server, client_id="seller-token").fetch(ORDERS, Cursor()))


# === Refunds, captures, modifications === #


def refunded(number: int, time: str) -> dict[str, Any]:
    order = made(number, "08:00:00.000", "partial_refunds")
    order["payments"][0]["refunds"][1]["updatedAt"] = at(time)
    return order


def test_what_does_not_touch_the_order_is_found_by_the_scan(server: VendureServer) -> None:
    captured = made(2, "08:00:00.000", "declined_then_captured")
    captured["payments"][1]["updatedAt"] = at("10:00:00.000")
    modified = made(3, "08:00:00.000", "changed_downwards")
    modified["modifications"][0]["createdAt"] = at("11:00:00.000")
    server.orders = [refunded(1, "09:00:00.000"), captured, modified, made(4, "12:00:00.000")]
    assert read(server, changed_at=instant("09:00:00.000")) == [4]
    server.operations.clear()
    pages = list(platform(server).fetch(REFUNDS, Cursor(changed_at=instant("09:00:00.000"))))
    assert ids(iter(pages)) == [1, 2, 3]
    assert pages[-1].cursor.changed_at == instant("11:00:00.000")
    assert [name for name, _options in server.operations] == ["RefundScan", "Orders"]
    assert server.operations[1][1]["filter"] == {"id": {"in": ["1", "2", "3"]}}


def test_the_records_of_a_scan_are_whole_orders(server: VendureServer) -> None:
    server.orders = [refunded(1, "09:00:00.000")]
    (record,) = next(iter(platform(server).fetch(REFUNDS, Cursor()))).records
    assert record.payload["order"]["lines"]
    assert record.changed_at == instant("09:00:00.000")
    document = VendurePlatform.order_document(record.payload, ZoneInfo("Europe/Berlin"))
    assert (document.number, document.unexplained) == ("D1", 0)


@pytest.mark.parametrize("page_size", [2, 3, 100])
def test_the_scans_cursor_moves_at_its_end_only(server: VendureServer, page_size: int) -> None:
    """The orders come by age, their refunds do not."""
    server.orders = [refunded(number, f"09:{59 - number}:00.000") for number in range(1, 25)]
    start = Cursor(changed_at=instant("08:30:00.000"))
    pages = list(platform(server).fetch(REFUNDS, start, page_size=page_size))
    assert ids(iter(pages)) == list(range(1, 25))
    assert {each.cursor.changed_at for each in pages[:-1]} == {start.changed_at}
    assert pages[-1].cursor.changed_at == instant("09:58:00.000")


def test_the_scans_window(server: VendureServer) -> None:
    server.orders = [refunded(number, f"10:00:0{number}.000") for number in range(1, 6)]
    assert read(server, REFUNDS, changed_at=instant("10:00:02.000"), until=instant("10:00:04.000")) == [2, 3]
    server.operations.clear()
    assert read(server, REFUNDS, changed_at=instant("10:00:06.000")) == []
    assert [name for name, _options in server.operations] == ["RefundScan"]


def test_a_stream_that_is_not_vendures(server: VendureServer) -> None:
    with pytest.raises(ValueError, match="no stream 'disputes'"):
        platform(server).fetch("disputes", Cursor())


# === One order === #


def test_one_order(server: VendureServer) -> None:
    server.orders = [made(1, "10:00:00.000"), made(2, "10:00:00.000")]
    record = platform(server).fetch_one("2")
    assert (record.external_id, record.changed_at) == ("2", instant("10:00:00.000"))
    assert record.payload["globalSettings"] == {"serverConfig": {"moneyStrategyPrecision": 2}}
    with pytest.raises(PayloadError, match="order 3: the store has no such order"):
        platform(server).fetch_one("3")


# === The connection === #


def test_a_good_connection(server: VendureServer) -> None:
    info = platform(server).check()
    assert (info.store_name, info.currencies) == ("Druckerei Nord", ("EUR", "HRK"))
    assert info.warnings == ("HRK is not an ISO 4217 currency; orders in it are not booked.",)
    assert server.asked[0].headers["vendure-api-key"] == API_KEY
    assert "vendure-token" not in server.asked[0].headers


def test_a_channel_is_asked_for_by_its_token(server: VendureServer) -> None:
    platform(server, "/admin-api", client_id="seller-token").check()
    assert (server.asked[0].path, server.asked[0].headers["vendure-token"]) == ("/admin-api", "seller-token")


def test_a_wrong_key(server: VendureServer) -> None:
    with pytest.raises(AuthenticationError, match="refuses the API key") as caught:
        platform(server, access_token="wrong-key").check()
    assert "authOptions.tokenMethod" in caught.value.hint


def test_a_key_that_may_not_read_orders(server: VendureServer) -> None:
    server.may_read_orders = False
    with pytest.raises(AuthenticationError, match="may not read orders .* permission ReadOrder"):
        platform(server).check()


def test_a_channel_that_does_not_exist(server: VendureServer) -> None:
    with pytest.raises(AuthenticationError, match=r'No Channel with the token "\*\*\*"') as caught:
        platform(server, client_id="mistyped-token").check()
    assert "mistyped" not in str(caught.value)


def test_a_wrong_address(server: VendureServer) -> None:
    with pytest.raises(PermanentTransportError, match=r"/shop/admin-api: nothing is there; .* Cannot POST"):
        platform(server, "/shop").check()


def test_the_shop_api_is_not_it(server: VendureServer) -> None:
    with pytest.raises(PermanentTransportError, match="is the Shop API"):
        platform(server, "/shop-api")


def graphql(errors: Any = None, data: Any = None) -> Any:
    return answer({"errors": errors, "data": data} if errors else {"data": data})


def failure(code: str) -> Any:
    return graphql([{"message": "It went\nwrong", "extensions": {"code": code}}])


@pytest.mark.parametrize(
    "reply, kind, said",
    [
        (page("Sign in"), PermanentTransportError, "a web page came instead of data, titled 'Sign in'"),
        (answer({"hello": "world"}), PermanentTransportError, "does not answer like a Vendure Admin API"),
        (answer([1]), PermanentTransportError, "does not answer like a Vendure Admin API"),
        (graphql(data=None), TransportError, "sent no data for StoreCheck"),
        (graphql(data={"activeChannel": None}), TransportError, "does not say which channel this is"),
        (graphql(["odd"]), TransportError, "failed to answer StoreCheck: ['odd']"),
        (failure("INTERNAL_SERVER_ERROR"), TransportError, "failed to answer StoreCheck: It went wrong"),
        (
            failure("GRAPHQL_VALIDATION_FAILED"),
            PermanentTransportError,
            "does not understand StoreCheck: It went wrong",
        ),
        (failure("UNAUTHORIZED"), AuthenticationError, "refuses the API key (It went wrong)"),
        (answer({"errors": [{"message": "Cannot query field"}]}, 400), PermanentTransportError, "Cannot query field"),
    ],
)
def test_answers_that_are_not_vendures(reply: Any, kind: type[ConnectorError], said: str) -> None:
    with running(HttpStore(answers=[reply])) as store, pytest.raises(kind) as caught:
        platform(store).check()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "orders", [None, {"items": []}, {"items": None, "totalItems": 1}, {"items": [{}], "totalItems": 1}]
)
def test_a_list_that_is_none(orders: Any) -> None:
    reply = graphql(data={"globalSettings": None, "orders": orders})
    with running(HttpStore(answers=[reply])) as store, pytest.raises(TransportError, match="not the expected form"):
        list(platform(store).fetch(ORDERS, Cursor()))


def test_an_order_without_a_time_names_itself() -> None:
    row = {"id": "1", "code": "D1", "updatedAt": None}
    reply = graphql(data={"globalSettings": None, "orders": {"items": [row], "totalItems": 1}})
    with running(HttpStore(answers=[reply])) as store, pytest.raises(PayloadError, match="order D1, updatedAt"):
        list(platform(store).fetch(ORDERS, Cursor()))


def test_times_are_asked_for_in_utc(server: VendureServer) -> None:
    server.orders = [made(1, "10:00:00.000")]
    berlin = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert read(server, changed_at=berlin) == [1]
    assert "2026-05-01T09:59:59.999Z" in str(server.operations[0][1])
    assert read(server, changed_at=berlin.astimezone(timezone.utc)) == [1]
