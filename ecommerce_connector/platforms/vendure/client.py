"""Asking a Vendure store: endpoints, pages, errors. No money is read here.

Facts that shape it, seen on Vendure 3.7: an order's ``updatedAt`` does not move when it is placed,
paid, captured, refunded or modified; date filters are strict and compare finer than the
milliseconds that answers show; rows move while pages are read; of several sort keys the schema's
order counts, not the query's (``id`` would come before any date), but equal rows come by id; lists
within an order come in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from ...core.errors import AuthenticationError, ConnectorError, TransportError
from ..http_guard import shorten
from ..paging import Listing, overlapping
from ..payload import in_fixed_order
from ..transport import PermanentTransportError, Transport
from . import const

Row = Mapping[str, Any]
Filter = dict[str, Any]

_MILLISECOND = timedelta(milliseconds=1)


class Answer:
    """One page of orders as the store sent it.

    :ivar settings: the answer's ``globalSettings``, needed to read the amounts
    :ivar total: how many orders match the query
    """

    def __init__(self, data: Row) -> None:
        try:
            self.settings = data["globalSettings"]
            self.rows: list[Row] = list(data["orders"]["items"])
            self.total = int(data["orders"]["totalItems"])
            self.ids = [str(row["id"]) for row in self.rows]
        except (KeyError, TypeError, ValueError):
            raise TransportError("The store's list of orders has not the expected form.") from None

    def payloads(self) -> list[dict[str, Any]]:
        """The orders, each with what is needed to read it alone."""
        return [{"globalSettings": self.settings, "order": in_fixed_order(row)} for row in self.rows]


class VendureClient:
    """Queries of the Admin API.

    :param api_key: sent as ``vendure-api-key``
    :param channel: token of the channel to read; empty for the default one
    """

    def __init__(self, transport: Transport, api_key: str, channel: str = "") -> None:
        self._transport = transport
        self._path = _api_path(transport.base_url)
        self._headers = {const.KEY_HEADER: api_key}
        if channel:
            self._headers[const.CHANNEL_HEADER] = channel

    def query(self, operation: str, query: str, variables: Mapping[str, Any] | None = None) -> Row:
        """Ask one query and return its data.

        :raises AuthenticationError: refused key, missing permission or unknown channel
        :raises TransportError: not reached, or not the answer of a Vendure Admin API
        """
        body = {"operationName": operation, "query": query, "variables": variables or {}}
        answer = self._transport.request("POST", self._path, headers=self._headers, json_body=body)
        payload = answer.payload
        if not isinstance(payload, Mapping) or not ("data" in payload or "errors" in payload):
            raise PermanentTransportError(
                f"{answer.url} does not answer like a Vendure Admin API.", hint="Check the store's address."
            )
        if payload.get("errors"):
            raise _error(operation, payload["errors"], self._transport.mask)
        data = payload.get("data")
        if not isinstance(data, Mapping):
            raise TransportError(f"The store sent no data for {operation}.")
        return data

    def order(self, external_id: str) -> dict[str, Any] | None:
        """One order's payload, None if there is none with this id."""
        data = self.query("Order", const.ORDER_QUERY, {"id": external_id})
        if not data.get("order"):
            return None
        return {"globalSettings": data.get("globalSettings"), "order": in_fixed_order(data["order"])}

    def orders_by_id(self, ids: Sequence[str]) -> Answer:
        """The full orders with these ids."""
        options = {"filter": {"id": {"in": list(ids)}}, "sort": {"id": "ASC"}, "take": len(ids), "skip": 0}
        return Answer(self.query("Orders", const.ORDERS_QUERY, {"options": options}))

    def orders_changed(self, since: datetime | None, until: datetime | None, take: int) -> Iterator[Listing]:
        """Full orders by ``updatedAt``, of those updated or placed in the window (inclusive, exclusive)."""
        conditions: list[Filter] = [const.PLACED_OR_PAID]
        if since:
            conditions.append({"_or": [_from("updatedAt", since), _from("orderPlacedAt", since)]})
        if until:
            placed = [{"orderPlacedAt": {"before": _text(until)}}, {"orderPlacedAt": {"isNull": True}}]
            conditions += [{"updatedAt": {"before": _text(until)}}, {"_or": placed}]
        return self._walk("Orders", const.ORDERS_QUERY, "updatedAt", conditions, take)

    def scan(self, until: datetime | None, take: int) -> Iterator[Listing]:
        """All orders by ``createdAt``, only what tells whether money moved."""
        conditions: list[Filter] = [const.PLACED_OR_PAID]
        if until:
            conditions.append({"createdAt": {"before": _text(until)}})
        return self._walk("RefundScan", const.SCAN_QUERY, "createdAt", conditions, take)

    def _walk(self, operation: str, query: str, key: str, conditions: list[Filter], take: int) -> Iterator[Listing]:
        """Pages in the order of an instant; see ``overlapping``."""

        def ask(skip: int, take: int) -> Listing:
            options = {"filter": {"_and": conditions}, "sort": {key: "ASC"}, "take": take, "skip": skip}
            page = Answer(self.query(operation, query, {"options": options}))
            marks = [(row_id, row.get(key)) for row_id, row in zip(page.ids, page.rows, strict=True)]
            return Listing(page.payloads(), marks, page.total)

        return overlapping(ask, min(take, const.LIST_LIMIT))


def _api_path(base_url: str) -> str:
    """Where the API is, relative to the store's address; that may be given whole."""
    path = urlsplit(base_url).path.rstrip("/")
    if path.endswith("shop-api"):
        raise PermanentTransportError(
            f"{base_url} is the Shop API, which knows only one customer's orders.",
            hint=f"Enter the address of the Admin API, usually ending with /{const.API_PATH}.",
        )
    return "" if path.endswith("api") else const.API_PATH


def _text(instant: datetime) -> str:
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _from(key: str, instant: datetime) -> Filter:
    """From an instant on, inclusive: Vendure's ``after`` is not."""
    return {key: {"after": _text(instant - _MILLISECOND)}}


def _error(operation: str, errors: Any, mask: Callable[[str], str]) -> ConnectorError:
    """The first error of a GraphQL answer, in words."""
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], Mapping) else {}
    said = shorten(mask(str(first.get("message") or errors)))
    extensions, path = first.get("extensions"), first.get("path")
    code = extensions.get("code") if isinstance(extensions, Mapping) else ""
    if code in ("FORBIDDEN", "UNAUTHORIZED"):
        if isinstance(path, list) and path[:1] in (["orders"], ["order"]):
            return AuthenticationError(
                f"The API key may not read orders ({said}).", hint="Give its role the permission ReadOrder."
            )
        return AuthenticationError(
            f"The store refuses the API key ({said}).",
            hint="Copy it again from Settings, API keys. Its role needs access to the channel, and the store's "
            "configuration must list 'api-key' in authOptions.tokenMethod.",
        )
    if code == "CHANNEL_NOT_FOUND":
        return AuthenticationError(said + ".", hint="Copy the channel's token from Settings, Channels.")
    if code in ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "USER_INPUT_ERROR"):
        return PermanentTransportError(
            f"The store does not understand {operation}: {said}.", hint="Is it the Admin API of Vendure 3.6 or newer?"
        )
    return TransportError(f"The store failed to answer {operation}: {said}.")
