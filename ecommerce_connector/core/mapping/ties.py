"""Which rules cannot stand side by side: some value would fit two of them equally well.

Said when a rule is saved, with both rules named, rather than when an order meets them. Two tags of
one product can still lead to two rules; that is not known before, and blocks the order then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from fnmatch import translate

from .rulebook import Rule
from .store_values import folded


def tied(rule: Rule, others: Iterable[Rule]) -> Rule | None:
    """One of the others that would tie with the rule for some value on some day; None if none would.

    Two rules that are limited to different things (20 % here, France there) do not tie if a third
    one, or its versions one after the other, decides for what both cover (20 % in France).
    """
    all_others = [other for other in others if other.id != rule.id]
    for other in all_others:
        if tie(rule, other) and not _decided(rule, other, all_others):
            return other
    return None


def tie(one: Rule, other: Rule) -> bool:
    """Whether some value on some day fits both rules, and none is more specific."""
    return (
        (one.kind, one.match_on, one.specificity) == (other.kind, other.match_on, other.specificity)
        and one.date_from <= other.date_to
        and other.date_from <= one.date_to
        and _compatible(one, other)
        and patterns_meet(one.pattern, other.pattern)
    )


def _compatible(one: Rule, other: Rule) -> bool:
    limits = dict(other.limits)
    return all(limits.get(name, value) == value for name, value in one.limits)


def _decided(one: Rule, other: Rule, others: Iterable[Rule]) -> bool:
    """Whether more specific rules decide on each day on which both hold."""
    day, last = max(one.date_from, other.date_from), min(one.date_to, other.date_to)
    for third in sorted(others, key=lambda rule: rule.date_from):
        if third.date_from <= day <= third.date_to and _decides(third, one, other):
            if third.date_to >= last:
                return True
            day = third.date_to + timedelta(days=1)
    return False


def _decides(third: Rule, one: Rule, other: Rule) -> bool:
    """Whether a third, more specific rule covers all that both cover, as long as it holds."""
    both = dict(one.limits) | dict(other.limits)
    return (
        third.kind == one.kind
        and third.match_on == one.match_on
        and third.specificity > one.specificity
        and folded(third.pattern) == folded(one.pattern) == folded(other.pattern)
        and all(both.get(name) == value for name, value in third.limits)
    )


def patterns_meet(one: str, other: str) -> bool:
    """Whether some text fits both patterns. A pattern also fits its own text."""
    one, other = folded(one), folded(other)
    return one == other or _fits(one, other) or _fits(other, one) or _meet(_tokens(one), _tokens(other))


def _fits(pattern: str, text: str) -> bool:
    return re.match(translate(pattern), text) is not None


#: A character, a class of characters (compiled), "?" for any one, "*" for any text.
_ANY, _MANY = "?", "*"
_Token = tuple[str, str]


def _tokens(pattern: str) -> tuple[_Token, ...]:
    """The pattern in pieces; the second part is the text or the class."""
    found: list[_Token] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        end = pattern.find("]", at + 2) if char == "[" else -1
        if char == "[" and end > 0:
            found.append(("[", pattern[at : end + 1]))
            at = end
        elif char in (_ANY, _MANY):
            found.append((char, ""))
        else:
            found.append(("=", char))
        at += 1
    return tuple(found)


def _meet(one: tuple[_Token, ...], other: tuple[_Token, ...]) -> bool:
    """Whether two globs have a text in common: walks both at once, each pair of positions once."""
    todo, seen = [(0, 0)], set()
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        at, to = here
        if at == len(one) and to == len(other):
            return True
        if at < len(one) and one[at][0] == _MANY:
            todo.append((at + 1, to))
            if to < len(other):
                todo.append((at, to + 1))
        if to < len(other) and other[to][0] == _MANY:
            todo.append((at, to + 1))
            if at < len(one):
                todo.append((at + 1, to))
        if at < len(one) and to < len(other) and _share(one[at], other[to]):
            todo.append((at + 1, to + 1))
    return False


def _share(one: _Token, other: _Token) -> bool:
    """Whether one character fits both tokens."""
    if _MANY in (one[0], other[0]):
        return False  # the walk above takes these
    if _ANY in (one[0], other[0]):
        return True
    if one[0] == "=" and other[0] == "=":
        return one[1] == other[1]
    if one[0] == "=":
        return _fits(other[1], one[1])
    if other[0] == "=":
        return _fits(one[1], other[1])
    # Two classes: every character that either names, and a few it may mean by not naming them.
    letters = set(one[1] + other[1]) | {chr(code) for code in range(32, 127)}
    return any(_fits(one[1], letter) and _fits(other[1], letter) for letter in letters)
