"""Vendure: an open-source commerce framework with a GraphQL Admin API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ...core.canonical import StoreDocument
from ...core.errors import PayloadError
from ..base import ORDERS, REFUNDS, ConnectionInfo, CredentialField, Credentials, Cursor, Page, Platform, RawRecord
from ..progress import Progress, within
from ..transport import Transport
from . import adapter, const
from .client import Row, VendureClient
from .connection import connection_info
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
    personal_data = const.PERSONAL_DATA
    needed_data = const.NEEDED_DATA
    #: Monotonic seconds; replaced in tests.
    _clock = staticmethod(time.monotonic)
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
        """Ask for the channel and some orders; needs no more rights than an import."""
        return connection_info(self._client.query("StoreCheck", const.CHECK_QUERY))

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
        return _raw(payload)

    @staticmethod
    def order_document(payload: Row, zone: ZoneInfo) -> StoreDocument:
        """See ``adapter.order_document``."""
        return adapter.order_document(payload, zone)

    def _changed(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """By ``updatedAt``: a page's cursor follows that of its orders.

        An order placed within the window but updated before it comes first, and leaves the cursor
        where it is.
        """
        progress, total = Progress(cursor, self._clock), None
        for answer in self._client.orders_changed(cursor.changed_at, cursor.until, page_size):
            total = answer.total if total is None else total
            for order in answer.rows:
                progress.saw(adapter.order_record(order).instant("updatedAt"))
            yield Page(records=self._records(answer.rows), cursor=progress.cursor(), total=total)

    def _moved(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """All orders, oldest first, of which the changed ones are fetched whole.

        The cursor moves only at the end: the orders are not in the order of their changes.
        """
        progress = Progress(cursor, self._clock)
        for answer in self._client.scan(cursor.until, page_size * const.SCAN_FACTOR):
            changed = []
            for light in map(adapter.order_record, answer.rows):
                at = max(adapter.moved_at(light), default=None)
                if at and within(at, cursor):
                    progress.saw(at)
                    changed.append(light.text("id"))
            for start in range(0, len(changed), page_size):
                full = self._client.orders_by_id(changed[start : start + page_size])
                yield Page(records=self._records(full.payloads()), cursor=cursor)
        yield Page(records=(), cursor=progress.cursor())

    def _records(self, payloads: Sequence[dict[str, Any]]) -> tuple[RawRecord, ...]:
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
