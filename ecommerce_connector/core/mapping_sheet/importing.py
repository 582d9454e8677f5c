"""What importing a mapping document would do: a step for each row, and nothing is done yet.

Rows and the rules there are (as rows too) are compared as text: the shell first writes every account,
tax and name in one way. A rule that decided posted entries is never edited: a row that would change it
becomes its new version, from the day the row begins or from a day given for the whole import. Rules
that are not in the document stay as they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum

from ..mapping.rulebook import Rule, Target
from ..mapping.store_values import folded
from ..mapping.ties import tied
from .columns import (
    ACTIVE,
    ARCHIVED,
    DECIDING_COLUMNS,
    DRAFT,
    LIMIT_COLUMNS,
    DocumentRow,
    cell_text,
)
from .document import RowError


class Outcome(str, Enum):
    """What happens to a row."""

    ADDED = "added"
    CHANGED = "changed"
    VERSION = "version"
    APPLIED = "applied"
    ENDED = "ended"
    ARCHIVED = "archived"
    RESTORED = "restored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one row.

    :ivar row: as it is after the import; of a new version: the new version
    :ivar rule: the rule there is already; None for a new one
    :ivar changes: (column, old, new) as text, of what changes
    :ivar previous: of a new rule, what it replaces: the number of a rule there is, or minus the row of the document
        that adds it
    """

    row: DocumentRow
    outcome: Outcome
    rule: DocumentRow | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    previous: int | None = None
    errors: tuple[RowError, ...] = ()

    @property
    def is_version(self) -> bool:
        """A new rule in the place of one there is, which stays as it was."""
        return self.outcome is Outcome.VERSION


_OF_ONE_CHANGE = {"valid to": Outcome.ENDED, "status": Outcome.ARCHIVED}


