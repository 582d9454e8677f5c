"""Rules with drafts in force: what applying them would leave, without saving anything."""

from dataclasses import replace
from datetime import date

from builders import rule

from ecommerce_connector.core.mapping.draft_rules import DraftRule, as_if_always, first_tie, of_one_rule, with_drafts

OLD = rule("product", "MUG", "Sales", 1)
NEW = replace(rule("product", "MUG", "Books", 2), date_from=date(2026, 4, 1))


def ends(rules):
    return {found.id: (found.date_from, found.date_to) for found in rules}


def test_the_replaced_rule_ends_the_day_before():
    found = with_drafts([OLD], [DraftRule(rule=NEW, replaces=1, date_from=NEW.date_from)])
    assert ends(found) == {1: (date.min, date(2026, 3, 31)), 2: (date(2026, 4, 1), date.max)}
    ended = replace(OLD, date_to=date(2026, 1, 31))
    assert ends(with_drafts([ended], [DraftRule(rule=NEW, replaces=1, date_from=NEW.date_from)]))[1][1] == ended.date_to


def test_a_rule_that_would_never_hold_goes():
    late = replace(OLD, date_from=date(2026, 4, 1))
    assert ends(with_drafts([late], [DraftRule(rule=NEW, replaces=1, date_from=NEW.date_from)])) == {
        2: (date(2026, 4, 1), date.max)
    }


def test_a_draft_may_only_end_a_rule_or_only_add_one():
    assert ends(with_drafts([OLD], [DraftRule(rule=None, replaces=1, date_from=date(2026, 4, 1))])) == {
        1: (date.min, date(2026, 3, 31))
    }
    assert set(ends(with_drafts([OLD], [DraftRule(rule=NEW)]))) == {1, 2}


def test_what_is_replaced_may_be_gone():
    assert set(ends(with_drafts([], [DraftRule(rule=NEW, replaces=1, date_from=NEW.date_from)]))) == {2}


def test_ties_that_a_change_brings_about():
    assert first_tie([OLD, NEW], [NEW]) == (OLD, NEW)
    assert first_tie(with_drafts([OLD], [DraftRule(rule=NEW, replaces=1, date_from=NEW.date_from)]), [OLD, NEW]) is None
    assert first_tie([OLD, NEW], [replace(NEW, kind="shipping")]) is None, "another place"
    france, firms = replace(OLD, id=3, country="FR"), replace(OLD, id=4, customer="business")
    both = replace(france, id=5, customer="business")
    assert first_tie([france, firms, both], [both]) is None
    assert first_tie([france, firms], [both]) == (france, firms), "it decided between them"
    globs = [replace(OLD, id=6, pattern="MU*"), replace(OLD, id=7, pattern="*UG")]
    assert first_tie(globs, globs[:1]) == tuple(globs)


def test_new_rules_taken_to_have_always_held():
    first_day = date(2026, 1, 1)
    ended = replace(OLD, date_to=date(2026, 3, 31))
    found = as_if_always([OLD], [ended, NEW], {2: 1}, first_day)
    assert ends(found) == {1: (date.min, date(2025, 12, 31)), 2: (first_day, date.max)}
    early = replace(NEW, date_from=date(2025, 6, 1))
    found = as_if_always([OLD], [replace(OLD, date_to=date(2025, 5, 31)), early], {2: 1}, first_day)
    assert ends(found) == {1: (date.min, date(2025, 5, 31)), 2: (date(2025, 6, 1), date.max)}
    changed = replace(OLD, pattern="CUP")
    assert as_if_always([OLD], [changed], {}, first_day) == (changed,), "no other day than its own"
    assert ends(as_if_always([], [NEW], {2: 0}, first_day)) == {2: (first_day, date.max)}


def test_changes_that_take_turns():
    assert of_one_rule({1: "a", 2: "b", 3: "a", 4: None, 5: None}) == {1, 3}
    first_day = date(2026, 1, 1)
    cut = replace(NEW, date_to=date(2026, 6, 30))
    back = replace(NEW, id=3, date_from=date(2026, 7, 1))
    ended = replace(OLD, date_to=date(2026, 3, 31))
    found = as_if_always([OLD], [ended, cut, back], {2: 1, 3: 1}, first_day, {2, 3})
    assert ends(found) == {
        1: (date.min, date(2026, 3, 31)), 2: (cut.date_from, cut.date_to), 3: (back.date_from, date.max),
    }  # fmt: skip
