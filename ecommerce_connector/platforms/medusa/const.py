"""What Medusa's Admin API is asked, and what its words mean here.

Written against Medusa 2.21; checked by running it. Field names are Medusa's own.
"""

from __future__ import annotations

#: Asked with every order. A field that the store does not know is left out of its answer without a word.
ORDER_FIELDS = ",".join(
    (
        "id", "display_id", "status", "version", "is_draft_order", "email", "currency_code", "created_at", "updated_at",
        "canceled_at", "total", "tax_total", "item_total", "shipping_total", "credit_line_total",
        "*items", "*items.detail", "*items.tax_lines", "*items.adjustments",
        "*shipping_methods", "*shipping_methods.tax_lines", "*shipping_methods.adjustments",
        "*credit_lines", "*returns", "*returns.items",
        "payment_collections.id",
        "payment_collections.payments.id", "payment_collections.payments.provider_id",
        "payment_collections.payments.currency_code", "payment_collections.payments.raw_amount",
        "payment_collections.payments.data", "payment_collections.payments.created_at",
        "payment_collections.payments.updated_at", "payment_collections.payments.captured_at",
        "payment_collections.payments.canceled_at",
        "*payment_collections.payments.captures", "*payment_collections.payments.refunds",
        "*payment_collections.payments.refunds.refund_reason",
        "fulfillments.id", "fulfillments.shipped_at", "fulfillments.delivered_at", "fulfillments.canceled_at",
        "fulfillments.created_at", "*fulfillments.items",
        "*customer", "*shipping_address", "*billing_address",
    )
)  # fmt: skip
#: What tells whether money moved: no date of an order or a payment moves with every capture and refund.
PAYMENT_FIELDS = ",".join(
    ("id", "created_at", "updated_at", "captured_at", "canceled_at", "captures.created_at", "refunds.created_at",
     "payment_collection.order.id")
)  # fmt: skip
CHANGE_FIELDS = "id,version,status,confirmed_at"
#: Of what a payment provider keeps with a payment, only its ids are read and stored: the rest may hold secrets.
PROVIDER_IDS = ("latest_charge", "id")

#: Most rows asked for at once. Medusa itself has no limit; an order with all its parts is some 20 kB.
PAGE_LIMIT = 200
SCAN_LIMIT = 1000
#: How many orders are asked for by their ids at once; the ids are part of the address.
IDS_LIMIT = 50

CANCELLED = "canceled"
DRAFT = "draft"

#: Credit lines that pay (``@medusajs/loyalty-plugin``), by their ``reference``; also the gateways they stand for.
GIFT_CARD, STORE_CREDIT = "gift-card", "store-credit"
PAYING_CREDITS = frozenset({GIFT_CARD, STORE_CREDIT})
#: Reference of the credit line that a refund without a reason makes; with one, it is the reason's label.
REFUND_CREDIT = "payment_collection"

#: What is about a person in an order; of addresses the books need the country and the state.
PERSONAL_DATA = (
    ("order", "email"), ("order", "customer"), ("order", "shipping_address"), ("order", "billing_address"),
    ("order", "items", "metadata"), ("order", "items", "line_item_metadata"),
    ("order", "shipping_methods", "data"), ("order", "shipping_methods", "metadata"), ("order", "returns", "metadata"),
)  # fmt: skip
NEEDED_DATA = (
    ("order", "customer", "id"), ("order", "customer", "has_account"),
    ("order", "shipping_address", "country_code"), ("order", "shipping_address", "province"),
    ("order", "billing_address", "country_code"), ("order", "billing_address", "province"),
)  # fmt: skip
