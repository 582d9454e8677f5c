"""Is this a Medusa 2 store, does the key work, and what does the store say about itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.currencies import is_currency
from ...core.errors import AuthenticationError, PayloadError, TransportError
from ..base import ConnectionInfo
from ..http_guard import PermanentTransportError
from .client import MedusaClient, answered
from .records import Record


def check(client: MedusaClient, base_url: str) -> ConnectionInfo:
    """Ask for an order, a payment and the store: what an import reads.

    :raises AuthenticationError: the key is refused, or may not read one of them
    :raises TransportError: wrong address, or no Medusa 2 there
    """
    try:
        orders = client.get("orders", {"limit": "1", "fields": "id,version,currency_code"}).payload
        client.get("payments", {"limit": "1", "fields": "id,payment_collection.order.id"})
        store = _store(client.get("stores", {"fields": "id,name,*supported_currencies"}).payload)
    except AuthenticationError:
        _refuse_version_1(client, base_url)
        raise
    except PermanentTransportError as error:
        if answered(error, 404):
            raise PermanentTransportError(
                f"There is no Medusa store at {base_url}: {error.message}",
                hint="Enter the address of Medusa's server, not of the shop that customers see.",
            ) from None
        raise
    if not isinstance(orders.get("orders"), list):
        raise TransportError(f"{base_url}: the store's list of orders has not the expected form.")
    return store


def _refuse_version_1(client: MedusaClient, base_url: str) -> None:
    """Medusa 1 answers anybody about its regions; Medusa 2 asks for a publishable key first."""
    answer = client.open_answer("store/regions")
    if isinstance(answer, Mapping) and isinstance(answer.get("regions"), list):
        raise PermanentTransportError(
            f"{base_url} is a Medusa store of version 1, whose amounts are in another unit.",
            hint="Only Medusa 2 can be connected; export the orders of version 1 to a file store.",
        )


def _store(payload: Mapping[str, Any]) -> ConnectionInfo:
    """Medusa has one store, in any number of currencies, and no time zone."""
    try:
        found = Record(payload, "store").parts("stores", "store")[0]
        rows = found.parts("supported_currencies", "currency", required=False)
        currencies = tuple(row.text("currency_code").upper() for row in rows)
        name = found.text("name")
    except (PayloadError, IndexError):
        raise TransportError("The store does not say its name and currencies.") from None
    warnings = tuple(
        f"{code} is not an ISO 4217 currency; orders in it are not booked."
        for code in currencies
        if not is_currency(code)
    )
    return ConnectionInfo(store_name=name, currencies=currencies, version="2", warnings=warnings)
