"""Correcting entries: what is posted plus the correction is what should be posted, place by place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.corrections import (
    Amounts,
    Booking,
    Item,
    booked,
    difference,
    missing,
    moved,
    settled,
    takes_back_others,
)
from ecommerce_connector.core.errors import PlanUnbalanced

D = Decimal
SUSPENSE, SALES, SHIPPING, VAT_ACCOUNT = 1, 2, 3, 9
OLD_RULE, NEW_RULE, TAX_RULE = 11, 12, 13
#: Taxes by number: (repartition line, tags of the base, tags of the tax).
TAXES = {20: (200, (201,), (202,)), 10: (100, (101,), (102,))}


def both(amount: str | Decimal, base: str | Decimal = "0") -> Amounts:
    """The same in document and in company currency."""
    return Amounts(amount=D(amount), balance=D(amount), base_amount=D(base), base=D(base))


def tax_place(tax: int) -> Booking:
    repartition, _base_tags, tags = TAXES[tax]
    return Booking(account=VAT_ACCOUNT, repartition=repartition, tags=tags)


def sold(account: int, net: str, tax: int | None = None, amount: str = "0", rule: int = OLD_RULE, **more) -> Item:
    """A credited line, with what was charged on it if it has a tax."""
    taxes = {"taxes": (tax,), "tags": TAXES[tax][1]} if tax else {}
    shares = ((tax_place(tax), both("-" + amount, "-" + net)),) if tax else ()
    booking = Booking(account=account, **taxes, **more)
    return Item(booking=booking, amounts=both(-D(net)), rule=rule, shares=shares)


def taxed(tax: int, amount: str, base: str) -> Item:
    return Item(booking=tax_place(tax), amounts=both(-D(amount), -D(base)), rule=TAX_RULE)


def lines(items) -> list[tuple[int, str, int]]:
    """Account, amount and rule of each item."""
    return [(item.booking.account, str(item.amounts.amount), item.rule) for item in items]


def test_nothing_to_correct():
    posted = [sold(SALES, "100", 20, "20"), taxed(20, "20", "100")]
    again = [replace(item, rule=NEW_RULE) for item in posted]
    assert difference(again, posted) == ()  # another rule that leads to the same place


def test_out_of_suspense():
    """Without tax items: neither the tax nor its base changes."""
    tax = taxed(20, "20", "100")
    found = difference([sold(SALES, "100", 20, "20", NEW_RULE), tax], [sold(SUSPENSE, "100", 20, "20"), tax])
    assert lines(found) == [(SUSPENSE, "100", OLD_RULE), (SALES, "-100", NEW_RULE)]
    assert [item.booking.tags for item in found] == [(201,), (201,)]
    assert moved(found) == 100


def test_what_is_taken_back_besides_suspense_is_seen():
    waits, shipped = sold(SUSPENSE, "100"), sold(SHIPPING, "5")
    released = sold(SALES, "100", rule=NEW_RULE)
    for target, others in (
        ([released, shipped], False),
        ([released, sold(SALES, "5", rule=NEW_RULE)], True),  # shipping moves, too
        ([sold(SHIPPING, "100", rule=NEW_RULE), shipped], False),  # more where something is already
        ([waits, sold(SALES, "5", rule=NEW_RULE)], True),
    ):
        found = difference(target, [waits, shipped])
        assert takes_back_others(found, [waits, shipped], SUSPENSE) is others


def test_another_tax_of_the_same_amount():
    posted = [sold(SALES, "100", 20, "20"), taxed(20, "20", "100")]
    found = difference([sold(SALES, "100", 10, "20"), taxed(10, "20", "100")], posted)
    assert sorted((item.booking.tags, item.amounts.balance, item.amounts.base) for item in found) == [
        ((101,), D(-100), D(0)), ((102,), D(-20), D(-100)), ((201,), D(100), D(0)), ((202,), D(20), D(100)),
    ]  # fmt: skip


def test_tax_items_stand_on_the_side_of_their_bases():
    """Of two lines, one changes its tax, the other its account: the tax that both end with is in two items."""
    posted = [
        sold(SALES, "100", 20, "20"), sold(SUSPENSE, "50", 10, "5"), taxed(20, "20", "100"), taxed(10, "5", "50"),
    ]  # fmt: skip
    target = [sold(SALES, "100", 10, "20"), sold(SHIPPING, "50", 10, "5"), taxed(10, "25", "150")]
    found = difference(target, posted)
    taxes = [(item.booking.repartition, item.amounts) for item in found if item.booking.repartition]
    assert taxes == [(100, both("-25", "-150")), (100, both("5", "50")), (200, both("20", "100"))]
    assert booked([*posted, *found]) == booked(target)


def test_tax_items_that_the_lines_do_not_explain_are_one():
    """Somebody changed the tax by hand: nobody knows on which line."""
    posted = [sold(SALES, "100", 20, "20"), sold(SUSPENSE, "50", 10, "5"), taxed(20, "20", "100"), taxed(10, "4", "50")]
    target = [sold(SALES, "100", 10, "20"), sold(SHIPPING, "50", 10, "5"), taxed(10, "24", "150")]
    found = difference(target, posted)
    assert [item.amounts.amount for item in found if item.booking.repartition == 100] == [D(-20)]
    assert booked([*posted, *found]) == booked(target)


def test_discount_lines_are_debited():
    """A contra line bears a part of the tax on the other side."""
    contra = Item(
        booking=Booking(account=SHIPPING, taxes=(20,), tags=(201,)), amounts=both("10"), rule=OLD_RULE,
        shares=((tax_place(20), both("2", "10")),),
    )  # fmt: skip
    posted = [sold(SALES, "110", 20, "22"), contra, taxed(20, "20", "100")]
    target = [
        replace(item, booking=replace(item.booking, taxes=(10,), tags=(101,)),
                shares=tuple((tax_place(10), share) for _place, share in item.shares))
        for item in posted[:2]
    ] + [taxed(10, "20", "100")]  # fmt: skip
    found = difference(target, posted)
    sides = {(item.booking.repartition, item.amounts.amount, item.amounts.base) for item in found}
    assert {(200, D(22), D(110)), (200, D(-2), D(-10)), (100, D(-22), D(-110)), (100, D(2), D(10))} <= sides
    assert booked([*posted, *found]) == booked(target)


def test_rule_that_moved_most_is_named():
    posted = [sold(SUSPENSE, "100", rule=0)]
    target = [sold(SALES, "30", rule=OLD_RULE), sold(SALES, "70", rule=NEW_RULE)]
    assert lines(difference(target, posted)) == [(SUSPENSE, "100", 0), (SALES, "-100", NEW_RULE)]


def test_product_and_analytics_are_places_of_their_own():
    posted = [sold(SALES, "100")]
    target = [sold(SALES, "100", product=7, analytic=(("5", "100"),), rule=NEW_RULE)]
    assert lines(difference(target, posted)) == [(SALES, "100", OLD_RULE), (SALES, "-100", NEW_RULE)]


def test_cents_of_another_rounding_go_to_the_largest_untaxed_item():
    target = [sold(SALES, "100", 20, "20"), sold(SHIPPING, "7"), sold(SUSPENSE, "9"), taxed(20, "20", "100")]
    found = settled(target, D("0.01"))
    assert [item.amounts.balance for item in found] == [D(-100), D(-7), D("-8.99"), D(-20)]
    assert [item.amounts.amount for item in found] == [item.amounts.amount for item in target]
    taxed_only = [target[0], target[3]]
    assert [item.amounts.balance for item in settled(taxed_only, D("0.01"))] == [D("-99.99"), D(-20)]
    assert settled(target, D(0)) == target


def test_cents_alone_are_no_correction():
    posted = [sold(SALES, "100"), sold(SHIPPING, "50")]
    shifted = [
        replace(item, amounts=item.amounts + Amounts(balance=cents))
        for item, cents in zip(posted, (D("0.01"), D("-0.01")), strict=True)
    ]
    assert difference(shifted, posted) == ()


def test_another_sum_is_refused():
    posted, target = [sold(SALES, "100")], [sold(SHIPPING, "99")]
    assert missing(target, posted) == both("-1")
    with pytest.raises(PlanUnbalanced):
        difference(target, posted)


# === At random === #

AMOUNTS = st.integers(-5000, 5000).map(lambda cents: D(cents) / 100)


@st.composite
def lines_of_order(draw) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Net, tax and rate of exchange: what the store says, whatever the rules."""
    return draw(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=6))


