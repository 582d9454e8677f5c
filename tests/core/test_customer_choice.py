"""Which contact an order is booked on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.canonical import Address, Customer
from ecommerce_connector.core.customers.choice import (
    Basis,
    Choice,
    Conflict,
    Contact,
    Desk,
    Request,
    Sharing,
    needs_store_contact,
)
from ecommerce_connector.core.customers.identity import identity_of

NOON = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
ADA = Customer(external_id="7", name="Ada", email="ada@x.example")
GMBH = Customer(external_id="8", company="Byron GmbH", vat="DE123456789", email="office@x.example")


def request(customer, order="100", number=1, minute=0, **more):
    identity = identity_of(customer, order)
    return Request(order=order, at=NOON + timedelta(minutes=minute), customer=number, identity=identity, **more)


def place(customer, contacts=(), linked=None, sharing=Sharing.CUSTOMER, **more):
    return Desk.of(sharing, contacts, linked or {}).place(request(customer, **more))


def person(number, *emails):
    return Contact(id=number, is_business=False, emails=frozenset(emails))


def business(number, *emails, vat=""):
    return Contact(id=number, is_business=True, emails=frozenset(emails), vat=vat)


# === Own contacts === #


def test_store_id_beats_email():
    contacts = [person(11, "old@x.example"), person(22, "ada@x.example")]
    found = place(ADA, contacts, {1: 11})
    assert found == Choice(basis=Basis.ID, contact=11, conflicts=(Conflict(by=Basis.EMAIL, contact=22),))


def test_store_id_beats_the_vat_number_of_another():
    contacts = [business(11), business(22, vat="DE123456789")]
    found = place(GMBH, contacts, {1: 11})
    assert (found.basis, found.contact) == (Basis.ID, 11)
    assert found.conflicts == (Conflict(by=Basis.VAT, contact=22),)


def test_vat_number_beats_email():
    contacts = [business(11, "office@x.example"), business(22, vat="DE123456789")]
    found = place(GMBH, contacts)
    assert found == Choice(basis=Basis.VAT, contact=22, conflicts=(Conflict(by=Basis.EMAIL, contact=11),))


def test_email_finds_a_person_and_the_oldest_wins():
    assert place(ADA, [person(33, "ada@x.example"), person(22, "ada@x.example")]).contact == 22


def test_what_is_only_to_be_made_comes_after_what_is_there():
    desk = Desk.of(Sharing.CUSTOMER, [business(11, "office@x.example", vat="DE999999999")], {})
    assert desk.place(request(GMBH, "1", number=8)).contact == -1
    unnumbered = Customer(company="Byron", email="office@x.example")
    assert desk.place(request(unnumbered, "2", number=9)).contact == 11


def test_nobody_is_found_by_name():
    assert place(Customer(external_id="7", name="Ada"), [person(11)]).basis is Basis.NEW


def test_email_leads_no_person_to_a_business_and_no_business_to_a_person():
    assert place(ADA, [business(11, "ada@x.example")]).basis is Basis.NEW
    assert place(GMBH, [person(11, "office@x.example")]).basis is Basis.NEW


def test_email_leads_to_no_business_with_another_vat_number():
    assert place(GMBH, [business(11, "office@x.example", vat="DE999999999")]).basis is Basis.NEW
    assert place(GMBH, [business(11, "office@x.example")]).contact == 11


def test_business_without_a_vat_number_is_found_by_email():
    customer = Customer(company="Byron GmbH", email="office@x.example")
    assert place(customer, [business(11, "office@x.example", vat="DE123456789")]).contact == 11


def test_new_contacts_are_made_once_for_a_batch():
    desk = Desk.of(Sharing.CUSTOMER, [], {})
    found = desk.place_all([request(ADA, "1"), request(ADA, "2", minute=5), request(GMBH, "3", number=2)])
    assert found["1"] == Choice(basis=Basis.NEW, contact=-1)
    assert (found["2"].basis, found["2"].contact) == (Basis.ID, -1)
    assert found["3"].contact == -2


def test_two_accounts_with_one_address_are_one_contact():
    desk = Desk.of(Sharing.CUSTOMER, [], {})
    other = Customer(external_id="9", name="A. Byron", email="ada@x.example")
    found = desk.place_all([request(ADA, "1"), request(other, "2", number=2, minute=5)])
    assert (found["2"].basis, found["2"].contact) == (Basis.EMAIL, found["1"].contact)


def test_the_earlier_order_is_placed_first():
    desk = Desk.of(Sharing.CUSTOMER, [], {})
    found = desk.place_all([request(GMBH, "2", number=2, minute=5), request(ADA, "1")])
    assert (found["1"].contact, found["2"].contact) == (-1, -2)


# === Shared contacts === #


@pytest.mark.parametrize("sharing", [Sharing.STORE, Sharing.COUNTRY])
def test_businesses_are_never_on_a_shared_contact(sharing):
    nameless = Customer(vat="DE123456789", shipping=Address(country="DE"))
    company = Customer(company="Byron", shipping=Address(country="DE"))
    for customer in (GMBH, nameless, company):
        assert place(customer, sharing=sharing).basis is Basis.NEW


def test_consumers_are_on_the_contact_of_the_store():
    assert place(ADA, [person(11, "ada@x.example")], {1: 11}, Sharing.STORE) == Choice(basis=Basis.STORE)


def test_consumers_are_on_the_contact_of_their_country():
    there = Customer(email="ada@x.example", shipping=Address(country="FR"))
    assert place(there, sharing=Sharing.COUNTRY) == Choice(basis=Basis.COUNTRY)
    assert place(Customer(email="ada@x.example"), sharing=Sharing.COUNTRY) == Choice(basis=Basis.STORE)


def test_contact_that_a_person_chose_is_taken_whatever_the_policy():
    assert place(ADA, [person(11)], {1: 11}, Sharing.STORE, is_pinned=True).contact == 11


def test_guest_without_an_address_is_on_the_contact_of_the_store():
    nobody = Customer(name="Ada Byron")
    assert place(nobody, sharing=Sharing.CUSTOMER) == Choice(basis=Basis.STORE)
    assert needs_store_contact(identity_of(nobody, "1"), Sharing.CUSTOMER)
    assert not needs_store_contact(identity_of(ADA, "1"), Sharing.CUSTOMER)
    assert not needs_store_contact(identity_of(Customer(company="Byron"), "1"), Sharing.STORE)


def test_guest_without_an_address_whose_record_has_a_contact_keeps_it():
    """An erased guest: the address is gone, the record is not."""
    nobody = Customer(name="(erased)")
    assert place(nobody, [person(11)], {1: 11}) == Choice(basis=Basis.ID, contact=11)
    assert place(nobody, [person(11)], {1: 11}, Sharing.STORE) == Choice(basis=Basis.STORE)


# === Whatever the order of arrival === #


@dataclass
class Books:
    """Customer records and contacts as the ledger keeps them between batches."""

    sharing: Sharing
    numbers: dict = field(default_factory=dict)
    linked: dict = field(default_factory=dict)
    contacts: dict = field(default_factory=dict)
    taken: dict = field(default_factory=dict)
    made: int = 0

    def accept(self, batch):
        """Place a batch, then keep what a ledger keeps: links, and what contacts are known by."""
        requests = []
        for minute, order, customer in batch:
            identity = identity_of(customer, order)
            number = self.numbers.setdefault((identity.is_guest, identity.key), len(self.numbers) + 1)
            requests.append(request(customer, order, number, minute))
        desk = Desk.of(self.sharing, self.contacts.values(), self.linked)
        choices = desk.place_all(requests)
        real = {}
        for item in sorted(requests, key=lambda item: (item.at, item.order)):
            contact = choices[item.order].contact
            if contact is not None:
                if contact < 0:
                    if contact not in real:
                        self.made += 1
                        real[contact] = self.made
                    contact = real[contact]
                self.linked[item.customer] = contact
                self._remember(contact, item.identity)
            self.taken.setdefault(item.order, contact)

    def _remember(self, contact, identity):
        known = self.contacts.get(contact) or Contact(id=contact, is_business=identity.is_business)
        emails = known.emails | ({identity.email} if identity.email else set())
        self.contacts[contact] = Contact(
            id=contact, is_business=known.is_business, vat=known.vat or identity.vat, emails=emails
        )

    def partition(self):
        """Which orders are on one contact."""
        groups = {}
        for order, contact in self.taken.items():
            groups.setdefault(contact, set()).add(order)
        return {frozenset(group) for contact, group in groups.items() if contact is not None}, frozenset(
            groups.get(None, ())
        )


#: A world without contradictions: a person has one address, a business one address and one VAT number.
PEOPLE = [
    Customer(external_id=number, name="Ada", email=email, shipping=Address(country=country))
    for number, email, country in (
        ("7", "ada@x.example", "FR"), ("", "ada@x.example", "FR"), ("8", "bob@x.example", "DE"),
        ("", "eve@x.example", "DE"), ("9", "", "FR"), ("10", "ada@x.example", ""), ("", "", "FR"),
    )
]  # fmt: skip
BUSINESSES = [
    Customer(external_id=number, company="GmbH", email=email, vat=vat)
    for number, email, vat in (
        ("20", "office@x.example", "DE123456789"), ("", "office@x.example", "DE 123.456.789"),
        ("21", "office@x.example", "de123456789"), ("22", "shop@x.example", ""), ("", "shop@x.example", ""),
        ("", "ada@x.example", "FR12345678901"),
    )
]  # fmt: skip
HISTORIES = st.lists(st.sampled_from([*PEOPLE, *BUSINESSES]), min_size=1, max_size=12)


def batches(history, order, size):
    numbered = [(minute, f"o{minute}", customer) for minute, customer in enumerate(history)]
    shuffled = [numbered[index] for index in order]
    return [shuffled[start : start + size] for start in range(0, len(shuffled), size)]


@stable
@given(HISTORIES, st.sampled_from(list(Sharing)), st.data())
def test_order_of_arrival_does_not_change_who_gets_which_contact(history, sharing, data):
    straight, other = Books(sharing), Books(sharing)
    straight.accept([(minute, f"o{minute}", customer) for minute, customer in enumerate(history)])
    order = data.draw(st.permutations(range(len(history))))
    for batch in batches(history, order, data.draw(st.integers(1, len(history)))):
        other.accept(batch)
    assert straight.partition() == other.partition()


@stable
@given(st.lists(st.builds(
    Customer, external_id=st.sampled_from(["", "1", "2", "3"]), name=st.just("Ada"),
    company=st.sampled_from(["", "GmbH"]), vat=st.sampled_from(["", "DE123456789", "DE987654321"]),
    email=st.sampled_from(["", "a@x.example", "b@x.example", "c@x.example"]),
), min_size=1, max_size=12), st.sampled_from(list(Sharing)), st.data())  # fmt: skip
def test_replay_makes_nothing_new_even_of_contradictions(history, sharing, data):
    """Customers whose addresses and numbers contradict each other: each keeps what it got, and no contact is added."""
    books = Books(sharing)
    everything = [(minute, f"o{minute}", customer) for minute, customer in enumerate(history)]
    books.accept(data.draw(st.permutations(everything)))
    made, linked = books.made, dict(books.linked)
    books.accept(data.draw(st.permutations(everything)))
    assert (books.made, books.linked) == (made, linked)


@stable
@given(st.permutations(range(13)))
def test_one_batch_is_placed_alike_in_any_order(order):
    world = [*PEOPLE, *BUSINESSES]
    requests = [request(customer, f"o{at}", number=at, minute=at) for at, customer in enumerate(world)]
    straight = Desk.of(Sharing.CUSTOMER, [], {}).place_all(requests)
    assert Desk.of(Sharing.CUSTOMER, [], {}).place_all([requests[at] for at in order]) == straight


def test_the_histories_do_share_contacts():
    """Or the tests above would show nothing."""
    books = Books(Sharing.CUSTOMER)
    books.accept([(minute, f"o{minute}", customer) for minute, customer in enumerate([*PEOPLE, *BUSINESSES])])
    groups, shared = books.partition()
    assert sorted(map(sorted, groups)) == [
        ["o0", "o1", "o5"], ["o10", "o11"], ["o12"], ["o2"], ["o3"], ["o4"], ["o7", "o8", "o9"],
    ]  # fmt: skip
    assert shared == {"o6"}
