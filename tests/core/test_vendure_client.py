"""The Vendure client against a server that pages as Vendure does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from http_store import running
from vendure_server import VendureServer, at, instant, made, platform

from ecommerce_connector.core.errors import PayloadError, TransportError
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.base import ORDERS, REFUNDS, Cursor, Page
from ecommerce_connector.platforms.vendure import VendurePlatform

CART = {"active": True, "orderPlacedAt": None, "state": "ArrangingPayment"}


@pytest.fixture
def server() -> Iterator[VendureServer]:
    with running(VendureServer()) as served:
        assert isinstance(served, VendureServer)
        yield served


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed: none, unless a test says so."""
    seconds = [0.0]
    monkeypatch.setattr(VendurePlatform, "_clock", staticmethod(lambda: seconds[0]))
    return seconds


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
    server.orders = [made(number, "10:00:00.000") for number in range(1, 10)]

    def touch(answered: int) -> None:
        for number, order in enumerate(server.orders):
            order["updatedAt"] = at(f"12:{answered // 60:02}:{answered % 60:02}.{number:03}")

    server.between = touch
    with pytest.raises(TransportError, match="change faster than they can be read"):
        read(server, page_size=3)


def test_an_answer_in_random_order_is_given_up(server: VendureServer) -> None:
    server.orders = [made(number, "10:00:00.000") for number in range(1, 200)]

    def shuffle(answered: int) -> None:
        for number, order in enumerate(server.orders):
            order["id"] = str(1000 * answered + number)

    server.between = shuffle
    with pytest.raises(TransportError, match="change faster than they can be read"):
        read(server, page_size=3)


@pytest.mark.parametrize("page_size", [2, 5, 40, 60])
def test_many_orders_that_move_hide_no_other(server: VendureServer, page_size: int) -> None:
    """Between any two requests one order that was read already is touched."""
    server.orders = [made(number, f"10:{number // 60:02}:{number % 60:02}.000") for number in range(1, 121)]

    def touch(answered: int) -> None:
        if 0 < answered <= 100 and answered % 2:
            server.orders[answered // 2]["updatedAt"] = at(f"12:{answered // 60:02}:{answered % 60:02}.000")

    server.between = touch
    assert set(read(server, page_size=page_size)) == set(range(1, 121))


@pytest.mark.parametrize("zone_shift", [-5, 1, 9])
@pytest.mark.parametrize("page_size", [2, 7])
def test_a_server_that_filters_by_other_times_than_it_shows(
    server: VendureServer, zone_shift: int, page_size: int
) -> None:
    """It does not run in UTC. Pages that went on from the last time shown would lose orders, or never end."""
    server.zone_shift = zone_shift
    server.orders = [made(number, f"10:{number:02}:00.000") for number in range(1, 20)]
    assert read(server, page_size=page_size) == list(range(1, 20))
    assert read(server, REFUNDS, page_size=page_size) == list(range(1, 20))


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


def test_a_cursor_stays_behind_by_the_time_that_reading_took(server: VendureServer, clock: list[float]) -> None:
    """Order 1 is placed after it was passed by, at an instant before that of the last order that is read."""
    server.orders = [made(1, "08:00:00.000", "partially_paid"), made(2, "10:00:00.000"), made(3, "10:01:40.000")]

    def pass_time(answered: int) -> None:
        clock[0] = 50.0 * answered
        if answered == 1:
            server.orders[0].update(orderPlacedAt=at("10:01:00.000"), active=False)

    server.between = pass_time
    *_, last = platform(server).fetch(ORDERS, Cursor(), page_size=2)
    assert last.cursor.changed_at == instant("10:00:00.000")  # 100 s passed
    server.between = None
    assert 1 in ids(platform(server).fetch(ORDERS, last.cursor))


def test_the_scans_cursor_stays_behind_as_well(server: VendureServer, clock: list[float]) -> None:
    server.orders = [refunded(number, f"10:00:0{number}.000") for number in range(1, 4)]
    start = Cursor(changed_at=instant("09:59:00.000"))
    server.between = lambda answered: clock.__setitem__(0, 2.0 * answered)
    assert list(platform(server).fetch(REFUNDS, start))[-1].cursor.changed_at == instant("10:00:01.000")
    server.between = lambda answered: clock.__setitem__(0, 1000.0 * answered)
    assert list(platform(server).fetch(REFUNDS, start))[-1].cursor == start


def test_times_are_asked_for_in_utc(server: VendureServer) -> None:
    server.orders = [made(1, "10:00:00.000")]
    berlin = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert read(server, changed_at=berlin) == [1]
    assert "2026-05-01T09:59:59.999Z" in str(server.operations[0][1])
    assert read(server, changed_at=berlin.astimezone(timezone.utc)) == [1]


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


def test_lists_are_put_in_order(server: VendureServer) -> None:
    """Vendure gives them in any order; a payload must not look changed for that."""
    server.orders = [made(1, "10:00:00.000", "several_taxes")]
    once = platform(server).fetch_one("1").payload
    for name in ("lines", "taxSummary", "payments"):
        server.orders[0][name].reverse()
    server.orders[0]["lines"][0]["taxLines"].reverse()
    assert platform(server).fetch_one("1").payload == once
    (again,) = next(iter(platform(server).fetch(ORDERS, Cursor()))).records
    assert payloads.dumps(again.payload) == payloads.dumps(once)
    server.orders[0]["lines"] = [server.orders[0]["lines"][0] | {"id": row_id} for row_id in ("10", "9", "100")]
    assert [line["id"] for line in platform(server).fetch_one("1").payload["order"]["lines"]] == ["9", "10", "100"]
