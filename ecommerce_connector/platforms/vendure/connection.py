"""What a Vendure store tells about itself when the connection is checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ...core.currencies import is_currency
from ...core.errors import TransportError
from ..base import ConnectionInfo
from . import const
from .records import Record

_QUARTER = timedelta(minutes=15)
#: How far apart an order's placing and its payment may be written, when nobody waits in between.
_AT_ONCE = timedelta(minutes=2)


def connection_info(data: Mapping[str, Any]) -> ConnectionInfo:
    """Read the answer of the ``StoreCheck`` query.

    :raises TransportError: if it says nothing about a channel
    """
    if not isinstance(data.get("activeChannel"), Mapping) or not isinstance(data["activeChannel"].get("code"), str):
        raise TransportError("The store does not say which channel this is.")
    channel = Record(data["activeChannel"], "channel", 0)
    name, seller = channel.text("code"), channel.part("seller")
    if name == const.DEFAULT_CHANNEL and seller:
        name = seller.text("name") or name
    currencies = tuple(str(code) for code in data["activeChannel"].get("availableCurrencyCodes") or ())
    warnings = [
        f"{code} is not an ISO 4217 currency; orders in it are not booked."
        for code in currencies
        if not is_currency(code)
    ]
    shift = _shift(Record(data.get("orders"), "orders", 0).parts("items", "order", "code"))
    if shift:
        warnings.append(
            f"The store's server does not run in UTC: it dates payments {shift / timedelta(hours=1):+g} hours off, and "
            "changes may be found late. Have Vendure started with TZ=UTC."
        )
    return ConnectionInfo(store_name=name, currencies=currencies, warnings=tuple(warnings))


def _shift(orders: list[Record]) -> timedelta:
    """By how much the database's times are off; zero if they are not, or the orders do not tell.

    Vendure writes ``orderPlacedAt`` by its own clock, right, and ``createdAt`` by the database's,
    which it reads back as its own local time. The payment that placed an order was made at the
    same moment: if all of them are off by the same quarters of an hour, that is a time zone.
    """
    apart = []
    for order in orders:
        placed = order.instant("orderPlacedAt")
        payments = [payment.instant("createdAt") - placed for payment in order.parts("payments", "payment")]
        if payments:
            apart.append(min(payments, key=abs))
    quarters = {round(difference / _QUARTER) for difference in apart}
    if len(quarters) != 1:
        return timedelta()
    shift = quarters.pop() * _QUARTER
    return shift if all(abs(difference - shift) < _AT_ONCE for difference in apart) else timedelta()
