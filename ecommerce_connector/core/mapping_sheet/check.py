"""What is wrong with the rules of a company, or soon will be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from ..mapping.rulebook import Rule
from ..mapping.store_values import folded
from ..mapping.ties import tied

#: Days ahead in which the end of a rule is told.
SOON = 60


class Level(str, Enum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    """A rule in force, and what its targets are.

    :ivar name: for people
    :ivar store: its store's name; empty: all stores
    :ivar origin: number of the first version, the same for all that followed it
    :ivar tax_name: of the tax it leads to
    :ivar tax_rate: of that tax in percent; None if it has no single rate
    :ivar archived: names of what it leads to that is archived
    """

    rule: Rule
    name: str
    store: str = ""
    origin: int = 0
    tax_name: str = ""
    tax_rate: Decimal | None = None
    archived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at.

    :ivar code: stable name: ``tie``, ``archived_target``, ``other_rate``, ``ends_soon``, ``zero_rate``
    :ivar rule: number of the rule
    :ivar message: a sentence
    :ivar hint: what to do
    """

    level: Level
    code: str
    rule: int
    message: str
    hint: str = ""


def check(rules: Iterable[CheckedRule], today: date, soon: int = SOON) -> list[Finding]:
    """Findings of rules in force, the worst first.

    Rules that ended already are not looked at.

    :param soon: days ahead in which the end of a rule is told
    """
    current = [item for item in rules if item.rule.date_to >= today]
    found = [*_ties(current), *(finding for item in current for finding in _targets(item))]
    found += _endings(current, today + timedelta(days=soon))
    order = list(Level)
    return sorted(found, key=lambda finding: (order.index(finding.level), finding.code, finding.rule))


def _ties(rules: list[CheckedRule]) -> Iterable[Finding]:
    places: dict[tuple[str, ...], list[CheckedRule]] = defaultdict(list)
    for item in rules:
        key = folded(item.rule.pattern) if item.rule.is_exact else ""
        places[(item.store, item.rule.kind, item.rule.match_on, key)].append(item)
    told: set[frozenset[int]] = set()
    for items in places.values():
        by_id = {item.rule.id: item for item in items}
        for item in items:
            other = tied(item.rule, [one.rule for one in items])
            if other and frozenset((item.rule.id, other.id)) not in told:
                told.add(frozenset((item.rule.id, other.id)))
                yield Finding(
                    level=Level.ERROR, code="tie", rule=item.rule.id,
                    message=f"{item.name} and {by_id[other.id].name} fit the same value equally well.",
                    hint="End one before the other begins, or make one more specific.",
                )  # fmt: skip


def _targets(item: CheckedRule) -> Iterable[Finding]:
    number, rate = item.rule.id, item.rule.rate
    for name in item.archived:
        yield Finding(
            level=Level.ERROR, code="archived_target", rule=number, message=f"{item.name} leads to {name}, archived.",
            hint="Make a new version of the rule that leads elsewhere.",
        )  # fmt: skip
    if item.rule.kind != "tax" or rate is None or item.tax_rate is None:
        return
    if rate != item.tax_rate:
        yield Finding(
            level=Level.ERROR, code="other_rate", rule=number,
            message=f"{item.name} is for {_percent(rate)}, but {item.tax_name} is {_percent(item.tax_rate)}.",
            hint="Choose the tax of this rate.",
        )  # fmt: skip
    elif not rate:
        yield Finding(
            level=Level.NOTE, code="zero_rate", rule=number,
            message=f"{item.name}: what bears 0 % is booked as {item.tax_name}.",
            hint="See that it is the right one of export, exemption, reverse charge and zero rate.",
        )  # fmt: skip


def _endings(rules: list[CheckedRule], until: date) -> Iterable[Finding]:
    # A version may be for another rate than the one it follows: the store itself charges another then.
    begins = {(subject, item.rule.date_from) for item in rules for subject in (_subject(item), _chain(item))}
    for item in rules:
        last = item.rule.date_to
        if last > until:
            continue
        if not {(subject, last + timedelta(days=1)) for subject in (_subject(item), _chain(item))} & begins:
            yield Finding(
                level=Level.WARNING, code="ends_soon", rule=item.rule.id,
                message=f"{item.name} ends on {last}, and nothing follows it.",
                hint="Make a new version from the next day, if its values are still sold.",
            )  # fmt: skip


def _subject(item: CheckedRule) -> tuple[object, ...]:
    rule = item.rule
    return (item.store, rule.kind, rule.match_on, folded(rule.pattern), rule.limits)


def _chain(item: CheckedRule) -> tuple[object, ...]:
    return (item.origin or item.rule.id,)


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f} %"