def under_rules(draw, order, rate) -> list[Item]:
    """The order under some rules."""
    items, sums = [], defaultdict(Amounts)
    for net, amount in order:
        tax = draw(st.sampled_from([20, 10]))
        in_company = (round(net * rate, 2), round(amount * rate, 2))
        share = Amounts(amount=-amount, balance=-in_company[1], base_amount=-net, base=-in_company[0])
        sums[tax_place(tax)] += share
        booking = Booking(
            account=draw(st.integers(1, 3)), product=draw(st.integers(0, 1)), taxes=(tax,), tags=TAXES[tax][1]
        )
        amounts = Amounts(amount=-net, balance=-in_company[0])
        shares = ((tax_place(tax), share),)
        items.append(Item(booking=booking, amounts=amounts, rule=draw(st.integers(0, 3)), shares=shares))
    return items + [Item(booking=place, amounts=amounts) for place, amounts in sums.items()]


@stable
@given(st.data(), lines_of_order(), st.sampled_from([D(1), D("0.8547"), D("151.3")]))
def test_corrections_in_a_row(data, order, rate):
    """Whatever rules follow each other, the books are as if the last had held from the beginning."""
    posted = under_rules(data.draw, order, rate)
    for _change in range(3):
        target = under_rules(data.draw, order, rate)
        rest = missing(target, posted)
        assert not rest.amount
        target = settled(target, rest.balance)
        found = difference(target, posted)
        assert sum(item.amounts.amount for item in found) == 0
        assert sum(item.amounts.balance for item in found) == 0
        posted += found
        assert difference(target, posted) == ()
        if found:
            assert booked(posted) == booked(target)


@stable
@given(st.data(), lines_of_order())
def test_bases_of_taxes_are_on_the_side_of_the_tax(data, order):
    """As Odoo pairs them in journal entries: with a positive rate, a tax stands where its base does."""
    order = [(abs(net) + 1, abs(net) + 1) for net, _amount in order]
    posted, target = under_rules(data.draw, order, D(1)), under_rules(data.draw, order, D(1))
    found = difference(target, posted)
    for item in found:
        if item.booking.repartition:
            assert item.amounts.base == item.amounts.balance
