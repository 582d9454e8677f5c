"""What a what-if looks at: the rules as they would be, without putting anything in force."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from odoo.exceptions import ValidationError

from ...core.mapping.draft_rules import DraftRule, as_if_always, first_tie, of_one_rule, with_drafts
from ...core.mapping_sheet.importing import Outcome
from .mapping_kinds import LIMITS

#: What a rule is about.
_SUBJECT = ("store_id", "kind", "match_on", "pattern_key", *LIMITS)


@dataclass(frozen=True)
class Proposed:
    """One change, as far as notes speak of it.

    :ivar kind: of the rule
    :ivar date_from: its first day; None: always
    :ivar store: name of its store; empty: all stores
    """

    kind: str
    date_from: date | None
    store: str


@dataclass(frozen=True)
class ByOwnDays:
    """A rule that is not taken to have always held, because another version of it is looked at with it.

    :ivar name: of the rule
    :ivar days: from when until when, as people write it
    :ivar date_from: its first day; None: always
    """

    name: str
    days: str
    date_from: date | None


def _taking_turns(rules):
    """Those of several new rules that are versions of one, or about the same: only one of them holds on a day."""
    by_origin = {rule.id: rule.origin_id.id or None for rule in rules}
    by_subject = {rule.id: (rule.company_id.id, *(rule[name] for name in _SUBJECT)) for rule in rules}
    turns = of_one_rule(by_origin) | of_one_rule(by_subject)
    return rules.filtered(lambda rule: rule.id in turns)


def _by_own_days(rules):
    return [
        ByOwnDays(rule.display_name, rule._days_text(), rule.date_from or None)
        for rule in rules.sorted(lambda rule: rule.date_from or date.min)
    ]


class DraftProposal:
    """Drafts, put in force.

    :param date always_from: first day of a period in which the drafts are taken to hold whatever their first day is;
        None: they hold from their own first day. Drafts that take turns always do.
    """

    def __init__(self, drafts, always_from=None):
        self.env, self.drafts, self.always_from = drafts.env, drafts, always_from
        self._turns = _taking_turns(drafts) if always_from else drafts.browse()
        self.by_own_days = _by_own_days(self._turns)
        self.changes = [
            Proposed(draft.kind, draft.date_from or None, draft.store_id.name or "") for draft in drafts
        ]  # fmt: skip

    def rules(self, store, now):
        """The rules of a store as they would be.

        :param now: those in force
        """
        return with_drafts(now, self._drafts_of(store))

    def check(self, stores):
        """Refuse what applying the drafts would refuse.

        :raises ValidationError: naming the draft, or two rules between which nothing would decide
        """
        for draft in (self._turns if self.always_from else self.drafts).filtered("previous_id"):
            draft._check_first_day()
        rules = self.env["ecommerce.mapping.rule"]
        for store in stores | self.drafts.store_id:
            now, drafts = store._rulebook().rules, self._drafts_of(store)
            before = {rule.id: rule for rule in now}
            changed = [draft.rule for draft in drafts if draft.rule]
            changed += [before[draft.replaces] for draft in drafts if draft.replaces in before]
            if tie := first_tie(with_drafts(now, drafts), changed):
                rules.browse(tie[0].id)._raise_tie(rules.browse(tie[1].id))

    def _drafts_of(self, store):
        return [self._draft_of(draft, store) for draft in self.drafts.sorted("id")]

    def _draft_of(self, draft, store):
        first = draft.date_from or date.min
        is_in_store = draft.store_id in (store, self.env["ecommerce.store"])
        rule = draft._as_core_rule() if is_in_store and draft.active and not draft.ends_rule else None
        if self.always_from and draft not in self._turns:
            first = min(first, self.always_from)
            rule = rule and replace(rule, date_from=first)
        return DraftRule(rule=rule, replaces=draft.previous_id.id or 0, date_from=first)


class DocumentProposal:
    """A mapping document, imported. It is, and taken back at once: so the rules are exactly those of an import.

    :param MappingDocument document: of the company
    :param ImportPlan plan: without errors
    :param stores: whose rules are looked at
    :param date always_from: as of ``DraftProposal``, for the rules that are new
    :raises ValidationError: if importing it would be refused
    """

    def __init__(self, document, plan, stores, always_from=None):
        self.env, self.always_from = stores.env, always_from
        self.changes = [_proposed(step) for step in plan.steps if step.outcome is not Outcome.UNCHANGED]
        self._then, self._replaces, self._turns, self.by_own_days = {}, {}, (), []
        rules = self.env["ecommerce.mapping.rule"].with_company(document.company)
        known = {rule.id for store in stores for rule in store._rulebook().rules}
        with self.env.cr.savepoint() as undone:
            changed = document.apply(plan, self.env._("What if"))
            self._replaces = {rule.id: rule.previous_id.id or 0 for rule in changed}
            if always_from:
                new = changed.filtered(lambda rule: rule.active and not rule.is_draft and rule.id not in known)
                turns = _taking_turns(new)
                self._turns, self.by_own_days = turns.ids, _by_own_days(turns)
            # Not by way of the compiled rulebooks, which other requests of this process share.
            self._then = {store: rules._core_rules(document.company.id, store.id) for store in stores}
            undone.rollback()
        rules._forget_rulebooks()

    def rules(self, store, now):
        """The rules of a store as they would be."""
        then = self._then[store]
        if not self.always_from:
            return then
        return as_if_always(now, then, self._replaces, self.always_from, self._turns)

    def check(self, stores):
        """Refuse new rules that would tie if they had always held; everything else was refused as an import does it.

        :raises ValidationError: naming both
        """
        for store in stores if self.always_from else ():
            now = store._rulebook().rules
            known, then = {rule.id for rule in now}, self.rules(store, now)
            if tie := first_tie(then, [rule for rule in then if rule.id not in known]):
                raise ValidationError(
                    self.env._(
                        "If they had always held, these rules would fit the same value equally well: %(rule)s and "
                        "%(other)s.", rule=tie[0], other=tie[1],
                    )
                )  # fmt: skip


def _proposed(step):
    """A change that a document makes; one of the last day makes itself felt after the earlier of the two."""
    row, first = step.row, step.row.valid_from
    if step.outcome is Outcome.ENDED:
        first = min(filter(None, (row.valid_to, step.rule.valid_to))) + timedelta(days=1)
    return Proposed(row.kind, first, row.store)
