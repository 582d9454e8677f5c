"""What the Vendure Admin API is asked, and what its words mean here.

Written against Vendure 3.7; checked by running it. Field names are Vendure's own.
"""

from __future__ import annotations

from typing import Any

from ...core.canonical import MoneyState

API_PATH = "admin-api"
KEY_HEADER = "vendure-api-key"
CHANNEL_HEADER = "vendure-token"
DEFAULT_CHANNEL = "__default_channel__"

#: Most orders that one list query may take (``adminListQueryLimit``, unless the store changes it).
LIST_LIMIT = 1000
#: How many times more orders a scan takes per request than a list: its rows are that much lighter.
SCAN_FACTOR = 10

#: Digits after the point of every amount, whatever the currency (``MoneyStrategy.precision``).
DEFAULT_PRECISION = 2
#: Vendure's name of every tax on shipping; it does not tell which tax rate that came from.
SHIPPING_TAX = "shipping tax"

CANCELLED = "Cancelled"
SELLER_ORDER = "Seller"

PAYMENT_STATES: dict[str, MoneyState] = {
    "Created": MoneyState.PENDING,
    "Authorized": MoneyState.AUTHORIZED,
    "Settled": MoneyState.DONE,
    "Declined": MoneyState.FAILED,
    "Error": MoneyState.FAILED,
    "Cancelled": MoneyState.VOIDED,
}
#: Payments that were money at some time; they make a cart worth reading.
PAID_STATES = frozenset({"Settled", "Cancelled"})
REFUND_STATES: dict[str, MoneyState] = {
    "Pending": MoneyState.PENDING,
    "Settled": MoneyState.DONE,
    "Failed": MoneyState.FAILED,
}
#: Adjustments that are discounts; the others (such as a cancelled shipping) take value away otherwise.
DISCOUNT_TYPES = frozenset({"PROMOTION", "DISTRIBUTED_ORDER_PROMOTION"})

#: What is about a person in an order; of addresses the books need the country and the state.
PERSONAL_DATA = (("order", "customer"), ("order", "billingAddress"), ("order", "shippingAddress"))
NEEDED_DATA = (
    ("order", "customer", "id"), ("order", "billingAddress", "countryCode"), ("order", "billingAddress", "province"),
    ("order", "shippingAddress", "countryCode"), ("order", "shippingAddress", "province"),
)  # fmt: skip

PAYMENT_TRANSITION = "ORDER_PAYMENT_TRANSITION"
REFUND_TRANSITION = "ORDER_REFUND_TRANSITION"
FULFILMENT_TRANSITION = "ORDER_FULFILLMENT_TRANSITION"
#: States of a fulfilment that left, in the order in which it comes to them.
SHIPPED_STATES = ("Shipped", "Delivered")

#: Orders that may concern the books: placed, or being paid. A filter's ``_or`` takes one field per
#: entry: Vendure would join several with "or" as well.
PLACED_OR_PAID: dict[str, Any] = {
    "_or": [
        {"orderPlacedAt": {"isNull": False}},
        {"transactionId": {"isNull": False}},
        {"state": {"notIn": ["Created", "Draft", "AddingItems"]}},
    ]
}

# Asked first in every query: a refused key then fails here, a missing permission on the orders.
_PRECISION = "globalSettings { serverConfig { moneyStrategyPrecision } }"

_ADDRESS = "{ fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber }"

_ORDER = f"""
    id code type state active createdAt updatedAt orderPlacedAt currencyCode
    channels {{ code token }}
    customer {{ id firstName lastName emailAddress phoneNumber }}
    billingAddress {_ADDRESS}
    shippingAddress {_ADDRESS}
    lines {{
      id quantity productVariant {{ sku name }}
      linePrice proratedLinePrice proratedLinePriceWithTax taxLines {{ description taxRate }}
    }}
    surcharges {{ id sku description price priceWithTax taxLines {{ description taxRate }} }}
    shippingLines {{
      id shippingMethod {{ code name }} discountedPrice discountedPriceWithTax discounts {{ type amount }}
    }}
    totalWithTax
    taxSummary {{ description taxRate taxBase taxTotal }}
    payments {{
      id createdAt updatedAt method amount state transactionId
      refunds {{ id createdAt updatedAt state total transactionId reason lines {{ orderLineId quantity }} }}
    }}
    modifications {{ id createdAt refund {{ id }} }}
    fulfillments {{ id state createdAt updatedAt lines {{ orderLineId quantity }} }}
    history(options: {{
      take: 1000,
      filter: {{ type: {{ in: ["{PAYMENT_TRANSITION}", "{REFUND_TRANSITION}", "{FULFILMENT_TRANSITION}"] }} }}
    }}) {{ items {{ type createdAt data }} }}
"""

ORDERS_QUERY = f"""query Orders($options: OrderListOptions!) {{
  {_PRECISION}
  orders(options: $options) {{ totalItems items {{ {_ORDER} }} }}
}}"""

ORDER_QUERY = f"""query Order($id: ID!) {{
  {_PRECISION}
  order(id: $id) {{ {_ORDER} }}
}}"""

SCAN_QUERY = f"""query RefundScan($options: OrderListOptions!) {{
  {_PRECISION}
  orders(options: $options) {{
    totalItems
    items {{
      id createdAt
      payments {{ id state createdAt updatedAt refunds {{ id state total createdAt updatedAt }} }}
      modifications {{ createdAt }}
      fulfillments {{ id createdAt updatedAt }}
    }}
  }}
}}"""

CHECK_QUERY = f"""query StoreCheck {{
  {_PRECISION}
  activeChannel {{ code token availableCurrencyCodes seller {{ name }} }}
  orders(options: {{ take: 20, sort: {{ orderPlacedAt: DESC }}, filter: {{ orderPlacedAt: {{ isNull: false }} }} }}) {{
    items {{ id code orderPlacedAt payments {{ id createdAt }} }}
  }}
}}"""
