"""WooCommerce: REST API, version 3."""

from __future__ import annotations

from collections.abc import Iterator
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
from ..transport import Transport
from . import adapter, connection, personal
from .client import WooCommerceClient


class WooCommercePlatform(Platform):
    """A WooCommerce store, read with a REST API key."""

    code = "woocommerce"
    label = "WooCommerce"
    credential_fields = (
        CredentialField(
            name="client_id", label="Consumer key",
            help="Begins with ck_. WooCommerce > Settings > Advanced > REST API: a key with Read permission, "
            "for a user with the role of a shop manager.",
        ),
        CredentialField(name="client_secret", label="Consumer secret", help="Begins with cs_; shown once."),
    )  # fmt: skip
    streams = (ORDERS, REFUNDS)
    personal_data = personal.PERSONAL_DATA
    needed_data = personal.NEEDED_DATA

    def __init__(self, credentials: Credentials, transport: Transport, zone: ZoneInfo) -> None:
        super().__init__(credentials, transport, zone)
        self._client = WooCommerceClient(transport, credentials.client_id, credentials.client_secret)

    def check(self) -> ConnectionInfo:
        return connection.check(self.transport, self._client)

    def fetch(self, stream: str, cursor: Cursor, *, page_size: int = 100) -> Iterator[Page]:
        read = {ORDERS: self._client.orders, REFUNDS: self._client.refunded_orders}[stream]
        return read(cursor, page_size)

    def fetch_one(self, external_id: str) -> RawRecord:
        return self._client.order(external_id)

    @staticmethod
    def order_document(payload: Payload, zone: ZoneInfo) -> StoreDocument:
        return adapter.order_document(payload, zone)

    @classmethod
    def redacted(cls, payload: Payload) -> Payload:
        without: Payload = personal.without_meta(super().redacted(payload))
        return without
