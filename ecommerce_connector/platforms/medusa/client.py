"""Asking a Medusa store: endpoints, pages, errors. No money is read here.

Facts that shape it, seen on Medusa 2.21: an order's ``updated_at`` does not move when a payment is captured, nor when
what was owed is refunded; a payment's own moves only when it is captured whole; no list has captures or refunds of
its own. Lists are sorted by one field; an unknown field is left out of the answer without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from ...core.errors import AuthenticationError, PayloadError, TransportError
from ..http_guard import PermanentTransportError
from ..paging import Listing, overlapping
from ..payload import in_fixed_order
from ..transport import Response, Transport
from . import const, money
from .records import Record

Row = Mapping[str, Any]
Payload = dict[str, Any]
_KEY_HINT = (
    "Make a secret API key under Settings, Secret API Keys (it begins with sk_) and copy it whole. A store whose "
    "database does not answer refuses every key, too."
)
_ADMIN = "admin"


def answered(error: Exception, status: int) -> bool:
    """Whether an error of the transport is an answer with this HTTP status."""
    return f"answered {status}" in str(error)


class MedusaClient:
    """Calls of the Admin API.

    :param api_key: a secret API key, the user name of HTTP Basic
    """

    def __init__(self, transport: Transport, api_key: str) -> None:
        self._transport, self._api_key = transport, api_key
        # The address of the dashboard is what people copy: the API is at its root.
        path = urlsplit(transport.base_url).path.rstrip("/")
        self._root = "" if path.endswith(f"/{_ADMIN}") else f"{_ADMIN}/"

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Response:
        """Ask for a resource below ``/admin``.

        :raises AuthenticationError: the key is refused
        :raises TransportError: not reached, or not the answer of a Medusa Admin API
        """
        try:
            answer = self._transport.request("GET", self._root + path, params=params, auth=(self._api_key, ""))
        except AuthenticationError as error:
            if answered(error, 403):
                raise AuthenticationError(
                    f"The API key may not read {path.partition('/')[0]}: {error.message}",
                    hint="Give it a role that may read orders, payments and the store.",
                ) from None
            raise AuthenticationError(f"The store refuses the API key: {error.message}", hint=_KEY_HINT) from None
        if not isinstance(answer.payload, Mapping):
            raise PermanentTransportError(
                f"{answer.url} does not answer like a Medusa Admin API.", hint="Check the store's address."
            )
        return answer

    def open_answer(self, path: str) -> Any:
        """What the store answers without a key; None for an error."""
        try:
            return self._transport.request("GET", path).payload
        except (AuthenticationError, TransportError):
            return None

    def order(self, external_id: str) -> Payload:
        """One order.

        :raises PayloadError: if the store has no such order
        """
        try:
            found = self.get(f"orders/{_in_path(external_id)}", {"fields": const.ORDER_FIELDS}).payload.get("order")
        except TransportError as error:
            if not answered(error, 404):
                raise
            found = None
        if not isinstance(found, Mapping):
            raise PayloadError(f"order {external_id}", "the store has no such order")
        return self._whole(found)

    def orders_by_id(self, ids: Sequence[str]) -> list[Payload]:
        """The orders with these ids; drafts are none."""
        found: list[Payload] = []
        for start in range(0, len(ids), const.IDS_LIMIT):
            some = ids[start : start + const.IDS_LIMIT]
            params = {f"id[{index}]": order_id for index, order_id in enumerate(some)}
            rows, _total = self._list("orders", {**params, "fields": const.ORDER_FIELDS, "limit": str(len(some))})
            found += [self._whole(row) for row in rows]
        return found

    def orders_changed(self, since: datetime | None, until: datetime | None, take: int) -> Iterator[Listing]:
        """Orders by ``updated_at`` within the window (inclusive, exclusive)."""
        params = {"order": "updated_at", "fields": const.ORDER_FIELDS}
        params |= {"updated_at[$gte]": _text(since)} if since else {}
        params |= {"updated_at[$lt]": _text(until)} if until else {}
        for page in overlapping(self._ask("orders", params, "updated_at"), min(take, const.PAGE_LIMIT)):
            yield Listing([self._whole(row) for row in page.rows], page.marks, page.total)

    def scan(self, take: int) -> Iterator[Listing]:
        """All payments by ``created_at``, only what tells whether money moved, and of which order."""
        ask = self._ask("payments", {"order": "created_at", "fields": const.PAYMENT_FIELDS}, "created_at")
        return overlapping(ask, min(take, const.SCAN_LIMIT))

    def _ask(self, name: str, params: Mapping[str, str], key: str) -> Any:
        def ask(skip: int, take: int) -> Listing:
            rows, total = self._list(name, {**params, "limit": str(take), "offset": str(skip)})
            return Listing(rows, [(str(row.get("id")), row.get(key)) for row in rows], total)

        return ask

    def _list(self, name: str, params: Mapping[str, str]) -> tuple[list[Row], int]:
        answer = self.get(name, params)
        rows, total = answer.payload.get(name), answer.payload.get("count")
        if (
            not isinstance(rows, list)
            or not all(isinstance(row, Mapping) for row in rows)
            or not isinstance(total, int)
        ):
            raise TransportError(f"{answer.url}: the store's list of {name} has not the expected form.")
        return rows, total

    def _whole(self, order: Row) -> Payload:
        """An order's payload: without secrets of payment providers, with the dates of its changes where they matter."""
        bare = in_fixed_order(_without_secrets(order))
        record = Record(bare, f"order {bare.get('display_id') or bare.get('id')}")
        if not money.needs_changes(record):
            return {"order": bare}
        path = f"orders/{_in_path(record.key())}/changes"
        changes = self.get(path, {"fields": const.CHANGE_FIELDS}).payload.get("order_changes")
        return {"order": bare, "changes": in_fixed_order(changes)}


def _without_secrets(order: Row) -> Payload:
    """Of each payment's ``data`` the ids only: Stripe's client secret is among it."""

    def bare(payment: Any) -> Any:
        data = payment.get("data") if isinstance(payment, Mapping) else None
        if not isinstance(data, Mapping):
            return payment
        return {**payment, "data": {name: data[name] for name in const.PROVIDER_IDS if isinstance(data.get(name), str)}}

    collections = order.get("payment_collections")
    if not isinstance(collections, list):
        return dict(order)
    found = [
        {**item, "payments": [bare(payment) for payment in item.get("payments") or ()]}
        if isinstance(item, Mapping) else item for item in collections
    ]  # fmt: skip
    return {**order, "payment_collections": found}


def _in_path(external_id: str) -> str:
    """An id as a part of an address; Medusa's are letters, digits and underscores."""
    if not external_id.replace("_", "").isalnum() or not external_id.isascii():
        raise PayloadError(f"order {external_id}", "it is not the id of a Medusa order, such as order_01H…")
    return external_id


def _text(instant: datetime) -> str:
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
