"""Rates that a store charges and no rule expects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from builders import D, at, line, order, policy, rule, rulebook, tax

from ecommerce_connector.core.canonical import Remitter
from ecommerce_connector.core.mapping.rate_watch import other_rates
from ecommerce_connector.core.mapping.rulebook import Rulebook, Target

RATES = {20: D("20"), 5: D("5.5"), 99: None}


def tax_rule(id: int, to: int, **limits):
    return replace(rule("tax", "VAT", id=id, **limits), target=Target(label=f"tax {to}", tax=to))


def sold(number: str, *items, day: str = "2026-03-10"):
    return order(*items, external_id=number, placed_at=at(f"{day} 09:00"))


def found(documents, *rules):
    return [
        (item.rule.id, item.charged, item.booked, item.since, sorted(item.keys), len(item.orders))
        for item in other_rates(documents, Rulebook(rules), policy(), RATES)
    ]


def test_a_rate_that_the_store_changed_is_told_with_its_skus_and_its_first_day():
    documents = [
        sold("1", line("mug", "10", tax("2")), day="2026-03-01"),
        sold("2", line("book", "10", tax("0.55", "5.5")), line("map", "10", tax("0.55", "5.5")), day="2026-03-09"),
        sold("3", line("book", "10", tax("0.55", "5.5")), day="2026-03-05"),
    ]
    assert found(documents, tax_rule(1, 20)) == [(1, D("5.5"), D(20), date(2026, 3, 5), ["book", "map"], 2)]


def test_rules_for_each_rate_agree():
    documents = [sold("1", line("mug", "10", tax("2")), line("book", "10", tax("0.55", "5.50")))]
    assert found(documents, tax_rule(1, 20, rate=D(20)), tax_rule(2, 5, rate=D("5.5"))) == []


def test_what_cannot_disagree_is_left_out():
    documents = [
        sold("1", line("mug", "10", tax("2", None)), line("cup", "10", tax("0", "7"))),
        sold("2", line("map", "10", tax("1", "10", remitter=Remitter.MARKETPLACE))),
        sold("3", line("jar", "10", tax("1", "10", code="Other"))),
    ]
    assert found(documents, tax_rule(1, 20)) == []
    assert found([sold("4", line("mug", "10", tax("1", "10")))], tax_rule(1, 99)) == []


def test_the_rule_of_the_day_is_asked():
    documents = [
        sold("1", line("mug", "10", tax("2")), day="2026-06-30"),
        sold("2", line("mug", "10", tax("2")), day="2026-07-01"),
    ]
    rules = [tax_rule(1, 20, date_to=date(2026, 6, 30)), tax_rule(2, 5, date_from=date(2026, 7, 1))]
    assert found(documents, *rules) == [(2, D(20), D("5.5"), date(2026, 7, 1), ["mug"], 1)]


def test_rules_that_tie_are_not_told_here():
    assert found([sold("1", line("mug", "10", tax("2")))], tax_rule(1, 5), tax_rule(2, 5)) == []
    assert rulebook().find("tax", "VAT", date(2026, 3, 1)) is not None
