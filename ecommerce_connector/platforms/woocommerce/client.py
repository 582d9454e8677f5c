"""WooCommerce REST API, version 3: endpoints and pages. Gives payloads as the store answered them.

Rows move while one pages: whatever changes goes to the end of the list and pulls the rest forward,
past the next page number. So the next page is always "changed from the last row's second on", and
rows that were seen are left out. Only where more rows share one second than fit on a page are
pages of that second numbered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...core.dates import UTC
from ...core.errors import AuthenticationError, ConnectorError, PayloadError, TransportError
from ..base import Cursor, Page, Payload, RawRecord
from ..http_guard import http_date
from ..transport import Response, Transport
from . import const
from .fields import Node

_SECOND = timedelta(seconds=1)
#: How long an answer may take to be written. What changed within it may carry a date that it did
#: not yet have when the store sorted the rows.
_ANSWER_TIME = timedelta(seconds=60)
#: How often the pages of one second are begun again because rows left it meanwhile.
_RESTARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """A list ordered by a date: its path and what its parameters and field are called."""

    path: str
    label: str
    date_field: str
    order_by: str
    after: str
    before: str
    filters: Mapping[str, str] = field(default_factory=dict)


_ORDERS = _Stream(
    path="/orders", label="order", date_field="date_modified_gmt",
    order_by="modified", after="modified_after", before="modified_before",
    filters={"status": "any"},
)  # fmt: skip
_REFUNDS = _Stream(
    path="/refunds", label="refund", date_field="date_created_gmt", order_by="date", after="after", before="before"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a list."""

    external_id: str
    at: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One page of a list.

    :ivar more: whether rows follow
    :ivar total: how many rows match, None if the store does not say
    """

    rows: list[_Row]
    more: bool
    total: int | None
    answered_at: datetime | None


def answered(error: ConnectorError, status: int) -> bool:
    """Whether an error of the transport is an answer with this HTTP status."""
    return f"answered {status}" in error.message


class WooCommerceClient:
    """Reads one store.

    :param key: consumer key, ``ck_…``
    :param secret: consumer secret, ``cs_…``
    """

    def __init__(self, transport: Transport, key: str, secret: str) -> None:
        self.transport = transport
        self._auth = (key, secret)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Response:
        """Ask for a resource below ``/wp-json/wc/v3``."""
        return self.transport.request("GET", const.API_PATH + path, params=params, auth=self._auth)

    def orders(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """Orders by date of change."""
        for answer, goes_on in self._walk(_ORDERS, cursor, page_size):
            records = tuple(self._record(row.values) for row in answer.rows)
            yield Page(records=records, cursor=goes_on, total=answer.total)

    def refunded_orders(self, cursor: Cursor, page_size: int) -> Iterator[Page]:
        """The orders of refunds, by date of the refund.

        WooCommerce before 9.0 has no such list and nothing is yielded: making a refund sets the
        order's date of change, so the order comes with the others. The list is for stores whose
        plug-ins do not.
        """
        try:
            for answer, goes_on in self._walk(_REFUNDS, cursor, page_size):
                ids = dict.fromkeys(Node("refund", row.values).identity("parent_id") for row in answer.rows)
                yield Page(records=tuple(self._records(list(ids))), cursor=goes_on, total=answer.total)
        except TransportError as error:
            if not answered(error, 404):
                raise

    def order(self, external_id: str) -> RawRecord:
        """One order with its refunds.

        :raises PayloadError: if the store has no such order
        """
        where = f"order {external_id}"
        if not external_id.isdecimal():
            raise PayloadError(where, "it is not the id of a WooCommerce order, which is a number")
        try:
            answer = self.get(f"/orders/{external_id}", {"dp": const.DECIMALS})
        except TransportError as error:
            if not answered(error, 404):
                raise
            raise PayloadError(where, "the store has no such order") from None
        if not isinstance(answer.payload, Mapping):
            raise TransportError(f"{answer.url}: the answer is not an order.")
        return self._record(answer.payload)

    # === RECORDS === #

    def _record(self, order: Mapping[str, Any]) -> RawRecord:
        row = _row(order, _ORDERS)
        refunds = self._refunds(row.external_id) if order.get("refunds") else []
        payload: Payload = {"order": _without_codes(order), "refunds": refunds}
        return RawRecord(external_id=row.external_id, changed_at=row.at, payload=payload)

    def _refunds(self, order_id: str) -> list[Any]:
        """All refunds of an order."""
        found: dict[Any, Any] = {}
        for page in range(1, 1000):
            path = f"/orders/{order_id}/refunds"
            answer = self._list(path, {"per_page": str(const.PAGE_LIMIT), "page": str(page), "dp": const.DECIMALS})
            rows = [row for row in answer.payload if isinstance(row, Mapping)]
            found.update((row.get("id"), row) for row in rows)
            if not _has_more(answer, page, len(rows), const.PAGE_LIMIT):
                break
        return list(found.values())

    def _records(self, order_ids: Sequence[str]) -> Iterator[RawRecord]:
        """Some orders by id; those in the trash are left out."""
        for start in range(0, len(order_ids), const.PAGE_LIMIT):
            some = ",".join(order_ids[start : start + const.PAGE_LIMIT])
            params = {"include": some, "per_page": str(const.PAGE_LIMIT), "status": "any", "dp": const.DECIMALS}
            for order in self._list("/orders", params).payload:
                yield self._record(order)

    # === PAGES === #

    def _list(self, path: str, params: Mapping[str, str]) -> Response:
        answer = self.get(path, params)
        if not isinstance(answer.payload, list):
            raise TransportError(f"{answer.url}: the answer is not a list.", hint="A plug-in may have changed it.")
        return answer

    def _rows(
        self, stream: _Stream, size: int, after: datetime | None, before: datetime | None, page: int = 1
    ) -> _Answer:
        """Rows later than ``after`` and earlier than ``before``, both exclusive, whole seconds."""
        params = {
            "orderby": stream.order_by, "order": "asc", "per_page": str(size), "page": str(page),
            "dp": const.DECIMALS, "dates_are_gmt": "true", **stream.filters,
        }  # fmt: skip
        params |= {stream.after: _naive(after)} if after else {}
        params |= {stream.before: _naive(before)} if before else {}
        answer = self._list(stream.path, params)
        rows = [_row(values, stream) for values in answer.payload]
        total = _header(answer, "X-WP-Total")
        if total and page == 1 and not rows:
            raise AuthenticationError(
                f"{answer.url}: the store counts {total} {stream.label}s, and shows none of them.",
                hint="The user of the key needs the role of a shop manager.",
            )
        if after and any(row.at <= after for row in rows):
            raise TransportError(
                f"{answer.url}: the store does not select {stream.label}s by date of change.",
                hint="WooCommerce 5.8 or newer is needed.",
            )
        more = _has_more(answer, page, len(rows), size)
        return _Answer(rows, more, total, http_date(answer.headers.get("Date", "")))

    def _walk(self, stream: _Stream, cursor: Cursor, page_size: int) -> Iterator[tuple[_Answer, Cursor]]:
        """All pages from the cursor on, each row once per state, and where to go on after each."""
        size = max(1, min(page_size, const.PAGE_LIMIT))
        after = None if cursor.changed_at is None else _whole(cursor.changed_at) - _SECOND
        before = None if cursor.until is None else _whole(cursor.until + _SECOND - timedelta(microseconds=1))
        matching: int | None = None
        seen: set[tuple[str, datetime]] = set()
        more = True
        while more:
            answer = self._rows(stream, size, after, before)
            matching = answer.total if matching is None else matching
            more = answer.more
            if not answer.rows:
                return
            last = _progress(answer) if more else answer.rows[-1]
            if more and after is not None and last.at - _SECOND <= after:
                # The page holds nothing but one second, or the part of it that is settled.
                answer = self._second(stream, size, last.at)
                after = last.at
            else:
                after = last.at - _SECOND
            fresh = [row for row in answer.rows if (row.external_id, row.at) not in seen]
            seen = {(row.external_id, row.at) for row in answer.rows if row.at >= last.at}
            if fresh:
                goes_on = Cursor(changed_at=last.at, external_id=last.external_id, until=cursor.until)
                yield _Answer(fresh, more, matching, None), goes_on

    def _second(self, stream: _Stream, size: int, second: datetime) -> _Answer:
        """All rows of one second, by page number.

        A row that changes meanwhile leaves the second and pulls the others forward; then the count
        changes, and the pages are read again. No row can enter a second that is over.
        """
        for _restart in range(_RESTARTS):
            found: dict[str, _Row] = {}
            page, expected, more = 1, None, True
            while more:
                answer = self._rows(stream, size, second - _SECOND, second + _SECOND, page)
                expected = answer.total if expected is None else expected
                if answer.total != expected:
                    break
                found.update((row.external_id, row) for row in answer.rows)
                more, page = answer.more and bool(answer.rows), page + 1
            else:
                return _Answer(list(found.values()), True, expected, None)
        raise TransportError(
            f"The store's {stream.label}s of {_naive(second)} UTC keep changing while they are read.",
            hint="Try again later.",
        )


def _row(values: Any, stream: _Stream) -> _Row:
    if not isinstance(values, Mapping):
        raise TransportError(f"The list of {stream.label}s holds something that is no {stream.label}.")
    node = Node(f"{stream.label} {values.get('id', '?')}", values)
    at = node.instant(stream.date_field) or node.instant("date_created_gmt")
    if at is None:
        raise PayloadError(node.at(stream.date_field), "it is missing")
    return _Row(node.identity(), at, values)


def _progress(answer: _Answer) -> _Row:
    """The last row whose date is surely the one it was sorted by."""
    if answer.answered_at is None:
        return answer.rows[-1]
    settled = [row for row in answer.rows if row.at < answer.answered_at - _ANSWER_TIME]
    return settled[-1] if settled else answer.rows[-1]


def _has_more(answer: Response, page: int, count: int, size: int) -> bool:
    """Whether rows follow; by their number where a cache or firewall strips the header."""
    pages = _header(answer, "X-WP-TotalPages")
    return count >= size if pages is None else page < pages


def _header(answer: Response, name: str) -> int | None:
    value = answer.headers.get(name, "").strip()
    return int(value) if value.isdecimal() else None


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _naive(at: datetime) -> str:
    """How the API takes a time: UTC without an offset (``dates_are_gmt``)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _without_codes(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The order with the ends of gift-card codes only: a code is money, and what is read is stored."""
    cards = order.get("gift_cards")
    if not isinstance(cards, list):
        return order
    masked = [
        {**card, "code": f"…{str(card['code'])[-4:]}"} if isinstance(card, Mapping) and card.get("code") else card
        for card in cards
    ]
    return {**order, "gift_cards": masked}
