"""Reading a store over HTTP: pages while rows move, refunds, one order."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from woocommerce_server import KEY, PAYLOADS, SECRET, WALL, WooCommerceServer, read_payloads

from ecommerce_connector.core.errors import AuthenticationError, PayloadError, TransportError
from ecommerce_connector.platforms.base import ORDERS, REFUNDS, Credentials, Cursor
from ecommerce_connector.platforms.payload import loads
from ecommerce_connector.platforms.transport import Transport
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform

START = datetime(2026, 10, 1, 8, 0, tzinfo=timezone.utc)


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def order(order_id, second, **fields):
    """A bare order changed at a second after the start; enough for the client."""
    at = text(START + timedelta(seconds=second))
    head = {"id": order_id, "status": "completed", "date_created_gmt": at, "date_modified_gmt": at, "refunds": []}
    return {"order": head | fields, "refunds": []}


@pytest.fixture
def store():
    with WooCommerceServer() as server:
        server.now = START + timedelta(days=30)
        yield server


def connect(server, secret=SECRET):
    credentials = Credentials(base_url=server.url, client_id=KEY, client_secret=secret)
    transport = Transport(server.url, secrets=credentials.secrets, sleep=lambda seconds: None)
    return WooCommercePlatform(credentials, transport, ZoneInfo("Europe/Brussels"))


def fill(server, *payloads):
    server.orders = {payload["order"]["id"]: payload for payload in payloads}


def fetch(server, stream=ORDERS, page_size=3, **cursor):
    """Pages as lists of ids."""
    pages = list(connect(server).fetch(stream, Cursor(**cursor), page_size=page_size))
    return [[int(record.external_id) for record in page.records] for page in pages]


def ids(server, **options):
    return [order_id for page in fetch(server, **options) for order_id in page]


# === PAGES === #


def test_all_orders_oldest_change_first(store):
    fill(store, *(order(id_, second) for id_, second in [(7, 50), (3, 10), (9, 20), (1, 40), (5, 30)]))
    assert ids(store) == [3, 9, 5, 1, 7]


def test_what_is_asked_of_the_store(store):
    fill(store, order(1, 0))
    connect_at = datetime(2026, 10, 1, 10, 0, 0, 500000, tzinfo=ZoneInfo("Europe/Brussels"))
    ids(store, page_size=100, changed_at=connect_at, until=START + timedelta(seconds=5, microseconds=1))
    path, params = store.requests[0]
    assert path == "/wp-json/wc/v3/orders"
    assert params == {
        "orderby": "modified", "order": "asc", "per_page": "100", "page": "1", "status": "any", "dp": "6",
        "dates_are_gmt": "true", "modified_after": "2026-10-01T07:59:59", "modified_before": "2026-10-01T08:00:06",
    }  # fmt: skip


def test_page_size_stays_within_what_the_store_allows(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 131)))
    assert [len(page) for page in fetch(store, page_size=500)][0] == 100
    assert ids(store, page_size=500) == list(range(1, 131))


def test_cursor_is_inclusive_and_until_is_exclusive(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 8)))
    found = ids(store, changed_at=START + timedelta(seconds=3), until=START + timedelta(seconds=6))
    assert found == [3, 4, 5]


def test_until_within_a_second_takes_that_second(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 4)))
    assert ids(store, until=START + timedelta(seconds=2, milliseconds=1)) == [1, 2]


def test_each_page_says_where_to_go_on_and_how_many_there_are(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 6)))
    pages = list(connect(store).fetch(ORDERS, Cursor(), page_size=3))
    assert [page.total for page in pages] == [5] * len(pages)
    assert pages[0].cursor == Cursor(changed_at=START + timedelta(seconds=3), external_id="3")
    assert pages[-1].cursor == Cursor(changed_at=START + timedelta(seconds=5), external_id="5")
    again = list(connect(store).fetch(ORDERS, pages[-1].cursor))
    assert [record.external_id for page in again for record in page.records] == ["5"]


def test_nothing_new(store):
    assert fetch(store) == []


def test_rows_that_move_away_hide_no_other(store):
    """Page 2 by number would miss order 4: with order 1 gone, it slipped to page 1."""
    fill(store, *(order(id_, id_) for id_ in range(1, 10)))
    moves = iter([1, 5, 8])

    def move(path, params):
        if "modified_after" in params and (moved := next(moves, None)):
            store.touch(moved, text(START + timedelta(seconds=100 + moved)))

    store.before = move
    found = ids(store)
    assert set(found) == set(range(1, 10))
    assert found[-1] == 8


def test_more_than_a_page_within_one_second(store):
    fill(store, order(1, 1), *(order(id_, 2) for id_ in range(10, 18)), order(2, 3), order(3, 4))
    found = ids(store)
    assert sorted(found) == [1, 2, 3, *range(10, 18)]
    assert found[-2:] == [2, 3]


def test_everything_within_one_second(store):
    fill(store, *(order(id_, 0) for id_ in range(1, 11)))
    assert sorted(ids(store)) == list(range(1, 11))
    assert sorted(ids(store, page_size=1)) == list(range(1, 11))


def test_row_that_leaves_a_full_second_hides_no_other(store):
    fill(store, *(order(id_, 0) for id_ in range(1, 11)))

    def move(path, params):
        if params.get("page") == "2" and store.orders[1]["order"]["date_modified_gmt"] == text(START):
            store.touch(1, text(START + timedelta(seconds=9)))

    store.before = move
    found = ids(store)
    assert set(found) == set(range(1, 11))
    assert found[-1] == 1


def test_second_that_never_rests_is_given_up(store):
    fill(store, *(order(id_, 0) for id_ in range(1, 40)))
    leaving = iter(range(1, 40))

    def move(path, params):
        if params.get("page") == "2":
            store.touch(next(leaving), text(START + timedelta(seconds=50)))

    store.before = move
    with pytest.raises(TransportError, match="keep changing while they are read"):
        ids(store)


def test_date_that_a_row_got_while_it_was_written_is_not_gone_on_from(store):
    """The store sorted order 3 by its old date, and somebody changed it before it was written."""
    fill(store, *(order(id_, id_ * 1000) for id_ in range(1, 8)))
    store.now = START + timedelta(days=1)
    changed = text(store.now)

    def change(path, params):
        if "modified_after" not in params:
            rows = [store.orders[id_]["order"] for id_ in (1, 2)] + [
                {**store.orders[3]["order"], "date_modified_gmt": changed}
            ]
            store.rows_once = rows
            store.touch(3, changed)

    answer_list = store._list

    def list_(rows, params):
        payload, headers = answer_list(rows, params)
        return (store.__dict__.pop("rows_once"), headers) if "rows_once" in store.__dict__ else (payload, headers)

    store.before, store._list = change, list_
    assert set(ids(store)) == set(range(1, 8))


def test_headers_that_a_cache_strips_are_not_needed(store):
    store.headers_stripped = True
    fill(store, *(order(id_, id_) for id_ in range(1, 8)))
    pages = list(connect(store).fetch(ORDERS, Cursor(), page_size=3))
    assert {record.external_id for page in pages for record in page.records} == {str(id_) for id_ in range(1, 8)}
    assert pages[0].total is None


def test_order_changed_again_is_given_again(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 6)))
    store.before = lambda path, params: store.requests[1:] and store.touch(1, text(START + timedelta(seconds=60)))
    assert ids(store) == [1, 2, 3, 4, 5, 1]


def test_trash_is_not_listed(store):
    fill(store, order(1, 1), order(2, 2, status="trash"))
    assert ids(store) == [1]


# === PAYLOADS === #


def test_payload_is_the_answer_with_its_refunds_and_every_digit(store):
    store.orders = {p["order"]["id"]: p for p in read_payloads()}
    record = connect(store).fetch_one("3105")
    assert record.payload == loads((PAYLOADS / "partial-refunds.json").read_text())
    assert record.changed_at == datetime(2026, 10, 5, 8, 41, tzinfo=timezone.utc)
    assert record.payload["order"]["total"] == "44.010000"


def test_codes_of_gift_cards_are_not_kept(store):
    """Whoever reads a code can spend it: only its end is stored, as people compare it."""
    cards = [{"id": 5, "code": "AAAA-BBBB", "amount": 25}, {"id": 6, "amount": 1}, "odd"]
    fill(store, order(1, 0, gift_cards=cards))
    (page,) = connect(store).fetch(ORDERS, Cursor(), page_size=3)
    kept = page.records[0].payload["order"]["gift_cards"]
    assert kept == [{"id": 5, "code": "…BBBB", "amount": 25}, {"id": 6, "amount": 1}, "odd"]
    assert connect(store).fetch_one("1").payload["order"]["gift_cards"] == kept


def test_numbers_are_exact(store):
    fill(store, order(1, 1, price=12.1))
    assert connect(store).fetch_one("1").payload["order"]["price"] == Decimal("12.1")


def test_refunds_are_asked_for_only_where_there_are_some(store):
    store.orders = {p["order"]["id"]: p for p in read_payloads() if p["order"]["id"] in (3104, 3105)}
    assert ids(store) == [3104, 3105]
    assert [path for path, _params in store.requests if "refunds" in path] == ["/wp-json/wc/v3/orders/3105/refunds"]


def test_more_refunds_than_fit_on_a_page(store):
    refunds = [{"id": 1000 + n, "amount": "0.01", "date_created_gmt": text(START)} for n in range(230)]
    fill(store, {"order": order(1, 1, refunds=[{"id": 1000}])["order"], "refunds": refunds})
    assert len(connect(store).fetch_one("1").payload["refunds"]) == 230


def test_every_test_payload_comes_through(store):
    store.orders = {p["order"]["id"]: p for p in read_payloads()}
    platform = connect(store)
    records = [record for page in platform.fetch(ORDERS, Cursor(), page_size=7) for record in page.records]
    documents = [platform.order_document(record.payload, platform.zone) for record in records]
    assert sorted(document.external_id for document in documents) == sorted(str(id_) for id_ in store.orders)
    assert all(document.unexplained == 0 for document in documents)


# === REFUNDS === #


def test_refunds_give_their_orders(store):
    store.orders = {p["order"]["id"]: p for p in read_payloads()}
    pages = list(connect(store).fetch(REFUNDS, Cursor(), page_size=2))
    found = {record.external_id for page in pages for record in page.records}
    assert found == {str(id_) for id_, payload in store.orders.items() if payload["refunds"]}
    assert all(record.payload["refunds"] for page in pages for record in page.records)
    assert pages[-1].cursor.changed_at == datetime(2026, 10, 5, 8, 58, tzinfo=timezone.utc)


def test_refunds_since_the_cursor(store):
    store.orders = {p["order"]["id"]: p for p in read_payloads()}
    since = datetime(2026, 10, 5, 8, 46, tzinfo=timezone.utc)
    assert sorted(ids(store, stream=REFUNDS, changed_at=since)) == [3107, 3119, 3130]
    assert store.requests[0][1]["after"] == "2026-10-05T08:45:59"


def test_store_without_a_list_of_refunds(store):
    store.lists_refunds = False
    store.orders = {p["order"]["id"]: p for p in read_payloads()}
    assert fetch(store, stream=REFUNDS) == []


# === ERRORS === #


def test_order_that_is_not_there(store):
    with pytest.raises(PayloadError, match="order 4711: the store has no such order"):
        connect(store).fetch_one("4711")


def test_store_that_fails_is_not_a_missing_order(store):
    store.answer = (200, "text/html", WALL.encode())
    with pytest.raises(TransportError, match="Just a moment"):
        connect(store).fetch_one("4711")
    with pytest.raises(TransportError, match="Just a moment"):
        list(connect(store).fetch(REFUNDS, Cursor()))


@pytest.mark.parametrize("external_id", ["", "12/../../settings", "S-10231", "-1", "1?x"])
def test_id_that_is_none(store, external_id):
    with pytest.raises(PayloadError, match="not the id of a WooCommerce order"):
        connect(store).fetch_one(external_id)
    assert store.requests == []


def test_wrong_secret(store):
    with pytest.raises(AuthenticationError, match="Consumer secret is invalid") as caught:
        list(connect(store, secret="cs_wrong").fetch(ORDERS, Cursor()))
    assert "cs_wrong" not in str(caught.value) and KEY not in str(caught.value)


@pytest.mark.parametrize(
    "status, content_type, body, problem",
    [
        (200, "text/html", WALL, "Just a moment"),
        (503, "text/html", WALL, "Just a moment"),
        (200, "application/json", '[{"id": 1, "date_modified_gmt": "2026-10-', "not whole or not JSON"),
        (200, "application/json", '{"orders": []}', "not a list"),
        (200, "application/json", "[1, 2]", "is no order"),
        (200, "application/json", "", "empty"),
    ],
    ids=["page", "page and status", "cut off", "object", "numbers", "empty"],
)
def test_answer_that_is_no_list_of_orders(store, status, content_type, body, problem):
    store.answer = (status, content_type, body.encode())
    with pytest.raises(TransportError, match=problem):
        list(connect(store).fetch(ORDERS, Cursor()))


def test_one_order_that_is_a_list(store):
    store.answer = (200, "application/json", b"[]")
    with pytest.raises(TransportError, match="the answer is not an order"):
        connect(store).fetch_one("1")


def test_order_without_a_date(store):
    store.answer = (200, "application/json", b'[{"id": 5, "status": "completed"}]')
    with pytest.raises(PayloadError, match="order 5, date_modified_gmt: it is missing"):
        list(connect(store).fetch(ORDERS, Cursor()))


def test_orders_that_are_counted_and_not_shown(store):
    store._list = lambda rows, params: ([], {"X-WP-Total": "12", "X-WP-TotalPages": "1"})
    with pytest.raises(AuthenticationError, match="counts 12 orders, and shows none"):
        list(connect(store).fetch(ORDERS, Cursor()))


def test_store_that_does_not_select_by_date(store):
    fill(store, order(1, 1))
    store._within = lambda row, params: True
    with pytest.raises(TransportError, match="does not select orders by date of change"):
        ids(store, changed_at=START + timedelta(days=1))


def test_pages_before_a_failure_are_kept(store):
    fill(store, *(order(id_, id_) for id_ in range(1, 6)))
    pages = connect(store).fetch(ORDERS, Cursor(), page_size=3)
    first = next(pages)
    store.answer = (200, "text/html", WALL.encode())
    with pytest.raises(TransportError):
        next(pages)
    store.answer = None
    rest = list(connect(store).fetch(ORDERS, first.cursor, page_size=3))
    assert {record.external_id for page in [first, *rest] for record in page.records} == set("12345")
