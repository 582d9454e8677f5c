"""HTTP in one place: how every platform and processor talks to the network.

A call is bounded in size, time and tries, goes over verified HTTPS to one host, follows no
redirect, and shows no secret in a message, a log line or a ``repr``. It raises only ``core.errors``.
"""

from __future__ import annotations

import http.client
import logging
import random as random_module
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests
import urllib3

from ..core.errors import AuthenticationError
from . import payload as payloads
from .http_guard import (
    Body,
    BodyFault,
    Failure,
    Masker,
    PermanentTransportError,
    check_address,
    http_date,
    is_loopback,
    not_json,
    origin,
    own_message,
    read_body,
    refuse_private,
    resolved,
    shorten,
    unreached,
)

__all__ = ["PermanentTransportError", "Response", "Transport", "TransportStats"]

_logger = logging.getLogger(__name__)

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Seconds; the longest pause between two tries. A store that asks for more gets its
#: ``Retry-After`` reported to the caller, who can use the time better than by sleeping.
LONGEST_WAIT = 60.0
#: Bytes of an error answer that are read for its message.
_ERROR_BYTES = 256 * 1024
_USER_AGENT = "ecommerce_connector (Odoo)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A successful answer.

    :ivar headers: names in any case
    :ivar payload: decoded JSON with exact decimals; None for an answer without content
    :ivar url: what was asked, with secrets masked: for messages, not for asking again
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    payload: Any = field(repr=False)
    url: str


@dataclass(slots=True)
class TransportStats:
    """What the calls of one transport cost, for the sync log.

    :ivar requests: tries sent, repeated ones included
    :ivar bytes: received, as compressed on the wire
    :ivar waited: seconds slept between tries
    """

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    waited: float = 0.0


