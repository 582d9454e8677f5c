"""Asking a Vendure store: endpoints, pages, errors. No money is read here.

Facts that shape it, seen on Vendure 3.7: an order's ``updatedAt`` does not move when it is placed,
paid, captured, refunded or modified; date filters are strict and compare finer than the
milliseconds that answers show; rows move while pages are read; of several sort keys the schema's
order counts, not the query's (``id`` would come before any date), but equal rows come by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from ...core.dates import parse_instant
from ...core.errors import AuthenticationError, ConnectorError, TransportError
from ..http_guard import shorten
from ..transport import PermanentTransportError, Transport
from . import const

Row = Mapping[str, Any]
Filter = dict[str, Any]

_MILLISECOND = timedelta(milliseconds=1)
_MOST_RESTARTS = 20


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

    def payload(self, row: Row) -> dict[str, Any]:
        """An order with what is needed to read it alone."""
        return {"globalSettings": self.settings, "order": row}


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

    def order(self, external_id: str) -> Row | None:
        """One order's payload, None if there is none with this id."""
        data = self.query("Order", const.ORDER_QUERY, {"id": external_id})
        return data if data.get("order") else None

    def orders_by_id(self, ids: Sequence[str]) -> Answer:
        """The full orders with these ids."""
        options = {"filter": {"id": {"in": list(ids)}}, "sort": {"id": "ASC"}, "take": len(ids), "skip": 0}
        return Answer(self.query("Orders", const.ORDERS_QUERY, {"options": options}))

    def orders_changed(self, since: datetime | None, until: datetime | None, take: int) -> Iterator[Answer]:
        """Full orders by ``updatedAt``, of those updated or placed in the window (inclusive, exclusive)."""
        conditions: list[Filter] = [const.PLACED_OR_PAID]
        if since:
            conditions.append({"_or": [_from("updatedAt", since), _from("orderPlacedAt", since)]})
        if until:
            placed = [{"orderPlacedAt": {"before": _text(until)}}, {"orderPlacedAt": {"isNull": True}}]
            conditions += [{"updatedAt": {"before": _text(until)}}, {"_or": placed}]
        return self._walk("Orders", const.ORDERS_QUERY, "updatedAt", conditions, take)

    def scan(self, until: datetime | None, take: int) -> Iterator[Answer]:
        """All orders by ``createdAt``, only what tells whether money moved."""
        conditions: list[Filter] = [const.PLACED_OR_PAID]
        if until:
            conditions.append({"createdAt": {"before": _text(until)}})
        return self._walk("RefundScan", const.SCAN_QUERY, "createdAt", conditions, take)

    def _walk(self, operation: str, query: str, key: str, conditions: list[Filter], take: int) -> Iterator[Answer]:
        """Pages in the order of an instant, each row once, though rows move to the end meanwhile.

        Each page starts at the instant where the last one ended, so a row that moves away cannot
        push others out of sight. Only where more than a page share one instant, rows are skipped:
        one less than were seen, and if the first row is not the one expected, that instant is read
        again from its start.

        :raises TransportError: if rows keep moving away, so that no page can be trusted
        """
        take = max(2, min(take, const.LIST_LIMIT))  # one row overlaps: a page of one would never end
        since: datetime | None = None
        seen: set[str] = set()
        skip, expected, restarts = 0, "", 0
        while True:
            window = [*conditions, _from(key, since)] if since else conditions
            options = {"filter": {"_and": window}, "sort": {key: "ASC"}, "take": take, "skip": skip}
            page = Answer(self.query(operation, query, {"options": options}))
            if expected and page.ids[:1] != [expected]:
                if restarts == _MOST_RESTARTS:
                    raise TransportError("The store's orders change faster than they can be read.")
                skip, expected, restarts = 0, "", restarts + 1
                continue
            ids, full = page.ids, len(page.rows) >= take
            instants = [_instant(row, key) for row in page.rows]
            page.rows = [row for row, row_id in zip(page.rows, ids, strict=True) if row_id not in seen]
            yield page
            if not full:
                return
            if instants[-1] == since:
                seen.update(ids)
                skip, expected = skip + len(ids) - 1, ids[-1]
            else:
                since = instants[-1]
                seen = {row_id for row_id, at in zip(ids, instants, strict=True) if at == since}
                skip, expected = 0, ""


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


def _instant(row: Row, key: str) -> datetime:
    return parse_instant(row.get(key) or "", f"order {row.get('code') or row.get('id')}, {key}")


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
