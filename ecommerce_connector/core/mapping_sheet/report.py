"""What a specialist asks of a set of mapping rules: what they cover, which do nothing, where they meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..mapping.rulebook import GROUPS, Rule
from ..mapping.store_values import folded
from ..mapping.ties import patterns_meet, tie

#: Of overlaps and of rules that win instead, more than this nobody reads.
MOST_OVERLAPS, MOST_WINNERS = 200, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRule:
    """A rule and what it did.

    :ivar store: its store's name; empty: all stores
    :ivar accounts: codes and names of the accounts it leads to
    :ivar items: journal items it decided, in the period of the report
    :ivar amount: what passed through them, in company currency
    :ivar items_ever: journal items it ever decided
    :ivar is_traceable: what it decides can be seen in the entries. What only lowers a revenue cannot
    """

    rule: Rule
    name: str
    store: str = ""
    accounts: tuple[str, ...] = ()
    items: int = 0
    amount: Decimal = Decimal(0)
    items_ever: int = 0
    is_traceable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What of a kind was booked by rules in the period, and what was not.

    :ivar documents: orders and payouts that had something of the kind
    :ivar lacking: those of them with something that no rule covers
    :ivar amount: booked by rules, in company currency
    :ivar lacking_amount: covered by no rule
    """

    kind: str
    documents: int
    lacking: int
    amount: Decimal
    lacking_amount: Decimal

    @property
    def documents_covered(self) -> Decimal | None:
        """Percent of documents; None if there were none."""
        return _share(self.documents - self.lacking, self.documents)

    @property
    def amount_covered(self) -> Decimal | None:
        """Percent of the amount."""
        return _share(self.amount, self.amount + self.lacking_amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverWon:
    """A rule whose kind was booked, but always by others; and more specific rules that fit values of it."""

    rule: ReportedRule
    winners: tuple[ReportedRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two rules that fit some same value on some same day; the winner is None if they tie."""

    one: ReportedRule
    other: ReportedRule
    winner: ReportedRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAccount:
    """An account that rules of several kinds lead to."""

    account: str
    kinds: tuple[str, ...]
    rules: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingReport:
    """The report, computed.

    :ivar unused: rules in force that decided nothing in the period, and nothing of their kind was booked, or they
        decided something before
    :ivar overlaps_left_out: how many are not listed
    """

    coverage: tuple[Booked, ...]
    unused: tuple[ReportedRule, ...]
    never_won: tuple[NeverWon, ...]
    overlaps: tuple[Overlap, ...]
    overlaps_left_out: int
    shared_accounts: tuple[SharedAccount, ...]


def report(rules: Sequence[ReportedRule], booked: Iterable[Booked], since: date, today: date) -> MappingReport:
    """Compute the report.

    :param rules: those in force: no drafts, none that is archived
    :param since: first day of the period
    """
    coverage = tuple(sorted(booked, key=lambda item: item.kind))
    current = [item for item in rules if item.rule.date_to >= since and item.rule.date_from <= today]
    meetings = _Meetings(current)
    idle = [item for item in current if item.is_traceable and not item.items]
    kinds_booked = {item.kind for item in coverage if item.documents}
    beaten = {item.rule.id: item for item in idle if not item.items_ever and item.rule.kind in kinds_booked}
    overlaps, left_out = meetings.overlaps()
    return MappingReport(
        coverage=coverage,
        unused=tuple(item for item in idle if item.rule.id not in beaten),
        never_won=tuple(NeverWon(rule=item, winners=meetings.winners(item)) for item in beaten.values()),
        overlaps=overlaps, overlaps_left_out=left_out, shared_accounts=_shared_accounts(current),
    )  # fmt: skip


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return (Decimal(100) * part / whole).quantize(Decimal("0.1")) if whole else None


def _shared_accounts(rules: Iterable[ReportedRule]) -> tuple[SharedAccount, ...]:
    by_account: dict[str, list[ReportedRule]] = defaultdict(list)
    for item in rules:
        for account in dict.fromkeys(item.accounts):
            by_account[account].append(item)
    return tuple(
        SharedAccount(
            account=account, kinds=kinds, rules=len(items), amount=sum((item.amount for item in items), Decimal(0))
        )
        for account, items in sorted(by_account.items())
        if len(kinds := tuple(sorted({item.rule.kind for item in items}))) > 1
    )


class _Meetings:
    """Which rules fit some same value on some same day.

    Rules with the same text, and wildcards with each other. That ``*`` fits everything needs no telling.
    """

    def __init__(self, rules: Iterable[ReportedRule]) -> None:
        self._same: dict[tuple[str, ...], list[ReportedRule]] = defaultdict(list)
        self._globs: dict[tuple[str, str], list[ReportedRule]] = defaultdict(list)
        for item in rules:
            rule = item.rule
            self._same[(rule.kind, rule.match_on, folded(rule.pattern))].append(item)
            if not rule.is_exact:
                self._globs[(rule.kind, rule.match_on)].append(item)

    def overlaps(self) -> tuple[tuple[Overlap, ...], int]:
        """Those worth listing, and how many are left out."""
        found: list[Overlap] = []
        count = 0
        for one, other in self._pairs():
            count += 1
            if len(found) < MOST_OVERLAPS:
                tied = tie(one.rule, other.rule) and one.store == other.store
                first = max(one, other, key=lambda item: item.rule.specificity)
                found.append(Overlap(one=one, other=other, winner=None if tied else first))
        return tuple(found), count - len(found)

    def _pairs(self) -> Iterable[tuple[ReportedRule, ReportedRule]]:
        for items in self._same.values():
            for at, one in enumerate(items):
                yield from ((one, other) for other in items[at + 1 :] if _together(one, other))
        for items in self._globs.values():
            narrow = [(item, _start(item.rule)) for item in items if item.rule.pattern.strip("*")]
            for at, (one, start) in enumerate(narrow):
                for other, other_start in narrow[at + 1 :]:
                    if (start.startswith(other_start) or other_start.startswith(start)) and (
                        folded(one.rule.pattern) != folded(other.rule.pattern)
                        and _together(one, other)
                        and patterns_meet(one.rule.pattern, other.rule.pattern)
                    ):
                        yield one, other

    def winners(self, item: ReportedRule) -> tuple[ReportedRule, ...]:
        """Some more specific rules that fit values of the rule, those that decided most first."""
        rule = item.rule
        same = self._same[(rule.kind, rule.match_on, folded(rule.pattern))]
        others = [other for group in (rule.match_on, "key", *GROUPS) for other in self._globs[(rule.kind, group)]]
        found = {
            other.rule.id: other
            for other in (*same, *others)
            if other.rule.specificity > rule.specificity
            and _together(item, other)
            and (
                other.rule.match_on != rule.match_on
                or not other.rule.pattern.strip("*")
                or patterns_meet(rule.pattern, other.rule.pattern)
            )
        }
        return tuple(sorted(found.values(), key=lambda other: -other.items)[:MOST_WINNERS])


def _together(one: ReportedRule, other: ReportedRule) -> bool:
    """Whether one document can be subject to both on one day."""
    limits = dict(other.rule.limits)
    return (
        (one.store == other.store or not one.store or not other.store)
        and one.rule.date_from <= other.rule.date_to
        and other.rule.date_from <= one.rule.date_to
        and all(limits.get(name, value) == value for name, value in one.rule.limits)
    )


def _start(rule: Rule) -> str:
    """The plain text a wildcard begins with."""
    pattern = folded(rule.pattern)
    return pattern[: min((at for sign in "*?[" if (at := pattern.find(sign)) >= 0), default=len(pattern))]
