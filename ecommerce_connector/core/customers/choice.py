"""Which contact of the ledger an order is booked on.

The customer's id in the store decides before its VAT number, and that before its e-mail address; a name never
does. What speaks against the decision is named, and nothing is blocked by it. Contacts that do not exist yet get
numbers below zero, so that all orders of a batch are placed before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from .identity import Identity


class Sharing(str, Enum):
    """Which contact consumers are booked on. Businesses always have their own."""

    CUSTOMER = "customer"  # each has its own
    STORE = "shared"  # one for the store
    COUNTRY = "country"  # one for the store and the country the goods go to


class Basis(str, Enum):
    """Why an order is booked on a contact."""

    ID = "id"
    VAT = "vat"
    EMAIL = "email"
    NEW = "new"
    STORE = "store"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact of the ledger that may be a customer's.

    :ivar id: the company's contact where a person of it was found
    :ivar vat: in the form of ``vat_number``, or empty
    :ivar emails: addresses by which it is known
    """

    id: int
    is_business: bool
    vat: str = ""
    emails: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An order that needs a contact.

    :ivar order: the order's key
    :ivar at: when it was placed; the earlier order is placed first
    :ivar customer: number of the customer record that decides, the one that others were merged into
    :ivar is_pinned: a person chose the customer's contact; it is taken for consumers too, whatever the policy
    """

    order: str
    at: datetime
    customer: int
    identity: Identity
    is_pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something that leads to another contact than the one that was taken.

    :ivar by: what leads there
    :ivar contact: where
    """

    by: Basis
    contact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The contact of an order.

    :ivar contact: below zero: to be made; None: the contact that the store or the country shares
    """

    basis: Basis
    contact: int | None = None
    conflicts: tuple[Conflict, ...] = ()


def needs_store_contact(identity: Identity, sharing: Sharing) -> bool:
    """Whether nothing but the contact that the store shares can take an order."""
    if identity.is_business:
        return False
    if sharing is Sharing.COUNTRY:
        return not identity.country
    return sharing is Sharing.STORE or not identity.is_known_again


@dataclass(slots=True)
class Desk:
    """Places orders, one after the other; remembers what it decided.

    :ivar linked: customer record → its contact
    """

    sharing: Sharing
    linked: dict[int, int]
    _by_vat: dict[str, set[int]] = field(default_factory=dict)
    _by_email: dict[tuple[str, bool], set[int]] = field(default_factory=dict)
    _vats: dict[int, str] = field(default_factory=dict)
    _made: int = 0

    @classmethod
    def of(cls, sharing: Sharing, contacts: Iterable[Contact], linked: Mapping[int, int]) -> Desk:
        """A desk that knows these contacts."""
        desk = cls(sharing, dict(linked))
        for contact in contacts:
            desk._know(contact)
        return desk

    def place_all(self, requests: Iterable[Request]) -> dict[str, Choice]:
        """The contact of each order, whatever the order in which they are given."""
        return {request.order: self.place(request) for request in sorted(requests, key=_turn)}

    def place(self, request: Request) -> Choice:
        """The contact of one order."""
        identity = request.identity
        linked = self.linked.get(request.customer)
        is_decided = linked is not None and (request.is_pinned or self.sharing is Sharing.CUSTOMER)
        if not identity.is_business and not is_decided and (shared := self._shared(identity)):
            return shared
        by_vat = self._first(self._by_vat.get(identity.vat, set())) if identity.vat else None
        by_email = self._first(self._of_email(identity))
        found = ((Basis.ID, linked), (Basis.VAT, by_vat), (Basis.EMAIL, by_email))
        basis, contact = next(((by, it) for by, it in found if it is not None), (Basis.NEW, None))
        if contact is None:
            self._made -= 1
            contact = self._made
        self._know_again(contact, identity)
        self.linked[request.customer] = contact
        others = ((by, self._other(by, contact, identity)) for by, _it in found if by is not Basis.ID)
        conflicts = tuple(Conflict(by=by, contact=other) for by, other in others if other is not None)
        return Choice(basis=basis, contact=contact, conflicts=conflicts)

    def _shared(self, identity: Identity) -> Choice | None:
        if needs_store_contact(identity, self.sharing):
            return Choice(basis=Basis.STORE)
        return Choice(basis=Basis.COUNTRY) if self.sharing is Sharing.COUNTRY else None

    def _of_email(self, identity: Identity) -> set[int]:
        """Contacts with the address: people for a person, businesses for a business without another VAT number."""
        found = self._by_email.get((identity.email, identity.is_business), set()) if identity.email else set()
        return {contact for contact in found if not identity.vat or self._vats.get(contact) in (None, identity.vat)}

    def _other(self, by: Basis, contact: int, identity: Identity) -> int | None:
        """Where else the VAT number or the address leads, unless it leads to the contact too."""
        found = self._by_vat.get(identity.vat, set()) if by is Basis.VAT else self._of_email(identity)
        return None if contact in found else self._first(found)

    @staticmethod
    def _first(contacts: set[int]) -> int | None:
        """The oldest; what is only to be made comes after all others, in the order of its making."""
        return min(contacts, key=lambda contact: (contact < 0, abs(contact)), default=None)

    def _know(self, contact: Contact) -> None:
        if contact.vat:
            self._vats.setdefault(contact.id, contact.vat)
            self._by_vat.setdefault(contact.vat, set()).add(contact.id)
        for email in contact.emails:
            self._by_email.setdefault((email, contact.is_business), set()).add(contact.id)

    def _know_again(self, contact: int, identity: Identity) -> None:
        """By what the contact of an order is known to the next orders; a number it has is never replaced."""
        known = self._vats.get(contact)
        vat = identity.vat if known in (None, identity.vat) and not self._by_vat.get(identity.vat) else ""
        emails = {identity.email} if identity.email and not self._of_email(identity) else set()
        self._know(Contact(id=contact, is_business=identity.is_business, vat=vat, emails=frozenset(emails)))


def _turn(request: Request) -> tuple[datetime, str]:
    return request.at, request.order
