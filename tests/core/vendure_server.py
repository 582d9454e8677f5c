"""A local server that lists orders as Vendure does: filters, sorting, limits and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from http_store import Handler, HttpStore, answer
from vendure_payloads import load

from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.base import Credentials
from ecommerce_connector.platforms.transport import Transport
from ecommerce_connector.platforms.vendure import VendurePlatform

Order = dict[str, Any]

API_KEY = "key-of-the-connector"
CHANNELS = {"": "default-token", "default-token": "default-token", "seller-token": "seller-token"}
LIST_LIMIT = 1000


def made(number: int, updated: str, name: str = "multi_tax", **changes: Any) -> Order:
    """An order of its own, placed and paid before it was updated.

    :param updated: time of 2026-05-01, such as ``10:00:00.000``
    """
    order: Order = load(name)["order"]
    order.update(id=str(number), code=f"D{number}", createdAt=f"2026-04-01T{number // 60:02}:{number % 60:02}:00.000Z")
    order.update(updatedAt=at(updated), **changes)
    return order


def at(time: str) -> str:
    return f"2026-05-01T{time}Z"


@dataclass
class VendureServer(HttpStore):
    """A store's orders, and what is done to them between two requests.

    :ivar between: called with the number of requests answered so far, before the next is answered
    :ivar operations: names of the queries asked, with their options
    :ivar zone_shift: hours by which a server that does not run in UTC compares times wrongly
    """

    orders: list[Order] = field(default_factory=list)
    may_read_orders: bool = True
    between: Callable[[int], object] | None = None
    operations: list[tuple[str, Any]] = field(default_factory=list)
    zone_shift: int = 0

    def __post_init__(self) -> None:
        self.answers = [self.reply]

    def reply(self, handler: Handler) -> None:
        asked = self.asked[-1]
        if self.between:
            self.between(len(self.operations))
        if asked.path != "/admin-api":
            return answer({"statusCode": 404, "message": f"Cannot POST {asked.path}"}, 404)(handler)
        request = json.loads(asked.body)
        self.operations.append((request["operationName"], request["variables"].get("options")))
        error = self.refusal(asked.headers)
        body = {"errors": [error], "data": None} if error else {"data": self.data(request)}
        return answer(payload.dumps(body).encode())(handler)

    def refusal(self, headers: dict[str, str]) -> dict[str, Any] | None:
        token = headers.get("vendure-token", "")
        if token not in CHANNELS:
            return {"message": f'No Channel with the token "{token}"', "extensions": {"code": "CHANNEL_NOT_FOUND"}}
        path = "globalSettings" if headers.get("vendure-api-key") != API_KEY else ""
        path = path or ("" if self.may_read_orders else "orders")
        return {"message": "Not authorized", "path": [path], "extensions": {"code": "FORBIDDEN"}} if path else None

    def data(self, request: dict[str, Any]) -> dict[str, Any]:
        settings = {"globalSettings": {"serverConfig": {"moneyStrategyPrecision": 2}}}
        variables = request["variables"]
        if request["operationName"] == "StoreCheck":
            channel = {"code": "__default_channel__", "token": "t", "availableCurrencyCodes": ["EUR", "HRK"]}
            seller = {"seller": {"name": "Druckerei Nord"}}
            return settings | {"activeChannel": channel | seller, "orders": {"items": self.orders}}
        if request["operationName"] == "Order":
            return settings | {"order": next((o for o in self.orders if o["id"] == variables["id"]), None)}
        return settings | {"orders": self.listed(variables["options"])}

    def listed(self, options: dict[str, Any]) -> dict[str, Any]:
        """A page. Equal rows come by id; asking to sort by id would put the id before everything."""
        found = [order for order in self.orders if self._matches(order, options["filter"])]
        assert list(options["sort"]) in (["id"], ["updatedAt"], ["createdAt"])
        assert options["take"] <= LIST_LIMIT
        (key,) = options["sort"]
        found.sort(key=lambda order: ("" if key == "id" else order[key], int(order["id"])))
        return {"items": found[options["skip"] : options["skip"] + options["take"]], "totalItems": len(found)}

    def _matches(self, order: Order, condition: dict[str, Any]) -> bool:
        return all(self._holds(order, name, value) for name, value in condition.items())

    def _holds(self, order: Order, name: str, value: Any) -> bool:
        if name == "_and":
            return all(self._matches(order, each) for each in value)
        if name == "_or":
            assert all(len(each) == 1 for each in value), "Vendure would join the fields of one entry with 'or'"
            return any(self._matches(order, each) for each in value)
        values = [p["transactionId"] for p in order["payments"]] or [None] if name == "transactionId" else [order[name]]
        return any(
            all(_compare(found, operator, operand, self.zone_shift) for operator, operand in value.items())
            for found in values
        )


def _compare(found: Any, operator: str, operand: Any, zone_shift: int) -> bool:
    if operator == "isNull":
        return (found is None) == operand
    if operator in ("in", "notIn"):
        return (found in operand) == (operator == "in")
    if found is None:
        return False
    instant, limit = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (found, operand))
    instant += timedelta(hours=zone_shift)
    return instant > limit if operator == "after" else instant < limit


def platform(server: HttpStore, path: str = "", **credentials: str) -> VendurePlatform:
    """The platform, connected to a server."""
    given = Credentials(base_url=server.url + path, **({"access_token": API_KEY} | credentials))
    transport = Transport(given.base_url, secrets=given.secrets, sleep=lambda _seconds: None, log=lambda _line: None)
    return VendurePlatform(given, transport, ZoneInfo("Europe/Berlin"))


def instant(time: str) -> datetime:
    return datetime.fromisoformat(at(time).replace("Z", "+00:00"))
