"""What staff and customers do, done to the recording: for machines without Node.js.

The same few actions as the live store's, with the same results as far as a connector can see them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from vendure.recorded_store import RecordedStore, load

Json = dict[str, Any]


class ChangeableRecording:
    """A recorded store whose answers are changed in the memory of this process."""

    def __init__(self, store: RecordedStore) -> None:
        self.url, self.api_key, self.orders = store.url, store.api_key, store.orders
        self._store = store
        self._seed = copy.deepcopy(load()["orders"])
        self._now = datetime.now(timezone.utc)

    def stop(self) -> None:
        """Stop answering, and leave the recording as it was."""
        self._store.stop()
        load()["orders"][:] = self._seed

    def full_orders(self) -> list[Json]:
        """All orders as they are now."""
        return copy.deepcopy(load()["orders"])

    def order(self, code: str) -> Json:
        """One order as it is now."""
        return next(order for order in load()["orders"] if order["code"] == code)

    def _tick(self) -> str:
        self._now += timedelta(seconds=1)
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _next_id(self, lists: list[list[Json]]) -> str:
        return str(1 + max(int(row["id"]) for rows in lists for row in rows))

    def refund(self, code: str, amount: int, reason: str = "returned") -> Json:
        """Give back part of an order's first payment."""
        payments = [payment for order in load()["orders"] for payment in order["payments"]]
        at, key = self._tick(), self._next_id([payment["refunds"] for payment in payments])
        refund = {
            "id": key, "createdAt": at, "updatedAt": at, "state": "Settled", "total": amount, "reason": reason,
            "transactionId": f"re_{code}_{key}", "lines": [], "metadata": {}, "method": "card", "items": 0,
            "shipping": 0, "adjustment": 0, "paymentId": self.order(code)["payments"][0]["id"],
        }  # fmt: skip
        self.order(code)["payments"][0]["refunds"].append(refund)
        return refund

    def settle_refund(self, refund_id: str, transaction_id: str) -> Json:
        """Record that a pending refund has been paid."""
        for order in load()["orders"]:
            for refund in (refund for payment in order["payments"] for refund in payment["refunds"]):
                if refund["id"] == refund_id:
                    refund |= {"state": "Settled", "transactionId": transaction_id, "updatedAt": self._tick()}
                    return dict(refund)
        raise KeyError(refund_id)

    def capture(self, code: str) -> Json:
        """Settle the authorized payment of an order."""
        order = self.order(code)
        (payment,) = [payment for payment in order["payments"] if payment["state"] == "Authorized"]
        fee = {**(payment["metadata"] or {}), "fee": 68}
        payment |= {"state": "Settled", "updatedAt": self._tick(), "metadata": fee}
        order["state"] = "PaymentSettled"
        return dict(payment)

    def cancel(self, code: str) -> Json:
        """Cancel a whole order: nothing is left of it but its payments."""
        order = self.order(code)
        order |= {"state": "Cancelled", "updatedAt": self._tick(), "totalWithTax": 0, "total": 0, "taxSummary": []}
        for line in order["lines"]:
            line |= {"quantity": 0, "linePrice": 0, "proratedLinePrice": 0, "proratedLinePriceWithTax": 0}
        for line in order["shippingLines"]:
            line |= {"discountedPrice": 0, "discountedPriceWithTax": 0}
        return order

    def place_order(self, cart: Mapping[str, int], *, currency: str = "EUR", **_how: object) -> str:
        """Place an order like the first of its currency, whatever the cart says."""
        orders = load()["orders"]
        order = copy.deepcopy(next(order for order in self._seed if order["currencyCode"] == currency))
        number = len(orders) + 1
        code, at = f"V{1000 + number}", self._tick()
        payment = {
            **order["payments"][0], "id": self._next_id([order["payments"] for order in orders]),
            "transactionId": f"ch_{code}", "createdAt": at, "updatedAt": at, "refunds": [],
        }  # fmt: skip
        order |= {
            "id": str(number), "code": code, "createdAt": at, "updatedAt": at, "orderPlacedAt": at,
            "payments": [payment], "history": {"items": [], "totalItems": 0},
        }  # fmt: skip
        orders.append(order)
        return code
