"""The transport against a real server: what it asks, reads, retries and gives up."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from http_store import HttpStore, answer, chunks, cut_off, drip, page, reset, running, silent

from ecommerce_connector.core.errors import AuthenticationError, TransportError
from ecommerce_connector.platforms.transport import PermanentTransportError, Response, Transport

MB = 1024 * 1024
GOOD = answer({"ok": True})


class Caller:
    """A transport with a clockwork sleep, and what it logged and waited."""

    def __init__(self, store: HttpStore, **options: Any) -> None:
        self.lines: list[str] = []
        self.waits: list[float] = []
        defaults: dict[str, Any] = {
            "sleep": self.waits.append,
            "random": lambda: 1.0,
            "log": self.lines.append,
            "now": lambda: datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc),
        }
        self.transport = Transport(options.pop("base_url", store.url), **(defaults | options))

    def get(self, path: str = "orders", **options: Any) -> Response:
        return self.transport.request("GET", path, **options)


@pytest.fixture
def store() -> Iterator[HttpStore]:
    with running(HttpStore(answers=[GOOD])) as served:
        yield served


@pytest.fixture
def caller(store: HttpStore) -> Iterator[Caller]:
    made = Caller(store)
    yield made
    made.transport.close()


# === Asking === #


def test_numbers_keep_every_digit(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer(b'{"total": 10.10, "rate": 1234567890123456789.123456789, "count": 3}')]
    response = caller.get()
    assert response.status == 200
    assert response.payload == {"total": Decimal("10.10"), "rate": Decimal("1234567890123456789.123456789"), "count": 3}
    assert str(response.payload["total"]) == "10.10"
    assert response.headers["content-type"] == "application/json"


def test_a_query_is_sent_as_json_with_exact_numbers(store: HttpStore, caller: Caller) -> None:
    caller.transport.request("POST", "/graphql", json_body={"amount": Decimal("1.10")}, headers={"X-Api-Key": "abcdef"})
    asked = store.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/graphql", b'{"amount":1.10}')
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["X-Api-Key"] == "abcdef"


def test_parameters_and_basic_credentials(store: HttpStore, caller: Caller) -> None:
    caller.get("wc/v3/orders", params={"after": "2026-01-01T00:00:00", "page": "2"}, auth=("user", "päss"))
    assert store.asked[0].path == "/wc/v3/orders?after=2026-01-01T00%3A00%3A00&page=2"
    assert store.asked[0].headers["Authorization"] == "Basic " + base64.b64encode("user:päss".encode()).decode()


@pytest.mark.parametrize("path, sent", [("", "/shop"), ("/api", "/shop/api"), ("api?x=1", "/shop/api?x=1")])
def test_a_path_is_appended_to_the_base_address(store: HttpStore, path: str, sent: str) -> None:
    Caller(store, base_url=f"{store.url}/shop/").get(path)
    assert store.asked[0].path == sent


def test_one_connection_serves_all_calls(store: HttpStore, caller: Caller) -> None:
    store.answers = [GOOD, answer(gzip.compress(b"{}"), Content_Encoding="gzip"), chunks(iter([b"[", b"]"])), GOOD]
    for _call in range(4):
        caller.get()
    assert (len(store.asked), store.connections) == (4, 1)


def test_cookies_are_not_kept(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer({}, Set_Cookie="session=1; Path=/"), GOOD]
    caller.get()
    caller.get()
    assert "Cookie" not in store.asked[1].headers


def test_no_credentials_are_taken_from_netrc(store: HttpStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    caller = Caller(store)
    caller.transport._session.trust_env = True  # as for any host but this machine
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caller.get()
    assert "Authorization" not in store.asked[0].headers


# === Reading === #


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "encoding, packed",
    [
        ("gzip", gzip.compress(b'{"n": 1}')),
        ("gzip", gzip.compress(b'{"n":') + gzip.compress(b" 1}")),
        ("deflate", zlib.compress(b'{"n": 1}')),
        ("deflate", raw_deflate(b'{"n": 1}')),
        ("identity", b'{"n": 1}'),
        ("", b'\xef\xbb\xbf{"n": 1}'),
    ],
)
def test_compressed_answers(store: HttpStore, caller: Caller, encoding: str, packed: bytes) -> None:
    store.answers = [answer(packed, Content_Encoding=encoding)]
    assert caller.get().payload == {"n": 1}


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/graphql-response+json", "text/json", ""]
)
def test_types_that_are_json(store: HttpStore, caller: Caller, kind: str) -> None:
    store.answers = [answer({"n": 1}, Content_Type=kind)]
    assert caller.get().payload == {"n": 1}


def test_no_content(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer(b"", 204)]
    assert caller.get().payload is None


def endless() -> Iterator[bytes]:
    while True:
        yield b" " * 65536


NEVER_MENDS = [
    (page("Site &amp; maintenance\n  soon"), "a web page came instead of data, titled 'Site & maintenance soon'"),
    (answer(b"<html><p>Blocked"), "a web page came instead of data."),
    (answer(b"a;b\n", Content_Type="text/csv"), "an answer of type text/csv came instead of JSON"),
    (answer(b"[" * 100_000), "nested too deeply"),
    (answer(b"{}", Content_Encoding="br"), "compressed with br, which was not asked for"),
    (answer(b" " * (MB + 1)), "larger than 1 MB"),
    (answer(b"{}", Content_Length=str(200 * MB)), "larger than 1 MB"),
    (answer(gzip.compress(b" " * 60 * MB), Content_Encoding="gzip"), "larger than 1 MB"),
    (answer(zlib.compress(b" " * 60 * MB), Content_Encoding="deflate"), "larger than 1 MB"),
    (chunks(endless()), "larger than 1 MB"),
    (answer({"message": "page must be a number"}, 400), "answered 400: page must be a number"),
    (answer({"errors": [{"message": "Cannot query field"}]}, 400), "answered 400: Cannot query field"),
    (answer(b"teapot", 418, Content_Type="text/plain"), "answered 418: teapot"),
    (answer(b"", 304), "answered 304"),
]


@pytest.mark.parametrize("reply, said", NEVER_MENDS)
def test_an_answer_that_trying_again_does_not_mend(store: HttpStore, reply: Any, said: str) -> None:
    store.answers = [reply]
    caller = Caller(store, max_bytes=MB)
    with pytest.raises(PermanentTransportError) as caught:
        caller.get()
    assert said in str(caught.value)
    assert f"{store.url}/orders" in str(caught.value)
    assert (len(store.asked), caller.waits) == (1, [])


MENDS = [
    (reset, "the connection broke off"),
    (cut_off(b'{"ok": true}'), "the answer was cut off"),
    (chunks(iter([b'{"ok":']), end=False), "the answer was cut off"),
    (answer(b'{"ok": tr'), "the answer is not whole or not JSON"),
    (answer(b'{"ok": "\xff"}'), "the answer is not whole or not JSON"),
    (answer(b""), "the answer is empty"),
    (answer(gzip.compress(b'{"ok": true}')[:-9], Content_Encoding="gzip"), "the compressed answer was cut off"),
    (answer(b"\x1f\x8b\x08 nonsense", Content_Encoding="gzip"), "the compressed answer is damaged"),
    (answer({"message": "busy"}, 408), "answered 408: busy"),
    (answer({"message": "too many"}, 429), "answered 429: too many"),
    (answer({"code": "internal", "message": "oops"}, 500), "answered 500: oops"),
    (page("Bad gateway", 502), "answered 502: a web page titled 'Bad gateway'"),
    (answer(b"<html>" + b" " * MB, 503, Content_Type="text/html"), "answered 503"),
    (answer(b"", 504, Content_Type=""), "answered 504"),
]


@pytest.mark.parametrize("reply, said", MENDS)
def test_a_passing_fault_is_tried_again(store: HttpStore, caller: Caller, reply: Any, said: str) -> None:
    store.answers = [reply, reply, GOOD]
    assert caller.get().payload == {"ok": True}
    assert (len(store.asked), caller.waits) == (3, [1.0, 2.0])


@pytest.mark.parametrize("reply, said", MENDS)
def test_a_lasting_fault_is_given_up_after_five_tries(store: HttpStore, caller: Caller, reply: Any, said: str) -> None:
    store.answers = [reply]
    with pytest.raises(TransportError) as caught:
        caller.get()
    assert not isinstance(caught.value, PermanentTransportError)
    assert said in str(caught.value)
    assert "(tried 5 times)" in str(caught.value)
    assert (len(store.asked), caller.waits) == (5, [1.0, 2.0, 4.0, 8.0])


def test_a_call_that_must_not_be_sent_twice_is_not(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer({}, 503), GOOD]
    with pytest.raises(TransportError, match="answered 503") as caught:
        caller.get(retry_safe=False)
    assert "tried" not in str(caught.value)
    assert len(store.asked) == 1


def test_slow_bytes_end_with_the_time_for_the_answer(store: HttpStore) -> None:
    store.answers = [drip]
    started = time.monotonic()
    with pytest.raises(TransportError, match="answers too slowly"):
        Caller(store, answer_timeout=0.2, max_tries=1).get()
    assert time.monotonic() - started < 2


def test_silence_ends_with_the_read_timeout(store: HttpStore) -> None:
    store.answers = [silent]
    with pytest.raises(TransportError, match="stopped answering in time"):
        Caller(store, read_timeout=0.1, max_tries=2).get()
    assert len(store.asked) == 2


def test_silence_within_the_answer(store: HttpStore) -> None:
    def stall(handler: Any) -> None:
        answer(b'{"ok"', Content_Length="100")(handler)
        silent(handler)

    store.answers = [stall]
    with pytest.raises(TransportError, match="stopped answering in time"):
        Caller(store, read_timeout=0.1, max_tries=1).get()


# === Waiting === #


def test_full_jitter_grows_to_a_minute(store: HttpStore) -> None:
    store.answers = [answer({}, 503)]
    caller = Caller(store, max_tries=9, random=lambda: 0.5)
    with pytest.raises(TransportError):
        caller.get()
    assert caller.waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@pytest.mark.parametrize(
    "value, waited",
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0),  # the server's own clock says 12:00:00
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", 1.0),  # nonsense: as if it were not there
        ("-5", 1.0),
        ("", 1.0),
    ],
)
def test_retry_after_is_honored(store: HttpStore, caller: Caller, value: str, waited: float) -> None:
    store.answers = [answer({}, 429, Retry_After=value), GOOD]
    caller.get()
    assert caller.waits == [waited]
    assert (caller.transport.stats.retries, caller.transport.stats.waited) == (1, waited)


@pytest.mark.parametrize("value", ["3600", "Mon, 02 Mar 2026 13:00:00 GMT"])
def test_a_long_pause_is_left_to_the_caller(store: HttpStore, caller: Caller, value: str) -> None:
    store.answers = [answer({"message": "quota"}, 429, Retry_After=value)]
    with pytest.raises(TransportError, match="answered 429: quota") as caught:
        caller.get()
    assert (caught.value.retry_after, len(store.asked), caller.waits) == (3600.0, 1, [])


def test_the_last_retry_after_is_reported(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer({}, 503, Retry_After="2")]
    with pytest.raises(TransportError) as caught:
        caller.get()
    assert caught.value.retry_after == 2.0
    assert caller.waits == [2.0] * 4


# === Refusals === #


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "reply, said",
    [
        ({"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}, "Sorry, you cannot"),
        ({"error": "invalid_client", "error_description": "Unknown client"}, "Unknown client"),
        ({"errors": [{"message": "Not authorized"}]}, "Not authorized"),
        ({"errors": "[API] Invalid API key"}, "[API] Invalid API key"),
        (b"<html><title>Attention!</title>", "a web page titled 'Attention!'"),
    ],
)
def test_refused_credentials(store: HttpStore, caller: Caller, status: int, reply: Any, said: str) -> None:
    store.answers = [answer(reply, status)]
    with pytest.raises(AuthenticationError) as caught:
        caller.get()
    assert f"answered {status}: {said}" in str(caught.value)
    assert "Check the credentials" in caught.value.hint
    assert len(store.asked) == 1


def test_nothing_there(store: HttpStore, caller: Caller) -> None:
    store.answers = [answer({"message": "No route was found"}, 404)]
    with pytest.raises(PermanentTransportError) as caught:
        caller.get("wp-json/wc/v3/orders", params={"page": "1"})
    assert f"{store.url}/wp-json/wc/v3/orders: nothing is there" in str(caught.value)
    assert "No route was found" in str(caught.value)
    assert len(store.asked) == 1


# === Redirects and other hosts === #


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_reported_not_followed(store: HttpStore, status: int) -> None:
    with running(HttpStore(answers=[GOOD])) as other:
        store.answers = [answer(b"", status, Location=f"{other.url}/moved/wc/orders/?token=abc")]
        caller = Caller(store)
        with pytest.raises(PermanentTransportError) as caught:
            caller.get("wc/orders", auth=("ck_user", "cs_password"))
        assert f"another address, {other.url}/moved." in str(caught.value)
        assert "enter this address" in str(caught.value)
        assert (len(store.asked), len(other.asked)) == (1, 0)


@pytest.mark.parametrize(
    "location, shown",
    [
        ("https://www.shop.example/shop/orders", "https://www.shop.example/shop."),
        ("https://user:pw@shop.example/orders", "https://shop.example."),
        ("/login.php?back=/orders", "/login.php."),
        ("", "without saying where to go"),
    ],
)
def test_what_a_redirect_tells(store: HttpStore, location: str, shown: str) -> None:
    store.answers = [answer(b"", 302, Location=location)]
    with pytest.raises(PermanentTransportError) as caught:
        Caller(store, base_url=f"{store.url}/shop").get()
    assert shown in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Api-Key": "abcdef"}},
        {"auth": ("user", "password")},
        {"json_body": {"query": "…"}},
        {"params": {"page": "1"}, "headers": {"Accept": "application/json"}},
    ],
)
def test_another_host_gets_no_credentials(store: HttpStore, options: dict[str, Any]) -> None:
    with running(HttpStore(answers=[GOOD])) as other:
        with pytest.raises(PermanentTransportError, match="Refused to send the credentials"):
            Caller(store).get(f"{other.url}/orders", **options)
        assert other.asked == []


def test_another_host_gets_no_secret_in_an_address(store: HttpStore) -> None:
    with running(HttpStore(answers=[GOOD])) as other:
        for url in (f"{other.url}/?x=topsecret", f"{other.url}/?consumer_key=abc"):
            with pytest.raises(PermanentTransportError, match="Refused to send the credentials"):
                Caller(store, secrets=["topsecret"]).get(url)
        assert other.asked == []


def test_whole_addresses(store: HttpStore, caller: Caller) -> None:
    caller.get(f"{store.url}/orders?page=2", headers={"X-Api-Key": "abcdef"})
    with running(HttpStore(answers=[GOOD])) as other:
        caller.get(f"{other.url}/bulk-result")
        assert [asked.path for asked in (*store.asked, *other.asked)] == ["/orders?page=2", "/bulk-result"]
    with pytest.raises(PermanentTransportError, match="not encrypted"):
        caller.get("http://shop.example/bulk-result")


# === Not reached === #


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_listens(store: HttpStore) -> None:
    caller = Caller(store, base_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(TransportError, match=r"it refuses connections \(tried 5 times\)"):
        caller.get()
    assert len(caller.waits) == 4


def test_no_such_host(store: HttpStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    caller = Caller(store, base_url="https://shop.example", max_tries=2)
    caller.transport._session.trust_env = False
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransportError, match="there is no such host name"):
        caller.get()


# === The log === #


def test_each_try_is_one_line_and_is_counted(store: HttpStore) -> None:
    ticks = iter(range(100))
    store.answers = [answer({}, 503), reset, GOOD]
    caller = Caller(store, clock=lambda: next(ticks) / 10)
    caller.get("orders", params={"page": "1"})
    seen = [line.replace(store.url, "") for line in caller.lines]
    assert [line.partition(" B ")[0] for line in seen] == [
        "GET /orders?page=1 503 2",
        "GET /orders?page=1 no answer 0",
        "GET /orders?page=1 200 12",
    ]
    assert [line.partition(", ")[2] for line in seen] == ["try 1 of 5", "try 2 of 5", "try 3 of 5"]
    stats = caller.transport.stats
    assert (stats.requests, stats.retries, stats.bytes, stats.waited) == (3, 2, 14, 3.0)


def test_bytes_are_counted_as_they_came(store: HttpStore, caller: Caller) -> None:
    packed = gzip.compress(json.dumps(["x" * 1000]).encode())
    store.answers = [answer(packed, Content_Encoding="gzip")]
    caller.get()
    assert caller.transport.stats.bytes == len(packed)


def test_the_module_logs_by_default(store: HttpStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ecommerce_connector.platforms.transport")
    Caller(store, log=None).get()
    assert [record.message.split()[0] for record in caplog.records] == ["GET"]


def test_a_generator_of_secrets_is_read_once(store: HttpStore) -> None:
    make: Callable[[], Iterator[str]] = lambda: (text for text in ["topsecret"])  # noqa: E731
    assert Caller(store, secrets=make()).transport.mask("x topsecret") == "x ***"
