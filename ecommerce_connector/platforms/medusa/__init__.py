"""Medusa: an open-source commerce framework with a REST Admin API, version 2."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from ...core.canonical import StoreDocument
from ..base import (
    ORDERS,
    REFUNDS,
    ConnectionInfo,
    CredentialField,
    Credentials,
    Cursor,
    Page,
    Payload,
    Platform,
    RawRecord,
)
from ..progress import Progress, within
from ..transport import Transport
from . import adapter, connection, const, money
from .client import MedusaClient
from .records import Record


class MedusaPlatform(Platform):
    """A Medusa 2 store.

    The ``orders`` stream sees what an order's ``updated_at`` shows: placing, editing, shipping, returning, cancelling,
    and refunds that lower the total. The ``refunds`` stream sees every capture and every refund, for which it looks
    through all payments, lightly: poll it less often. Together they are complete.
    """

    code = "medusa"
    label = "Medusa"
    streams = (ORDERS, REFUNDS)
    personal_data = const.PERSONAL_DATA
    needed_data = const.NEEDED_DATA
    #: Monotonic seconds; replaced in tests.
    _clock = staticmethod(time.monotonic)
    credential_fields = (
        CredentialField(
            name="access_token",
            label="Secret API key",
            help="Begins with sk_. Made under Settings, Secret API Keys; shown once. Needs Medusa 2.",
        ),
    )

    def __init__(self, credentials: Credentials, transport: Transport, zone: ZoneInfo) -> None:
        super().__init__(credentials, transport, zone)
        self._client = MedusaClient(transport, credentials.access_token)

    def check(self) -> ConnectionInfo:
        return connection.check(self._client, self.transport.base_url)

    def fetch(self, stream: str, cursor: Cursor, *, page_size: int = 100) -> Iterator[Page]:
        """Pages of changed orders; ``refunds``: of orders whose payments were captured or refunded."""
        if stream == ORDERS:
            return self._changed(cursor, page_size)
        if stream == REFUNDS:
            return self._moved(cursor, page_size)
        raise ValueError(f"Medusa has no stream {stream!r}")

    def fetch_one(self, external_id: str) -> RawRecord:
        return _raw(self._client.order(external_id))

    @staticmethod
    def order_document(payload: Payload, zone: ZoneInfo) -> StoreDocument:
        return adapter.order_document(payload, zone)

    def _changed(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        progress, total = Progress(cursor, self._clock), None
        for answer in self._client.orders_changed(cursor.changed_at, cursor.until, page_size):
            total = answer.total if total is None else total
            for order in answer.rows:
                progress.saw(adapter.order_record(order).instant("updated_at"))
            yield Page(records=_records(answer.rows), cursor=progress.cursor(), total=total)

    def _moved(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """All payments, oldest first; the orders of those that moved are fetched whole.

        The cursor moves only at the end: the payments are not in the order of what happened to them.
        """
        progress = Progress(cursor, self._clock)
        seen: set[str] = set()
        for answer in self._client.scan(const.SCAN_LIMIT):
            changed = []
            for payment in (Record(row, f"payment {row.get('id')}") for row in answer.rows):
                at = max(money.moved_at(payment))
                order_id = _order_of(payment)
                if order_id and within(at, cursor):
                    progress.saw(at)
                    changed.append(order_id)
            fresh = [order_id for order_id in dict.fromkeys(changed) if order_id not in seen]
            seen.update(fresh)
            for start in range(0, len(fresh), page_size):
                orders = self._client.orders_by_id(fresh[start : start + page_size])
                yield Page(records=_records(orders), cursor=cursor)
        yield Page(records=(), cursor=progress.cursor())


def _order_of(payment: Record) -> str:
    """The order that a payment is of; empty while it is that of a cart."""
    collection = payment.part("payment_collection")
    order = collection.part("order") if collection else None
    return order.key() if order else ""


def _records(payloads: Sequence[Payload]) -> tuple[RawRecord, ...]:
    return tuple(map(_raw, payloads))


def _raw(payload: Payload) -> RawRecord:
    order = adapter.order_record(payload)
    return RawRecord(external_id=order.key(), changed_at=adapter.changed_at(order), payload=payload)
