"""Payloads without personal data still say the same to the books."""

import json
from dataclasses import replace

import pytest
from builders import PARIS
from medusa_payloads import SITUATIONS as MEDUSA_SITUATIONS
from medusa_payloads import load
from test_golden import BRUSSELS, RECORDING, SITUATIONS, WOO_PAYLOADS

from ecommerce_connector.core.canonical import Customer
from ecommerce_connector.core.customers.redaction import ERASED, is_erased, redacted
from ecommerce_connector.core.errors import ConnectorError
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.base import Platform
from ecommerce_connector.platforms.file import FilePlatform
from ecommerce_connector.platforms.medusa import MedusaPlatform
from ecommerce_connector.platforms.vendure import VendurePlatform
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform

FILE = {
    "id": "1", "number": "W1", "currency": "EUR", "placed_at": "2026-03-10T10:00:00Z", "total": "12.00",
    "updated_at": "2026-03-10T10:00:00Z", "lines": [{"id": "1", "key": "A", "net": "12.00"}],
    "customer": {
        "id": "311", "name": "Ada Byron", "email": "ada@example.com", "phone": "+33 1 23", "company": "Byron SARL",
        "vat": "FR00123456789",
        "billing": {
            "street": "1 rue de la Paix", "city": "Paris", "postal_code": "75002", "state": "", "country": "FR",
        },
        "shipping": {"street": "2 Elm Street", "city": "Austin", "state": "TX", "country": "US"},
    },
}  # fmt: skip


def woocommerce():
    for name, file in WOO_PAYLOADS.items():
        yield f"woocommerce/{name}", WooCommercePlatform, payloads.loads(file.read_bytes()), BRUSSELS


def vendure():
    codes = {order["code"]: order for order in RECORDING["orders"]}
    for name, code in SITUATIONS.items():
        answer = {"globalSettings": RECORDING["globalSettings"], "order": codes[code]}
        yield f"vendure/{name}", VendurePlatform, answer, PARIS


def medusa():
    for name in MEDUSA_SITUATIONS:
        yield f"medusa/{name}", MedusaPlatform, {"order": load(name)}, PARIS


CASES = [("file", FilePlatform, FILE, PARIS), *woocommerce(), *vendure(), *medusa()]


@pytest.fixture(params=CASES, ids=[case[0] for case in CASES])
def case(request):
    return request.param[1:]


def texts(value):
    """Every text of a customer; of a name its parts, too."""
    yield from value.name.split()
    for name in ("name", "email", "phone", "company", "vat"):
        yield getattr(value, name)
    for address in (value.billing, value.shipping):
        yield from (part for part in (address.street, address.street2, address.city, address.postal_code) if part)


def strings(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    else:
        yield str(value)


def test_the_books_read_the_same(case):
    platform, payload, zone = case
    whole = platform.order_document(payload, zone)
    without = platform.order_document(platform.redacted(payload), zone)
    assert replace(without, customer=whole.customer) == whole
    ours, theirs = without.customer, whole.customer
    assert (ours.external_id, ours.is_business) == (theirs.external_id, theirs.is_business)
    assert (ours.destination.country, ours.destination.state) == (theirs.destination.country, theirs.destination.state)
    assert ours.billing.country == theirs.billing.country
    assert is_erased(ours)
    assert not is_erased(theirs)


def test_nothing_personal_is_left(case):
    platform, payload, zone = case
    personal = set(texts(platform.order_document(payload, zone).customer)) - {""}
    assert len(personal) >= 3, "the payload says who bought"
    left = set(strings(platform.redacted(payload)))
    assert not personal & left
    assert not any("@" in text for text in left)


def test_doing_it_twice_changes_nothing_and_the_payload_is_not_touched(case):
    platform, payload, _zone = case
    before = payloads.dumps(payload)
    once = platform.redacted(payload)
    assert platform.redacted(once) == once
    assert payloads.dumps(payload) == before
    assert once != payload


def test_exactly_what_is_kept_of_a_file():
    assert FilePlatform.redacted(FILE)["customer"] == {
        "id": "311", "name": ERASED, "email": ERASED, "phone": ERASED, "company": ERASED, "vat": ERASED,
        "billing": {"street": ERASED, "city": ERASED, "postal_code": ERASED, "state": "", "country": "FR"},
        "shipping": {"street": ERASED, "city": ERASED, "state": "TX", "country": "US"},
    }  # fmt: skip


def test_notes_addresses_of_machines_and_meta_of_woocommerce():
    order = json.loads(next(iter(WOO_PAYLOADS.values())).read_text())
    order["order"] |= {
        "customer_note": "Ring at Ada's", "customer_ip_address": "203.0.113.9", "customer_user_agent": "Firefox",
        "meta_data": [
            {"id": 1, "key": "_wcpay_mode", "value": "test"}, {"id": 2, "key": "_birthday", "value": "1815-12-10"},
            {"id": 3, "key": "_vat_number", "value": ""}, {"id": 4, "key": "gifts", "value": {"to": "eve@x.example"}},
        ],
    }  # fmt: skip
    order["order"]["line_items"][0]["meta_data"] = [
        {"id": 9, "key": "engraving", "value": "Ada", "display_key": "Engraving", "display_value": "<p>Ada</p>"},
    ]
    without = WooCommercePlatform.redacted(order)["order"]
    assert [without[f"customer_{name}"] for name in ("note", "ip_address", "user_agent")] == [ERASED] * 3
    assert [entry["value"] for entry in without["meta_data"]] == ["test", ERASED, "", ERASED]
    assert without["line_items"][0]["meta_data"][0] == {
        "id": 9, "key": "engraving", "value": ERASED, "display_key": "Engraving", "display_value": ERASED,
    }  # fmt: skip


def test_lists_and_every_field():
    payload = {"people": [{"name": "Ada", "age": 36, "vip": True}, {"name": None}], "total": "1.00"}
    assert redacted(payload, [("people", "*")]) == {
        "people": [{"name": ERASED, "age": ERASED, "vip": True}, {"name": None}], "total": "1.00",
    }  # fmt: skip
    assert redacted(payload, [("people", "age")])["people"][0] == {"name": "Ada", "age": ERASED, "vip": True}
    assert redacted({"a": "x"}, [("a", "b"), ("c",)]) == {"a": "x"}


def test_platform_that_names_no_personal_data_is_refused():
    class Silent(Platform):
        code = label = "silent"

    with pytest.raises(ConnectorError, match="does not say which of its fields are personal"):
        Silent.redacted({})


def test_empty_customer_is_not_erased():
    assert not is_erased(Customer(external_id="7"))
