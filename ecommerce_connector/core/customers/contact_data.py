"""What the store says of a customer against what their contact has: what may be filled in, what a person should see.

A contact's data may be an accountant's own work. So nothing is replaced: what is empty is filled, what differs is
named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .identity import email_address
from .vat_numbers import vat_number


class Difference(str, Enum):
    """What the store says otherwise than the contact."""

    VAT = "vat"
    EMAIL = "email"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """What a contact has, or what the store says.

    :ivar company: of a person, the business they buy for; empty for a contact that is a business itself
    :ivar country: ISO code
    """

    email: str = ""
    phone: str = ""
    vat: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def place(self) -> tuple[str, ...]:
        """The address within its country; half of one and half of another would be none."""
        return self.street, self.street2, self.city, self.postal_code


def missing(known: ContactData, stated: ContactData) -> frozenset[str]:
    """Which fields of a contact are empty and can be filled from what the store says.

    An address is filled as a whole, and only into a contact of the same country or of none.
    """
    found = {
        name for name in ("email", "phone", "vat", "company") if getattr(stated, name) and not getattr(known, name)
    }
    same_country = not known.country or not stated.country or known.country == stated.country
    if any(stated.place) and not any(known.place) and same_country:
        found |= {"street", "street2", "city", "postal_code"}
        found |= {"country"} if stated.country else set()
    elif stated.country and not known.country and not any(known.place):
        found.add("country")
    return frozenset(found)


def differences(known: ContactData, stated: ContactData) -> frozenset[Difference]:
    """What the store says otherwise than the contact; what either leaves empty differs from nothing."""
    found = set()
    ours, theirs = (vat_number(data.vat, data.country or stated.country) or data.vat for data in (known, stated))
    if ours and theirs and ours != theirs:
        found.add(Difference.VAT)
    if known.email and stated.email and email_address(known.email) != email_address(stated.email):
        found.add(Difference.EMAIL)
    if any(known.place) and any(stated.place) and _comparable(known) != _comparable(stated):
        found.add(Difference.ADDRESS)
    return frozenset(found)


def _comparable(data: ContactData) -> tuple[str, ...]:
    return tuple("".join(part.casefold().split()) for part in (*data.place, data.country))
