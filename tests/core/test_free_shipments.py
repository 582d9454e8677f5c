"""Shipments that nothing, or less than a cent, is billed of: in which turn they left changes nothing that is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from builders import line, order, paid, refund, rule, rulebook, tax
from test_by_shipment import BACK, FIRST, SECOND, later, planned, shipped

from ecommerce_connector.core.canonical import Discount, LineKind
from ecommerce_connector.core.plans import EntryKind


def test_free_goods_that_leave_by_themselves_change_nothing_posted():
    """Nothing is posted for their shipment, so nothing tells in which turn it was among what is."""
    free = order(
        line("gift", "0", tax("0"), quantity=D(2), external_id="g"),
        line("dhl", "4.90", tax("0.98"), kind=LineKind.SHIPPING, external_id="s"),
        tenders=[paid("5.88")], refunds=[refund("0.50", when="2026-03-11 10:00")],
    )  # fmt: skip
    first, _new = later(free, planned(replace(free, refunds=())))
    assert [(move.external_id, move.total) for move in first.moves] == [("kept:ref-1", D("5.38"))]
    left = replace(free, fulfilments=(shipped("f1", FIRST, g=2),))
    second, new = later(left, first)
    assert new == ()
    of_gift = refund(
        "0.50", line("gift", "0", tax("0"), external_id="g"), when="2026-03-13 10:00", external_id="ref-2"
    )  # fmt: skip
    given = replace(left, refunds=(*left.refunds, of_gift))
    third, new = later(given, second)
    assert [(entry.key, entry.reverses) for entry in new if entry.kind is EntryKind.CREDIT_NOTE] == [
        ((EntryKind.CREDIT_NOTE, "ref-2"), "kept:ref-1")
    ]
    assert [move.total for move in third.moves] == [D("5.38"), D("0.50")]
    fourth, new = later(replace(given, fulfilments=(*left.fulfilments, shipped("f2", SECOND))), third)
    assert (new, fourth.moves, fourth.residual) == ((), third.moves, 0)


def test_free_goods_are_taken_once_a_refund_is_of_more_than_they_are_worth():
    """In the turn in which they are taken when the refund is posted: so posting it brings nothing new."""
    document = order(
        line("gift", "0", quantity=D(2), external_id="g"), line("mug", "10", external_id="m"),
        tenders=[paid("10")], fulfilments=(shipped("f1", FIRST, m=1), shipped("f2", SECOND, g=2)),
        refunds=[refund("5", line("gift", "5", external_id="g"), when=BACK)],
    )  # fmt: skip
    found = planned(document)
    after, new = later(document, found)
    assert (new, after.moves, after.residual) == ((), found.moves, 0)
    assert [(move.external_id, move.total) for move in found.moves] == [
        ("shipment:f1", D(10)), ("shipment:f2", D(0)), ("ref-1", D(5))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("net", "taxes", "discount", "parts"),
    [
        ("0.01", "0", "0", [("0.01", "0")]),
        ("0", "0.01", "0", [("0", "0.01")]),
        ("0.02", "0.01", "0", [("0.01", "0"), ("0.01", "0"), ("0", "0.01")]),
        ("0", "0", "0.01", [("0", "0")]),
    ],
)
def test_a_shipment_of_less_than_a_cent_bills_a_cent(net, taxes, discount, parts):
    """Else nothing tells that it left, and the next one would come to something else as soon as it is posted."""
    screws = line("screw", net, tax(taxes), quantity=D(9), discount=D(discount), external_id="s")
    document = order(line("mug", "10", external_id="m"), screws)
    document = replace(document, tenders=(paid(str(document.total)),), fulfilments=(shipped("f0", FIRST, m=1),))
    found, billed = planned(document), []
    for day in range(1, 10):
        one = shipped(f"f{day}", FIRST + timedelta(days=day), s=1)
        document = replace(document, fulfilments=(*document.fulfilments, one))
        found, new = later(document, found)
        billed += [(entry.external_id, entry.net, entry.tax) for entry in new]
    assert billed == [(f"shipment:f{day}", D(own), D(its)) for day, (own, its) in enumerate(parts, 1)]
    assert (found.invoiced, found.residual) == (document.total, 0)


def test_a_shipment_of_less_than_a_cent_of_a_promotion_tells_a_cent_of_it():
    gifts = line(
        "gift", "0", quantity=D(9), discount=D("0.02"), external_id="g",
        discounts=(Discount(code="NONE", amount=D(0)), Discount(code="FREE", amount=D("0.02"))),
    )  # fmt: skip
    promotion = rule("discount", label="Discounts", id=80)
    shown = rulebook(replace(promotion, target=replace(promotion.target, gross_discount=True)))
    found = planned(order(gifts, fulfilments=(shipped("f1", FIRST, g=1), shipped("f2", SECOND, g=1))), shown)
    assert [(move.external_id, [(item.key, item.net) for item in move.lines]) for move in found.moves] == [
        (f"shipment:{number}", [("gift", D("0.01")), ("FREE", D("-0.01"))]) for number in ("f1", "f2")
    ]  # fmt: skip