class Transport:
    """Calls to one store or processor, over one kept session.

    :param base_url: https address that relative paths are appended to
    :param secrets: what must never be shown; values of authentication headers are added by themselves
    :param allow_http_on_loopback: accept plain http for this machine, for tests and demonstrations
    :param allow_private: accept hosts on private and link-local networks; this machine is accepted always
    :param connect_timeout: seconds
    :param read_timeout: seconds without a single byte
    :param answer_timeout: seconds for the whole of one answer
    :param max_tries: how often a call is sent at most
    :param max_bytes: largest answer, before and after decompression
    :param sleep: replaces ``time.sleep`` in tests; ``random``, ``clock`` (monotonic seconds) and
        ``now`` (aware, for dates in ``Retry-After``) likewise
    :param log: takes one line per try; by default this module's logger
    :raises PermanentTransportError: if the address is not one that credentials may be sent to
    """

    def __init__(
        self,
        base_url: str,
        *,
        secrets: Iterable[str] = (),
        allow_http_on_loopback: bool = True,
        allow_private: bool = False,
        connect_timeout: float = 5.0,
        read_timeout: float = 60.0,
        answer_timeout: float = 300.0,
        max_tries: int = 5,
        max_bytes: int = 50 * 1024 * 1024,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = random_module.random,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        log: Callable[[str], object] | None = None,
    ) -> None:
        self._http_on_loopback = allow_http_on_loopback
        self._allow_private = allow_private
        self._public: set[str | None] = set()
        self._base = check_address(base_url, allow_http_on_loopback=allow_http_on_loopback, allow_private=allow_private)
        self.base_url = urlunsplit(self._base._replace(query="", fragment="")).rstrip("/")
        self.stats = TransportStats()
        self._mask = Masker(secrets)
        self._timeouts = (connect_timeout, read_timeout)
        self._answer_timeout = answer_timeout
        self._max_tries, self._max_bytes = max_tries, max_bytes
        self._sleep, self._random, self._clock, self._now = sleep, random, clock, now
        self._log = log or _logger.info
        self._session = _session(self._base.hostname or "")

    def __repr__(self) -> str:
        return f"Transport({self._mask.url(self.base_url)!r})"

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def mask(self, text: str) -> str:
        """A text with all secrets replaced: for what a platform quotes out of an answer."""
        return self._mask(text)

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        json_body: Any = None,
        retry_safe: bool = True,
    ) -> Response:
        """Send a call and decode its JSON answer.

        :param path_or_url: appended to the base address, or a whole address; another host gets
            neither headers, credentials nor a body
        :param auth: user and password for HTTP Basic
        :param retry_safe: False for a call that must not be sent twice
        :raises AuthenticationError: the other side refuses the credentials (401, 403)
        :raises PermanentTransportError: trying again will not help: wrong address, redirect, page, too large
        :raises TransportError: not reached, overloaded or answered badly, also after the last try
        """
        self._mask.add_headers(headers or {})
        if auth:
            self._mask.add(*auth)
        prepared = self._prepare(method, path_or_url, params, headers, auth, json_body)
        tries = self._max_tries if retry_safe else 1
        tried = 0
        while True:
            tried += 1
            outcome = self._try(prepared, tried, tries)
            if isinstance(outcome, Response):
                return outcome
            wait = self._wait(outcome, tried)
            if not outcome.retry or tried >= tries or wait > LONGEST_WAIT:
                raise outcome.error(tried)
            self.stats.retries += 1
            self.stats.waited += wait
            self._sleep(wait)

    # === Before the call === #

    def _prepare(
        self,
        method: str,
        path_or_url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
        json_body: Any,
    ) -> requests.PreparedRequest:
        url = self._resolve(path_or_url)
        body = None if json_body is None else payloads.dumps(json_body).encode()
        all_headers = {**self._checked(headers or {}), **({"Content-Type": "application/json"} if body else {})}
        request = requests.Request(
            method, url, params=params, headers=all_headers, data=body, auth=_basic(auth) if auth else _no_auth
        )
        try:
            prepared = self._session.prepare_request(request)
            sent_to = check_address(
                prepared.url or "", allow_http_on_loopback=self._http_on_loopback, allow_private=self._allow_private
            )
        except (requests.RequestException, UnicodeError):
            raise PermanentTransportError(f"{self._mask.url(url)} is not a valid address.") from None
        foreign = origin(sent_to) != origin(self._base)
        if foreign and (headers or auth or body or self._mask(url) != url or self._mask.url(url) != url):
            raise PermanentTransportError(
                f"Refused to send the credentials of {self._base.hostname} to another host, {sent_to.hostname}."
            )
        self._check_network(sent_to)
        return prepared

    def _check_network(self, sent_to: SplitResult) -> None:
        """A public name may lead to a private address; looked up once per host."""
        host = sent_to.hostname or ""
        if self._allow_private or is_loopback(host) or host in self._public:
            return
        refuse_private(host, resolved(host, origin(sent_to)[2]))
        self._public.add(host)

    def _resolve(self, path_or_url: str) -> str:
        if re.match(r"https?://", path_or_url, re.IGNORECASE):
            return path_or_url
        path = path_or_url.lstrip("/")
        return f"{self.base_url}/{path}" if path else self.base_url

    @staticmethod
    def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
        """Headers that can be sent; requests' own complaint would quote the secret."""
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable() and value == value.strip()):
                raise AuthenticationError(
                    f"The value for {name} contains a space, line break or letter that no key has.",
                    hint="Copy the key again and enter it.",
                )
        return headers

    # === One try === #

    def _try(self, prepared: requests.PreparedRequest, tried: int, tries: int) -> Response | Failure:
        """Send once and read the answer; whatever happens is one line in the log."""
        started, got = self._clock(), self.stats.bytes
        self.stats.requests += 1
        status = "no answer"
        outcome: Response | Failure
        try:
            with self._send(prepared) as answer:
                status = str(answer.status_code)
                outcome = self._read(answer, started)
        except BodyFault as fault:
            outcome = Failure(fault.problem, hint=fault.hint, retry=fault.retry)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            outcome = unreached(error)
        url = self._mask.url(prepared.url or "")
        ms = round((self._clock() - started) * 1000)
        size = self.stats.bytes - got
        self._log(f"{prepared.method} {url} {status} {size} B {ms} ms, try {tried} of {tries}")
        return self._told(outcome, url) if isinstance(outcome, Failure) else outcome

    def _told(self, failure: Failure, url: str) -> Failure:
        """A failure as it may be shown: the address in front, secrets masked."""
        return Failure(
            self._mask(f"{url.partition('?')[0]}: {failure.problem}"), self._mask(failure.hint),
            failure.retry, failure.refused, failure.retry_after,
        )  # fmt: skip

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        return self._session.send(
            prepared, **(settings | {"stream": True}), timeout=self._timeouts, allow_redirects=False
        )

    def _read(self, answer: requests.Response, started: float) -> Response | Failure:
        if answer.status_code in REDIRECTS:
            return self._redirected(answer)
        if not 200 <= answer.status_code < 300:
            return self._refused(answer, started)
        body = self._body(answer, self._max_bytes, started)
        content_type = answer.headers.get("Content-Type", "")
        failure = not_json(content_type, body.data, answer.status_code)
        if failure:
            return failure
        try:
            decoded = payloads.loads(body.data.removeprefix(b"\xef\xbb\xbf")) if body.data else None
        except ValueError as error:
            return Failure(f"the answer is not whole or not JSON ({shorten(str(error))})")
        except RecursionError:
            return Failure("the answer is nested too deeply", retry=False)
        url = self._mask.url(answer.request.url or "")
        return Response(status=answer.status_code, headers=answer.headers, payload=decoded, url=url)

    def _body(self, answer: requests.Response, limit: int, started: float) -> Body:
        def out_of_time() -> bool:
            return self._clock() - started > self._answer_timeout

        body = read_body(answer.raw, answer.headers, limit, out_of_time)
        self.stats.bytes += body.wire_bytes
        return body

    def _redirected(self, answer: requests.Response) -> Failure:
        """Following would lose the credentials, or give them to somebody else: say where it points."""
        asked = answer.request.url or ""
        location = answer.headers.get("Location", "")
        if not location:
            return Failure(f"answered {answer.status_code} without saying where to go", retry=False)
        target = urlsplit(urljoin(asked, location))
        path = urlsplit(asked).path.removeprefix(self._base.path.rstrip("/"))
        base = target.path.rstrip("/").removesuffix(path.rstrip("/"))
        address = urlunsplit((target.scheme, target.netloc.rpartition("@")[2], base, "", ""))
        return Failure(
            f"the store answers at another address, {self._mask(shorten(address))}",
            hint="If that is the store, enter this address.",
            retry=False,
        )

    def _refused(self, answer: requests.Response, started: float) -> Failure:
        try:
            said = own_message(answer.headers.get("Content-Type", ""), self._body(answer, _ERROR_BYTES, started).data)
        except BodyFault:
            said = ""  # the status says enough
        problem = f"answered {answer.status_code}" + (f": {said}" if said else "")
        status = answer.status_code
        if status in (401, 403):
            return Failure(problem, hint="Check the credentials and their permissions.", retry=False, refused=True)
        if status == 404:
            return Failure(f"nothing is there; it {problem}", hint="Check the store's address.", retry=False)
        retry_after = self._retry_after(answer.headers)
        return Failure(problem, retry=status in RETRIED, retry_after=retry_after)

    # === Between tries === #

    def _wait(self, failure: Failure, tried: int) -> float:
        """Seconds before the next try: what the other side asks for, else full jitter, 1 s doubling to 60 s."""
        if failure.retry_after is not None:
            return failure.retry_after
        return self._random() * min(LONGEST_WAIT, 2.0 ** (tried - 1))

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """``Retry-After`` in seconds, given as seconds or as a date by the other side's own clock."""
        value = headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        until = http_date(value)
        if until is None:
            return None
        return max(0.0, (until - (http_date(headers.get("Date", "")) or self._now())).total_seconds())


def _session(host: str) -> requests.Session:
    session = requests.Session()
    session.headers.update(
        {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
    )
    # Each call stands for itself: a kept session cookie would mix with the key.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # The environment names proxies and certificate authorities; neither concerns this machine.
    session.trust_env = not is_loopback(host)
    return session


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from taking credentials out of a ``.netrc`` file."""
    return request


def _basic(auth: tuple[str, str]) -> requests.auth.HTTPBasicAuth:
    return requests.auth.HTTPBasicAuth(auth[0].encode(), auth[1].encode())
