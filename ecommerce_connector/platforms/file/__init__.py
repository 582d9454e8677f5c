"""Orders from files in the project's own JSON format, for every shop without a platform of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ...core.canonical import StoreDocument
from ...core.dates import parse_instant
from ...core.errors import ConnectorError, PayloadError
from .. import payload as payloads
from ..base import ORDERS, ConnectionInfo, CredentialField, Cursor, Page, Payload, Platform, RawRecord
from .adapter import order_document

HINT = "Import a file of orders with the import wizard."


class FilePlatform(Platform):
    """A store that is read from files only; it has no connection."""

    code: ClassVar[str] = "file"
    label: ClassVar[str] = "Files (JSON)"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    streams: ClassVar[tuple[str, ...]] = ()
    personal_data = (("customer",),)
    needed_data = (
        ("customer", "id"), ("customer", "merged_into"), ("customer", "billing", "country"),
        ("customer", "billing", "state"), ("customer", "shipping", "country"), ("customer", "shipping", "state"),
    )  # fmt: skip

    def check(self) -> ConnectionInfo:
        """Nothing to connect to."""
        return ConnectionInfo(store_name="files", warnings=(HINT,))

    def fetch(self, stream: str = ORDERS, cursor: Cursor | None = None, *, page_size: int = 100) -> Iterator[Page]:
        """Nothing to fetch."""
        raise ConnectorError("A store of files has nothing to fetch.", hint=HINT)

    def fetch_one(self, external_id: str) -> RawRecord:
        """Nothing to fetch."""
        raise ConnectorError("A store of files has nothing to fetch.", hint=HINT)

    @staticmethod
    def order_document(payload: Payload, zone: ZoneInfo) -> StoreDocument:
        """See ``adapter``."""
        return order_document(payload, zone)


def read_records(name: str, content: bytes) -> Iterator[RawRecord]:
    """The orders of a JSON Lines file.

    :param name: the file's name, for the errors
    :raises PayloadError: naming file and row, for a row that is no order; one that contradicts
        itself is yielded and becomes an exception of its own
    """
    for number, row in enumerate(content.splitlines(), start=1):
        if record := read_row(name, number, row):
            yield record


def read_row(name: str, number: int, row: bytes) -> RawRecord | None:
    """The order of one row, for a caller that reads a large file row by row; None for an empty row.

    :param number: of the row, from 1
    :raises PayloadError: see ``read_records``
    """
    text = row.strip()
    if not text:
        return None
    where = f"{name}, row {number}"
    try:
        payload = payloads.loads(text.decode("utf-8-sig" if number == 1 else "utf-8"), unique=True)
    except UnicodeDecodeError:
        raise PayloadError(where, "it is not UTF-8", hint="Save the file as UTF-8.") from None
    except ValueError as error:
        raise PayloadError(where, f"it is not JSON ({error})", hint="Each row is one JSON object.") from None
    if not isinstance(payload, dict) or not payload.get("id"):
        raise PayloadError(where, "it has no id", hint="Each row is one order as a JSON object with an id.")
    _refuse_codes(payload, where)
    if payload.get("updated_at") is None:
        raise PayloadError(f"{where}, updated_at", "it is missing")
    changed = parse_instant(payload["updated_at"], f"{where}, updated_at")
    return RawRecord(external_id=str(payload["id"]), changed_at=changed, payload=payload)


def _refuse_codes(payload: Mapping[str, Any], where: str) -> None:
    """A gift card's code is money: the row is refused before anything of it is stored."""
    for name in ("lines", "payments", "refunds"):
        for item in _items(payload.get(name)):
            for card in [*_items(item.get("gift_cards")), *_items([item.get("gift_card")])]:
                if "code" in card:
                    raise PayloadError(
                        f"{where}, {name}, gift card, code", "a card's code is money and is not kept",
                        hint="Give the shop's id of the card, or a hash of its code, as its id.",
                    )  # fmt: skip


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
