"""A small WooCommerce: the parts of the REST API, version 3, that are read, over real HTTP.

It answers from payloads ``{"order": …, "refunds": […]}`` and checks what the real one checks: the
key, its rights, the page size, ``modified_after`` (exclusive, whole seconds) and the order of rows.
What can go wrong on the way can be switched on. Run as a program it serves the test payloads.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "ck_0123456789abcdef", "cs_fedcba9876543210"
PAYLOADS = Path(__file__).parent / "payloads" / "woocommerce"
API = "/wp-json/wc/v3"
WALL = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


class Problem(Exception):
    """An error answer of WordPress or WooCommerce."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"code": code, "message": message, "data": {"status": status}}


NO_ROUTE = Problem(404, "rest_no_route", "No route was found matching the URL and request method.")


class WooCommerceServer:
    """A store; everything may be changed while it runs.

    :ivar orders: payloads by order id
    :ivar requests: paths with their parameters, in the order they came
    :ivar before: called with the path and the parameters before a request is answered
    :ivar now: what the clock of the store says; None: the real time
    """

    def __init__(self, payloads: Iterable[Mapping[str, Any]] = ()) -> None:
        self.orders: dict[int, dict[str, Any]] = {int(p["order"]["id"]): dict(p) for p in payloads}
        self.key, self.secret = KEY, SECRET
        self.site: dict[str, Any] = {
            "name": "Theehuis De Kade", "url": "https://shop.example", "gmt_offset": "2",
            "timezone_string": "Europe/Brussels", "namespaces": ["oembed/1.0", "wp/v2", "wc/v3"],
        }  # fmt: skip
        self.currency, self.version = "EUR", "9.9.5"
        self.is_wordpress = True
        self.permalinks = True
        self.site_is_public = True
        self.key_may_read = True
        self.user_sees_orders = True
        self.user_sees_refunds = True
        self.user_sees_settings = True
        self.lists_refunds = True
        self.answer: tuple[int, str, bytes] | None = None  # instead of every other: status, content type, body
        self.headers_stripped = False
        self.now: datetime | None = None
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.before: Callable[[str, dict[str, str]], object] = lambda path, params: None
        self._http: ThreadingHTTPServer | None = None

    def start(self, port: int = 0) -> str:
        """Serve from a thread of its own; the address."""
        handler = type("Handler", (_Handler,), {"store": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def stop(self) -> None:
        """Close the port."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()

    def __enter__(self) -> WooCommerceServer:
        self.url = self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def touch(self, order_id: int, modified: str) -> None:
        """Somebody changes an order."""
        order = self.orders[order_id]["order"]
        self.orders[order_id] = {**self.orders[order_id], "order": {**order, "date_modified_gmt": modified}}

    # === ANSWERS === #

    def reply(self, path: str, params: dict[str, str], authorization: str) -> tuple[Any, dict[str, str]]:
        """Payload and headers of an answer."""
        if not self.is_wordpress:
            raise Problem(404, "not_found", "Not Found")
        if not self.permalinks:
            if params.get("rest_route") != "/":
                raise Problem(404, "not_found", "Not Found")
            return self.site, {}
        if path == "/wp-json/":
            if not self.site_is_public:
                raise Problem(401, "rest_login_required", "Only users who are logged in may use the API.")
            return self.site, {}
        if not path.startswith(API) or "wc/v3" not in self.site["namespaces"]:
            raise NO_ROUTE
        self._check_key(authorization)
        return self._resource(path.removeprefix(API).strip("/").split("/"), params)

    def _check_key(self, authorization: str) -> None:
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if given.partition(":")[0] != self.key:
            raise Problem(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if given != f"{self.key}:{self.secret}":
            raise Problem(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        if not self.key_may_read:
            message = "The API key provided does not have read permissions."
            raise Problem(401, "woocommerce_rest_authentication_error", message)

    def _resource(self, path: list[str], params: dict[str, str]) -> tuple[Any, dict[str, str]]:
        if path in (["data", "currencies", "current"], ["system_status"]):
            if not self.user_sees_settings:
                raise Problem(403, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
            return ({"code": self.currency} if path[0] == "data" else {"environment": {"version": self.version}}), {}
        if not self.user_sees_orders:
            raise Problem(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if "refunds" in path and not self.user_sees_refunds:
            raise Problem(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if path == ["orders"]:
            return self._list([p["order"] for p in self.orders.values() if self._listed(p, params)], params)
        if path == ["refunds"] and self.lists_refunds:
            rows = [{**r, "parent_id": id_} for id_, p in self.orders.items() for r in p["refunds"]]
            return self._list(rows, params)
        if path[0] == "orders" and len(path) in (2, 3):
            return self._order(path, params)
        raise NO_ROUTE

    def _order(self, path: list[str], params: dict[str, str]) -> tuple[Any, dict[str, str]]:
        payload = self.orders.get(int(path[1]))
        if payload is None:
            raise Problem(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        if path[2:] == ["refunds"]:
            return self._list(payload["refunds"], params)
        return payload["order"], {}

    def _listed(self, payload: Mapping[str, Any], params: Mapping[str, str]) -> bool:
        """``status=any`` leaves out the trash and what was never saved."""
        wanted = params.get("include", "").split(",")
        return payload["order"]["status"] not in ("trash", "auto-draft") and (
            wanted == [""] or str(payload["order"]["id"]) in wanted
        )

    def _list(self, rows: Iterable[Mapping[str, Any]], params: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
        size, page = int(params.get("per_page", 10)), int(params.get("page", 1))
        if not 1 <= size <= 100 or page < 1:
            raise Problem(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        field = "date_modified_gmt" if params.get("orderby") == "modified" else "date_created_gmt"
        found = [row for row in rows if self._within(row, params)]
        found.sort(key=lambda row: (row[field], row["id"]), reverse=params.get("order") != "asc")
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return found[(page - 1) * size : page * size], {} if self.headers_stripped else headers

    def _within(self, row: Mapping[str, Any], params: Mapping[str, str]) -> bool:
        """Both limits are exclusive; dates of equal form compare as texts."""
        for prefix, field in (("modified_", "date_modified_gmt"), ("", "date_created_gmt")):
            after, before = params.get(f"{prefix}after", ""), params.get(f"{prefix}before", "9")
            if field in row and not after < row[field] < before:
                return False
        return True


class _Handler(BaseHTTPRequestHandler):
    store: WooCommerceServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece: else each answer waits for an acknowledgement

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query))
        self.store.requests.append((parts.path, params))
        self.store.before(parts.path, params)
        if self.store.answer is not None:
            return self._send(*self.store.answer, {})
        try:
            payload, headers = self.store.reply(parts.path, params, self.headers.get("Authorization", ""))
        except Problem as problem:
            return self._send_json(problem.status, problem.body, {})
        return self._send_json(200, payload, headers)

    def _send_json(self, status: int, payload: Any, headers: Mapping[str, str]) -> None:
        self._send(status, "application/json; charset=UTF-8", json.dumps(payload).encode(), headers)

    def _send(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        if timestamp is None and self.store.now is not None:
            timestamp = self.store.now.astimezone(timezone.utc).timestamp()
        return super().date_time_string(timestamp)

    def log_message(self, *_args: object) -> None:
        pass


def read_payloads(folder: Path = PAYLOADS) -> list[dict[str, Any]]:
    """The test payloads, numbers as JSON has them."""
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def start(port: int = 0, payloads: Iterable[Mapping[str, Any]] | None = None) -> str:
    """Serve payloads (by default the test payloads) for as long as the program runs; the address."""
    return WooCommerceServer(read_payloads() if payloads is None else payloads).start(port)


if __name__ == "__main__":
    print(f"{start(8093)}  key {KEY}  secret {SECRET}", flush=True)
    threading.Event().wait()
