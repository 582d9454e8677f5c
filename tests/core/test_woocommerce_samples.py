"""Answers of real shops, where they are at hand: a folder beside the checkout that is no part of the project."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ecommerce_connector.platforms.payload import loads
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "samples" / "stores" / "woocommerce"


def read_order(file):
    answer = loads(file.read_text())
    answer = answer.get("data", answer) if isinstance(answer, dict) else None
    return answer if answer and "line_items" in answer else None


def orders():
    return [file for file in sorted(FOLDER.glob("*.json")) if read_order(file)]


def translate(file):
    order = read_order(file)
    details = file.with_suffix(".refunds.json")
    if not details.exists():
        order["refunds"] = []  # recorded without their details
    refunds = loads(details.read_text()) if details.exists() else []
    return order, WooCommercePlatform.order_document({"order": order, "refunds": refunds}, ZoneInfo("Europe/Paris"))


# Without the folder one empty case runs: an empty list would count as a skipped test.
@pytest.mark.parametrize("file", orders() or [None], ids=lambda file: file.stem if file else "no samples")
def test_real_orders_add_up_and_carry_the_stores_taxes(file):
    if file is None:
        return
    order, document = translate(file)
    expected, booked = defaultdict(Decimal), defaultdict(Decimal)
    for row in order["tax_lines"]:
        expected[row["rate_code"]] += Decimal(row["tax_total"]) + Decimal(row["shipping_tax_total"])
    for line in document.lines:
        for tax in line.taxes:
            booked[tax.code] += tax.amount
    cards = sum(Decimal(str(card["amount"])) for card in order.get("gift_cards", ()))
    assert document.unexplained == 0
    assert document.total == Decimal(order["total"]) + cards
    assert {code: booked[code] for code in expected} == expected
    assert {row.code: row.amount for row in document.tax_totals} == expected
    assert set(booked) <= set(expected)
    assert document.captured == (document.total if order["date_paid_gmt"] else 0)
