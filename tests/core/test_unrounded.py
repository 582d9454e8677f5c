"""Amounts with all decimals in whole units: nothing is lost, nothing is plugged, nothing moves by a unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal, localcontext
from zoneinfo import ZoneInfo

import pytest
from builders import D, line, paid, refund, tax
from hypothesis import given
from hypothesis import strategies as st
from random_orders import CURRENCIES, ON_TAXES, TAXES, stable

from ecommerce_connector.core.canonical import Discount, LineKind, TaxTotal
from ecommerce_connector.core.currencies import unit
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.gift_cards import Card
from ecommerce_connector.core.rounding import quantize, total
from ecommerce_connector.core.unrounded import OrderAmounts, in_whole_units
from ecommerce_connector.platforms.file.adapter import order_document
from ecommerce_connector.platforms.payload import loads

CENT = D("0.01")


def whole(*lines, worth=None, currency="EUR", **more):
    with localcontext(Context(prec=60)):
        worth = D(worth) if worth is not None else total([one.gross for one in lines])
    return in_whole_units(OrderAmounts(currency=currency, total=worth, lines=tuple(lines), **more))


def amounts(order):
    return [(one.net, *(one_tax.amount for one_tax in one.taxes)) for one in order.lines]


# === Examples === #


def test_an_order_of_medusa():
    goods = line("SHIRT", "59.84401417752730", tax("11.96880283550546"))
    found = whole(goods, worth="71.81281701303276", tenders=(paid("71.81281701303276"),))
    assert (found.total, found.tenders[0].amount) == (D("71.81"), D("71.81"))
    assert amounts(found) == [(D("59.84"), D("11.97"))]


def test_the_nets_take_what_the_taxes_leave():
    found = whole(*(line(key, "3.333333333", tax("0.666666666")) for key in "ABC"))
    assert found.total == D("12.00")
    assert amounts(found) == [(D("3.34"), D("0.67")), (D("3.33"), D("0.67")), (D("3.33"), D("0.66"))]


def test_the_summary_decides_what_a_tax_comes_to():
    goods = [line(key, "1.004", tax("0.2049")) for key in "AB"]
    summary = TaxTotal(code="VAT", rate=D(20), amount=D("0.40499"))
    assert [row[1:] for row in amounts(whole(*goods))] == [(D("0.21"),), (D("0.20"),)]
    assert [row[1:] for row in amounts(whole(*goods, tax_totals=(summary,)))] == [(D("0.20"),), (D("0.20"),)]
    # One that no rounding leads to is no help; the proof will name it.
    other = replace(summary, amount=D("0.9"))
    assert [row[1:] for row in amounts(whole(*goods, tax_totals=(other,)))] == [(D("0.21"),), (D("0.20"),)]


def test_where_the_nets_are_whole_the_taxes_take_the_rest():
    found = whole(line("A", "10.00", tax("0.004", "1", "STATE"), tax("0.0041", "1", "CITY")), worth="10.0081")
    assert amounts(found) == [(D("10.00"), D("0.00"), D("0.01"))]


@pytest.mark.parametrize("worth", ["2.02", "2.00", "2.01"])
def test_ways_in_which_stores_round(worth):
    """1.014 + 0.992 is 2.006: at once 2.01, per line 1.01 + 0.99."""
    assert whole(line("A", "1.014"), line("B", "0.992"), worth="2.00").total == D("2.00")
    per_amount = [line("A", "0.505", tax("0.505")), line("B", "0.995")]
    assert total([sum(row) for row in amounts(whole(*per_amount, worth=worth))]) == D(worth)


def test_a_total_of_rounded_lines_or_of_rounded_taxes():
    """At once, the first would come to 3.02 and the second to 1.41."""
    thirds = [line(key, "0.504", tax("0.504")) for key in "ABC"]
    assert whole(*thirds, worth="3.03").total == total([one.gross for one in whole(*thirds, worth="3.03").lines])
    taxes = (tax("0.102", "10", "STATE"), tax("0.102", "10", "CITY"))
    found = whole(line("A", "0.507", *taxes), line("B", "0.497", *taxes), worth="1.40")
    assert total([one.gross for one in found.lines]) == D("1.40")
    assert total([one.tax for one in found.lines]) == D("0.40")


def test_negative_amounts():
    found = whole(line("A", "10.005", tax("2.001")), line("CREDIT", "-3.3333", tax("-0.66666")))
    assert found.total == D("8.01")
    assert amounts(found) == [(D("10.01"), D("2.00")), (D("-3.33"), D("-0.67"))]


def test_discounts_add_up():
    parts = tuple(Discount(code=code, amount=D("0.3333333")) for code in "ABC")
    goods = line("MUG", "9.0000001", discount=D("0.9999999"), discounts=parts)
    (found,) = whole(goods).lines
    assert (found.discount, [part.amount for part in found.discounts]) == (D("1.00"), [D("0.34"), D("0.33"), D("0.33")])


def test_gift_cards_of_a_line_come_to_its_net():
    cards = tuple(Card(external_id=number, amount=D("16.666666")) for number in "123")
    sold = line("GC", "49.999998", kind=LineKind.GIFT_CARD, cards=cards, quantity=D(3))
    (found,) = whole(sold).lines
    assert (found.net, [card.amount for card in found.cards]) == (D("50.00"), [D("16.67"), D("16.67"), D("16.66")])
    by_unit = replace(sold, cards=tuple(replace(card, amount=None) for card in cards))
    assert whole(by_unit).lines[0].cards == by_unit.cards


def test_refunds():
    back = refund("12.0049", line("A", "10.00499", tax("1.99991")), already_reduced="0.005")
    by_more = refund("20", line("A", "10.00499", tax("1.99991")), external_id="more")
    found = whole(line("A", "30", tax("6")), refunds=(back, by_more, refund("0.995", external_id="none"))).refunds
    assert [one.amount for one in found] == [D("12.00"), D("20.00"), D("1.00")]
    assert [(one.lines[0].net, one.lines[0].tax) for one in found[:2]] == [(D("10.00"), D("2.00"))] * 2
    assert (found[0].already_reduced, found[2].lines) == (D("0.01"), ())


# === Refused === #


def test_what_rounding_does_not_explain_is_refused():
    goods = [line(str(number), "0.3349") for number in range(40)]
    with pytest.raises(PayloadError, match=r"total: it is 13\.45 EUR, and lines and taxes come to 13\.396"):
        whole(*goods, worth="13.45")  # 5 cents for a bag, though 40 amounts could take them
    with pytest.raises(PayloadError, match="Check in the store which line, tax or discount is missing"):
        whole(line("A", "10.00"), worth="10.02")
    assert whole(worth="3.00").lines == ()


def test_more_decimals_than_can_be_added_up():
    with pytest.raises(
        PayloadError, match=r"line .*A.*, tax 'VAT': it has 31 decimals\. State amounts with at most 30"
    ):
        whole(line("A", "1", tax("0." + "1" * 31)), worth="1.11")
    with pytest.raises(PayloadError, match="which is not rounded to that"):
        whole(line("A", "500000000000000.005" + "0" * 20 + "1"), worth="500000000000000")
    with pytest.raises(PayloadError, match="total: 1e\\+99 is not an amount of money"):
        whole(line("A", "1"), worth="1E+99")
    assert whole(line("A", "999999999999999." + "1" * 30)).total == D("999999999999999.11")


# === Any order === #


@st.composite
def unrounded(draw):
    """Lines with amounts of up to sixteen decimals, and a currency."""
    currency, found = draw(st.sampled_from(CURRENCIES)), []
    for number in range(draw(st.integers(1, 8))):
        net = D(draw(st.integers(-(10**4), 10**9))) / draw(st.sampled_from((10**6, 3 * 10**6, 7 * 10**6)))
        net = net.quantize(D(1).scaleb(-draw(st.sampled_from((0, 2, 6, 16)))))
        taxes = []
        for code, rate in draw(st.sampled_from(TAXES)):
            base = net + (sum(one.amount for one in taxes) if code in ON_TAXES else 0)
            taxes.append(tax(str(base * D(rate) / 100), rate, code))
        found.append(line(f"{number}", str(net), *taxes))
    return currency, tuple(found)


def every(lines):
    return [amount for one in lines for amount in (one.net, *(one_tax.amount for one_tax in one.taxes))]


@stable
@given(order=unrounded(), way=st.sampled_from(("once", "line", "amount")))
def test_whatever_the_way_of_rounding_it_adds_up(order, way):
    currency, lines = order
    step = unit(currency)
    with localcontext(Context(prec=60)):
        parts = {"once": [total(every(lines))], "line": [one.gross for one in lines], "amount": every(lines)}[way]
        worth = total([quantize(part, step) for part in parts])
        found = whole(*lines, worth=worth, currency=currency)
        assert found.total == worth == total(every(found.lines))
        for before, after in zip(every(lines), every(found.lines), strict=True):
            assert after % step == 0
            assert abs(after - before) < step
        assert [(one.key, one.quantity, len(one.taxes)) for one in found.lines] == [
            (one.key, one.quantity, len(one.taxes)) for one in lines
        ]


@stable
@given(order=unrounded())
def test_what_is_whole_stays(order):
    currency, lines = order
    once = whole(*lines, worth=quantize(total(every(lines)), unit(currency)), currency=currency)
    assert whole(*once.lines, currency=currency).lines == once.lines


@stable
@given(order=unrounded(), more=st.integers(1, 50), sign=st.sampled_from((-1, 1)))
def test_nothing_is_plugged(order, more, sign):
    """A total beyond half a unit per amount is refused, whatever the lines are."""
    currency, lines = order
    step = unit(currency)
    beyond = quantize(total(every(lines)), step) + sign * step * (len(every(lines)) + more) / 2
    with pytest.raises(PayloadError, match="which is not rounded to that"):
        whole(*lines, worth=quantize(beyond, step) + sign * step, currency=currency)


# === As a file says it === #


def payload(**more):
    taxes = [{"code": "VAT", "rate": 20, "amount": Decimal("11.96880283550546")}]
    return {
        "id": "1", "number": "M7", "currency": "EUR", "placed_at": "2026-03-10T09:00:00Z",
        "updated_at": "2026-03-10T09:00:00Z", "total": Decimal("71.81281701303276"),
        "lines": [{"id": "1", "key": "SHIRT", "net": Decimal("59.84401417752730"), "taxes": taxes}],
        "payments": [{"id": "p", "gateway": "card", "amount": "71.81281701303276", "at": "2026-03-10T09:01:00Z"}],
        **more,
    }  # fmt: skip


def test_a_file_that_says_so():
    document = order_document(payload(unrounded=True), ZoneInfo("UTC"))
    assert (document.total, document.captured, document.tax) == (D("71.81"), D("71.81"), D("11.97"))
    assert document.unexplained == 0
    assert order_document(loads('{"total": 1.10, "unrounded": true, "id": 1, "currency": "JPY", "placed_at": null,'
                                '"updated_at": "2026-03-10T09:00:00Z"}'), ZoneInfo("UTC")).total == 1  # fmt: skip


def test_a_file_that_does_not():
    with pytest.raises(PayloadError, match="order M7, total: 71.81281701303276 has more decimals than EUR has"):
        order_document(payload(), ZoneInfo("UTC"))


def test_an_error_names_the_order():
    with pytest.raises(PayloadError, match=r"order M7, total: it is 75\.00 EUR, and lines and taxes come to 71\.8128"):
        order_document(payload(unrounded=True, total="75"), ZoneInfo("UTC"))
