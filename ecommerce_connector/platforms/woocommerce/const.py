"""Tables of the WooCommerce REST API, version 3.

Facts are from WooCommerce 9.9; where a version matters it is named.
"""

from __future__ import annotations

from enum import Enum

#: The WordPress REST index: public, no key needed.
SITE_PATH = "/wp-json/"
#: The same index where permalinks are "Plain" and paths below ``/wp-json/`` do not exist.
PLAIN_SITE_PATH = "/?rest_route=/"
NAMESPACE = "wc/v3"
API_PATH = f"/wp-json/{NAMESPACE}"

#: WooCommerce answers 400 above it.
PAGE_LIMIT = 100

#: Decimals asked for (``dp``). The default, the shop's own, hides what a line keeps unrounded.
DECIMALS = "6"


class Standing(Enum):
    """What an order's status says about the sale."""

    PLACED = "placed"
    OPEN = "open"  # nobody has bought yet: a draft, or a checkout whose payment is missing or failed
    CANCELLED = "cancelled"


#: The payment was declined; the customer may try again.
FAILED = "failed"

#: An unknown status (plug-ins add their own, such as ``wc-shipped``) is a placed order. ``pending``
#: and ``failed`` are no sales yet, as in WooCommerce's own analytics, unless a payment date is set.
STATUSES: dict[str, Standing] = {
    "auto-draft": Standing.OPEN,
    "checkout-draft": Standing.OPEN,
    "draft": Standing.OPEN,
    "pending": Standing.OPEN,
    FAILED: Standing.OPEN,
    "on-hold": Standing.PLACED,
    "processing": Standing.PLACED,
    "completed": Standing.PLACED,
    "refunded": Standing.PLACED,
    "cancelled": Standing.CANCELLED,
    "trash": Standing.CANCELLED,
}

#: Gateway of the cards of the "Gift Cards" extension; gateway rules match on it.
GIFT_CARD_GATEWAY = "gift_card"

#: Gateway of an order that was marked as paid without naming a payment method.
UNNAMED_GATEWAY = "unnamed"

#: Meta of a line that sells a gift card ("Gift Cards" extension): a liability, not revenue.
GIFT_CARD_SOLD_META = frozenset({"wc_gc_giftcard_amount", "wc_gc_giftcards"})

#: Keys of a line that only shows what a bundle or a composite contains, and meta that says the same.
BUNDLED_FIELDS = ("bundled_by", "composite_parent")
BUNDLED_META = frozenset({"_bundled_by", "_composite_parent"})

#: Meta of a refund's line: the id of the order's line it gives back.
REFUNDED_LINE_META = "_refunded_item_id"

#: Where plug-ins keep the customer's VAT number, most common first. Core has no field for it.
VAT_META = (
    "_vat_number",
    "_billing_vat_number",
    "_billing_eu_vat_number",
    "vat_number",
    "_billing_vat",
    "billing_vat",
    "_billing_vat_id",
    "_vat_id",
    "_billing_piva",
    "_billing_nif",
)

#: Order meta (key, value) by which payment plug-ins mark a payment in test mode.
TEST_META = frozenset({("_wcpay_mode", "test"), ("_ppcp_paypal_payment_mode", "sandbox")})

#: A field that only subscriptions (``shop_subscription``) have; their renewals are ordinary orders.
SUBSCRIPTION_FIELD = "billing_period"

#: Ends the reason of a refund for which WooCommerce did not call the gateway. There is no proof
#: that its money moved: a policy may ask for one.
MANUAL_REFUND_NOTE = "manual refund, not sent through the gateway"
