"""Effective-dated mapping rules and how one is chosen.

A rule says how a store value (a SKU, a tax, a gateway …) is booked from a day to a day. Of the
rules that fit, the most specific wins: one of the store before one of the company, an exact
pattern before a glob, more qualifiers before fewer, a longer glob before a shorter one. A tie is
an error, never decided by order. There is no hidden default: a ``*`` rule is somebody's choice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fnmatch import translate

from .errors import MappingAmbiguous, MappingMissing

_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a rule books to: database ids of the Odoo shell, opaque here, and their label for people."""

    label: str
    account: int | None = None
    tax: int | None = None
    product: int | None = None
    processor_account: int | None = None
    partner: int | None = None
    analytic: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of one mapping rule.

    :ivar id: the rule record's id; 0 for a policy that stands in for a rule (suspense)
    :ivar kind: what is mapped: a line kind, ``tax``, ``gateway``, ``payout_fee`` …
    :ivar pattern: exact text, or a glob with ``*``, ``?``, ``[…]``; case does not matter. A glob also
        fits its own text, so that a rule made from the key ``Mug [blue]`` covers it
    :ivar rate: tax rate in percent it is limited to
    :ivar currency: ISO code it is limited to
    :ivar country: ISO code of the destination it is limited to
    :ivar of_store: the rule belongs to one store, not to the whole company
    :ivar date_from: first day it is valid, inclusive
    :ivar date_to: last day it is valid, inclusive
    """

    id: int
    kind: str
    target: Target
    pattern: str = "*"
    rate: Decimal | None = None
    currency: str | None = None
    country: str | None = None
    of_store: bool = False
    date_from: date = date.min
    date_to: date = date.max

    @property
    def is_exact(self) -> bool:
        """Whether the pattern is plain text."""
        return not _GLOB & set(self.pattern)

    @property
    def specificity(self) -> tuple[bool, bool, int, int]:
        """Greater wins."""
        qualifiers = sum(value is not None for value in (self.rate, self.currency, self.country))
        length = 0 if self.is_exact else len(self.pattern.casefold().strip("*?"))
        return (self.of_store, self.is_exact, qualifiers, length)

    def fits(self, on: date, rate: Decimal | None, currency: str | None, country: str | None) -> bool:
        """Whether dates and qualifiers fit; the pattern is not looked at."""
        return (
            self.date_from <= on <= self.date_to
            and (self.rate is None or self.rate == rate)
            and (self.currency is None or self.currency == currency)
            and (self.country is None or self.country == country)
        )

    def __str__(self) -> str:
        limits = [f"{self.rate.normalize():f} %"] if self.rate is not None else []
        limits += [value for value in (self.currency, self.country) if value]
        inside = ", ".join([repr(self.pattern), *limits])
        return f"{self.kind.replace('_', ' ')} {inside} → {self.target.label}" + (
            f" (rule {self.id})" if self.id else ""
        )


_Query = tuple[str, str, date, "Decimal | None", "str | None", "str | None"]


@dataclass(slots=True)
class Rulebook:
    """All rules of one store, compiled once per batch.

    An exact key is one dictionary lookup however many rules there are; globs are tried in turn.
    Answers are remembered, so the same SKU of a batch costs one more lookup.
    """

    rules: tuple[Rule, ...]
    _exact: dict[tuple[str, str], list[Rule]] = field(init=False, repr=False, default_factory=dict)
    _globs: dict[str, list[tuple[re.Pattern[str], Rule]]] = field(init=False, repr=False, default_factory=dict)
    _answers: dict[_Query, Rule | None] = field(init=False, repr=False, default_factory=dict)

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._exact, self._globs, self._answers = {}, {}, {}
        for rule in self.rules:
            pattern = rule.pattern.casefold()
            if rule.is_exact:
                self._exact.setdefault((rule.kind, pattern), []).append(rule)
            else:
                self._globs.setdefault(rule.kind, []).append((re.compile(translate(pattern)), rule))

    def find(
        self,
        kind: str,
        key: str,
        on: date,
        *,
        rate: Decimal | None = None,
        currency: str | None = None,
        country: str | None = None,
    ) -> Rule | None:
        """The rule for a store value on a day, None if there is none.

        :raises MappingAmbiguous: if two rules are equally specific
        """
        query = (kind, key, on, rate, currency, country)
        if query not in self._answers:
            self._answers[query] = self._choose(query)
        return self._answers[query]

    def resolve(
        self,
        kind: str,
        key: str,
        on: date,
        *,
        rate: Decimal | None = None,
        currency: str | None = None,
        country: str | None = None,
    ) -> Rule:
        """Like ``find``, but a missing rule is an error.

        :raises MappingMissing: if no rule fits
        :raises MappingAmbiguous: if two rules are equally specific
        """
        rule = self.find(kind, key, on, rate=rate, currency=currency, country=country)
        if rule is None:
            parts = [f"at {rate.normalize():f} %"] if rate is not None else []
            parts += [f"in {currency}"] if currency else []
            raise MappingMissing(kind, key, "".join(f" {part}" for part in parts) + f" on {on}")
        return rule

    def _choose(self, query: _Query) -> Rule | None:
        kind, key, on, rate, currency, country = query
        folded = key.casefold()
        found = [rule for rule in self._exact.get((kind, folded), ()) if rule.fits(on, rate, currency, country)]
        found += [
            rule
            for pattern, rule in self._globs.get(kind, ())
            if rule.fits(on, rate, currency, country) and (pattern.match(folded) or rule.pattern.casefold() == folded)
        ]
        if not found:
            return None
        found.sort(key=lambda rule: (rule.specificity, -rule.id), reverse=True)
        if len(found) > 1 and found[0].specificity == found[1].specificity:
            raise MappingAmbiguous(kind, key, (str(found[0]), str(found[1])))
        return found[0]

    @property
    def digest(self) -> str:
        """Identifies the rulebook: equal rules give an equal digest, whatever their order."""
        lines = sorted(repr(rule) for rule in self.rules)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
