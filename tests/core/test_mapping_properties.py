"""Rulebooks at random against a reading of the law that is as simple as it is slow."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

from builders import rule
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.errors import MappingAmbiguous
from ecommerce_connector.core.mapping.facts import Facts
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook
from ecommerce_connector.core.mapping.ties import patterns_meet, tied

FIRST = date(2026, 1, 1)
PATTERNS = ("*", "A*", "A?", "AB", "ab", "A[BC]", "*B", "AB*", "C")
KEYS = ("AB", "aB", "AC", "C", "A", "", "A[BC]")
DAYS = st.integers(0, 6).map(lambda number: FIRST + timedelta(days=number))
RATES = st.sampled_from([None, Decimal("20"), Decimal("5.5")])
CURRENCIES = st.sampled_from([None, "EUR", "USD"])
COUNTRIES = st.sampled_from([None, "FR", "DE"])
CUSTOMERS = st.sampled_from([None, "business", "consumer"])
INCLUDED = st.sampled_from([None, True, False])
LIMITS = ("rate", "currency", "country", "customer", "included")
#: What a product belongs to: any of these, but one of each kind of group.
GROUPS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(["AB", "AC", "C"]) for name in ("tag", "category", "vendor")}
).map(lambda found: tuple(found.items()))


@st.composite
def rules(draw) -> list[Rule]:
    found = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        start, end = sorted([draw(DAYS), draw(DAYS)])
        found.append(
            rule(
                draw(st.sampled_from(["product", "tax"])), draw(st.sampled_from(PATTERNS)), f"target {number}", number,
                match_on=draw(st.sampled_from(["key", "key", "key", "tag", "category", "vendor"])),
                rate=draw(RATES), currency=draw(CURRENCIES), country=draw(COUNTRIES), of_store=draw(st.booleans()),
                customer=draw(CUSTOMERS), included=draw(INCLUDED),
                date_from=draw(st.sampled_from([date.min, start])), date_to=draw(st.sampled_from([date.max, end])),
            )
        )  # fmt: skip
    return found


QUERIES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["product", "tax"]),
        "key": st.sampled_from(KEYS),
        "on": DAYS,
        "rate": RATES,
        "currency": CURRENCIES,
        "country": COUNTRIES,
        "customer": CUSTOMERS,
        "included": INCLUDED,
        "groups": GROUPS,
    }
)


def literal(pattern: str) -> bool:
    return not set("*?[") & set(pattern)


def fits(candidate: Rule, query: dict) -> bool:
    values = {"key": query["key"]} | dict(query["groups"])
    if candidate.match_on not in values:
        return False
    key = values[candidate.match_on].casefold()
    pattern = candidate.pattern.casefold()
    return (
        candidate.kind == query["kind"]
        and (pattern == key or (not literal(pattern) and fnmatchcase(key, pattern)))
        and candidate.date_from <= query["on"] <= candidate.date_to
        and all(getattr(candidate, name) in (None, query[name]) for name in LIMITS)
    )


def beats(one: Rule, other: Rule) -> bool:
    """As ``mapping.py`` promises it: store, exact text, value before group, qualifiers, length of the glob."""
    if one.of_store != other.of_store:
        return one.of_store
    if literal(one.pattern) != literal(other.pattern):
        return literal(one.pattern)
    levels = [
        ("anything", "vendor", "category", "product_type", "tag", "key").index(
            "anything" if r.pattern == "*" else r.match_on
        )
        for r in (one, other)
    ]
    if levels[0] != levels[1]:
        return levels[0] > levels[1]
    counts = [sum(getattr(r, name) is not None for name in LIMITS) for r in (one, other)]
    if counts[0] != counts[1]:
        return counts[0] > counts[1]
    return not literal(one.pattern) and len(one.pattern.strip("*?")) > len(other.pattern.strip("*?"))


def expected(candidates: list[Rule], query: dict) -> Rule | None | str:
    fitting = [candidate for candidate in candidates if fits(candidate, query)]
    winners = [one for one in fitting if not any(beats(other, one) for other in fitting)]
    return "tie" if len(winners) > 1 else winners[0] if winners else None


def answer(book: Rulebook, query: dict) -> Rule | None | str:
    try:
        facts = Facts(**{name: query[name] for name in LIMITS})
        return book.find(query["kind"], query["key"], query["on"], facts, query["groups"])
    except MappingAmbiguous:
        return "tie"


@stable
@given(candidates=rules(), queries=st.lists(QUERIES, min_size=1, max_size=20))
def test_exactly_one_most_specific_rule_or_an_error(candidates: list[Rule], queries: list[dict]) -> None:
    book = Rulebook(candidates)
    for query in queries:
        assert answer(book, query) == expected(candidates, query)


@stable
@given(candidates=rules(), queries=st.lists(QUERIES, min_size=1, max_size=20), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_rules_nor_what_was_asked_before_matters(candidates, queries, order) -> None:
    shuffled = list(candidates)
    order.shuffle(shuffled)
    asked_often = Rulebook(candidates)
    for query in [*queries, *queries[::-1]]:
        assert answer(asked_often, query) == answer(Rulebook(shuffled), query)
    assert asked_often.digest == Rulebook(shuffled).digest


@stable
@given(first=DAYS, length=st.integers(0, 3), asked=DAYS)
def test_versions_of_a_rule_meet_without_gap_or_overlap(first: date, length: int, asked: date) -> None:
    change = first + timedelta(days=length)
    book = Rulebook(
        [
            rule("tax", "VAT", "old", 1, date_to=change - timedelta(days=1)),
            rule("tax", "VAT", "new", 2, date_from=change),
        ]
    )
    assert book.resolve("tax", "vat", asked).target.label == ("old" if asked < change else "new")


@stable
@given(candidates=rules(), queries=st.lists(QUERIES, min_size=1, max_size=20))
def test_rules_that_may_be_saved_never_tie(candidates: list[Rule], queries: list[dict]) -> None:
    """Whatever is refused when saved, what is left decides every value of its own kind."""
    accepted: list[Rule] = []
    for candidate in candidates:
        if tied(candidate, accepted) is None:
            accepted.append(candidate)
    book = Rulebook(accepted)
    for query in queries:
        assert answer(book, query) != "tie"


@stable
@given(
    one=st.text("AB*?", max_size=5), other=st.text("AB*?", max_size=5),
    texts=st.lists(st.text("AB", max_size=6), max_size=40),
)  # fmt: skip
def test_patterns_that_share_a_text_meet(one: str, other: str, texts: list[str]) -> None:
    if any(fnmatchcase(text, one) and fnmatchcase(text, other) for text in texts):
        assert patterns_meet(one, other)
    assert patterns_meet(one, other) == patterns_meet(other, one)
