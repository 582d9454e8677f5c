"""The orders of the seed: one per situation that the books must get right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .actions import StoreActions

Json = dict[str, Any]


def place_all(store: StoreActions) -> dict[str, str]:
    """Place all orders; returns their numbers by situation."""
    return {name: str(make(store)["display_id"]) for name, make in SITUATIONS.items()}


def _partial_refunds(store: StoreActions) -> Json:
    order = store.refund(store.place_order({"APRON": 2, "HANDBOOK": 1}), 12.34, "damaged")
    return store.refund(order, 1, "late", with_reason=False)


def _edited_upwards(store: StoreActions) -> Json:
    order = store.edit(store.place_order({"FILTERS": 2}), {"HANDBOOK": (1, 18.9)})
    return store.pay_by_hand(order, order["summary"]["pending_difference"])


def _edited_downwards(store: StoreActions) -> Json:
    order = store.edit(store.place_order({"FILTERS": 7, "HANDBOOK": 1}), {}, {"FILTERS": 5})
    return store.refund(order, 17.64, "fewer")


def _returned(store: StoreActions) -> Json:
    order = store.place_order({"FILTERS": 5, "HANDBOOK": 2}, coupons=("ORDER10",))
    order = store.take_back(store.pack(order, {"FILTERS": 5, "HANDBOOK": 2}), {"FILTERS": 2})
    return store.refund(order, 15.88, "return")


def _all_returned(store: StoreActions) -> Json:
    order = store.place_order({"APRON": 2, "COOKBOOK": 1})
    order = store.take_back(store.pack(order, {"APRON": 2, "COOKBOOK": 1}), {"COOKBOOK": 1})
    return store.refund(order, 35.16, "return")


def _two_parcels(store: StoreActions) -> Json:
    order = store.pack(store.place_order({"ESPRESSO": 3, "FILTERS": 3}), {"ESPRESSO": 2})
    return store.pack(order, {"ESPRESSO": 1, "FILTERS": 3}, shipped=False)


def _draft(store: StoreActions) -> Json:
    draft = store.staff.post(
        "/draft-orders", email="draft@example.com", region_id=store.setup["regions"]["eu"],
        sales_channel_id=store.setup["channel"],
        shipping_address={"first_name": "Dora", "last_name": "Maar", "country_code": "fr", "city": "Paris",
                          "address_1": "1 rue de la Paix", "postal_code": "75002"},
        items=[{"title": "Setup fee", "quantity": 1, "unit_price": 25},
               {"variant_id": store.setup["variants"]["FILTERS"], "quantity": 2}],
        shipping_methods=[{"shipping_option_id": store.setup["shipping"]["Standard"], "name": "Standard", "amount": 5}],
    )["draft_order"]  # fmt: skip
    store.staff.post(f"/draft-orders/{draft['id']}/convert-to-order")
    order = store.reread(draft)
    return store.pay_by_hand(order, order["total"])


def _by_gift_card(store: StoreActions, code: str, value: float, cart: dict[str, int]) -> Json:
    store.give_gift_card(code, value)
    return store.place_order(cart, gift_card=code, person="Kurt Weill")


def _forgiven(store: StoreActions) -> Json:
    order = store.forgive(store.place_order({"HANDBOOK": 1}, captured=False), 5.94)
    return store.capture(order, 20)


SITUATIONS: dict[str, Callable[[StoreActions], Json]] = {
    "multi-tax": lambda store: store.place_order({"ESPRESSO": 1, "HANDBOOK": 3, "OATMILK": 2, "FILTERS": 7}),
    "order-coupon": lambda store: store.place_order({"ESPRESSO": 1, "COOKBOOK": 3, "OATMILK": 1}, coupons=("ORDER10",)),
    "line-discount": lambda store: store.place_order({"APRON": 3, "HANDBOOK": 1}, coupons=("APRON25", "MINUS7")),
    "free-shipping": lambda store: store.place_order({"HANDBOOK": 2}, coupons=("FREESHIP",), shipping="Express"),
    "edited-upwards": _edited_upwards,
    "edited-downwards": _edited_downwards,
    "partial-refunds": _partial_refunds,
    "cancelled-refunded": lambda store: store.cancel(store.place_order({"COOKBOOK": 2})),
    "returned": _returned,
    "line-all-returned": _all_returned,
    "authorized-only": lambda store: store.place_order({"HANDBOOK": 1}, captured=False),
    "captured-in-parts": lambda store: store.capture(store.place_order({"ESPRESSO": 1}, captured=False), 500),
    "two-parcels": _two_parcels,
    "dollars": lambda store: store.place_order({"ESPRESSO": 1, "HANDBOOK": 1}, region="us"),
    "yen-tax-included": lambda store: store.place_order({"ESPRESSO": 1, "HANDBOOK": 3}, region="jp"),
    "pounds-tax-included": lambda store: store.place_order(
        {"APRON": 3, "COOKBOOK": 3, "OATMILK": 1}, region="uk", coupons=("POUNDS10",)
    ),
    "cancelled-before-capture": lambda store: store.cancel(store.place_order({"HANDBOOK": 1}, captured=False)),
    "draft-with-fee": _draft,
    "gift-card-and-card": lambda store: _by_gift_card(store, "GC-0001", 50, {"APRON": 4}),
    "gift-card-only": lambda store: _by_gift_card(store, "GC-0002", 500, {"HANDBOOK": 2}),
    "forgiven": _forgiven,
}
