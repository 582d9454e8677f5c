"""What a connection check finds out, and how it names what is wrong."""

from zoneinfo import ZoneInfo

import pytest
from woocommerce_server import KEY, SECRET, WALL, WooCommerceServer

from ecommerce_connector.core.errors import AuthenticationError, TransportError
from ecommerce_connector.platforms.base import ConnectionInfo, Credentials
from ecommerce_connector.platforms.transport import Transport
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform


@pytest.fixture
def store():
    with WooCommerceServer() as server:
        yield server


def check(server, *, key=KEY, secret=SECRET, path=""):
    credentials = Credentials(base_url=server.url + path, client_id=key, client_secret=secret)
    transport = Transport(credentials.base_url, secrets=credentials.secrets, sleep=lambda seconds: None)
    return WooCommercePlatform(credentials, transport, ZoneInfo("UTC")).check()


def test_what_the_store_says(store):
    assert check(store) == ConnectionInfo(
        store_name="Theehuis De Kade", currencies=("EUR",), time_zone="Europe/Brussels", version="9.9.5"
    )


def test_credentials_are_asked_for_by_the_names_the_shop_uses():
    assert [(field.name, field.label) for field in WooCommercePlatform.credential_fields] == [
        ("client_id", "Consumer key"), ("client_secret", "Consumer secret")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "site, zone, warning",
    [
        ({"timezone_string": "", "gmt_offset": "0"}, "UTC", ""),
        ({"timezone_string": "", "gmt_offset": 2}, "Etc/GMT-2", "fixed offset, UTC+2, without summer time"),
        ({"timezone_string": "", "gmt_offset": "-5"}, "Etc/GMT+5", "fixed offset, UTC-5"),
        ({"timezone_string": "", "gmt_offset": "5.5"}, "", "fixed offset, UTC+5.5"),
        ({"timezone_string": "", "gmt_offset": ""}, "", ""),
    ],
)
def test_site_without_a_city(store, site, zone, warning):
    store.site |= site
    info = check(store)
    assert info.time_zone == zone
    assert warning in "".join(info.warnings) and bool(info.warnings) == bool(warning)
    if zone:
        assert ZoneInfo(zone)


def test_key_that_may_not_see_the_settings(store):
    store.user_sees_settings = False
    info = check(store)
    assert info.currencies == () and info.version == ""
    assert info.warnings == ("The key's user may not see the store's settings: its currency is unknown.",)


def test_site_that_hides_itself_from_strangers(store):
    store.site_is_public = False
    info = check(store)
    assert info.store_name.startswith("127.0.0.1") and info.time_zone == ""
    assert "set the time zone by hand" in info.warnings[0]


# === WHAT IS WRONG === #


@pytest.mark.parametrize(
    "fault, problem",
    [
        ({"key": "ck_wrong"}, "refuses the key.*cannot list resources"),
        ({"secret": "cs_wrong"}, "refuses the key.*Consumer secret is invalid"),
    ],
)
def test_wrong_key(store, fault, problem):
    with pytest.raises(AuthenticationError, match=problem) as caught:
        check(store, **fault)
    assert "Check the consumer key and secret" in caught.value.hint
    assert not any(value in str(caught.value) for value in (KEY, SECRET, *fault.values()))


def test_key_without_read_permission(store):
    store.key_may_read = False
    with pytest.raises(AuthenticationError, match="does not have read permissions") as caught:
        check(store)
    assert "Read permission" in caught.value.hint


@pytest.mark.parametrize("what", ["orders", "refunds"])
def test_user_without_the_rights(store, what):
    setattr(store, f"user_sees_{what}", False)
    with pytest.raises(AuthenticationError, match=f"may not read {what}") as caught:
        check(store)
    assert "shop manager" in caught.value.hint


def test_store_without_a_list_of_refunds(store):
    store.lists_refunds = False
    assert check(store).warnings == ()


def test_no_wordpress_there(store):
    store.is_wordpress = False
    with pytest.raises(TransportError, match="There is no WooCommerce at http://127.0.0.1"):
        check(store)


def test_no_woocommerce_there(store):
    store.site["namespaces"].remove("wc/v3")
    with pytest.raises(TransportError, match="without the WooCommerce API") as caught:
        check(store)
    assert "Activate WooCommerce" in caught.value.hint


def test_permalinks_off(store):
    store.permalinks = False
    with pytest.raises(TransportError, match="permalinks are Plain") as caught:
        check(store)
    assert "Settings > Permalinks" in caught.value.hint


def test_some_other_json_there(store):
    store.answer = (200, "application/json", b'{"swagger": "2.0"}')
    with pytest.raises(TransportError, match="it is no WordPress site"):
        check(store)


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_page_of_a_firewall(store, status):
    store.answer = (status, "text/html; charset=utf-8", WALL.encode())
    with pytest.raises((TransportError, AuthenticationError), match="Just a moment"):
        check(store)


def test_key_is_sent_to_the_store_only_and_not_to_wordpress(store):
    seen = []
    original = store.reply
    store.reply = lambda path, params, authorization: (seen.append((path, bool(authorization))), original(
        path, params, authorization))[1]  # fmt: skip
    check(store)
    assert seen[0] == ("/wp-json/", False)
    assert all(authorized for _path, authorized in seen[1:])


def test_plain_http_only_on_this_machine():
    with pytest.raises(TransportError, match="not encrypted"):
        Transport("http://shop.example.com")
