"""By what a customer is known again."""

import pytest

from ecommerce_connector.core.canonical import Address, Customer
from ecommerce_connector.core.customers.identity import data_digest, email_address, identity_of
from ecommerce_connector.core.customers.vat_numbers import vat_number
from ecommerce_connector.core.errors import PayloadError


@pytest.mark.parametrize(
    "text, country, expected",
    [
        ("DE 123.456.789", "DE", "DE123456789"),
        ("de123456789", "", "DE123456789"),
        ("123 456 789", "DE", "DE123456789"),
        ("DE123456789", "FR", "DE123456789"),
        ("FR 12 345678901", "FR", "FR12345678901"),
        ("FRXX345678901", "FR", "FRXX345678901"),
        ("EL123456783", "GR", "EL123456783"),
        ("GR 123456783", "GR", "EL123456783"),
        ("123456783", "GR", "EL123456783"),
        ("GB 123 4567 82", "GB", "GB123456782"),
        ("XI123456782", "GB", "XI123456782"),
        ("ATU12345675", "AT", "ATU12345675"),
        ("U12345675", "AT", "ATU12345675"),
        ("B12345674", "ES", "ESB12345674"),
        ("NL123456782B90", "NL", "NL123456782B90"),
        ("CHE-123.456.788 MWST", "CH", "CHE123456788"),
        ("CHE-123.456.788 TVA", "CH", "CHE123456788"),
        ("NO 123 456 785 MVA", "NO", "NO123456785"),
        ("12-3456789", "US", "US123456789"),
        ("GODE561231GR8", "MX", "MXGODE561231GR8"),
        ("SEX010101ABC", "MX", "MXSEX010101ABC"),
        ("RO18", "RO", "RO18"),
    ],
)
def test_vat_numbers_written_in_many_ways(text, country, expected):
    assert vat_number(text, country) == expected


@pytest.mark.parametrize("text", ["", "-", "n/a", "none", "DE", "000000000", "0", "/", "DE000000000", "(erased)"])
def test_what_is_no_vat_number(text):
    assert vat_number(text, "DE") == ""


def test_digits_without_a_country_identify_nobody():
    assert vat_number("123456789") == ""


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Ada@Example.COM", "ada@example.com"), (" ada@example.com ", "ada@example.com"),
        ("Ada Byron <ada@example.com>", "ada@example.com"), ("ada@example.com, bob@example.com", ""),
        ("ada", ""), ("@example.com", ""), ("ada@", ""), ("", ""), ("ada b@example.com", ""), ("(erased)", ""),
    ],
)  # fmt: skip
def test_email_addresses(text, expected):
    assert email_address(text) == expected


def test_customer_of_the_store():
    identity = identity_of(Customer(external_id="7", email="A@x.example", name="Ada"), "100")
    assert (identity.key, identity.is_guest, identity.email, identity.is_business) == ("7", False, "a@x.example", False)
    assert identity.is_known_again


def test_guests_have_keys_that_tell_nothing():
    by_email = identity_of(Customer(email="ada@x.example", name="Ada"), "100")
    assert by_email.is_guest and "ada" not in by_email.key
    assert by_email.key == identity_of(Customer(email="ADA@x.example", name="Someone else"), "101").key
    company = identity_of(Customer(email="ada@x.example", company="Byron SARL"), "102")
    assert company.key != by_email.key, "a person and a business with one address are two"
    by_vat = identity_of(Customer(email="other@x.example", vat="DE 123.456.789"), "103")
    assert by_vat.key == identity_of(Customer(vat="de123456789", company="GmbH"), "104").key
    assert "123456789" not in by_vat.key


def test_guest_without_anything_is_known_by_the_order_only():
    found = [identity_of(Customer(name="Ada Byron"), order) for order in ("100", "101")]
    assert not any(identity.is_known_again for identity in found)
    assert found[0].key != found[1].key, "the same name is not the same customer"


def test_country_of_the_vat_number_is_the_invoices_and_of_the_customer_the_goods():
    customer = Customer(vat="123456789", billing=Address(country="DE"), shipping=Address(country="fr"))
    identity = identity_of(customer, "100")
    assert (identity.vat, identity.country) == ("DE123456789", "FR")


def test_guest_is_merged_into_nobody():
    with pytest.raises(PayloadError, match="merged into nobody"):
        Customer(name="Ada", merged_into="9")


def test_digest_changes_with_whatever_the_store_says():
    customer = Customer(external_id="7", name="Ada", email="a@x.example", billing=Address(city="Paris"))
    same = Customer(external_id="9", name="Ada", email="a@x.example", billing=Address(city="Paris"))
    moved = Customer(external_id="7", name="Ada", email="a@x.example", billing=Address(city="Lyon"))
    assert data_digest(customer) == data_digest(same)
    assert data_digest(customer) != data_digest(moved)
