"""What the transport never shows, and where it never goes."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import socket
import ssl
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from http_store import Answer, Handler, HttpStore, answer, reset, running

from ecommerce_connector.core.errors import AuthenticationError, ConnectorError, TransportError
from ecommerce_connector.platforms.http_guard import Masker, check_address
from ecommerce_connector.platforms.transport import PermanentTransportError, Transport

USER, PASSWORD = "ck_4f/kind+of", "cs_s3cr3t value&more"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
FORMS = {
    "as it is": PASSWORD,
    "in an address": quote(PASSWORD, safe=""),
    "in an address, lower case": quote(USER, safe="").lower(),
    "in a form": quote_plus(PASSWORD),
    "in JSON": USER.replace("/", "\\/"),
    "Basic": BASIC,
    "Basic in an address": quote(BASIC, safe=""),
    "Basic without padding": BASIC.rstrip("="),
    "Basic with the key as user": base64.b64encode(f"{USER}:".encode()).decode(),
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
}


@pytest.fixture
def store() -> Iterator[HttpStore]:
    with running(HttpStore(answers=[answer({})])) as served:
        yield served


def leaks(text: str) -> list[str]:
    return [name for name, form in FORMS.items() if form in text]


def everything_said(error: BaseException) -> str:
    """A whole report of an error, as a log or an error tracker would make it, causes included."""
    report = traceback.TracebackException.from_exception(error)
    chain: list[BaseException | None] = [error]
    for link in chain:
        if link is not None and len(chain) < 20:
            chain += [link.__cause__, link.__context__]
    return "".join(report.format()) + " ".join(f"{link} {link!r} {vars(link)}" for link in chain if link)


# === Masking === #


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_secret_is_masked(form: str) -> None:
    mask = Masker([USER, PASSWORD])
    shown = mask(f"before {FORMS[form]} after")
    assert leaks(shown) == []
    assert shown.startswith("before ***")
    assert shown.endswith("after")


def test_a_masker_shows_nothing_itself() -> None:
    assert repr(Masker([USER])) == "Masker(1 secrets)"
    assert Masker()("nothing to hide") == "nothing to hide"


def test_texts_too_short_for_a_secret_are_left_alone() -> None:
    assert Masker(["", "1", "abc"])("order 1 of abc") == "order 1 of abc"


def test_a_secret_within_another_hides_both() -> None:
    assert Masker(["secret", "secret-long"])("secret-long secret") == "*** ***"


def test_a_signature_that_changes_with_each_call_is_not_kept_for_ever() -> None:
    mask = Masker([USER])
    for number in range(1000):
        mask.add_headers({"X-Signature": f"signature-{number}"})
    assert mask("signature-999 signature-0000") == "*** signature-0000"
    assert mask(USER) == "***"


def test_query_fields_with_telling_names_are_masked() -> None:
    url = "https://shop.example/orders?consumer_key=ck_1&page=2&oauth_signature=abc&access_token=t"
    assert Masker().url(url) == (
        "https://shop.example/orders?consumer_key=***&page=2&oauth_signature=***&access_token=***"
    )


def echo(handler: Handler) -> None:
    """Throw everything that was asked back, in every form, as a careless store would."""
    said = f"{handler.path} {handler.headers['Authorization']} {' '.join(FORMS.values())}"
    answer({"message": said}, 400)(handler)


@pytest.mark.parametrize(
    "reply",
    [
        echo,
        answer({"message": f"key {USER} with {PASSWORD}"}, 401),
        answer({"message": BASIC}, 404),
        answer({"message": quote(PASSWORD)}, 503),
        answer(f"<html><title>{PASSWORD}</title>".encode(), Content_Type="text/html"),
        answer(b"", 302, Location=f"https://other.example/{USER}?consumer_secret={quote(PASSWORD)}"),
        answer(f"not JSON {PASSWORD}".encode()),
        answer(b"", Content_Type=PASSWORD),
        answer(b"x", Content_Type=PASSWORD),
        answer(b"x", Content_Encoding=PASSWORD),
        reset,
    ],
)
def test_no_error_or_log_line_shows_a_secret(store: HttpStore, reply: Answer) -> None:
    store.answers = [reply]
    lines: list[str] = []
    transport = Transport(store.url, secrets=[USER, PASSWORD], log=lines.append, max_tries=2, sleep=lambda _wait: None)
    with pytest.raises(ConnectorError) as caught:
        transport.request(
            "GET", f"orders/{quote(USER, safe='')}", params={"q": PASSWORD, "note": BASIC}, auth=(USER, PASSWORD)
        )
    assert leaks("\n".join(lines)) == []
    assert len(lines) >= 1
    assert leaks(f"{caught.value} {caught.value.message} {caught.value.hint} {caught.value.args}") == []
    assert leaks(repr(transport)) == []


def test_undeclared_credentials_are_masked_too(store: HttpStore) -> None:
    store.answers = [echo]
    transport = Transport(store.url)
    with pytest.raises(TransportError) as caught:
        transport.request("GET", "orders", auth=(USER, PASSWORD), headers={"X-Api-Key": "key-in-a-header"})
    assert leaks(str(caught.value)) == []
    store.answers = [answer({"message": "key-in-a-header is wrong"}, 403)]
    with pytest.raises(AuthenticationError, match=r"403: \*\*\* is wrong"):
        transport.request("GET", "orders", headers={"X-Api-Key": "key-in-a-header"})


def test_an_error_drags_no_secret_along_behind_it() -> None:
    """requests quotes the whole address in its exceptions; none of them may hang on ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        transport = Transport(f"http://127.0.0.1:{probe.getsockname()[1]}", secrets=[USER, PASSWORD], max_tries=1)
        with pytest.raises(TransportError) as caught:
            transport.request("GET", "orders", params={"consumer_secret": PASSWORD}, auth=(USER, PASSWORD))
    said = everything_said(caught.value)
    assert "refuses connections" in said
    assert leaks(said) == []


