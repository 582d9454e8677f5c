"""What a gateway is, told by its name: gift cards are a liability, the rest is money somewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Gateways whose money waits in the same place.

    :ivar code: part of keys and journal codes
    :ivar label: of its processor account, before the currency
    :ivar words: expressions of which one in the gateway's name makes it one of the family
    :ivar processor: code of the processor whose payout reports are read, if the name says it
    :ivar is_liability: gift cards and store credit: what is redeemed was owed to the customer
    :ivar has_payouts: a processor collects the money and pays it out; otherwise it comes straight to the company
    """

    code: str
    label: str
    words: tuple[str, ...] = ()
    processor: str = ""
    is_liability: bool = False
    has_payouts: bool = True

    @property
    def clearing_name(self) -> str:
        """Name of its clearing account."""
        return "Payment clearing" if self is CARDS else f"{self.label} clearing"

    @property
    def in_transit_name(self) -> str:
        """Name of its account of payouts under way."""
        return "Payouts in transit" if self is CARDS else f"{self.label} payouts in transit"


GIFT_CARDS = Family(
    code="GC", label="Gift cards", is_liability=True, has_payouts=False,
    words=("gift.?card", "gift.?certificate", "gift.?voucher", "voucher", "store.?credit", "gutschein", "geschenkkarte",
           "guthaben", "carte.?cadeau", "ch[eè]que.?cadeau", "bon.?d.?achat", "avoir"),
)  # fmt: skip
CARDS = Family(
    code="CC", label="Card payments",
    words=("card", "credit", "debit", "visa", "amex", "carte", "karte", "apple.?pay", "google.?pay"),
)  # fmt: skip
#: The first that fits is it.
FAMILIES = (
    GIFT_CARDS,
    Family(code="ST", label="Stripe", processor="stripe", words=("stripe", "woocommerce.?payments")),
    Family(code="SP", label="Shopify Payments", words=("shopify",)),
    Family(code="PP", label="PayPal", words=("paypal", "ppcp", "ppec")),
    Family(code="KL", label="Klarna", words=("klarna", "sofort")),
    Family(code="AM", label="Amazon Pay", words=("amazon",)),
    Family(code="MO", label="Mollie", words=("mollie",)),
    Family(code="AD", label="Adyen", words=("adyen",)),
    Family(code="SQ", label="Square", words=("square",)),
    Family(code="CO", label="Cash on delivery", has_payouts=False, words=(r"\bcod\b", "cash", "contre", "nachnahme")),
    CARDS,
    Family(
        code="BT", label="Bank transfers", has_payouts=False,
        words=("bank", "bacs", "transfer", "wire", "virement", "überweisung", "vorkasse", "cheque", r"\bcheck(mo)?\b",
               "chèque", "sepa", "manual", "invoice", "rechnung"),
    ),
)  # fmt: skip


def family_of(gateway: str) -> Family:
    """The family of a gateway; an unknown one is a family of its own."""
    name = gateway.casefold()
    for family in FAMILIES:
        if any(re.search(word, name) for word in family.words):
            return family
    letters = re.sub(r"[^A-Z0-9]", "", gateway.upper())
    return Family(code=letters[:3] or "XX", label=gateway.replace("_", " ").replace("-", " ").strip().capitalize())
