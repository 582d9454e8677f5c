"""What is filled into a contact, what a person is told, and which of merged customers stands."""

import pytest

from ecommerce_connector.core.customers.contact_data import ContactData, Difference, differences, missing
from ecommerce_connector.core.customers.merging import Sighting, survivors

HOME = {"street": "1 rue de la Paix", "city": "Paris", "postal_code": "75002", "country": "FR"}
STATED = ContactData(email="a@x.example", phone="+33 1", vat="FR12345678901", company="Byron", **HOME)


def test_empty_fields_are_filled():
    address = {"street", "street2", "city", "postal_code", "country"}
    assert missing(ContactData(), STATED) == {"email", "phone", "vat", "company"} | address


def test_nothing_that_is_there_is_replaced():
    known = ContactData(email="b@x.example", phone="+1", vat="FR9", company="Other", street="Elsewhere", country="DE")
    assert missing(known, STATED) == set()


def test_addresses_are_not_mixed():
    assert missing(ContactData(city="Lyon", country="FR"), ContactData(**HOME)) == set()
    assert missing(ContactData(country="DE"), ContactData(**HOME)) == set(), "a French street in Germany is nowhere"
    assert "street" in missing(ContactData(country="FR"), ContactData(**HOME))
    assert missing(ContactData(), ContactData(country="FR")) == {"country"}


def test_what_the_store_leaves_empty_fills_nothing_and_differs_from_nothing():
    assert missing(ContactData(), ContactData()) == set()
    assert differences(STATED, ContactData()) == set()
    assert differences(ContactData(), STATED) == set()


def test_vat_numbers_are_compared_however_they_are_written():
    known = ContactData(vat="DE 123.456.789", country="DE")
    assert differences(known, ContactData(vat="123456789", country="DE")) == set()
    assert differences(known, ContactData(vat="DE123456780")) == {Difference.VAT}
    assert differences(ContactData(vat="abc"), ContactData(vat="xyz")) == {Difference.VAT}


def test_other_addresses_are_named():
    assert differences(STATED, ContactData(email="A@X.example", **HOME)) == set()
    moved = {**HOME, "city": "Lyon"}
    assert differences(STATED, ContactData(email="b@x.example", **moved)) == {Difference.EMAIL, Difference.ADDRESS}
    assert differences(STATED, ContactData(**{**HOME, "street": "1  Rue de la paix"})) == set()


# === Merges === #


@pytest.mark.parametrize(
    "merged, merges, expected",
    [
        ({}, [(7, 9)], {7: 9}),
        ({7: 9}, [(9, 11)], {7: 11, 9: 11}),
        ({}, [(9, 11), (7, 9)], {9: 11, 7: 11}),
        ({7: 9}, [(7, 9)], {7: 9}),
        ({7: 9}, [(9, 7)], {9: 7}),
        ({7: 9, 9: 11}, [(11, 7)], {9: 7, 11: 7}),
        ({}, [(7, 7)], {}),
        ({7: 9}, [(8, 7)], {7: 9, 8: 9}),
    ],
)
def test_survivors(merged, merges, expected):
    assert survivors(merged, merges) == expected


def test_what_is_a_merge():
    assert Sighting(before=7, now=9, same_email=True).is_merge
    assert not Sighting(before=7, now=9, same_email=False).is_merge, "the order was given to somebody else"
    assert not Sighting(before=7, now=9, same_email=True, now_guest=True).is_merge, "the account was deleted"
    assert not Sighting(before=7, now=7, same_email=True).is_merge
