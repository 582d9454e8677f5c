"""A local server that lists orders and payments as Medusa does: filters, sorting, pages, keys and refusals."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from http_store import Handler, HttpStore, answer
from medusa_payloads import PARIS, load

from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.base import Credentials
from ecommerce_connector.platforms.medusa import MedusaPlatform
from ecommerce_connector.platforms.transport import Transport

Row = dict[str, Any]

API_KEY = "sk_1234567890abcdef"
UNAUTHORIZED = {"message": "Unauthorized"}


def at(time: str) -> str:
    return f"2026-05-01T{time}Z"


def made(number: int, updated: str, situation: str = "multi-tax") -> Row:
    """An order of its own, with one payment that was captured at once.

    :param updated: time of 2026-05-01, such as ``10:00:00.000``
    """
    order = load(situation)
    order |= {
        "id": f"order_{number}",
        "display_id": number,
        "created_at": at("00:00:00.000"),
        "updated_at": at(updated),
    }
    for payment in (payment for part in order["payment_collections"] for payment in part["payments"]):
        payment |= {"id": f"pay_{number}", "data": {"id": f"pi_{number}", "client_secret": "pi_secret"}}
        payment |= dict.fromkeys(("created_at", "updated_at", "captured_at"), at("00:00:00.000"))
        for entry in (*payment["captures"], *payment["refunds"]):
            entry["created_at"] = at("00:00:00.000")
    return order


@dataclass
class MedusaServer(HttpStore):
    """A store's orders.

    :ivar refused: statuses of lists that the key may not read
    :ivar between: called with the number of requests answered so far, before the next is answered
    :ivar lists: path and parameters of each request
    """

    orders: list[Row] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    between: Callable[[int], object] | None = None
    lists: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    is_version_1: bool = False
    changes: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = [self.reply]

    def reply(self, handler: Handler) -> None:
        asked = self.asked[-1]
        url = urlsplit(asked.path)
        if self.between:
            self.between(len(self.lists))
        self.lists.append((url.path, dict(parse_qsl(url.query))))
        status, body = self.found(*self.lists[-1], asked.headers.get("Authorization", ""))
        return answer(payload.dumps(body).encode(), status)(handler)

    def found(self, path: str, params: dict[str, str], login: str) -> tuple[int, Any]:
        if path == "/store/regions":
            return (200, {"regions": []}) if self.is_version_1 else (400, {"type": "not_allowed", "message": "No key"})
        if login != "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode() or self.is_version_1:
            return 401, UNAUTHORIZED
        name = path.removeprefix("/admin/")
        if name in self.refused:
            return self.refused[name], {"message": "Forbidden"}
        if name == "stores":
            currencies = [{"currency_code": "eur"}, {"currency_code": "xbt"}]
            return 200, {"stores": [{"id": "store_1", "name": "Shop", "supported_currencies": currencies}]}
        if name in ("orders", "payments"):
            return 200, self.page(name, params)
        if name.endswith("/changes"):
            return 200, {"order_changes": self.changes}
        order = next((order for order in self.orders if name == f"orders/{order['id']}"), None)
        return (200, {"order": order}) if order else (404, {"type": "not_found", "message": "Order id not found"})

    def page(self, name: str, params: dict[str, str]) -> Row:
        rows = self.orders if name == "orders" else [self.light(order) for order in self.orders]
        key = params.get("order", "id")
        wanted = {value for param, value in params.items() if param.startswith("id[")}
        rows = [row for row in rows if not wanted or row["id"] in wanted]
        rows = [row for row in rows if row[key] >= params.get(f"{key}[$gte]", "")]
        rows = [row for row in rows if row[key] < params.get(f"{key}[$lt]", "~")]
        rows = sorted(rows, key=lambda row: str(row[key]))
        start, size = int(params.get("offset", "0")), int(params.get("limit", "20"))
        return {name: rows[start : start + size], "count": len(rows), "offset": start, "limit": size}

    @staticmethod
    def light(order: Row) -> Row:
        """The first payment of an order as the list of payments has it."""
        payment = order["payment_collections"][0]["payments"][0]
        return {**payment, "payment_collection": {"id": "pay_col_1", "order": {"id": order["id"]}}}


def platform(server: MedusaServer, key: str = API_KEY, path: str = "") -> MedusaPlatform:
    """The connector, connected to it."""
    transport = Transport(server.url + path, secrets=(key,), sleep=lambda seconds: None, max_tries=2)
    return MedusaPlatform(Credentials(base_url=server.url + path, access_token=key), transport, PARIS)
