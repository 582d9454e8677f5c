"""Vendure: an open-source commerce framework with a GraphQL Admin API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...core.canonical import StoreDocument
from ...core.currencies import is_currency
from ...core.errors import PayloadError, TransportError
from ..base import ORDERS, REFUNDS, ConnectionInfo, CredentialField, Credentials, Cursor, Page, Platform, RawRecord
from ..transport import Transport
from . import adapter, const
from .client import Answer, Row, VendureClient
from .records import Record


class VendurePlatform(Platform):
    """A channel of a Vendure store.

    The ``orders`` stream is quick but sees only what ``updatedAt`` and the placing of an order
    show. The ``refunds`` stream sees every payment, capture, refund and modification, for which it
    looks through all orders, lightly: poll it less often. Together they are complete.
    """

    code = "vendure"
    label = "Vendure"
    streams = (ORDERS, REFUNDS)
    credential_fields = (
        CredentialField(
            name="access_token",
            label="API key",
            help="Made under Settings, API keys; its role needs the permission ReadOrder.",
        ),
        CredentialField(
            name="client_id",
            label="Channel token",
            help="From Settings, Channels. Empty: the default channel, which holds the orders of all channels.",
            required=False,
        ),
    )

    def __init__(self, credentials: Credentials, transport: Transport, zone: ZoneInfo) -> None:
        super().__init__(credentials, transport, zone)
        self._client = VendureClient(transport, credentials.access_token, credentials.client_id)

    def check(self) -> ConnectionInfo:
        """Ask for the channel and for one order; needs no more rights than an import."""
        data = self._client.query("StoreCheck", const.CHECK_QUERY)
        channel = data.get("activeChannel")
        if not isinstance(channel, dict):
            raise TransportError("The store does not say which channel this is.")
        name = str(channel.get("code") or "")
        seller = channel.get("seller") or {}
        currencies = tuple(str(code) for code in channel.get("availableCurrencyCodes") or ())
        unknown = [code for code in currencies if not is_currency(code)]
        warnings = [f"{code} is not an ISO 4217 currency; orders in it are not booked." for code in unknown]
        return ConnectionInfo(
            store_name=str(seller.get("name") or name) if name == const.DEFAULT_CHANNEL else name,
            currencies=currencies,
            warnings=tuple(warnings),
        )

    def fetch(self, stream: str, cursor: Cursor, *, page_size: int = 100) -> Iterator[Page]:
        """Pages of changed orders; ``refunds``: of orders whose payments, refunds or modifications changed."""
        if stream == ORDERS:
            return self._changed(cursor, page_size)
        if stream == REFUNDS:
            return self._moved(cursor, page_size)
        raise ValueError(f"Vendure has no stream {stream!r}")

    def fetch_one(self, external_id: str) -> RawRecord:
        """One order by its id."""
        payload = self._client.order(external_id)
        if payload is None:
            raise PayloadError(f"order {external_id}", "the store has no such order")
        return _raw(dict(payload))

    @staticmethod
    def order_document(payload: Row, zone: ZoneInfo) -> StoreDocument:
        """See ``adapter.order_document``."""
        return adapter.order_document(payload, zone)

    def _changed(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """By ``updatedAt``: a page's cursor is that of its last order.

        An order placed within the window but updated before it comes first, and leaves the cursor
        where it is. Reading on from a page's cursor misses nothing: what changes after it was read
        gets an instant later than any that was read before.
        """
        reached, total = cursor, None
        for answer in self._client.orders_changed(cursor.changed_at, cursor.until, page_size):
            total = answer.total if total is None else total
            for row in answer.rows:
                updated = adapter.order_record(answer.payload(row)).instant("updatedAt")
                reached = replace(reached, changed_at=_later(reached.changed_at, updated))
            yield Page(records=self._records(answer), cursor=reached, total=total)

    def _moved(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """All orders, oldest first, of which the changed ones are fetched whole.

        The cursor moves only at the end: the orders are not in the order of their changes.
        """
        latest = cursor.changed_at
        for answer in self._client.scan(cursor.until, page_size * const.SCAN_FACTOR):
            changed = []
            for row in answer.rows:
                at = max(adapter.moved_at(adapter.order_record(answer.payload(row))), default=None)
                if at and _within(at, cursor):
                    latest = _later(latest, at)
                    changed.append(str(row["id"]))
            for start in range(0, len(changed), page_size):
                full = self._client.orders_by_id(changed[start : start + page_size])
                yield Page(records=self._records(full), cursor=cursor)
        yield Page(records=(), cursor=replace(cursor, changed_at=latest))

    def _records(self, answer: Answer) -> tuple[RawRecord, ...]:
        payloads = [answer.payload(row) for row in answer.rows]
        return tuple(_raw(payload) for payload in payloads if self._wanted(adapter.order_record(payload)))

    def _wanted(self, order: Record) -> bool:
        """Whether an order concerns the books of this channel.

        A marketplace splits an order (``Aggregate``) into one per seller (``Seller``). The default
        channel holds both; the customer paid the former. A seller's own channel holds its part only.
        """
        if not adapter.concerns_books(order):
            return False
        if order.text("type") != const.SELLER_ORDER:
            return True
        channels = order.parts("channels", "channel", "code")
        default = {channel.text("token") for channel in channels if channel.text("code") == const.DEFAULT_CHANNEL}
        return bool(self.credentials.client_id) and self.credentials.client_id not in default


def _raw(payload: dict[str, Any]) -> RawRecord:
    order = adapter.order_record(payload)
    return RawRecord(external_id=order.text("id"), changed_at=adapter.changed_at(order), payload=payload)


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)


def _within(at: datetime, cursor: Cursor) -> bool:
    return (cursor.changed_at is None or at >= cursor.changed_at) and (cursor.until is None or at < cursor.until)
