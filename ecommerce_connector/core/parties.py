"""Who bought, and where it goes, as stores state it."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import PayloadError
from .field_checks import check_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; country and state as ISO 3166 codes where the store gives them."""

    street: str = ""
    street2: str = ""
    city: str = ""
    postal_code: str = ""
    state: str = ""
    country: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who bought. ``external_id`` is empty for a guest.

    :ivar merged_into: the customer's id since the store made two customers one; empty if it did not
    """

    external_id: str = ""
    merged_into: str = ""
    name: str = ""
    email: str = ""
    company: str = ""
    vat: str = ""
    phone: str = ""
    billing: Address = Address()
    shipping: Address = Address()

    def __post_init__(self) -> None:
        check_texts(self, "customer")
        if self.merged_into and not self.external_id:
            raise PayloadError("customer, merged into", "a guest is merged into nobody")

    @property
    def is_business(self) -> bool:
        """Whether it is a company: it gave its name or a VAT number."""
        return bool(self.company or self.vat)

    @property
    def destination(self) -> Address:
        """Where the goods go, as far as the store says."""
        return self.shipping if self.shipping.country else self.billing
