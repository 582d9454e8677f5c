"""By what a customer of a store is known again: its id in the store, its VAT number, its e-mail address.

A name identifies nobody: two people share one, and one person writes it in two ways.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import getaddresses

from ..canonical import Customer
from .vat_numbers import vat_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What identifies one customer of one store.

    :ivar key: the customer's key in the store; of a guest, a hash of the VAT number or the e-mail address, or the
        order where there is neither
    :ivar vat: in the form of ``vat_number``, or empty
    :ivar email: lower case, one address, or empty
    :ivar country: ISO code of the destination, for contacts that serve a country; empty if the store gives none
    :ivar is_business: it gave a company name or a VAT number
    """

    key: str
    is_guest: bool
    vat: str = ""
    email: str = ""
    country: str = ""
    is_business: bool = False

    @property
    def is_known_again(self) -> bool:
        """Whether another order of the same customer could be told."""
        return not self.is_guest or bool(self.vat or self.email)


def identity_of(customer: Customer, order: str) -> Identity:
    """What identifies the customer of an order.

    :param order: the order's key in the store
    """
    home = customer.billing.country or customer.shipping.country
    vat, email = vat_number(customer.vat, home), email_address(customer.email)
    is_guest = not customer.external_id
    return Identity(
        key=_guest_key(vat, email, order, customer.is_business) if is_guest else customer.external_id,
        is_guest=is_guest, vat=vat, email=email, country=customer.destination.country.upper(),
        is_business=customer.is_business,
    )  # fmt: skip


def _guest_key(vat: str, email: str, order: str, is_business: bool) -> str:
    if vat:
        return f"vat:{hashed(vat)}"
    if email:
        return f"{'business' if is_business else 'person'}:{hashed(email)}"
    return f"order:{order}"


def hashed(text: str) -> str:
    """A text as a key that can be compared, but not read."""
    return hashlib.sha256(text.encode()).hexdigest()


def email_address(text: str) -> str:
    """The one address in a text, lower case; empty if there is none, or more than one."""
    found = [address for _name, address in getaddresses([text]) if address.count("@") == 1]
    if len(found) != 1 or any(char.isspace() for char in found[0]):
        return ""
    local, _at, domain = found[0].partition("@")
    return f"{local}@{domain}".lower() if local and domain else ""


def data_digest(customer: Customer) -> str:
    """Changes when anything that the store says of a customer changes."""
    facts = (
        customer.name, customer.email, customer.company, customer.vat, customer.phone, customer.billing,
        customer.shipping,
    )  # fmt: skip
    return hashed(repr(facts))[:32]