class ImportPlan:
    """Plans the import of the rows of a document into the rules of a company."""

    def __init__(
        self, rows: Iterable[DocumentRow], existing: Iterable[DocumentRow], *, company: str, start: date | None = None
    ) -> None:
        """Plan.

        :param existing: all rules of the company, archived ones and drafts too
        :param company: its name; numbers of a document of another company are only the document's own
        :param start: first day of the new versions that rows do not date themselves
        """
        self.company, self.start = company, start
        self.existing = {rule.number: rule for rule in existing}
        self._by_content: dict[tuple[object, ...], list[DocumentRow]] = defaultdict(list)
        for rule in self.existing.values():
            self._by_content[_content(rule)].append(rule)
        self._taken: dict[int | None, int] = {}
        rows = tuple(rows)
        matches = self._matches(rows)
        #: Number in the document -> what a rule of this company that replaces it is said to replace.
        self._lineage = {
            row.number: match.number if match else -row.row
            for row, match in zip(rows, matches, strict=True)
            if row.number is not None
        }
        self.steps = [self._step(row, match) for row, match in zip(rows, matches, strict=True)]
        self._refuse_other_subjects()
        self._refuse_ties()

    def counts(self) -> dict[str, int]:
        """How many rows there are of each outcome, those there are."""
        found = Counter(step.outcome.value for step in self.steps)
        return {outcome.value: found[outcome.value] for outcome in Outcome if found[outcome.value]}

    @property
    def errors(self) -> list[RowError]:
        """All errors of all rows."""
        return [error for step in self.steps for error in step.errors]

    # === Which rule a row is about === #

    def _matches(self, rows: Sequence[DocumentRow]) -> list[DocumentRow | None]:
        """By number first, so that no other row takes a rule that is named; then by what the rules are about."""
        found: list[DocumentRow | None] = [self._take(self._by_number(row), row) for row in rows]
        for at, row in enumerate(rows):
            if found[at] is None:
                candidates = self._by_content.get(_content(row), ())
                free = next((rule for rule in candidates if rule.number not in self._taken), None)
                found[at] = self._take(free, row)
        return found

    def _by_number(self, row: DocumentRow) -> DocumentRow | None:
        if row.company and row.company != self.company:
            return None
        rule = self.existing.get(row.number) if row.number is not None else None
        return rule if rule and rule.kind == row.kind else None

    def _take(self, rule: DocumentRow | None, row: DocumentRow) -> DocumentRow | None:
        if rule:
            self._taken[rule.number] = row.row
        return rule

    # === What happens to it === #

    def _step(self, row: DocumentRow, rule: DocumentRow | None) -> Step:
        previous, unknown = self._previous(row)
        if unknown:
            return _refused(row, rule, unknown)
        if rule is None:
            return Step(row, Outcome.ADDED, previous=previous)
        if row.version not in (None, rule.version):
            return _refused(row, rule, _error(row, "version", "the version of a rule cannot be changed"))
        if row.replaces is not None and previous != rule.replaces:
            return _refused(row, rule, _error(row, "replaces", "what a rule replaces cannot be changed"))
        # A row that does not say it keeps what the rule says.
        row = replace(row, number=rule.number, version=rule.version, replaces=rule.replaces, used=rule.used)
        changes = _changes(rule, row)
        if not changes:
            return Step(row, Outcome.UNCHANGED, rule)
        names = {column for column, _old, _new in changes}
        if problem := _status_problem(rule, row):
            return _refused(row, rule, problem)
        if rule.is_draft and not row.is_draft:
            problem = _first_day_problem(self.existing.get(row.replaces), row)
            return _refused(row, rule, problem) if problem else Step(row, Outcome.APPLIED, rule, changes)
        if rule.used and names - set(_OF_ONE_CHANGE):
            return self._version(row, rule, names)
        if problem := _days_problem(rule, row):
            return _refused(row, rule, problem)
        return Step(row, _outcome(names, row), rule, changes)

    def _previous(self, row: DocumentRow) -> tuple[int | None, RowError | None]:
        if row.replaces is None:
            return None, None
        if row.replaces in self._lineage:
            return self._lineage[row.replaces], None
        if row.replaces in self.existing and row.company in ("", self.company):
            return row.replaces, None
        problem = f"there is no rule {row.replaces}, neither here nor in the document"
        return None, _error(row, "replaces", problem, "Empty it, or add the row of that rule.")

    def _version(self, row: DocumentRow, rule: DocumentRow, names: set[str]) -> Step:
        """A new version in the place of a rule that decided posted entries."""
        start = row.valid_from if "valid from" in names else self.start
        if start is None:
            return _refused(row, rule, _error(
                row, "valid from", "the rule decided posted entries, so it is never edited",
                "Write the first day of the new version here, or give a day for the whole import.",
            ))  # fmt: skip
        if rule.valid_from and start <= rule.valid_from:
            problem = f"the rule decided posted entries from {rule.valid_from} on, a new version must begin later"
            return _refused(row, rule, _error(row, "valid from", problem))
        if row.status != ACTIVE:
            return _refused(row, rule, _error(row, "status", "a new version is active", "Change only one of the two."))
        if row.valid_to and row.valid_to < start:
            return _refused(row, rule, _error(row, "valid to", f"the new version ends before it begins on {start}"))
        new = replace(row, valid_from=start, number=None, version=None, replaces=rule.number, used=False)
        if known := next((one for one in self._by_content.get(_content(new), ()) if not _changes(one, new)), None):
            return Step(replace(new, number=known.number, version=known.version), Outcome.UNCHANGED, known)
        return Step(new, Outcome.VERSION, rule, _changes(rule, new), previous=rule.number)

    # === Versions stay about the same === #

    def _refuse_other_subjects(self) -> None:
        """Refuse rows that would let a version be about something else than the one it takes the place of."""
        known = {at: step for at, step in enumerate(self.steps) if step.outcome is not Outcome.REFUSED}
        after: dict[int | None, DocumentRow] = dict(self.existing)
        after |= {step.rule.number: step.row for step in known.values() if step.rule and not step.is_version}
        by_row = {step.row.row: step.row for step in known.values()}
        followers: dict[int | None, list[DocumentRow]] = defaultdict(list)
        for row in after.values():
            followers[row.replaces].append(row)
        for at, step in known.items():
            if step.outcome is Outcome.UNCHANGED:
                continue
            before = step.previous if step.rule is None or step.is_version else step.row.replaces
            replaced = by_row.get(-before) if before and before < 0 else after.get(before) if before else None
            beside = [replaced] if replaced else []
            if step.rule and not step.is_version:
                beside += followers[step.rule.number]
            if error := next((error for other in beside if (error := _other_subject(step.row, other))), None):
                self._refuse(at, error)

    # === No ties === #

    def _refuse_ties(self) -> None:
        """Refuse rows that would let two rules fit the same value equally well."""
        places: dict[tuple[object, ...], list[tuple[DocumentRow, int | None]]] = defaultdict(list)
        for row, at in self._afterwards():
            if row.is_in_force:
                places[_place(row)].append((row, at))
        changed: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for at, step in enumerate(self.steps):
            if step.outcome not in (Outcome.UNCHANGED, Outcome.REFUSED):
                for place in {_place(row) for row in (step.row, step.rule) if row}:
                    changed[place].append(at)
        for place, steps in changed.items():
            self._refuse_ties_of(places[place], steps)

    def _afterwards(self) -> Iterable[tuple[DocumentRow, int | None]]:
        """All rules as they are after the import, each with the position of its step."""
        done = [(at, step) for at, step in enumerate(self.steps) if step.outcome is not Outcome.REFUSED]
        ends = {
            step.row.replaces: step.row.valid_from - timedelta(days=1)
            for _at, step in done
            if step.outcome in (Outcome.VERSION, Outcome.APPLIED) and step.row.replaces and step.row.valid_from
        }
        edited = {step.rule.number for _at, step in done if step.rule and step.outcome is not Outcome.VERSION}
        # In the place of an unused rule, on all days.
        gone = {step.row.replaces for _at, step in done if step.outcome is Outcome.APPLIED and not step.row.valid_from}
        rows: list[tuple[DocumentRow, int | None]] = [(step.row, at) for at, step in done]
        rows += [(rule, None) for number, rule in self.existing.items() if number not in edited]
        for row, at in rows:
            if row.number and row.number in gone:
                continue
            last = ends.get(row.number) if row.number else None
            if last is None:
                yield row, at
            elif not row.valid_from or last >= row.valid_from:
                yield replace(row, valid_to=min(last, row.valid_to or last)), at

    def _refuse_ties_of(self, rules: list[tuple[DocumentRow, int | None]], changed: list[int]) -> None:
        """Refuse a changed row for each tie in a place; one that took away what decided, if neither rule changed."""
        cores = [_core(row, index) for index, (row, _at) in enumerate(rules)]
        by_key: dict[str, list[Rule]] = defaultdict(list)
        for core in cores:
            by_key[folded(core.pattern) if core.is_exact else ""].append(core)
        for core, (row, at) in zip(cores, rules, strict=True):
            other = tied(core, by_key[folded(core.pattern) if core.is_exact else ""])
            if other is None:
                continue
            other_row, other_at = rules[other.id]
            if at in changed:
                self._refuse(at, _tie_error(row, other_row))
            elif other_at not in changed:
                self._refuse(changed[0], replace(_tie_error(row, other_row), row=self.steps[changed[0]].row.row))

    def _refuse(self, at: int | None, error: RowError) -> None:
        assert at is not None
        step = self.steps[at]
        if error in step.errors:
            return
        self.steps[at] = replace(step, outcome=Outcome.REFUSED, errors=(*step.errors, error))


