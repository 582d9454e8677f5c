"""The contract between the connector and a store platform.

A platform is four files: ``client.py`` (endpoints, pages), ``adapter.py`` (payload → document, no
I/O), ``const.py`` (tables, queries) and an ``__init__.py`` with the ``Platform`` subclass. It sees
neither the ORM nor the ledger, and raises only ``core.errors``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ..core.canonical import StoreDocument
from ..core.customers.redaction import redacted
from ..core.errors import ConnectorError
from .transport import Transport

#: A store's answer, decoded with exact decimals (see ``payload.loads``).
Payload = Mapping[str, Any]

ORDERS = "orders"
REFUNDS = "refunds"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One thing the platform needs to connect.

    :ivar name: one of the five columns of a store: ``client_id``, ``client_secret``,
        ``access_token``, ``refresh_token``, ``webhook_secret``
    :ivar label: what the platform's own screens call it
    """

    name: str
    label: str
    help: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Address and secrets of one store. Its ``repr`` shows no secret."""

    base_url: str
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never appear in a log or message."""
        found = (self.client_id, self.client_secret, self.access_token, self.refresh_token, self.webhook_secret)
        return tuple(secret for secret in found if secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a stream has been read: up to this change, this id.

    :ivar changed_at: aware; None reads from the beginning
    :ivar until: only changes before this instant; None: up to now
    """

    changed_at: datetime | None = None
    external_id: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """One order as the store answered it, with its refunds and payments inside."""

    external_id: str
    changed_at: datetime
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a stream.

    :ivar cursor: where to go on once every record of this page is stored
    :ivar total: how many records the store says match, if it says
    """

    records: tuple[RawRecord, ...]
    cursor: Cursor
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionInfo:
    """What a connection check found out.

    :ivar time_zone: the store's IANA zone, empty if it does not say
    :ivar warnings: sentences for the administrator, e.g. a missing permission
    """

    store_name: str
    currencies: tuple[str, ...] = ()
    time_zone: str = ""
    version: str = ""
    warnings: tuple[str, ...] = ()


class Platform(ABC):
    """One connected store of one platform.

    :param credentials: address and secrets
    :param transport: the only way to the network
    :param zone: the store's time zone; documents carry their times in it
    """

    code: ClassVar[str]
    label: ClassVar[str]
    credential_fields: ClassVar[tuple[CredentialField, ...]]
    #: Which streams must be polled separately because the platform does not touch the order.
    streams: ClassVar[tuple[str, ...]] = (ORDERS,)
    #: Paths of everything about a person in a payload, and what of it the books need (see ``redacted``).
    personal_data: ClassVar[tuple[tuple[str, ...], ...]] = ()
    needed_data: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, credentials: Credentials, transport: Transport, zone: ZoneInfo) -> None:
        self.credentials = credentials
        self.transport = transport
        self.zone = zone

    @abstractmethod
    def check(self) -> ConnectionInfo:
        """Ask the store who it is.

        :raises AuthenticationError: wrong key or missing permission
        :raises TransportError: wrong address, no answer, or not this platform's answer
        """

    @abstractmethod
    def fetch(self, stream: str, cursor: Cursor, *, page_size: int = 100) -> Iterator[Page]:
        """Pages of a stream, oldest change first, from the cursor on (inclusive).

        A refund stream yields the orders whose refunds changed. Records may be yielded again;
        the caller recognizes what it has.
        """

    @abstractmethod
    def fetch_one(self, external_id: str) -> RawRecord:
        """One order.

        :raises PayloadError: if the store has no such order
        """

    @staticmethod
    @abstractmethod
    def order_document(payload: Payload, zone: ZoneInfo) -> StoreDocument:
        """Translate one payload; pure.

        :raises PayloadError: if the payload contradicts itself or its documentation
        """

    @classmethod
    def redacted(cls, payload: Payload) -> Payload:
        """A payload without personal data, which still reads as the same document for the books; pure.

        :raises ConnectorError: if the platform does not say what is personal
        """
        if not cls.personal_data:
            raise ConnectorError(
                f"{cls.label} does not say which of its fields are personal.", hint="Ask whoever made the platform."
            )
        without: Payload = redacted(payload, cls.personal_data, cls.needed_data)
        return without
