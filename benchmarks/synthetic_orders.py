"""Synthetic orders in the project's JSON format (docs/order-json.md).

Order number n depends on the seed and on n alone: a longer run begins with the same orders as a
shorter one, and none is kept in memory.
"""

import json
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from random import Random

SKUS = 50
LINES = 3
TAX_RATE = Decimal(15)
CURRENCY = "USD"
ORDERS_PER_DAY = 200
#: One order in so many comes from a customer who ordered before.
RETURNING = 5

_FIRST_DAY = datetime(2025, 1, 6, tzinfo=timezone.utc)
_CENT = Decimal("0.01")
_SHIPPING = (("standard", "4.90"), ("express", "9.90"), ("pickup", "1.50"))
_CITIES = (("Springfield", "62701", "IL"), ("Portland", "97201", "OR"), ("Austin", "73301", "TX"))


def orders(count, seed=1, per_day=ORDERS_PER_DAY):
    """Yield orders 1 to ``count``."""
    for number in range(1, count + 1):
        yield order(number, seed, per_day)


def write(path, count, seed=1, per_day=ORDERS_PER_DAY):
    """Write orders as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for one in orders(count, seed, per_day):
            file.write(json.dumps(one) + "\n")


def order(number, seed=1, per_day=ORDERS_PER_DAY):
    """Return one order: three products and shipping, tax excluded from prices, one card payment."""
    # A text as seed: Random hashes it, so neighboring numbers do not give similar orders.
    random = Random(f"{seed}:{number}")
    placed = _FIRST_DAY + timedelta(days=(number - 1) // per_day, seconds=random.randrange(80_000))
    paid = placed + timedelta(seconds=random.randrange(5, 900))
    skus = random.sample(range(1, SKUS + 1), LINES)
    lines = [_product(at, sku, random.choice((1, 1, 1, 2, 3))) for at, sku in enumerate(skus, start=1)]
    method, price = random.choice(_SHIPPING)
    lines.append(_line(LINES + 1, "shipping", method, f"Shipping: {method}", 1, Decimal(price)))
    tax = sum(Decimal(line["taxes"][0]["amount"]) for line in lines)
    total = sum(Decimal(line["net"]) for line in lines) + tax
    return {
        "id": f"bench-{seed}-{number:07d}",
        "number": f"B{number:07d}",
        "currency": CURRENCY,
        "placed_at": placed.isoformat(),
        "updated_at": paid.isoformat(),
        "total": str(total),
        "customer": _customer(_customer_number(number, seed)),
        "lines": lines,
        "tax_totals": [{"code": "VAT", "rate": str(TAX_RATE), "amount": str(tax)}],
        "payments": [
            {"id": f"pay-{number:07d}", "gateway": "card", "amount": str(total), "at": paid.isoformat(),
             "transaction_id": f"ch_{seed}_{number:07d}"}
        ],
    }  # fmt: skip


def _product(at, sku, quantity):
    # The price belongs to the product, not to the order: odd cents, so that taxes must be rounded.
    price = Decimal(399 + sku * 617 % 7919) / 100
    return _line(at, "product", f"SKU-{sku:03d}", f"Product {sku:03d}", quantity, price * quantity)


def _line(at, kind, key, description, quantity, net):
    tax = (net * TAX_RATE / 100).quantize(_CENT, ROUND_HALF_UP)
    return {
        "id": str(at), "kind": kind, "key": key, "description": description, "quantity": quantity, "net": str(net),
        "taxes": [{"code": "VAT", "rate": str(TAX_RATE), "amount": str(tax)}],
    }  # fmt: skip


def _customer_number(number, seed):
    random = Random(f"{seed}:customer:{number}")
    return random.randrange(1, number) if number > 1 and random.randrange(RETURNING) == 0 else number


def _customer(number):
    city, postal_code, state = _CITIES[number % len(_CITIES)]
    return {
        "id": f"c-{number:07d}",
        "name": f"Customer {number:07d}",
        "email": f"customer-{number:07d}@example.com",
        "billing": {
            "street": f"{number % 900 + 1} Main Street", "city": city, "postal_code": postal_code, "state": state,
            "country": "US",
        },
    }  # fmt: skip
