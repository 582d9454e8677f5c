"""Effective-dated mapping rules and how one is chosen.

A rule says how a store value (a SKU, a tax, a gateway …) is booked from a day to a day. Of the
rules that fit, the most specific wins: one of the store before one of the company, an exact
pattern before a glob, a value of its own (a SKU) before a group it belongs to (a tag, a product
type, a category, a vendor), more qualifiers before fewer, a longer glob before a shorter one. A
tie is an error, never decided by order. There is no hidden default: a ``*`` rule is somebody's
choice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fnmatch import translate

from ..days import said
from ..errors import MappingAmbiguous, MappingMissing
from .facts import NO_FACTS, QUALIFIERS, Facts
from .store_values import folded, plain

_GLOB = frozenset("*?[")
#: What a rule's pattern can be compared with: the value itself, or a group it belongs to. Later
#: ones are less specific.
KEY = "key"
GROUPS = ("tag", "product_type", "category", "vendor")
_LEVELS = {name: -at for at, name in enumerate((KEY, *GROUPS))}
#: Answers remembered by one rulebook; a rulebook may live as long as its process.
_MOST_ANSWERS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTax:
    """The tax in a fee that a processor charges.

    :ivar rate: in percent
    :ivar reverse_charge: we owe it ourselves, and reclaim it
    """

    label: str
    rate: Decimal
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a rule books to: database ids of the Odoo shell, opaque here, and their label for people.

    :ivar account: revenue, liability, expense …; of a customer rule the receivable account
    :ivar analytic: (analytic account ids, percent as text) pairs
    :ivar input_tax: of a processor's fee, what ``tax`` is
    :ivar gross_discount: a discount gets a line of its own on ``account``, instead of lowering the revenue
    :ivar inventory: of a product, the account its stock is valued on; with ``cogs`` for cost of goods
    """

    label: str
    account: int | None = None
    tax: int | None = None
    product: int | None = None
    processor_account: int | None = None
    partner: int | None = None
    fiscal_position: int | None = None
    inventory: int | None = None
    cogs: int | None = None
    input_tax: InputTax | None = None
    gross_discount: bool = False
    analytic: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of one mapping rule.

    :ivar id: the rule record's id; 0 for a policy that stands in for a rule (suspense)
    :ivar kind: what is mapped: a line kind, ``tax``, ``gateway``, ``payout_fee`` …
    :ivar pattern: exact text, or a glob with ``*``, ``?``, ``[…]``; case, blanks around it and the form of
        signs do not matter, see ``store_values``. A glob also fits its own text, so that a rule
        made from the key ``Mug [blue]`` covers it
    :ivar match_on: what the pattern is compared with: ``key``, or one of ``GROUPS``
    :ivar of_store: the rule belongs to one store, not to the whole company
    :ivar date_from: first day it is valid, inclusive
    :ivar date_to: last day it is valid, inclusive
    :ivar version: 1 for the first, then counting up
    :ivar name: as the screens call it; empty: it is described by what it is about

    The other attributes are qualifiers, see ``facts.Facts``: None is any, a value limits the rule to it.
    """

    id: int
    kind: str
    target: Target
    pattern: str = "*"
    match_on: str = KEY
    rate: Decimal | None = None
    currency: str | None = None
    country: str | None = None
    state: str | None = None
    customer: str | None = None
    included: bool | None = None
    remitter: str | None = None
    funder: str | None = None
    of_store: bool = False
    date_from: date = date.min
    date_to: date = date.max
    version: int = 1
    name: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether the pattern is plain text."""
        return not _GLOB & set(plain(self.pattern))

    def fits_key(self, key: str) -> bool:
        """Whether the pattern fits a value; days and qualifiers are not looked at."""
        pattern, value = folded(self.pattern), folded(key)
        return pattern == value or (not self.is_exact and re.match(translate(pattern), value) is not None)

    @property
    def limits(self) -> tuple[tuple[str, object], ...]:
        """The qualifiers it is limited to, by name."""
        return tuple((name, value) for name in QUALIFIERS if (value := getattr(self, name)) is not None)

    @property
    def specificity(self) -> tuple[bool, bool, int, int, int]:
        """Greater wins."""
        length = 0 if self.is_exact else len(folded(self.pattern).strip("*?"))
        level = _LEVELS[self.match_on] if self.is_exact or length else -len(_LEVELS)
        return (self.of_store, self.is_exact, level, len(self.limits), length)

    def __str__(self) -> str:
        if self.name:
            return f"{self.name} → {self.target.label}"
        on = "" if self.match_on == KEY else f" {self.match_on.replace('_', ' ')}"
        limits = [repr(self.pattern), *(text for name, value in self.limits if (text := limit_text(name, value)))]
        return f"{self.kind.replace('_', ' ')}{on} {', '.join(limits)} → {self.target.label}" + (
            f" ({self.reference})" if self.id else ""
        )

    @property
    def reference(self) -> str:
        """The rule by number, and by version if it was changed."""
        return f"rule {self.id}" + (f" v{self.version}" if self.version > 1 else "")


