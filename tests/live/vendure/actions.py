"""What customers and staff do in the live store, through Vendure's own APIs."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]

#: Every field of every order that a connector may want to know, and the store's settings.
FULL_QUERY = Path(__file__).parent / "recording" / "orders.graphql"
TIMEOUT_SECONDS = 60
CREDENTIALS = {"u": "superadmin", "p": "live-store"}
PROBLEM = "__typename ... on ErrorResult { errorCode message }"
SHIPPING_METHODS = {"standard": "1", "express": "2", "export": "3"}
ADDRESSES: dict[str, Json] = {
    "FR": {"streetLine1": "1 rue de la Paix", "city": "Paris", "postalCode": "75002"},
    "DE": {"streetLine1": "Unter den Linden 6", "city": "Berlin", "postalCode": "10117"},
    "US": {"streetLine1": "350 Fifth Avenue", "city": "New York", "postalCode": "10118"},
}
ORDER = """id code state active total totalWithTax currencyCode updatedAt orderPlacedAt
    lines { id quantity productVariant { sku } }
    payments { id method state amount transactionId updatedAt
        refunds { id state total transactionId updatedAt } }"""


class StoreError(Exception):
    """The store could not be started, or it refused an action."""


class Session:
    """One API of the store, called with the token that it hands out, or with given headers."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = url
        self.headers = {"content-type": "application/json", **(headers or {})}

    def call(self, query: str, variables: Json | None = None) -> Json:
        """Run a query or mutation and return its data."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(self.url, body, self.headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                token = answer.headers.get("vendure-auth-token")
                result: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise StoreError(f"The store answered {error.code}: {text[:500]}") from error
        if token:
            self.headers["authorization"] = f"Bearer {token}"
        if result.get("errors"):
            raise StoreError(f"{result['errors'][0]['message']}\n{query}")
        data: Json = result["data"]
        return data

    def act(self, query: str, variables: Json | None = None) -> Json:
        """Run a mutation and return the only field of its answer, unless it is a refusal."""
        (result,) = self.call(query, variables).values()
        if isinstance(result, dict) and result.get("errorCode"):
            raise StoreError(f"The store refused: {result['message']} ({result})")
        return result  # type: ignore[no-any-return]

    def act_on(self, name: str, input_type: str, values: Json, fields: str = "") -> Json:
        """Run ``name(input: …)``, the form of most mutations."""
        query = f"mutation($input: {input_type}!) {{ {name}(input: $input) {{ {PROBLEM} {fields} }} }}"
        return self.act(query, {"input": values})


class StoreActions:
    """Actions which change a live store. Amounts are minor units, as in Vendure."""

    url: str
    _staff: Session | None = None

    @property
    def staff(self) -> Session:
        """The Admin API as superadmin; the connector's own key may only read."""
        if self._staff is None:
            self._staff = Session(f"{self.url}/admin-api")
            self._staff.act(
                f"mutation($u: String!, $p: String!) {{ login(username: $u, password: $p) {{ {PROBLEM} }} }}",
                dict(CREDENTIALS),
            )
        return self._staff

    def query(self, query: str, variables: Json | None = None) -> Json:
        """Run any Admin API query as superadmin and return its data."""
        return self.staff.call(query, variables)

    def order(self, code: str) -> Json:
        """Return an order with its lines, payments and refunds."""
        items = self.query(
            f"query($code: String!) {{ orders(options: {{ filter: {{ code: {{ eq: $code }} }} }})"
            f" {{ items {{ {ORDER} }} }} }}",
            {"code": code},
        )["orders"]["items"]
        if not items:
            raise StoreError(f"The store has no order {code}.")
        order: Json = items[0]
        return order

    def full_orders(self) -> list[Json]:
        """Return all orders with all that the recording holds of them."""
        orders: list[Json] = self.query(FULL_QUERY.read_text())["orders"]["items"]
        return orders

    # --- staff ---

    def refund(self, code: str, amount: int, reason: str = "returned") -> Json:
        """Refund part of an order's first payment that still has as much to give back."""
        payment = self._refundable_payment(self.order(code), amount)
        values = {"paymentId": payment["id"], "amount": amount, "reason": reason}
        # Deprecated, but their database columns refuse null.
        values |= {"lines": [], "shipping": 0, "adjustment": 0}
        fields = "... on Refund { id state total transactionId }"
        return self.staff.act_on("refundOrder", "RefundOrderInput", values, fields)

    @staticmethod
    def _refundable_payment(order: Json, amount: int) -> Json:
        for payment in order["payments"]:
            given_back = sum(refund["total"] for refund in payment["refunds"] if refund["state"] != "Failed")
            if payment["state"] == "Settled" and payment["amount"] - given_back >= amount:
                return dict(payment)
        raise StoreError(f"No payment of order {order['code']} can give back {amount}.")

    def settle_refund(self, refund_id: str, transaction_id: str) -> Json:
        """Record that a pending refund has been paid."""
        values = {"id": refund_id, "transactionId": transaction_id}
        return self.staff.act_on("settleRefund", "SettleRefundInput", values, "... on Refund { id state total }")

    def cancel(self, code: str, quantities: Mapping[str, int] | None = None, reason: str = "cancelled") -> Json:
        """Cancel an order, or only ``{sku: quantity}`` of it."""
        order = self.order(code)
        values: Json = {"orderId": order["id"], "reason": reason}
        if quantities is None:
            values["cancelShipping"] = True
        else:
            values["lines"] = _order_lines(order, quantities)
        return self.staff.act_on("cancelOrder", "CancelOrderInput", values, f"... on Order {{ {ORDER} }}")

    def capture(self, code: str) -> Json:
        """Settle the authorized payment of an order."""
        payments = self.order(code)["payments"]
        payment_id = next((p["id"] for p in payments if p["state"] == "Authorized"), None)
        if payment_id is None:
            raise StoreError(f"Order {code} has no authorized payment.")
        return self.staff.act(
            f"mutation($id: ID!) {{ settlePayment(id: $id) {{ {PROBLEM} ... on Payment "
            "{ id state amount transactionId } } }",
            {"id": payment_id},
        )

    def move(self, code: str, state: str) -> None:
        """Move an order to another state, such as ``Modifying``."""
        self.staff.act(
            "mutation($id: ID!, $state: String!) { transitionOrderToState(id: $id, state: $state)"
            " { ... on OrderStateTransitionError { errorCode message transitionError } } }",
            {"id": self.order(code)["id"], "state": state},
        )

    def change_quantities(self, code: str, quantities: Mapping[str, int]) -> Json:
        """Lower a paid order to ``{sku: new quantity}`` and refund the difference."""
        order = self.order(code)
        self.move(code, "Modifying")
        change = {
            "orderId": order["id"],
            "adjustOrderLines": _order_lines(order, quantities),
        }
        fields = "... on Order { id totalWithTax }"

        def modify(**more: Any) -> Json:
            return self.staff.act_on("modifyOrder", "ModifyOrderInput", change | more, fields)

        difference = order["totalWithTax"] - modify(dryRun=True)["totalWithTax"]
        payment = self._refundable_payment(order, difference)
        refund = {"paymentId": payment["id"], "amount": difference, "reason": "fewer"}
        result = modify(dryRun=False, refunds=[refund])
        self.move(code, "PaymentSettled")
        return result

    # --- customers ---

    def place_order(
        self,
        cart: Mapping[str, int],
        *,
        person: str = "Test Customer",
        payment_method: str | None = "card",
        currency: str | None = None,
        channel: str | None = None,
        country: str = "FR",
        coupons: tuple[str, ...] = (),
        shipping: str = "standard",
    ) -> str:
        """Place an order of ``{sku: quantity}``, pay it, and return its code.

        Payment methods are card, card-authorize and manual; None leaves it unpaid.
        """
        shopper = Session(
            f"{self.url}/shop-api" + (f"?currencyCode={currency}" if currency else ""),
            {"vendure-token": channel} if channel else None,
        )
        for variant_id, quantity in self._variants(cart):
            shopper.act(
                f"mutation($v: ID!, $n: Int!) {{ addItemToOrder(productVariantId: $v, quantity: $n) {{ {PROBLEM} }} }}",
                {"v": variant_id, "n": quantity},
            )
        _introduce(shopper, person, country)
        for coupon in coupons:
            shopper.act(
                f"mutation($c: String!) {{ applyCouponCode(couponCode: $c) {{ {PROBLEM} }} }}",
                {"c": coupon},
            )
        shopper.act(
            f"mutation($s: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $s) {{ {PROBLEM} }} }}",
            {"s": [SHIPPING_METHODS[shipping]]},
        )
        code: str = shopper.act(
            f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ {PROBLEM} ... on Order {{ code }} }} }}'
        )["code"]
        if payment_method is not None:
            payment = {"method": payment_method, "metadata": {}}
            shopper.act_on("addPaymentToOrder", "PaymentInput", payment)
        return code

    def _variants(self, cart: Mapping[str, int]) -> list[tuple[str, int]]:
        items = self.query("{ productVariants { items { id sku } } }")["productVariants"]["items"]
        ids = {item["sku"]: item["id"] for item in items}
        unknown = set(cart) - set(ids)
        if unknown:
            raise StoreError(f"Unknown SKU {sorted(unknown)}; the store sells {sorted(ids)}.")
        return [(ids[sku], quantity) for sku, quantity in cart.items()]


def _introduce(shopper: Session, person: str, country: str) -> None:
    first_name, last_name = person.split(" ")
    customer = {
        "firstName": first_name,
        "lastName": last_name,
        "emailAddress": f"{first_name}.{last_name}@example.com".lower(),
    }
    shopper.act_on("setCustomerForOrder", "CreateCustomerInput", customer)
    address = {"fullName": person, "countryCode": country, **ADDRESSES[country]}
    for name in ("setOrderShippingAddress", "setOrderBillingAddress"):
        shopper.act_on(name, "CreateAddressInput", address)


def _order_lines(order: Json, quantities: Mapping[str, int]) -> list[Json]:
    ids = {line["productVariant"]["sku"]: line["id"] for line in order["lines"]}
    return [{"orderLineId": ids[sku], "quantity": quantity} for sku, quantity in quantities.items()]