def _content(row: DocumentRow) -> tuple[object, ...]:
    """What a rule is about: two rules in force never share it."""
    limits = (row.cell(name) for name in LIMIT_COLUMNS)
    return (row.store, row.kind, row.match_on, folded(row.value), *limits, row.valid_from, row.status)


#: What all versions of a rule have in common, besides their company.
_SUBJECT = ("store", "kind", "match on", "value")


def _other_subject(row: DocumentRow, other: DocumentRow) -> RowError | None:
    for column in _SUBJECT:
        mine, theirs = cell_text(row.cell(column)), cell_text(other.cell(column))
        if folded(mine) != folded(theirs):
            problem = f"versions of a rule are about the same: its {column} is {theirs!r}"
            return _error(row, column, problem, "End the rule, and add a row without a number for what is new.")
    return None


def _place(row: DocumentRow) -> tuple[object, ...]:
    """Where rules can meet."""
    return (row.store, row.kind, row.match_on)


def _changes(old: DocumentRow, new: DocumentRow) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, cell_text(old.cell(name)), cell_text(new.cell(name)))
        for name in DECIDING_COLUMNS
        if old.cell(name) != new.cell(name)
    )


def _outcome(names: set[str], row: DocumentRow) -> Outcome:
    if names == {"status"}:
        return Outcome.ARCHIVED if row.status == ARCHIVED else Outcome.RESTORED
    return Outcome.ENDED if names == {"valid to"} else Outcome.CHANGED


