"""Discounts on an account of their own (the gross method), and what else rules can look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import D, at, booked, codes, line, order, paid, plan, policy, refund, rule, rulebook, tax

from ecommerce_connector.core.canonical import Address, Customer, Discount, Funder, LineKind, Remitter
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.mapping.rulebook import Rule, Target


def gross_rule(pattern: str = "*", label: str = "Discounts", id: int = 90, **more) -> Rule:
    return Rule(id=id, kind="discount", pattern=pattern, target=Target(label=label, gross_discount=True), **more)


def discounted(net: str = "80", charged: str = "16", **amounts: str):
    """A line of 100 with discounts by code."""
    parts = tuple(Discount(code=code, amount=D(amount)) for code, amount in (amounts or {"SPRING": "20"}).items())
    taken = sum((part.amount for part in parts), D(0))
    return line("mug", net, tax(charged), discount=taken, discounts=parts)


def sold(item, *rules: Rule):
    document = order(item, tenders=[paid(str(item.gross))])
    return plan(document, rulebook(*rules))


def lines_of(found) -> list[tuple]:
    return [(item.kind, item.key, item.net, item.tax, item.rule.target.label) for item in found.moves[0].lines]


def test_without_a_rule_a_discount_only_lowers_the_revenue() -> None:
    assert lines_of(sold(discounted())) == [("product", "mug", D(80), D(16), "Revenue")]


def test_with_a_net_rule_too() -> None:
    assert lines_of(sold(discounted(), rule("discount", "*", "Discounts", 90))) == [
        ("product", "mug", D(80), D(16), "Revenue")
    ]


def test_the_gross_method_shows_it_with_the_tax_of_what_it_reduces() -> None:
    found = sold(discounted(), gross_rule())
    assert lines_of(found) == [
        ("product", "mug", D(100), D(20), "Revenue"),
        ("discount", "SPRING", D(-20), D(-4), "Discounts"),
    ]
    assert found.moves[0].total == D(96)
    assert found.moves[0].lines[1].taxes[0].rule is found.moves[0].lines[0].taxes[0].rule


def test_several_coupons_each_by_its_own_rule() -> None:
    found = sold(
        discounted("70.01", "14.00", SPRING="19.99", VIP="10"), gross_rule("VIP", "Loyalty", 91), gross_rule("SPR*")
    )
    assert lines_of(found) == [
        ("product", "mug", D("100.00"), D("20.00"), "Revenue"),
        ("discount", "SPRING", D("-19.99"), D("-4.00"), "Discounts"),
        ("discount", "VIP", D(-10), D("-2.00"), "Loyalty"),
    ]


def test_only_what_the_platform_funds() -> None:
    rules = (gross_rule(label="Platform vouchers", funder="platform"), rule("discount", "*", "Net", 92))
    own = discounted()
    theirs = replace(own, discounts=tuple(replace(part, funder=Funder.PLATFORM) for part in own.discounts))
    assert [label for *_values, label in lines_of(sold(own, *rules))] == ["Revenue"]
    assert [label for *_values, label in lines_of(sold(theirs, *rules))] == ["Revenue", "Platform vouchers"]


def test_given_away_whole() -> None:
    found = sold(discounted("0", "0", FREE="100"), gross_rule())
    assert found.payments == ()
    assert lines_of(found) == [
        ("product", "mug", D(100), D(0), "Revenue"),
        ("discount", "FREE", D(-100), D(0), "Discounts"),
    ]


def test_the_method_is_no_fact_of_the_store() -> None:
    """Else every posted order would look changed when the rule is."""
    net, gross = sold(discounted()), sold(discounted(), gross_rule())
    assert net.moves[0].fingerprint == gross.moves[0].fingerprint


def test_discounts_must_add_up() -> None:
    with pytest.raises(PayloadError, match=r"line mug \(mug\), discounts: they do not add up to the discount of 20"):
        line("mug", "80", discount=D(20), discounts=(Discount(code="A", amount=D(19)),))
    with pytest.raises(PayloadError, match="discount 'A', amount: -1 is negative"):
        Discount(code="A", amount=D(-1))


# === WHAT ELSE RULES LOOK AT === #


def test_a_product_is_booked_by_its_groups() -> None:
    rules = rulebook(
        rule("product", "sale", "Clearance", 90, match_on="tag"),
        rule("product", "Cups", "Crockery", 91, match_on="category"),
    )
    items = [
        line("a", "1", tags=("new", "Sale"), category="Cups"), line("b", "2", category="cups"),
        line("c", "4", vendor="Acme"), line("sale", "8"),
    ]  # fmt: skip
    found = plan(order(*items, tenders=[paid("15")]), rules)
    assert [item.rule.target.label for item in found.moves[0].lines] == ["Clearance", "Crockery", "Revenue", "Revenue"]


def test_two_tags_that_lead_apart_block_the_order() -> None:
    rules = rulebook(rule("product", "x", "X", 90, match_on="tag"), rule("product", "y", "Y", 91, match_on="tag"))
    found = plan(order(line("a", "1", tags=("x", "y")), tenders=[paid("1")]), rules)
    assert codes(found.reasons) == ["mapping_ambiguous"]
    assert "product tag 'x' → X (rule 90) and product tag 'y' → Y (rule 91)" in found.reasons[0].message


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        ({"remitter": "oss"}, True),
        ({"remitter": "seller"}, False),
        ({"included": True}, True),
        ({"included": False}, False),
        ({"state": "TX"}, True),
        ({"state": "NY"}, False),
        ({"customer": "business"}, True),
        ({"customer": "consumer"}, False),
        ({"country": "US", "state": "TX", "customer": "business", "rate": D(20)}, True),
    ],
)
def test_a_tax_by_its_circumstances(limits: dict, fits: bool) -> None:
    customer = Customer(vat="X1", shipping=Address(country="US", state="tx"), billing=Address(country="FR"))
    charged = tax("2", remitter=Remitter.OSS, included=True)
    document = order(line("mug", "10", charged), tenders=[paid("12")], customer=customer)
    found = plan(document, rulebook(rule("tax", "*", "Special", 90, **limits)))
    assert found.moves[0].lines[0].taxes[0].rule.target.label == ("Special" if fits else "Tax payable")


def test_the_customer_rule_is_on_each_document() -> None:
    customer = Customer(company="Byron SARL", shipping=Address(country="FR"))
    back = refund("12", line("mug", "10", tax("2")))
    document = order(line("mug", "10", tax("2")), tenders=[paid("12")], refunds=[back], customer=customer)
    rules = rulebook(rule("customer", "*", "B2B France", 90, country="FR", customer="business"))
    assert [move.customer_rule.target.label for move in plan(document, rules).moves] == ["B2B France", "B2B France"]
    assert [move.customer_rule for move in plan(document).moves] == [None, None]


def test_a_refund_gives_back_the_tax_of_the_sale() -> None:
    """Sold at 19 %, given back while the rate is 16 %: the tax that was charged is given back."""
    rules = rulebook(
        rule("tax", "MwSt", "USt 19 %", 90, date_to=date(2020, 6, 30)),
        rule("tax", "MwSt", "USt 16 %", 91, date_from=date(2020, 7, 1)),
        rule("product", "mug", "Sales H1", 92, date_to=date(2020, 6, 30)),
        rule("product", "mug", "Sales H2", 93, date_from=date(2020, 7, 1)),
        without=["return"],
    )
    charged = tax("19", "19", "MwSt")
    document = order(
        line("mug", "100", charged), placed_at=at("2020-06-30 23:59"), tenders=[paid("119", "2020-06-30 23:59")],
        refunds=[refund("119", line("mug", "100", charged), when="2020-07-02 10:00")],
    )  # fmt: skip
    assert booked(plan(document, rules))[:2] == [
        "Dr AR 119 / Cr Sales H1 100, USt 19 % 19",
        "Dr Sales H2 100, USt 19 % 19 / Cr AR 119",
    ]


# === WHAT MAY WAIT === #


@pytest.mark.parametrize(("kind", "suspended"), [("tip", True), ("product", True), ("tip", False), ("product", False)])
def test_what_waits_on_suspense_is_a_policy_per_kind(kind: str, suspended: bool) -> None:
    document = order(line("x", "5", kind=LineKind(kind)), tenders=[paid("5")])
    found = plan(
        document, rulebook(without=[kind]), suspense=Target(label="Suspense"),
        suspended_kinds=frozenset([kind] if suspended else []),
    )  # fmt: skip
    if suspended:
        assert booked(found)[0] == "Dr AR 5 / Cr Suspense 5"
        assert [(notice.code, notice.key) for notice in found.notices] == [("unmapped", f"{kind}:x")]
    else:
        assert codes(found.reasons) == ["mapping_missing"]


def test_by_default_only_revenue_waits() -> None:
    assert policy().suspended_kinds == {"product", "shipping", "fee"}
