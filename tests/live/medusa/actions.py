"""What customers and staff do in the live store, through Medusa's own APIs."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from vendure.actions import StoreError

Json = dict[str, Any]

TIMEOUT_SECONDS = 60
#: Asked for by the tests' own figures; the connector has a list of its own.
FIELDS = (
    "display_id,status,canceled_at,currency_code,total,credit_line_total,created_at,updated_at,*summary,*items,*items.detail,"
    "*items.tax_lines,*shipping_methods,*shipping_methods.tax_lines,*credit_lines,*payment_collections,"
    "*payment_collections.payments,*payment_collections.payments.captures,*payment_collections.payments.refunds,"
    "*fulfillments,*returns,*returns.items"
)
ADDRESSES: dict[str, Json] = {
    "fr": {"address_1": "1 rue de la Paix", "city": "Paris", "postal_code": "75002"},
    "gb": {"address_1": "10 Downing Street", "city": "London", "postal_code": "SW1A 2AA"},
    "us": {"address_1": "350 Fifth Avenue", "city": "New York", "postal_code": "10118", "province": "us-ny"},
    "jp": {"address_1": "1-1 Chiyoda", "city": "Tokyo", "postal_code": "100-8111"},
}


class Session:
    """The store's HTTP server, called as somebody."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = url
        self.headers = {"content-type": "application/json", **(headers or {})}

    def get(self, path: str, **params: object) -> Json:
        """Ask for something."""
        return self._call("GET", path + (f"?{urlencode(params)}" if params else ""))

    def post(self, path: str, **values: object) -> Json:
        """Do something."""
        return self._call("POST", path, values)

    def _call(self, method: str, path: str, values: Json | None = None) -> Json:
        body = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(self.url + path, body, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                result: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise StoreError(f"The store answered {error.code} to {method} {path}: {text[:500]}") from error
        return result


def staff(url: str, api_key: str) -> Session:
    """The Admin API with a secret API key, which may do everything."""
    token = base64.b64encode(f"{api_key}:".encode()).decode()
    return Session(f"{url}/admin", {"authorization": f"Basic {token}"})


class StoreActions:
    """Actions which change a live store. Amounts are in major units, as in Medusa.

    :ivar setup: ids of what the seed made, by kind and name
    """

    url: str
    api_key: str
    setup: Json
    _staff: Session | None = None

    @property
    def staff(self) -> Session:
        """The Admin API."""
        if self._staff is None:
            self._staff = staff(self.url, self.api_key)
        return self._staff

    def orders(self) -> list[Json]:
        """All orders as they are now, in the order of their numbers."""
        found: list[Json] = self.staff.get("/orders", limit=500, order="created_at", fields=FIELDS)["orders"]
        return sorted(found, key=lambda order: int(order["display_id"]))

    def order(self, number: object) -> Json:
        """One order by its number."""
        return next(order for order in self.orders() if str(order["display_id"]) == str(number))

    # --- customers ---

    def place_order(
        self, cart: Mapping[str, int], *, region: str = "eu", person: str = "Ada Byron", coupons: tuple[str, ...] = (),
        gift_card: str = "", shipping: str = "Standard", captured: bool = True,
    ) -> Json:  # fmt: skip
        """Place an order of ``{sku: quantity}``, and take the money unless told otherwise."""
        shopper = Session(f"{self.url}/store", {"x-publishable-api-key": self.setup["publishable_key"]})
        country = self.setup["countries"][region]
        first_name, last_name = person.split(" ")
        address = {"first_name": first_name, "last_name": last_name, "country_code": country, **ADDRESSES[country]}
        placed = shopper.post(
            "/carts", region_id=self.setup["regions"][region], sales_channel_id=self.setup["channel"],
            email=f"{first_name}.{last_name}@example.com".lower(), shipping_address=address, billing_address=address,
            items=[{"variant_id": self.setup["variants"][sku], "quantity": count} for sku, count in cart.items()],
        )["cart"]["id"]  # fmt: skip
        shopper.post(f"/carts/{placed}/shipping-methods", option_id=self.setup["shipping"][shipping])
        if coupons:  # last of all: what they take off the shipping is only known now
            shopper.post(f"/carts/{placed}/promotions", promo_codes=list(coupons))
        if gift_card:
            shopper.post(f"/carts/{placed}/gift-cards", code=gift_card)
        collection = shopper.post("/payment-collections", cart_id=placed)["payment_collection"]["id"]
        shopper.post(f"/payment-collections/{collection}/payment-sessions", provider_id="pp_system_default")
        done = shopper.post(f"/carts/{placed}/complete")
        if done.get("type") != "order":
            raise StoreError(f"The cart was not completed: {str(done)[:500]}")
        order = self.reread(done["order"])
        return self.capture(order) if captured and self.payments(order) else order

    # --- staff ---

    def reread(self, order: Json) -> Json:
        """An order as it is now."""
        found: Json = self.staff.get(f"/orders/{order['id']}", fields=FIELDS)["order"]
        return found

    @staticmethod
    def payments(order: Json) -> list[Json]:
        """All payments of an order, the first one first."""
        found = [payment for part in order["payment_collections"] for payment in part.get("payments") or []]
        return sorted(found, key=lambda payment: str(payment["created_at"]))

    def capture(self, order: Json, amount: float | None = None) -> Json:
        """Take the money of the first payment, or a part of it."""
        payment = self.payments(order)[0]["id"]
        self.staff.post(f"/payments/{payment}/capture", **({"amount": amount} if amount else {}))
        return self.reread(order)

    def refund(self, order: Json, amount: float, note: str = "returned", *, with_reason: bool = True) -> Json:
        """Give back part of the first payment."""
        payment = self.payments(order)[0]["id"]
        reason = {"refund_reason_id": self.setup["refund_reason"]} if with_reason else {}
        self.staff.post(f"/payments/{payment}/refund", amount=amount, note=note, **reason)
        return self.reread(order)

    def cancel(self, order: Json) -> Json:
        """Cancel an order: Medusa gives back what was captured."""
        self.staff.post(f"/orders/{order['id']}/cancel")
        return self.reread(order)

    def edit(
        self, order: Json, added: Mapping[str, tuple[int, float]], changed: Mapping[str, int] | None = None
    ) -> Json:
        """Add ``{sku: (quantity, price)}`` to an order, and give lines of it other quantities."""
        key = order["id"]
        self.staff.post("/order-edits", order_id=key, description="edited")
        for sku, (quantity, price) in added.items():
            item = {"variant_id": self.setup["variants"][sku], "quantity": quantity, "unit_price": price}
            self.staff.post(f"/order-edits/{key}/items", items=[item])
        for sku, quantity in (changed or {}).items():
            self.staff.post(f"/order-edits/{key}/items/item/{self.line(order, sku)}", quantity=quantity)
        self.staff.post(f"/order-edits/{key}/request")
        self.staff.post(f"/order-edits/{key}/confirm")
        return self.reread(order)

    def pay_by_hand(self, order: Json, amount: float) -> Json:
        """Add a payment that staff says has arrived."""
        made = self.staff.post("/payment-collections", order_id=order["id"], amount=amount)["payment_collection"]["id"]
        self.staff.post(f"/payment-collections/{made}/mark-as-paid", order_id=order["id"])
        return self.reread(order)

    def pack(self, order: Json, quantities: Mapping[str, int], *, shipped: bool = True) -> Json:
        """Make a parcel of ``{sku: quantity}``, and send it off."""
        items = [{"id": self.line(order, sku), "quantity": quantity} for sku, quantity in quantities.items()]
        key, before = order["id"], {item["id"] for item in order["fulfillments"]}
        self.staff.post(f"/orders/{key}/fulfillments", location_id=self.setup["location"], items=items)
        if shipped:
            (parcel,) = [item["id"] for item in self.reread(order)["fulfillments"] if item["id"] not in before]
            self.staff.post(f"/orders/{key}/fulfillments/{parcel}/shipments", items=items)
        return self.reread(order)

    def take_back(self, order: Json, quantities: Mapping[str, int]) -> Json:
        """Receive ``{sku: quantity}`` back; no money moves by that."""
        items = [{"id": self.line(order, sku), "quantity": quantity} for sku, quantity in quantities.items()]
        made = self.staff.post("/returns", order_id=order["id"], location_id=self.setup["location"])["return"]["id"]
        self.staff.post(f"/returns/{made}/request-items", items=items)
        self.staff.post(f"/returns/{made}/request")
        self.staff.post(f"/returns/{made}/receive")
        self.staff.post(f"/returns/{made}/receive-items", items=items)
        self.staff.post(f"/returns/{made}/receive/confirm")
        return self.reread(order)

    def give_gift_card(self, code: str, value: float) -> Json:
        """A gift card that was not sold through this shop."""
        made: Json = self.staff.post("/gift-cards", currency_code="eur", value=value, code=code)["gift_card"]
        return made

    def forgive(self, order: Json, amount: float, why: str = "goodwill") -> Json:
        """Take something off what the customer still owes."""
        self.staff.post(f"/orders/{order['id']}/credit-lines", amount=amount, reference=why, reference_id=why)
        return self.reread(order)

    @staticmethod
    def line(order: Json, sku: str) -> str:
        """The id of the line of an SKU."""
        return next(str(item["id"]) for item in order["items"] if item["variant_sku"] == sku)
