"""What is known of a store value besides its name; a mapping rule can be limited to any of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

BUSINESS, CONSUMER = "business", "consumer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of one question to the rulebook; None is unknown or does not apply.

    :ivar rate: tax rate in percent
    :ivar currency: ISO 4217 code of the document
    :ivar country: ISO 3166 code of the destination
    :ivar state: code of the destination's state within the country, as the store gives it, upper case
    :ivar customer: ``business`` or ``consumer``
    :ivar included: the tax is part of the price that the customer saw
    :ivar remitter: who owes the tax: ``seller``, ``marketplace``, ``oss`` or ``ioss``
    :ivar funder: who pays for a discount: ``seller`` or ``platform``
    """

    rate: Decimal | None = None
    currency: str | None = None
    country: str | None = None
    state: str | None = None
    customer: str | None = None
    included: bool | None = None
    remitter: str | None = None
    funder: str | None = None


#: Names of the facts, which are the names of a rule's qualifiers.
QUALIFIERS = ("rate", "currency", "country", "state", "customer", "included", "remitter", "funder")
NO_FACTS = Facts()
