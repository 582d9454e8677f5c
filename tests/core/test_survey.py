"""What a sample of orders shows: counted exactly, in groups that rules can cover, in a fixed order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

from builders import PARIS, D, at, line, order, paid, refund, rule, sale, tax
from hypothesis import given
from hypothesis import strategies as st
from random_orders import orders, refunded_orders, stable

from ecommerce_connector.core.canonical import (
    Address,
    Customer,
    Discount,
    Funder,
    LineKind,
    MoneyState,
    Remitter,
)
from ecommerce_connector.core.mapping.rulebook import Rulebook, Target
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.posting import plan_order
from ecommerce_connector.core.settlements import BalanceTransaction, TransactionKind
from ecommerce_connector.core.setup.areas import Area, Geography
from ecommerce_connector.core.setup.findings import EXPECTED
from ecommerce_connector.core.setup.survey import survey

FRANCE = Geography(home="FR", union=frozenset({"FR", "DE", "IT"}))
TODAY = date(2026, 6, 1)


def look(*documents, transactions=(), geography=FRANCE):
    return survey(documents, zone=PARIS, geography=geography, transactions=transactions)


def found(documents, kind, value=None, **more):
    """Findings of a kind that the sample has."""
    return [
        finding for finding in look(*documents, **more).findings
        if finding.kind == kind and finding.lines and value in (None, finding.value)
    ]  # fmt: skip


def only(documents, kind, value=None, **more):
    (finding,) = found(documents, kind, value, **more)
    return finding


def to(country, company=""):
    return Customer(name="Ada", company=company, shipping=Address(country=country))


# === Counts === #


def test_what_is_sold_and_paid_is_counted_with_its_amounts():
    first = order(
        line("MUG", "100", tax("20")), line("ground", "5", tax("1"), kind=LineKind.SHIPPING), tenders=[paid("126")]
    )
    second = order(line("MUG", "50"), external_id="2", number="1002", currency="USD", tenders=[paid("50")])
    sample = look(first, second)
    assert (sample.orders, sample.currencies, sample.days) == (2, ("EUR", "USD"), (date(2026, 3, 10),) * 2)
    product = only([first, second], "product")
    assert (product.value, product.orders, product.lines) == ("*", 2, 2)
    assert product.amounts == (("EUR", D(100)), ("USD", D(50)))
    assert product.samples == ("1001", "1002")
    assert product.rates == (D(0), D(20))
    assert only([first], "shipping").value == "ground"
    vat = only([first], "tax")
    assert (vat.value, vat.rate, vat.amounts, vat.lines) == ("VAT", D(20), (("EUR", D(21)),), 2)
    card, dollars = found([first, second], "gateway")
    assert [(card.currency, card.amounts), (dollars.currency, dollars.amounts)] == [
        ("EUR", (("EUR", D(126)),)), ("USD", (("USD", D(50)),)),
    ]  # fmt: skip


def test_returns_and_refunds_are_deducted():
    back = refund("66", line("mug", "60", tax("6", "10")))
    document = sale(paid("110"), refunds=[back])
    assert only([document], "product").amounts == (("EUR", D(40)),)
    assert only([document], "tax").amounts == (("EUR", D(4)),)
    assert only([document], "gateway").amounts == (("EUR", D(44)),)


def test_a_refund_without_lines_and_one_that_withholds():
    amount_only = sale(paid("110"), refunds=[refund("11")])
    assert only([amount_only], "refund_adjustment").amounts == (("EUR", D(-11)),)
    withheld = sale(paid("110"), refunds=[refund("100", line("mug", "100", tax("10", "10")))])
    assert only([withheld], "refund_adjustment").amounts == (("EUR", D(10)),)
    reduced = sale(paid("110"), refunds=[refund("11", already_reduced="11")])
    assert not found([reduced], "refund_adjustment")


def test_rounding_discounts_tips_and_the_rest():
    shirt = line(
        "SHIRT", "90", tax("18"), discount=D(10),
        discounts=(Discount(code="SPRING", amount=D(7)), Discount(code="VIP", amount=D(3), funder=Funder.PLATFORM)),
    )  # fmt: skip
    document = order(
        shirt, line("tip", "5", kind=LineKind.TIP), line("duty", "3", kind=LineKind.DUTY),
        line("trees", "1", kind=LineKind.DONATION), line("GC50", "50", kind=LineKind.GIFT_CARD),
        line("wrap", "4", tax("0.8"), kind=LineKind.FEE), total="171.81",
    )  # fmt: skip
    assert only([document], "rounding").amounts == (("EUR", D("0.01")),)
    assert [(one.value, one.amounts[0][1]) for one in found([document], "discount")] == [("SPRING", 7), ("VIP", 3)]
    for kind, key in (("tip", "tip"), ("duty", "duty"), ("donation", "trees"), ("gift_card", "GC50"), ("fee", "wrap")):
        assert only([document], kind).value == key


def test_what_never_becomes_an_entry_is_left_out():
    test_order = replace(sale(paid("110")), is_test=True)
    assert look(test_order).orders == 0
    cancelled = replace(sale(paid("110")), cancelled=True)
    assert not found([cancelled], "product")
    assert only([cancelled], "gateway").amounts == (("EUR", D(110)),)
    failed = sale(paid("110", state=MoneyState.FAILED), paid("110", external_id="pay-2", state=MoneyState.AUTHORIZED))
    assert only([failed], "gateway").lines == 1
    assert not found([order(line("free", "0"))], "product")


def test_what_every_store_meets_is_listed_even_if_the_sample_lacks_it():
    findings = look().findings
    assert {finding.kind for finding in findings} == set(EXPECTED)
    assert all(not finding.lines and finding.value == "*" for finding in findings)


# === Groups of products === #


def products(*lines):
    return {(one.match_on, one.value): one.lines for one in found([order(*numbered(lines))], "product")}


def numbered(lines):
    return [replace(one, external_id=str(number)) for number, one in enumerate(lines)]


def test_products_are_grouped_by_what_the_platform_says():
    assert products(
        line("A", "1", product_type="Shirts"), line("B", "1", product_type="Shirts"), line("C", "1", category="Books"),
        line("D", "1"),
    ) == {("product_type", "Shirts"): 2, ("category", "Books"): 1, ("key", "*"): 1}  # fmt: skip


def test_products_without_groups_are_grouped_by_the_beginning_of_their_sku():
    skus = ("MUG-1", "MUG-2", "mug-3", "TEA100", "TEA200", "TEAPOT", "LAMP-1", "X")
    assert products(*[line(sku, "1") for sku in skus]) == {("key", "MUG-*"): 3, ("key", "TEA*"): 3, ("key", "*"): 2}


def test_one_group_alone_is_everything():
    assert products(line("A", "1", product_type="Goods"), line("B", "1", product_type="Goods")) == {("key", "*"): 2}


def test_groups_are_at_most_twenty():
    lines = [line(f"S{number}", "1", product_type=f"Type {number % 30}") for number in range(45)]
    groups = products(*lines)
    assert len(groups) == 20
    assert groups["key", "*"] == 45 - 15 * 2 - 4
    assert sum(groups.values()) == 45


def test_gift_cards_sold_as_products_are_found_by_their_name():
    lines = [line("GIFT50", "50", description="Gift Card 50"), line("G2", "5", description="Gift wrap"), line("H", "1")]
    document = order(*numbered(lines))
    assert {one.value: one.is_gift_card for one in found([document], "product")} == {"GIFT50": True, "*": False}


def test_many_values_are_taken_together():
    lines = [line(f"method {number:02}", "1", kind=LineKind.SHIPPING) for number in range(30)]
    findings = found([order(*lines)], "shipping")
    assert len(findings) == 20
    assert findings[-1].value == "*"
    assert findings[-1].lines == 11


# === Taxes === #


def test_taxes_by_code_and_rate():
    document = order(
        line("A", "100", tax("20")), line("B", "100", tax("20.00", "20.0")), line("C", "100", tax("5.5", "5.5")),
        line("D", "100", tax("4", "4", code="State"), tax("1", None, code="City")),
    )  # fmt: skip
    assert {(one.value, one.rate): one.amounts[0][1] for one in found([document], "tax")} == {
        ("VAT", D(20)): D(40), ("VAT", D("5.5")): D("5.5"), ("State", D(4)): D(4), ("City", None): D(1),
    }  # fmt: skip


def test_schemes_are_apart():
    document = order(
        line("A", "100", tax("21", "21", remitter=Remitter.OSS, included=True)), line("B", "100", tax("21", "21")),
        line("C", "100", tax("8", "8", code="US", remitter=Remitter.MARKETPLACE)), customer=to("DE"),
    )  # fmt: skip
    by_scheme = {one.remitter: one for one in found([document], "tax")}
    assert set(by_scheme) == {None, "oss"}
    assert by_scheme["oss"].included is True
    assert by_scheme[None].countries == ("DE",)
    assert only([document], "marketplace_tax").value == "US"


def untaxed(*countries, company=""):
    return [
        order(line("A", "100", tax("0", "0")), external_id=str(at), number=str(at), customer=to(country, company))
        for at, country in enumerate(countries)
    ]


def test_untaxed_sales_that_all_mean_the_same_are_one_finding():
    assert only(untaxed("US", "CH", "US"), "tax").country is None
    assert only(untaxed("FR", "", "FR"), "tax").countries == ("", "FR")


def test_untaxed_sales_that_mean_different_things_are_parted_by_country():
    findings = found(untaxed("FR", "FR", "FR", "US", "CH"), "tax")
    assert [(one.country, one.lines, one.countries) for one in findings] == [
        (None, 3, ("FR",)), ("CH", 1, ("CH",)), ("US", 1, ("US",)),
    ]  # fmt: skip
    # At home comes first where as many go abroad.
    assert found(untaxed("FR", "US"), "tax")[0].countries in (("FR",), ("US",))
    assert {one.country for one in found(untaxed("FR", "US"), "tax")} == {None, "US"}


def test_areas():
    assert [FRANCE.area(country) for country in ("FR", "", "IT", "US")] == [
        Area.HOME, Area.HOME, Area.UNION, Area.ABROAD,
    ]  # fmt: skip
    assert Geography(home="US").area("FR") is Area.ABROAD
    assert Geography().area("FR") is Area.HOME


# === Payouts === #


def moved(kind, gross, fee="0", raw="", **more):
    gross, fee = D(gross), D(fee)
    return BalanceTransaction(
        external_id=f"{kind.value}{gross}{raw}", kind=kind, raw_kind=raw, currency="EUR", gross=gross, fee=fee,
        net=gross - fee, at=at("2026-03-12 10:00"), **more,
    )  # fmt: skip


def test_what_the_processor_charges_and_takes():
    transactions = [
        moved(TransactionKind.CHARGE, "100", "3", "charge", order_reference="1001"),
        moved(TransactionKind.FEE, "-2", raw="Monthly fee"), moved(TransactionKind.DISPUTE, "-40", raw="dispute"),
        moved(TransactionKind.RESERVE_HOLD, "-10"), moved(TransactionKind.UNKNOWN, "-1", raw="odd"),
        moved(TransactionKind.PAYOUT, "-47"),
    ]  # fmt: skip
    findings = {(one.kind, one.value): one for one in look(transactions=transactions).findings if one.lines}
    assert {place: one.amounts[0][1] for place, one in findings.items()} == {
        ("payout_fee", "charge"): D(3), ("payout_fee", "Monthly fee"): D(2), ("dispute", "dispute"): D(40),
        ("reserve", "reserve_hold"): D(10), ("payout_other", "odd"): D(1),
    }  # fmt: skip
    assert findings["payout_fee", "charge"].samples == ("1001",)


# === Covered by rules === #


def test_a_finding_is_covered_if_every_question_has_a_rule():
    documents = [order(line("MUG-1", "1"), line("MUG-2", "1"), line("X", "1"), line("Y", "1"))]
    mugs, rest = found(documents, "product")
    assert (mugs.value, rest.value) == ("MUG-*", "*")
    one_mug = Rulebook([rule("product", "mug-1")])
    assert not mugs.rules(one_mug, TODAY)
    all_mugs = rule("product", "mug*", id=2)
    assert mugs.rules(Rulebook([all_mugs]), TODAY) == (all_mugs,)
    assert not rest.rules(Rulebook([all_mugs]), TODAY)


def test_a_rule_that_begins_later_does_not_cover():
    documents = [order(line("A", "1"))]
    late = rule("product", date_from=date(2026, 3, 11))
    assert not only(documents, "product").rules(Rulebook([late]), TODAY)
    expected = next(one for one in look().findings if one.kind == "rounding")
    assert not expected.rules(Rulebook([rule("rounding", date_from=date(2027, 1, 1))]), TODAY)
    assert expected.rules(Rulebook([rule("rounding")]), TODAY)


def test_two_rules_that_tie_do_not_cover():
    documents = [order(line("AB", "1"))]
    assert not only(documents, "product").rules(Rulebook([rule("product", "a*"), rule("product", "*b", id=2)]), TODAY)


# === Laws === #


@stable
@given(documents=st.lists(orders(), min_size=1, max_size=4), seed=st.integers())
def test_the_order_of_the_sample_does_not_matter(documents, seed):
    documents = [replace(one, external_id=str(number), number=str(number)) for number, one in enumerate(documents)]
    mixed = list(documents)
    random.Random(seed).shuffle(mixed)
    assert look(*documents) == look(*mixed)


@stable
@given(document=orders())
def test_nothing_is_lost(document):
    sold = [line for line in document.lines if line.net or line.discount or any(tax.amount for tax in line.taxes)]
    findings = look(document).findings
    for kind in LineKind:
        counted = [one for one in findings if one.kind == kind.value]
        assert sum(one.lines for one in counted) == sum(line.kind is kind for line in sold)
        assert sum((a for one in counted for _c, a in one.amounts), D(0)) == sum(
            (line.net for line in sold if line.kind is kind), D(0)
        )
    tax = sum((a for one in findings if "tax" in one.kind for _c, a in one.amounts), D(0))
    assert tax == document.tax


@stable
@given(document=refunded_orders())
def test_a_rule_per_finding_is_enough_to_plan_the_sample(document):
    rules = [
        rule(
            one.kind, one.value, id=number, match_on=one.match_on, rate=one.rate, currency=one.currency,
            country=one.country, remitter=one.remitter,
        )
        for number, one in enumerate(look(document).findings, 1)
    ]  # fmt: skip
    suspense = Target(label="Suspense")
    plan = plan_order(document, Rulebook(rules), Policy(zone=PARIS, rounding_cap=Decimal(1), suspense=suspense))
    missing = [reason for reason in plan.reasons if reason.code.startswith("mapping")]
    assert not missing
    assert plan.status is not PlanStatus.BLOCKED or plan.reasons
    assert not any(line.suspense for move in plan.moves for line in move.lines)
