"""Which rules are refused beside each other when they are saved."""

from __future__ import annotations

from datetime import date

import pytest
from builders import D, rule

from ecommerce_connector.core.mapping.ties import patterns_meet, tie, tied


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("MUG", "mug", True),
        ("MUG", "CUP", False),
        ("MU*", "*UG", True),
        ("MU*", "CU*", False),
        ("M?G", "MU?", True),
        ("M?", "MUG", False),
        ("*A*", "*B*", True),
        ("A[12]", "A[23]", True),
        ("A[12]", "A[34]", False),
        ("A[12]", "A?", True),
        ("A[!1]", "A1", False),
        ("*-2024", "*-2025", False),
        ("", "*", True),
        ("", "?", False),
        ("Mug [blue]", "Mug [blue]", True),
    ],
)
def test_patterns_meet(one: str, other: str, meet: bool) -> None:
    assert patterns_meet(one, other) is patterns_meet(other, one) is meet


@pytest.mark.parametrize(
    ("one", "other", "ties"),
    [
        ({}, {}, True),
        ({"pattern": "VAT"}, {"pattern": "vat"}, True),
        ({"pattern": "VAT"}, {"pattern": "V*"}, False),  # the exact one wins
        ({"of_store": True}, {}, False),
        ({"rate": D(20)}, {"rate": D(10)}, False),
        ({"rate": D("20")}, {"rate": D("20.00")}, True),
        ({"rate": D(20)}, {"country": "FR"}, True),  # 20 % in France
        ({"rate": D(20)}, {"rate": D(20), "country": "FR"}, False),
        ({"country": "FR", "rate": D(20)}, {"country": "DE", "customer": "business"}, False),
        ({"included": True}, {"included": False}, False),
        ({"match_on": "tag", "pattern": "sale"}, {"pattern": "sale"}, False),
        ({"match_on": "tag", "pattern": "sale"}, {"match_on": "tag", "pattern": "new"}, False),
        ({"date_to": date(2026, 6, 30)}, {"date_from": date(2026, 7, 1)}, False),
        ({"date_to": date(2026, 7, 1)}, {"date_from": date(2026, 7, 1)}, True),
        ({"kind": "shipping"}, {}, False),
    ],
)
def test_ties(one: dict, other: dict, ties: bool) -> None:
    rules = [rule(**({"kind": "tax", "id": number} | values)) for number, values in ((1, one), (2, other))]
    assert tie(*rules) is tie(*rules[::-1]) is ties


def test_a_third_rule_can_decide_for_what_two_cover() -> None:
    rate, country = rule("tax", id=1, rate=D(20)), rule("tax", id=2, country="FR")
    both = rule("tax", id=3, rate=D(20), country="FR")
    assert tied(rate, [country]) is country
    assert tied(rate, [country, both]) is None
    for useless in (
        rule("tax", id=3, rate=D(20), country="DE"),
        rule("tax", id=3, rate=D(20), country="FR", date_to=date(2026, 1, 1)),
        rule("tax", "VAT", id=3, rate=D(20), country="FR"),
        rule("fee", id=3, rate=D(20), country="FR"),
    ):
        assert tied(rate, [country, useless]) is country


def test_a_rule_does_not_tie_with_itself() -> None:
    assert tied(rule("tax", id=1), [rule("tax", id=1)]) is None


def test_versions_of_a_third_rule_can_decide_one_after_the_other() -> None:
    rate, country = rule("tax", id=1, rate=D(20)), rule("tax", id=2, country="FR")
    first = rule("tax", id=3, rate=D(20), country="FR", date_to=date(2026, 6, 30))
    second = rule("tax", id=4, rate=D(20), country="FR", date_from=date(2026, 7, 1))
    late = rule("tax", id=4, rate=D(20), country="FR", date_from=date(2026, 7, 2))
    assert tied(rate, [country, second, first]) is None
    assert tied(rate, [country, late, first]) is country, "one day between"
    assert tied(rate, [country, first]) is country, "nothing after it"