def limit_text(name: str, value: object) -> str:
    """A qualifier as people read it."""
    if name == "rate":
        assert isinstance(value, Decimal)
        return f"{value.normalize():f} %"
    if name == "included":
        return "tax included" if value else "tax excluded"
    if name == "funder":
        return f"funded by the {value}"
    return str(value)


_Asked = tuple[str, str, date, Facts, tuple[tuple[str, str], ...]]
_Fitting = list[tuple["Rule", tuple[tuple[str, object], ...]]]


@dataclass(slots=True)
class Rulebook:
    """All rules of one store, compiled once.

    An exact key is one dictionary lookup however many rules there are; globs are tried in turn.
    Answers are remembered, so the same SKU of a batch costs one more lookup.
    """

    rules: tuple[Rule, ...]
    _exact: dict[tuple[str, str, str], _Fitting] = field(init=False, repr=False, default_factory=dict)
    #: Kind and group → (pattern, the same as text, rule, limits)
    _globs: dict[tuple[str, str], list[tuple[re.Pattern[str], str, Rule, tuple[tuple[str, object], ...]]]] = field(
        init=False, repr=False, default_factory=dict
    )
    _answers: dict[_Asked, Rule | None] = field(init=False, repr=False, default_factory=dict)
    _digest: str = field(init=False, repr=False, default="")
    _rates: dict[str, dict[Decimal | None, None]] = field(init=False, repr=False, default_factory=dict)

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._exact, self._globs, self._answers, self._digest, self._rates = {}, {}, {}, "", {}
        for rule in self.rules:
            pattern = folded(rule.pattern)
            self._rates.setdefault(rule.kind, {})[rule.rate] = None
            if rule.is_exact:
                self._exact.setdefault((rule.kind, rule.match_on, pattern), []).append((rule, rule.limits))
            else:
                compiled = re.compile(translate(pattern))
                self._globs.setdefault((rule.kind, rule.match_on), []).append((compiled, pattern, rule, rule.limits))

    def find(
        self,
        kind: str,
        key: str,
        on: date,
        facts: Facts = NO_FACTS,
        groups: tuple[tuple[str, str], ...] = (),
    ) -> Rule | None:
        """The rule for a store value on a day, None if there is none.

        :param facts: what else is known of it
        :param groups: what it belongs to: (one of ``GROUPS``, value) pairs
        :raises MappingAmbiguous: if two rules are equally specific
        """
        asked = (kind, key, on, facts, groups)
        if asked not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[asked] = self._choose(asked)
        return self._answers[asked]

    def resolve(
        self,
        kind: str,
        key: str,
        on: date,
        facts: Facts = NO_FACTS,
        groups: tuple[tuple[str, str], ...] = (),
    ) -> Rule:
        """Like ``find``, but a missing rule is an error.

        :raises MappingMissing: if no rule fits
        :raises MappingAmbiguous: if two rules are equally specific
        """
        rule = self.find(kind, key, on, facts, groups)
        if rule is None:
            parts = [f"at {facts.rate.normalize():f} %"] if facts.rate is not None else []
            parts += [f"in {facts.currency}"] if facts.currency else []
            raise MappingMissing(kind, key, "".join(f" {part}" for part in parts) + f" on {said(on)}")
        return rule

    def _choose(self, asked: _Asked) -> Rule | None:
        kind, key, on, facts, groups = asked
        found = [
            rule
            for match_on, value in ((KEY, key), *groups)
            for rule, limits in self._candidates(kind, match_on, folded(value))
            if rule.date_from <= on <= rule.date_to and all(getattr(facts, name) == wanted for name, wanted in limits)
        ]
        # Two tags can lead to one rule.
        found = sorted(dict.fromkeys(found), key=lambda rule: (rule.specificity, -rule.id), reverse=True)
        if len(found) > 1 and found[0].specificity == found[1].specificity:
            raise MappingAmbiguous(kind, key, (str(found[0]), str(found[1])))
        return found[0] if found else None

    def _candidates(
        self, kind: str, match_on: str, value: str
    ) -> Iterator[tuple[Rule, tuple[tuple[str, object], ...]]]:
        yield from self._exact.get((kind, match_on, value), ())
        for pattern, text, rule, limits in self._globs.get((kind, match_on), ()):
            if pattern.match(value) or text == value:
                yield rule, limits

    def rates(self, kind: str) -> tuple[Decimal | None, ...]:
        """The tax rates that rules of a kind are limited to, None for those that are not; empty without any rule."""
        return tuple(self._rates.get(kind, ()))

    @property
    def digest(self) -> str:
        """Identifies the rulebook: equal rules give an equal digest, whatever their order."""
        if not self._digest:
            lines = sorted(repr(rule) for rule in self.rules)
            self._digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        return self._digest
