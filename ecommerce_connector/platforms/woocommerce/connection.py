"""Is this a WooCommerce store, does the key work, and what does the store say about itself?

Each step asks for the least permission, so that what is wrong can be named: the address, the
permalinks, WooCommerce, the key, or the rights of its user.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import AuthenticationError, ConnectorError, TransportError
from ..base import ConnectionInfo
from ..http_guard import PermanentTransportError
from ..transport import Transport
from . import const
from .client import WooCommerceClient, answered
from .fields import Node

_KEY_HINT = (
    "Check the consumer key and secret, and that the key has Read permission "
    "(WooCommerce > Settings > Advanced > REST API)."
)


def check(transport: Transport, client: WooCommerceClient) -> ConnectionInfo:
    """Find out who the store is.

    :raises AuthenticationError: the key is refused, or its user may not read orders
    :raises TransportError: wrong address, or no WooCommerce there
    """
    warnings: list[str] = []
    site = _site(transport, warnings)
    _try_key(client)
    time_zone = _time_zone(site, warnings)
    return ConnectionInfo(
        store_name=site.text("name") or transport.base_url.partition("//")[2],
        currencies=_currency(client, warnings),
        time_zone=time_zone,
        version=_version(client),
        warnings=tuple(warnings),
    )


def _site(transport: Transport, warnings: list[str]) -> Node:
    """What WordPress tells anybody; empty if the site hides it from strangers."""
    try:
        answer = transport.request("GET", const.SITE_PATH)
    except AuthenticationError:
        warnings.append("The site hides its name and time zone from the public: set the time zone by hand.")
        return Node("site", {})
    except PermanentTransportError as error:
        if answered(error, 404) and _is_site(_plain_site(transport)):
            raise PermanentTransportError(
                f"{transport.base_url} is a WordPress site whose permalinks are Plain: the API cannot be reached.",
                hint="Choose any other structure under Settings > Permalinks, such as Post name.",
            ) from None
        raise PermanentTransportError(
            f"There is no WooCommerce at {transport.base_url}: {error.message}", hint=error.hint
        ) from None
    if not _is_site(answer.payload):
        raise PermanentTransportError(f"There is no WooCommerce at {transport.base_url}: it is no WordPress site.")
    if const.NAMESPACE not in answer.payload["namespaces"]:
        raise PermanentTransportError(
            f"{transport.base_url} is a WordPress site without the WooCommerce API ({const.NAMESPACE}).",
            hint="Activate WooCommerce there, or enter the address of the shop.",
        )
    return Node("site", answer.payload)


def _plain_site(transport: Transport) -> Any:
    try:
        return transport.request("GET", const.PLAIN_SITE_PATH).payload
    except ConnectorError:
        return None


def _is_site(payload: Any) -> bool:
    return isinstance(payload, Mapping) and isinstance(payload.get("namespaces"), list)


def _try_key(client: WooCommerceClient) -> None:
    _try_list(client, "orders")
    try:
        _try_list(client, "refunds")
    except TransportError as error:
        if not answered(error, 404):  # the list is new in WooCommerce 9.0
            raise


def _try_list(client: WooCommerceClient, name: str) -> None:
    try:
        answer = client.get(f"/{name}", {"per_page": "1", "_fields": "id"})
    except AuthenticationError as error:
        if answered(error, 401):
            raise AuthenticationError(f"The store refuses the key: {error.message}", hint=_KEY_HINT) from None
        raise AuthenticationError(
            f"The key may not read {name}: {error.message}",
            hint="Its user needs the role of a shop manager; a firewall may also refuse this server.",
        ) from None
    if not isinstance(answer.payload, list):
        raise TransportError(f"{answer.url}: the answer is not a list of {name}.")


def _currency(client: WooCommerceClient, warnings: list[str]) -> tuple[str, ...]:
    try:
        payload = client.get("/data/currencies/current").payload
    except AuthenticationError:
        warnings.append("The key's user may not see the store's settings: its currency is unknown.")
        return ()
    code = Node("currency", payload).text("code") if isinstance(payload, Mapping) else ""
    return (code,) if code else ()


def _version(client: WooCommerceClient) -> str:
    try:
        payload = client.get("/system_status", {"_fields": "environment.version"}).payload
    except ConnectorError:
        return ""  # nice to know, and not everybody may
    return Node("system status", payload).node("environment").text("version") if isinstance(payload, Mapping) else ""


def _time_zone(site: Node, warnings: list[str]) -> str:
    """The IANA zone. A site may instead be set to a fixed offset from UTC, which knows no summer time."""
    if site.text("timezone_string") or not site.has("gmt_offset"):
        return site.text("timezone_string")
    offset = site.amount("gmt_offset")
    if not offset:
        return "UTC"
    warnings.append(
        f"The site's time zone is a fixed offset, UTC{offset:+}, without summer time: choose a city in WordPress."
    )
    # The sign of these zones is the other way round: Etc/GMT-2 is two hours ahead of UTC.
    return f"Etc/GMT{-int(offset):+}" if offset == int(offset) else ""
