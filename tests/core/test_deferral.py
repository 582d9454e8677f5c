"""Revenue of what has not left the warehouse when a month ends."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from builders import PARIS, at, line, order, refund, tax

from ecommerce_connector.core.canonical import LineKind
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.period_end.deferral import defer
from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.undelivered import to_deliver

REVENUE, OTHER, SHIPPING, TAXES = 1, 2, 3, 4
END = at("2026-03-31 23:59")
RULES = [
    ("product", "*", Target(label="Revenue", account=REVENUE)), ("product", "HAT", Target(label="Hats", account=OTHER)),
    ("shipping", "*", Target(label="Shipping", account=SHIPPING)), ("tax", "*", Target(label="Tax", tax=TAXES)),
]  # fmt: skip
MUGS = line("MUG", "100.00", tax("20.00"), quantity=D(4))
HAT = line("HAT", "50.00", tax("10.00"))
POST = line("DHL", "10.00", tax("2.00"), kind=LineKind.SHIPPING)


def shipped(*lines, on="2026-03-20 10:00", name="f1"):
    parts = tuple(ShippedLine(line_id=key, quantity=D(quantity)) for key, quantity in lines)
    return Fulfilment(external_id=name, at=at(on), lines=parts)


def rulebook():
    return Rulebook([
        Rule(id=number, kind=kind, pattern=pattern, target=target)
        for number, (kind, pattern, target) in enumerate(RULES, 1)
    ])  # fmt: skip


def deferred(document, when=END):
    found = defer(document, rulebook(), Policy(zone=PARIS), at=when, on=date(2026, 3, 10))
    assert not found.reasons
    return {part.account: part.amount for part in found.parts}


def test_nothing_has_left():
    assert deferred(order(MUGS, HAT, POST)) == {REVENUE: D(100), OTHER: D(50), SHIPPING: D(10)}


def test_everything_has_left():
    assert deferred(order(MUGS, HAT, POST, fulfilments=(shipped(),))) == {}
    both = (shipped(("MUG", 4)), shipped(("HAT", 1), name="f2"))
    assert deferred(order(MUGS, HAT, POST, fulfilments=both)) == {}


def test_nothing_is_deferred_of_what_was_given_back_whole():
    sold = order(MUGS, HAT, POST)
    back = refund("192", when="2026-03-20 10:00")
    assert deferred(replace(sold, refunds=(back,))) == {}
    assert deferred(replace(sold, refunds=(refund("192", when="2026-04-01 10:00"),)))[REVENUE] == D(100)
    assert deferred(replace(sold, refunds=(refund("191.99", when="2026-03-20 10:00"),)))[REVENUE] == D(100)


def test_a_part_has_left_and_shipping_goes_with_the_goods():
    document = order(MUGS, HAT, POST, fulfilments=(shipped(("MUG", 3), ("HAT", 1)),))
    assert deferred(document) == {REVENUE: D("25.00"), SHIPPING: D("1.67")}


def test_what_leaves_after_the_end_is_still_here_at_the_end():
    document = order(MUGS, fulfilments=(shipped(on="2026-04-01 00:00"),))
    assert deferred(document) == {REVENUE: D(100)}
    assert deferred(document, at("2026-04-01 00:00")) == {}


@pytest.mark.parametrize(
    ("restock", "open_units"),
    [(Restock.UNKNOWN, 1), (Restock.CANCELLED, 1), (Restock.NONE, 2), (Restock.STOCK, 2), (Restock.DAMAGED, 2)],
)
def test_what_is_refunded_is_not_to_be_delivered_unless_it_had_left(restock, open_units):
    back = line("MUG", "25.00", tax("5.00"), external_id="r", of_line="MUG", restock=restock)
    document = order(MUGS, fulfilments=(shipped(("MUG", 2)),), refunds=(refund("30.00", back),))
    assert to_deliver(document, END) == {"MUG": D(open_units)}
    assert to_deliver(replace(document, refunds=(refund("30.00", back, when="2026-04-01 10:00"),)), END) == {
        "MUG": D(2)
    }


def test_refund_that_names_no_line_is_of_lines_of_its_key():
    first, second = line("MUG", "50.00", external_id="a", quantity=D(2)), line("MUG", "25.00", external_id="b")
    back = line("MUG", "75.00", external_id="r", quantity=D(3))
    assert to_deliver(order(first, second, refunds=(refund("75.00", back),)), END) == {"a": 0, "b": 0}


def test_cancelled_orders_and_what_needs_no_shipment():
    assert deferred(order(MUGS, cancelled=True)) == {}
    assert deferred(order(MUGS, cancelled=True, cancelled_at=at("2026-03-31 12:00"))) == {}
    assert deferred(order(MUGS, cancelled=True, cancelled_at=at("2026-04-01 12:00"))) == {REVENUE: D(100)}
    assert deferred(order(replace(HAT, ships=False), POST)) == {}


def test_discount_within_the_line_is_not_revenue():
    document = order(line("MUG", "80.00", tax("16.00"), discount=D("20.00")))
    assert deferred(document) == {REVENUE: D(80)}


def test_value_without_a_rule_defers_nothing_and_says_so():
    found = defer(order(MUGS), Rulebook([]), Policy(zone=PARIS), at=END, on=date(2026, 3, 10))
    assert not found.parts
    assert "MUG" in found.reasons[0].message
    assert found.amount == 0
