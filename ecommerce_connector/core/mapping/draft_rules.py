"""Rules as they would be with drafts in force, worked out without saving anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .rulebook import Rule
from .store_values import folded
from .ties import tied


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRule:
    """A prepared change of the rules of one store.

    :ivar rule: what is added; None: nothing, it only ends a rule, or it is another store's
    :ivar replaces: id of the rule that ends the day before, or goes if it would never hold; 0: none
    :ivar date_from: the draft's first day
    """

    rule: Rule | None
    replaces: int = 0
    date_from: date = date.min


def with_drafts(rules: Iterable[Rule], drafts: Sequence[DraftRule]) -> tuple[Rule, ...]:
    """The rules in force once the drafts are: exactly what applying them would leave."""
    found = {rule.id: rule for rule in rules}
    for draft in drafts:
        replaced = found.get(draft.replaces)
        if replaced is None:
            continue
        if draft.date_from <= replaced.date_from:
            del found[replaced.id]
        else:
            last = min(replaced.date_to, draft.date_from - timedelta(days=1))
            found[replaced.id] = replace(replaced, date_to=last)
    found.update({draft.rule.id: draft.rule for draft in drafts if draft.rule})
    return tuple(found.values())


def of_one_rule(families: Mapping[int, Hashable]) -> frozenset[int]:
    """Those of several changes that take turns: of one rule, only one can have held on a day.

    :param families: number of a change -> what it is a change of; None: of nothing that others can be of
    """
    counts = Counter(family for family in families.values() if family is not None)
    return frozenset(number for number, family in families.items() if counts[family] > 1)


def as_if_always(
    now: Sequence[Rule],
    then: Iterable[Rule],
    replaces: Mapping[int, int],
    first_day: date,
    own_days: Collection[int] = (),
) -> tuple[Rule, ...]:
    """Rules to come, of which the new ones are taken to hold from a day on if they begin later.

    :param now: the rules in force
    :param then: the rules as they would be
    :param replaces: number of a new rule -> number of the rule it takes the place of; 0: none
    :param own_days: numbers of new rules that hold from their own first day all the same, see ``of_one_rule``
    """
    known = {rule.id for rule in now}
    kept, new = [], []
    for rule in then:
        if rule.id in known:
            kept.append(rule)
            continue
        start = rule.date_from if rule.id in own_days else min(rule.date_from, first_day)
        rule = replace(rule, date_from=start)
        new.append(DraftRule(rule=rule, replaces=replaces.get(rule.id, 0), date_from=start))
    return with_drafts(kept, new)


def first_tie(rules: Iterable[Rule], changed: Iterable[Rule]) -> tuple[Rule, Rule] | None:
    """Two rules between which nothing would decide, if a change brought that about.

    :param changed: the rules that are added, ended or taken away; those beside them are looked at too, for a changed
        rule may have been what decided between two others
    """
    places = {_place(rule) for rule in changed}
    beside: dict[tuple[bool, str, str], list[Rule]] = {}
    for rule in rules:
        if _place(rule) in places:
            beside.setdefault(_place(rule), []).append(rule)
    return next((tie for group in beside.values() if (tie := _tie_among(group))), None)


def _place(rule: Rule) -> tuple[bool, str, str]:
    """Where rules can meet."""
    return rule.of_store, rule.kind, rule.match_on


def _tie_among(rules: Sequence[Rule]) -> tuple[Rule, Rule] | None:
    exact: dict[str, list[Rule]] = {}
    globs: list[Rule] = []
    for rule in rules:
        (exact.setdefault(folded(rule.pattern), []) if rule.is_exact else globs).append(rule)
    for group in (*exact.values(), globs):
        for rule in group:
            if other := tied(rule, group):
                return rule, other
    return None
