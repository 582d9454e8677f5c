"""Who bought."""

from __future__ import annotations

from ...core.canonical import Address, Customer
from . import const
from .fields import Node


def read_customer(order: Node) -> Customer:
    """The customer of an order; user 0 is a guest."""
    billing, shipping, meta = order.node("billing"), order.node("shipping"), order.meta()
    user = order.text("customer_id")
    return Customer(
        external_id="" if user == "0" else user,
        name=_name(billing) or _name(shipping),
        email=billing.text("email"),
        company=billing.text("company"),
        vat=next((meta[key] for key in const.VAT_META if meta.get(key)), ""),
        phone=billing.text("phone"),
        billing=_address(billing),
        shipping=_address(shipping),
    )


def _name(node: Node) -> str:
    return f"{node.text('first_name')} {node.text('last_name')}".strip()


def _address(node: Node) -> Address:
    return Address(
        street=node.text("address_1"),
        street2=node.text("address_2"),
        city=node.text("city"),
        postal_code=node.text("postcode"),
        state=node.text("state"),
        country=node.text("country"),
    )