def test_a_response_shows_no_secret(store: HttpStore) -> None:
    store.answers = [answer({"name": PASSWORD}, X_Echo=BASIC)]
    transport = Transport(store.url, secrets=[PASSWORD])
    response = transport.request("GET", "orders", params={"consumer_key": "ck", "q": PASSWORD}, auth=(USER, PASSWORD))
    assert leaks(repr(response)) == []
    assert response.url == f"{store.url}/orders?consumer_key=***&q=***"


@pytest.mark.parametrize("key", ["k7-break\n", "k7\r\nHost: evil", "k7-space ", "k7-é", "k7-zero\x00"])
def test_a_key_that_cannot_be_a_key_is_not_sent(store: HttpStore, key: str) -> None:
    with pytest.raises(AuthenticationError, match="The value for X-Api-Key contains") as caught:
        Transport(store.url).request("GET", "orders", headers={"X-Api-Key": key})
    assert key.strip() not in everything_said(caught.value)
    assert store.asked == []


# === Addresses === #


@pytest.mark.parametrize(
    "address, said",
    [
        ("http://shop.example", "is not encrypted"),
        ("http://10.0.0.5/shop", "is not encrypted"),
        ("http://127.0.0.1.shop.example", "is not encrypted"),
        ("http://localhost.shop.example", "is not encrypted"),
        ("shop.example", "is not a web address"),
        ("ftp://shop.example", "is not a web address"),
        ("file:///etc/passwd", "is not a web address"),
        ("https://", "is not a web address"),
        ("", "is not a web address"),
        ("https://shop.example:port", "is not an address"),
        ("https://[::1", "is not an address"),
        ("https://user:hunter2@shop.example", "carries a user name or password"),
        ("https://user@shop.example", "carries a user name or password"),
    ],
)
def test_addresses_that_are_refused(address: str, said: str) -> None:
    with pytest.raises(PermanentTransportError) as caught:
        Transport(address)
    assert said in str(caught.value)
    assert "hunter2" not in everything_said(caught.value).replace(repr(address), "")


@pytest.mark.parametrize(
    "address, base",
    [
        (" https://shop.example/ ", "https://shop.example"),
        ("https://shop.example:8443/shop/?x=1#top", "https://shop.example:8443/shop"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://store.localhost", "http://store.localhost"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_addresses_that_are_good(address: str, base: str) -> None:
    transport = Transport(address)
    assert transport.base_url == base
    assert repr(transport) == f"Transport({base!r})"


def test_http_on_this_machine_can_be_refused() -> None:
    with pytest.raises(PermanentTransportError, match="is not encrypted"):
        check_address("http://127.0.0.1", allow_http_on_loopback=False)


def test_the_environment_is_heeded_except_for_this_machine() -> None:
    assert Transport("https://shop.example")._session.trust_env is True
    assert Transport("http://127.0.0.1")._session.trust_env is False


# === Certificates === #


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    file: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(self_signed: ssl.SSLContext) -> None:
    with running(HttpStore(answers=[answer({})]), tls=self_signed) as store:
        waits: list[float] = []
        transport = Transport(store.url, sleep=waits.append)
        with pytest.raises(PermanentTransportError, match="its certificate is not trusted .self.signed certificate"):
            transport.request("GET", "orders", headers={"X-Api-Key": "abcdef"})
        assert (store.asked, waits) == ([], [])


def test_https_asked_of_a_server_that_speaks_http(store: HttpStore) -> None:
    transport = Transport(store.url.replace("http:", "https:"), max_tries=1)
    with pytest.raises(TransportError, match="no encrypted connection could be made"):
        transport.request("GET", "orders")


def test_verification_cannot_be_switched_off_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    seen: dict[str, Any] = {}

    def send(_session: requests.Session, _request: requests.PreparedRequest, **options: Any) -> requests.Response:
        seen.update(options)
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "send", send)
    with contextlib.suppress(TransportError):
        Transport("https://shop.example", max_tries=1).request("GET", "orders")
    assert seen["verify"] is True
    assert seen["allow_redirects"] is False
