"""What keeps HTTP safe: addresses, secrets and sizes.

``transport.py`` talks; this module decides what may be asked, what may be shown and how much may
be read. Nothing here retries or raises ``core.errors``, except for an address that is refused.
"""

from __future__ import annotations

import base64
import html
import ipaddress
import re
import socket
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

import requests
import urllib3

from ..core.errors import AuthenticationError, ConnectorError, TransportError
from . import payload

MASK = "***"
_CHUNK = 64 * 1024
_SHOWN = 200
#: Names of headers and query fields whose values are never shown, declared as secrets or not.
_SENSITIVE = re.compile(r"auth|key|token|secret|passw|signature|cookie", re.IGNORECASE)
#: Shorter texts are no secrets; masking them would garble every message.
_SHORTEST_SECRET = 4


class PermanentTransportError(TransportError):
    """A transport error that trying again does not mend: wrong address, redirect, a page instead of data."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How one try failed.

    :ivar retry_after: seconds the other side asks us to wait, None if it does not say
    """

    problem: str
    hint: str = ""
    retry: bool = True
    refused: bool = False
    retry_after: float | None = None

    def error(self, tries: int) -> ConnectorError:
        """What the caller gets once it is not tried again."""
        if self.refused:
            return AuthenticationError(f"{self.problem}.", hint=self.hint)
        if not self.retry:
            return PermanentTransportError(f"{self.problem}.", hint=self.hint)
        problem = f"{self.problem} (tried {tries} times)" if tries > 1 else self.problem
        return TransportError(f"{problem}.", hint=self.hint, retry_after=self.retry_after)


# === Addresses === #


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


#: Networks that only machines beside this one are on; the server must not be sent there from outside.
PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in ("0.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                    "::/128", "fc00::/7", "fe80::/10")
)  # fmt: skip


def is_private(host: str) -> bool:
    """Whether an address is on a private or link-local network; a name is not, before it is resolved."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in PRIVATE_NETWORKS)


def refuse_private(host: str, addresses: Iterable[str]) -> None:
    """Refuse a host one of whose addresses is private.

    :raises PermanentTransportError: naming the address
    """
    for address in addresses:
        if is_private(address):
            where = host if address == host else f"{host} ({address})"
            raise PermanentTransportError(
                f"{where} is on a private network, where no store is asked.",
                hint="Use the store's public address, or allow private addresses in the settings.",
            )


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host; none if it has none, which the call itself will tell."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def check_address(address: str, *, allow_http_on_loopback: bool = True, allow_private: bool = False) -> SplitResult:
    """The parts of an address that may be asked.

    :param allow_private: accept addresses of private networks
    :raises PermanentTransportError: if it is not https (or http on this machine), carries a password, or is private
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
        _port = parts.port  # a port that is not a number raises here
    except ValueError as error:
        raise PermanentTransportError(f"{_shown_address(address)} is not an address: {error}.") from None
    shown = _shown_address(address)
    if parts.scheme not in ("http", "https") or not host:
        raise PermanentTransportError(
            f"{shown!r} is not a web address.", hint="Enter the whole address, such as https://shop.example.com."
        )
    if parts.username or parts.password:
        raise PermanentTransportError(
            f"The address of {host} carries a user name or password.", hint="Enter it under the credentials instead."
        )
    if parts.scheme == "http" and not (allow_http_on_loopback and is_loopback(host)):
        raise PermanentTransportError(
            f"{shown} is not encrypted, and credentials are only sent encrypted.", hint="Use the https:// address."
        )
    if not allow_private:
        refuse_private(host, [host])
    return parts