def _status_problem(rule: DocumentRow, row: DocumentRow) -> RowError | None:
    if row.is_draft and not rule.is_draft:
        return _error(row, "status", "a rule that is in force does not become a draft again")
    if rule.is_draft and row.status == ARCHIVED:
        return _error(row, "status", "a draft is not archived as a rule", f"Write {DRAFT} or archived draft.")
    return None


def _first_day_problem(replaced: DocumentRow | None, row: DocumentRow) -> RowError | None:
    """Only a draft in the place of an unused rule that always was valid may be, too."""
    if row.valid_from or replaced is None or not (replaced.used or replaced.valid_from):
        return None
    return _error(row, "valid from", f"it takes the place of rule {replaced.number} from a day on", "Write this day.")


def _days_problem(rule: DocumentRow, row: DocumentRow) -> RowError | None:
    """A used rule keeps the days on which it decided."""
    problem = f"the rule decided posted entries until {rule.last_used}"
    if row.valid_to and rule.last_used and row.valid_to < rule.last_used:
        return _error(row, "valid to", problem, "End it on that day or later.")
    if rule.used and rule.is_in_force and row.status == ARCHIVED and not row.valid_to:
        return _error(row, "status", problem, "Write its last day, that one or later, to archive it.")
    return None


def _error(row: DocumentRow, column: str, problem: str, hint: str = "") -> RowError:
    return RowError(row.row, column, cell_text(row.cell(column)), problem, hint)


def _refused(row: DocumentRow, rule: DocumentRow | None, error: RowError) -> Step:
    return Step(row, Outcome.REFUSED, rule, errors=(error,))


def _core(row: DocumentRow, number: int) -> Rule:
    return Rule(
        id=number, kind=row.kind, target=Target(label=""), pattern=row.value, match_on=row.match_on,
        rate=row.tax_rate, currency=row.currency or None, country=row.country or None, state=row.state or None,
        customer=row.customers or None, included={"included": True, "excluded": False}.get(row.tax_in_prices),
        remitter=row.remitted_by or None, funder=row.funded_by or None, of_store=bool(row.store),
        date_from=row.valid_from or date.min, date_to=row.valid_to or date.max,
    )  # fmt: skip


def _tie_error(row: DocumentRow, other: DocumentRow) -> RowError:
    names = [f"row {one.row} ({one})" if one.row else f"rule {one.number} ({one})" for one in (row, other)]
    return RowError(
        row.row, "value", row.value,
        f"{names[0]} and {names[1]} would fit the same value on the same days equally well",
        "End one before the other begins, or make one more specific.",
    )  # fmt: skip
