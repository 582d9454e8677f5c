"""Stores on private networks: refused unless allowed, also behind a public name."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ecommerce_connector.platforms.transport import PermanentTransportError, Transport

PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254", "0.0.0.0",
           "fc00::1", "fdff::1", "fe80::1", "::ffff:10.0.0.1"]  # fmt: skip


def url_of(host: str) -> str:
    return f"https://[{host}]" if ":" in host else f"https://{host}"


def answer_with(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(_host: str, port: int, *_args: Any, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("host", PRIVATE)
def test_private_address_is_refused_unless_allowed(host: str) -> None:
    with pytest.raises(PermanentTransportError, match="private network"):
        Transport(url_of(host))
    assert Transport(url_of(host), allow_private=True).base_url == url_of(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "172.32.0.1", "11.0.0.1", "2001:db8::1"])
def test_this_machine_and_public_addresses_are_accepted(host: str) -> None:
    assert Transport(url_of(host)).base_url == url_of(host)


@pytest.mark.parametrize("host", PRIVATE)
def test_name_that_leads_to_a_private_address_is_refused_before_anything_is_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "93.184.216.34", host)
    transport = Transport("https://shop.example", max_tries=1)
    with pytest.raises(PermanentTransportError, match="shop.example .* is on a private network"):
        transport.request("GET", "orders", headers={"X-Api-Key": "a-long-secret"})
    assert transport.stats.requests == 0