def _shown_address(address: str) -> str:
    """An address without what stands before ``@`` or after ``?``: either may be a secret."""
    return re.sub(r"//[^/?#]*@", "//", address.strip()).partition("?")[0]


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port: who gets the credentials."""
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


# === Secrets === #


class Masker:
    """Replaces secrets in texts, in each form in which HTTP shows them.

    :param secrets: what must never appear in a log line or message
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        # Values of headers may change with each call (signatures): the last ones are enough.
        self._passing: deque[str] = deque(maxlen=20)
        self._pattern: re.Pattern[str] | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"Masker({len(self._secrets)} secrets)"

    def add(self, *secrets: str) -> None:
        """Mask these as well from now on."""
        new = self._new(secrets)
        if new:
            self._secrets += new
            self._compile()

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Mask the values of headers whose names say that they are secret."""
        new = self._new(value for name, value in headers.items() if _SENSITIVE.search(name))
        if new:
            self._passing.extend(new)
            self._compile()

    def _new(self, secrets: Iterable[str]) -> list[str]:
        known = {*self._secrets, *self._passing}
        return [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET and secret not in known]

    def _compile(self) -> None:
        forms = sorted(self._forms(), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def _forms(self) -> set[str]:
        forms: set[str] = set()
        for secret in (*self._secrets, *self._passing):
            quoted = (quote(secret, safe=""), quote(secret), quote_plus(secret), secret.replace("/", "\\/"))
            forms.update((secret, *quoted, *(form.lower() for form in quoted if "%" in form)))
        parts = ["", *self._secrets]
        pairs = [f"{user}:{password}" for user in parts for password in parts if user != password]
        for text in (*pairs, *self._secrets):
            encoded = base64.b64encode(text.encode()).decode().rstrip("=")
            forms.update((encoded, quote(encoded, safe="")))
        return {form for form in forms if len(form) >= _SHORTEST_SECRET}

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by ``***``."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def url(self, url: str) -> str:
        """An address to show: secrets and the values of sensitive query fields replaced."""
        parts = urlsplit(url)
        fields = parse_qsl(parts.query, keep_blank_values=True)
        if any(_SENSITIVE.search(name) for name, _value in fields):
            hidden = [(name, MASK if _SENSITIVE.search(name) else value) for name, value in fields]
            url = urlunsplit(parts._replace(query=urlencode(hidden, safe="*")))
        return self(url)


# === Sizes === #


class BodyFault(Exception):
    """A body that cannot be read.

    :param retry: whether asking again may help
    """

    def __init__(self, problem: str, *, hint: str = "", retry: bool = True) -> None:
        super().__init__(problem)
        self.problem, self.hint, self.retry = problem, hint, retry


@dataclass(frozen=True)
class Body:
    """What came: decompressed, and how many bytes that were on the wire."""

    data: bytes
    wire_bytes: int


def read_body(raw: Any, headers: Mapping[str, str], limit: int, out_of_time: Callable[[], bool]) -> Body:
    """Read and decompress a body, at most ``limit`` bytes before and after decompression.

    :param raw: urllib3's response, read without its own decompression, which knows no limit
    :param out_of_time: asked after every piece that comes in
    :raises BodyFault: if it is larger, slower or shorter than it may be, or damaged
    """
    expected = headers.get("Content-Length", "")
    length = int(expected) if expected.isdigit() else None
    if length is not None and length > limit:
        raise _too_large(limit)
    # ``read1`` waits for the network once per call, so the clock is seen after every piece; ``read``
    # would wait until the whole piece is there. urllib3 1.26 has it only on what it wraps.
    reader = raw if hasattr(raw, "read1") else raw._fp
    decoder = _Decoder(headers.get("Content-Encoding", ""), limit)
    wire_bytes = 0
    while piece := reader.read1(_CHUNK):
        wire_bytes += len(piece)
        if wire_bytes > limit:
            raise _too_large(limit)
        decoder.feed(piece)
        if out_of_time():
            raise BodyFault("it answers too slowly, the answer was given up")
    if length is not None and wire_bytes < length:
        raise BodyFault("the answer was cut off")
    raw.release_conn()  # read to its end: the connection can be used again
    return Body(decoder.finish(), wire_bytes)


def _too_large(limit: int) -> BodyFault:
    return BodyFault(
        f"the answer is larger than {limit / 1024 / 1024:g} MB", hint="Ask for smaller pages.", retry=False
    )


class _Decoder:
    """Content decoding with a limit on what comes out."""

    _WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}

    def __init__(self, encoding: str, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        encoding = encoding.strip().lower()
        self._window = self._WINDOWS.get(encoding, 0)
        if encoding not in ("", "identity") and not self._window:
            raise BodyFault(f"the answer is compressed with {shorten(encoding)}, which was not asked for", retry=False)
        self._inflate = zlib.decompressobj(self._window) if self._window else None
        self._started = False

    def feed(self, piece: bytes) -> None:
        self._started = True
        if self._inflate is None:
            self._data += piece
            return
        try:
            self._feed_compressed(piece)
        except zlib.error:
            raise BodyFault("the compressed answer is damaged") from None

    def _feed_compressed(self, piece: bytes) -> None:
        while piece and self._inflate is not None:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(self._window)  # gzip allows several parts
            room = self._limit - len(self._data) + 1
            self._data += self._decompress(self._inflate, piece, room)
            if len(self._data) > self._limit:
                raise _too_large(self._limit)
            piece = self._inflate.unused_data

    def _decompress(self, inflate: Any, piece: bytes, room: int) -> bytes:
        try:
            return bytes(inflate.decompress(piece, room))
        except zlib.error:
            if self._window != 15 or self._data:
                raise
            # Some servers send "deflate" without the zlib wrapper.
            self._window = -15
            self._inflate = zlib.decompressobj(-15)
            return bytes(self._inflate.decompress(piece, room))

    def finish(self) -> bytes:
        if self._inflate is not None and not self._inflate.eof and self._started:
            raise BodyFault("the compressed answer was cut off")
        return bytes(self._data)


# === What the other side says === #


def shorten(text: str) -> str:
    """One line of at most 200 characters, without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def is_page(content_type: str, data: bytes) -> bool:
    """Whether a body is a web page."""
    if "html" in content_type.lower():
        return True
    return data[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def page_title(data: bytes) -> str:
    """The title of a web page, shortened; empty if it has none."""
    found = re.search(r"<title[^>]*>(.*?)</title>", data[:_CHUNK].decode("utf-8", "replace"), re.IGNORECASE | re.DOTALL)
    return shorten(html.unescape(found.group(1))) if found else ""


def own_message(content_type: str, data: bytes) -> str:
    """What the other side says about a failure, shortened; empty if it says nothing."""
    if is_page(content_type, data):
        title = page_title(data)
        return f"a web page titled {title!r}" if title else "a web page"
    try:
        said = _message_in(payload.loads(data))
    except (ValueError, RecursionError):
        said = data[:_CHUNK].decode("utf-8", "replace")
    return shorten(said)


def _message_in(answer: Any) -> str:
    """The message in a JSON error answer; these names cover the stores' own and GraphQL's."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return _message_in(answer[0]) if answer else ""
    if isinstance(answer, Mapping):
        for name in ("message", "error_description", "errors", "error", "title", "detail"):
            if answer.get(name):
                return _message_in(answer[name])
    return ""


def not_json(content_type: str, data: bytes, status: int) -> Failure | None:
    """Why a successful answer is no JSON, by its type; None if it may be."""
    if is_page(content_type, data):
        title = page_title(data)
        return Failure(
            "a web page came instead of data" + (f", titled {title!r}" if title else ""),
            hint="Check the store's address; a login page, a maintenance page or a firewall may stand before it.",
            retry=False,
        )
    if not data:
        return None if status == 204 else Failure("the answer is empty")
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in ("application/json", "text/json") and not kind.endswith("+json"):
        return Failure(
            f"an answer of type {shorten(kind)} came instead of JSON", hint="Check the store's address.", retry=False
        )
    return None


def unreached(error: Exception) -> Failure:
    """A failure of the connection in words, without the library's own text, which quotes the address."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = re.search(r"certificate verify failed: ([^(\"']+)", text)
        return Failure(
            "its certificate is not trusted" + (f" ({reason.group(1).strip()})" if reason else ""),
            hint="Check the address, or have the certificate renewed.", retry=False,
        )  # fmt: skip
    if isinstance(error, requests.exceptions.SSLError):
        return Failure("no encrypted connection could be made", hint="Check that the address speaks https.")
    if isinstance(error, requests.ConnectTimeout):
        return Failure("it does not answer", hint="Check the address and the network.")
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return Failure("it stopped answering in time")
    if "IncompleteRead" in text:
        return Failure("the answer was cut off")
    if re.search(r"resol|getaddrinfo|not known", text):
        return Failure("there is no such host name", hint="Check the address.")
    if "refused" in text:
        return Failure("it refuses connections", hint="Check the address, or whether the store is down.")
    return Failure("the connection broke off")


def http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
