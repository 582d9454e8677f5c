"""Connecting to Vendure: who answers, what the key may do, and what is no answer of Vendure's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from http_store import HttpStore, answer, page, running
from vendure_server import API_KEY, VendureServer, at, instant, made, platform

from ecommerce_connector.core.errors import AuthenticationError, ConnectorError, PayloadError, TransportError
from ecommerce_connector.platforms.base import ORDERS, Cursor
from ecommerce_connector.platforms.transport import PermanentTransportError


@pytest.fixture
def server() -> Iterator[VendureServer]:
    with running(VendureServer()) as served:
        assert isinstance(served, VendureServer)
        yield served


def test_a_good_connection(server: VendureServer) -> None:
    info = platform(server).check()
    assert (info.store_name, info.currencies) == ("Druckerei Nord", ("EUR", "HRK"))
    assert info.warnings == ("HRK is not an ISO 4217 currency; orders in it are not booked.",)
    assert server.asked[0].headers["vendure-api-key"] == API_KEY
    assert "vendure-token" not in server.asked[0].headers


@pytest.mark.parametrize(
    "shifts, said",
    [
        ([5, 5, 5], "it dates payments +5 hours off"),
        ([-5.5, -5.5], "it dates payments -5.5 hours off"),
        ([5, 5, 0], ""),
        ([0, 0], ""),
        ([0.1], ""),  # somebody waited six minutes
        ([], ""),
    ],
)
def test_a_server_that_does_not_run_in_utc_is_noticed(server: VendureServer, shifts: list[float], said: str) -> None:
    for number, shift in enumerate(shifts, 1):
        order = made(number, "10:00:00.000")
        paid = instant("10:00:00.000") + timedelta(hours=shift)
        order["payments"][0]["createdAt"] = paid.isoformat()
        order["orderPlacedAt"] = at("10:00:00.900")
        server.orders.append(order)
    server.orders.append(made(99, "10:00:00.000", payments=[]))
    told = [warning for warning in platform(server).check().warnings if "UTC" in warning]
    assert said in told[0] if said else told == []


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
