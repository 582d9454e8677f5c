"""Which rule books a store value on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import D, rule

from ecommerce_connector.core.errors import MappingAmbiguous, MappingMissing
from ecommerce_connector.core.mapping.facts import Facts
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook

MARCH = date(2026, 3, 10)


GROUPS = (("tag", "new"), ("tag", "Sale"), ("product_type", "Mugs"), ("category", "Cups"), ("vendor", "Acme"))


def chosen(rules: list[Rule], key: str, kind: str = "product", on: date = MARCH, groups=GROUPS, **qualifiers) -> str:
    return Rulebook(rules).resolve(kind, key, on, Facts(**qualifiers), groups).target.label


# === THE MOST SPECIFIC WINS === #


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ({"pattern": "*"}, {"pattern": "MUG*"}),
        ({"pattern": "MUG*"}, {"pattern": "MUG-B*"}),
        ({"pattern": "MUG-B*"}, {"pattern": "MUG-BLUE"}),
        ({"pattern": "MUG-B*", "currency": "EUR"}, {"pattern": "MUG-BLUE"}),
        ({"pattern": "MUG-BLUE"}, {"pattern": "MUG-BLUE", "currency": "EUR"}),
        ({"pattern": "MUG-BLUE", "currency": "EUR"}, {"pattern": "MUG-BLUE", "currency": "EUR", "country": "FR"}),
        ({"pattern": "MUG-BL*"}, {"pattern": "MUG*", "country": "FR"}),
        ({"pattern": "MUG-BLUE", "currency": "EUR", "country": "FR"}, {"pattern": "*", "of_store": True}),
        ({"pattern": "*"}, {"pattern": "*", "rate": D("20")}),
        ({"match_on": "vendor", "pattern": "Acme"}, {"match_on": "category", "pattern": "Cups"}),
        ({"match_on": "category", "pattern": "Cups"}, {"match_on": "product_type", "pattern": "Mugs"}),
        ({"match_on": "product_type", "pattern": "Mugs"}, {"match_on": "tag", "pattern": "Sale"}),
        ({"match_on": "tag", "pattern": "Sale"}, {"pattern": "MUG-BLUE"}),
        ({"match_on": "tag", "pattern": "Sale", "currency": "EUR"}, {"pattern": "MUG-BLUE"}),
        ({"pattern": "*"}, {"match_on": "vendor", "pattern": "A*"}),
        ({"pattern": "MUG*"}, {"match_on": "vendor", "pattern": "acme"}),
        ({"match_on": "vendor", "pattern": "A*"}, {"pattern": "M*"}),
    ],
)
def test_order_of_specificity(weaker: dict, stronger: dict) -> None:
    rules = [rule("product", label="weaker", id=1, **weaker), rule("product", label="stronger", id=2, **stronger)]
    for order in (rules, rules[::-1]):
        assert chosen(order, "MUG-BLUE", rate=D("20.00"), currency="EUR", country="FR") == "stronger"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"pattern": "MUG"}, {"pattern": "mug"}),
        ({"pattern": "straße"}, {"pattern": "STRASSE"}),
        ({"pattern": "MU*"}, {"pattern": "*UG"}),
        ({"pattern": "*", "currency": "EUR"}, {"pattern": "*", "country": "FR"}),
        ({"pattern": "MU*"}, {"pattern": "MU?"}),
    ],
)
def test_a_tie_is_an_error_in_any_order(one: dict, other: dict) -> None:
    rules = [rule("product", label="one", id=3, **one), rule("product", label="other", id=8, **other)]
    key = "STRASSE" if "stra" in one["pattern"] else "MUG"
    said = set()
    for order in (rules, rules[::-1]):
        with pytest.raises(MappingAmbiguous) as caught:
            Rulebook(order).resolve("product", key, MARCH, Facts(currency="EUR", country="FR"))
        said.add(str(caught.value))
    (message,) = said
    assert message.startswith(f"Two product rules fit '{key}' equally well: product ")
    assert "(rule 3) and " in message
    assert message.endswith("(rule 8). Make one of them more specific, or end it.")


def test_a_tie_below_the_winner_does_not_matter() -> None:
    rules = [rule("product", "M*", "one", 1), rule("product", "M?G", "two", 2), rule("product", "MUG", "best", 3)]
    assert chosen(rules, "MUG") == "best"


# === WHAT FITS === #


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("MUG", "mug", True),
        ("MUG", "MUG-1", False),
        ("MUG*", "MUG", True),
        ("mug-?", "MUG-1", True),
        ("MUG-?", "MUG-10", False),
        ("MUG-[12]", "MUG-2", True),
        ("MUG-[!12]", "MUG-2", False),
        ("*blue*", "Mug, light BLUE", True),
        ("Mug [blue]", "Mug [blue]", True),  # a rule made from the key itself
        ("What is this?", "What is this?", True),
        ("*** SALE ***", "*** sale ***", True),
        ("MUG.*", "MUG-1", False),  # a glob, not a regular expression
        ("", "", True),
        ("*", "", True),
        ("two\nlines", "two\nlines", True),
        ("two*", "two\nlines", True),
    ],
)
def test_patterns(pattern: str, key: str, fits: bool) -> None:
    found = Rulebook([rule("product", pattern)]).find("product", key, MARCH)
    assert (found is not None) == fits


def test_kinds_are_apart() -> None:
    rules = Rulebook([rule("product", "DHL"), rule("shipping", "*", "shipping")])
    assert rules.resolve("shipping", "DHL", MARCH).target.label == "shipping"
    assert rules.find("fee", "DHL", MARCH) is None


@pytest.mark.parametrize(
    ("limit", "fits", "misses"),
    [
        ("rate", D("20"), D("19")),
        ("rate", D("20.0"), None),
        ("rate", D("0"), D("5.5")),
        ("currency", "EUR", "USD"),
        ("currency", "EUR", None),
        ("country", "FR", "DE"),
        ("country", "FR", None),
        ("state", "TX", "NY"),
        ("customer", "business", "consumer"),
        ("included", True, False),
        ("included", False, None),
        ("remitter", "ioss", "oss"),
        ("funder", "platform", "seller"),
    ],
)
def test_qualifiers_limit_a_rule(limit: str, fits, misses) -> None:
    rules = Rulebook([rule("tax", **{limit: fits})])
    assert rules.find("tax", "VAT", MARCH, Facts(**{limit: fits}))
    assert rules.find("tax", "VAT", MARCH, Facts(**{limit: misses})) is None


def test_rate_is_a_number_not_a_text() -> None:
    rules = Rulebook([rule("tax", rate=D("5.50"))])
    assert rules.find("tax", "VAT", MARCH, Facts(rate=D("5.5"))) is rules.find(
        "tax", "VAT", MARCH, Facts(rate=D("5.500"))
    )


@pytest.mark.parametrize(
    ("qualifiers", "message"),
    [
        ({}, "No product rule covers 'MUG' on Mar 10, 2026. Add a mapping rule for it, then retry."),
        (
            {"rate": D("20.00"), "currency": "EUR", "country": "FR"},
            "No product rule covers 'MUG' at 20 % in EUR on Mar 10, 2026. Add a mapping rule for it, then retry.",
        ),
    ],
)
def test_a_missing_rule_is_named(qualifiers: dict, message: str) -> None:
    with pytest.raises(MappingMissing) as caught:
        Rulebook([rule("shipping")]).resolve("product", "MUG", MARCH, Facts(**qualifiers))
    assert str(caught.value) == message
    assert Rulebook([]).find("product", "MUG", MARCH, Facts(**qualifiers)) is None


# === DATES === #


def test_both_ends_of_a_validity_are_inside() -> None:
    book = Rulebook([rule("product", date_from=date(2026, 3, 1), date_to=date(2026, 3, 31))])
    valid = [
        day for day in (date(2026, 2, 27) + timedelta(days=n) for n in range(40)) if book.find("product", "A", day)
    ]
    assert (valid[0], valid[-1], len(valid)) == (date(2026, 3, 1), date(2026, 3, 31), 31)


def test_change_of_a_tax_rate() -> None:
    """Germany lowered its rate from 19 % to 16 % for the second half of 2020: same code, other tax."""
    rules = [
        rule("tax", "MwSt", "USt 19 %", 1, date_to=date(2020, 6, 30)),
        rule("tax", "MwSt", "USt 16 %", 2, date_from=date(2020, 7, 1), date_to=date(2020, 12, 31)),
        rule("tax", "MwSt", "USt 19 % (2021)", 3, date_from=date(2021, 1, 1)),
    ]
    days = {
        date(2020, 6, 30): "USt 19 %", date(2020, 7, 1): "USt 16 %", date(2020, 12, 31): "USt 16 %",
        date(2021, 1, 1): "USt 19 % (2021)",
    }  # fmt: skip
    assert {day: chosen(rules, "MwSt", "tax", day) for day in days} == days


def test_an_ended_rule_gives_way_to_a_weaker_one() -> None:
    rules = [rule("product", "MUG", "promotion", 1, date_to=MARCH), rule("product", "*", "usual", 2)]
    assert chosen(rules, "MUG") == "promotion"
    assert chosen(rules, "MUG", on=MARCH + timedelta(days=1)) == "usual"


def test_overlapping_versions_are_a_tie_on_the_days_of_both_only() -> None:
    rules = [
        rule("product", "MUG", "old", 1, date_to=date(2026, 3, 31)),
        rule("product", "MUG", "new", 2, date_from=date(2026, 3, 31)),
    ]
    assert chosen(rules, "MUG", on=date(2026, 3, 30)) == "old"
    assert chosen(rules, "MUG", on=date(2026, 4, 1)) == "new"
    with pytest.raises(MappingAmbiguous):
        chosen(rules, "MUG", on=date(2026, 3, 31))


# === THE BOOK === #


def test_answers_are_remembered_and_stay_the_same() -> None:
    book = Rulebook([rule("product", f"SKU-{number}", id=number) for number in range(1000)])
    first = book.resolve("product", "SKU-77", MARCH)
    assert book.resolve("product", "SKU-77", MARCH) is first
    assert first.id == 77
    for _attempt in range(2):  # an answer that is an error, or none, is the same the second time, too
        assert book.find("product", "SKU-1000", MARCH) is None
        with pytest.raises(MappingMissing):
            book.resolve("product", "SKU-1000", MARCH)


def test_a_tie_is_an_error_each_time() -> None:
    book = Rulebook([rule("product", id=1), rule("product", id=2)])
    for _attempt in range(2):
        with pytest.raises(MappingAmbiguous):
            book.find("product", "MUG", MARCH)


def test_digest_tells_rulebooks_apart_whatever_their_order() -> None:
    rules = [rule("product", "A", id=1), rule("product", "B", id=2), rule("tax", rate=D("20"), id=3)]
    digest = Rulebook(rules).digest
    assert Rulebook(rules[::-1]).digest == digest
    assert Rulebook(rules[:2]).digest != digest
    assert Rulebook([*rules[:2], rule("tax", rate=D("21"), id=3)]).digest != digest
    assert len(digest) == 16


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (
            rule("tax", "VAT*", "Sales VAT", 12, rate=Decimal("20.00"), country="FR"),
            "tax 'VAT*', 20 %, FR → Sales VAT (rule 12)",
        ),
        (
            rule("gift_card", "*", "250500 Gift cards", 4, currency="EUR"),
            "gift card '*', EUR → 250500 Gift cards (rule 4)",
        ),
        (rule("product", "*", "400900 Suspense", 0), "product '*' → 400900 Suspense"),
    ],
)
def test_a_rule_in_words(of: Rule, text: str) -> None:
    assert str(of) == text


def test_a_rule_is_called_as_the_screens_call_it() -> None:
    found = rule("product", "MUG", "400100 Sales", 12, version=2, name="Product MUG (Shop) v2")
    assert str(found) == "Product MUG (Shop) v2 → 400100 Sales"
