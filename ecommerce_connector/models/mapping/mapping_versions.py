from collections import defaultdict
from contextlib import contextmanager
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..ledger.days import said_day
from .mapping_change_log import REASON

#: What says which version a rule is; written by the connector alone.
HISTORY = frozenset({"is_draft", "version", "previous_id", "origin_id", "kept_codes"})
_KEEPING = "ecommerce_mapping_keeping_history"


class EcommerceMappingRule(models.Model):
    """Versions of rules: drafts, and how they take the places of what is in force."""

    _inherit = "ecommerce.mapping.rule"

    is_draft = fields.Boolean(
        string="Draft", readonly=True, copy=False, index=True, help="Prepared, decides nothing until it is applied."
    )
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "ecommerce.mapping.rule", string="Replaces", readonly=True, copy=False, ondelete="restrict",
        index="btree_not_null",
    )  # fmt: skip
    ends_rule = fields.Boolean(
        string="Ends the Rule",
        copy=False,
        help="From its first day on, nothing takes the place of the rule it replaces.",
    )
    origin_id = fields.Many2one(
        "ecommerce.mapping.rule", string="First Version", readonly=True, copy=False, ondelete="restrict",
        index="btree_not_null",
    )  # fmt: skip
    needs_first_day = fields.Boolean(
        compute="_compute_needs_first_day", help="It takes the place of a rule that has a first day, or was used."
    )
    version_ids = fields.Many2many("ecommerce.mapping.rule", compute="_compute_version_ids", string="Versions")

    @api.depends("is_draft", "previous_id.date_from")
    def _compute_needs_first_day(self):
        for rule in self:
            replaced = rule.previous_id
            rule.needs_first_day = rule.is_draft and bool(replaced.date_from or replaced.is_used)

    def _compute_version_ids(self):
        for rule in self:
            rule.version_ids = rule._versions()

    def _versions(self):
        """All versions of the rule, drafts and archived ones too, oldest first."""
        first = self.origin_id or self._origin
        return self.with_context(active_test=False).search(
            ["|", ("id", "=", first.id), ("origin_id", "=", first.id)], order="version, id"
        )

    # === New versions === #

    def action_new_version(self):
        """Open a draft that takes this rule's place from a day on."""
        self.ensure_one()
        return self._draft_version()._open_form()

    def action_preview(self):
        """Open a draft to be changed and looked at in a what-if: for all days of the rule, if it was not used yet."""
        self.ensure_one()
        if draft := self.search([("previous_id", "=", self.id), ("is_draft", "=", True)], limit=1):
            return draft._open_form()
        return self._draft_version(**({} if self.is_used else {"date_from": self.date_from}))._open_form()

    def _draft_version(self, **changes):
        """A draft that takes this rule's place; nothing is booked by it until it is applied.

        :param changes: values of the draft, its first day among them
        """
        self.ensure_one()
        return self._draft_versions([changes])

    def _draft_versions(self, changes):
        """Drafts that take the places of these rules, in the same order.

        :param list changes: values of each draft, its first day among them
        """
        if draft := self.filtered("is_draft")[:1]:
            raise UserError(self.env._("%(rule)s is a draft: change it as it is.", rule=draft.display_name))
        origins = self.browse([(rule.origin_id or rule).id for rule in self])
        versions = self.with_context(active_test=False)._read_group(
            [("origin_id", "in", origins.ids)], ["origin_id"], ["version:max"]
        )
        newest, today = {origin.id: version for origin, version in versions}, fields.Date.context_today(self)
        vals_list = self.copy_data()
        for rule, origin, vals, changed in zip(self, origins, vals_list, changes, strict=True):
            vals |= {
                "is_draft": True, "previous_id": rule.id, "origin_id": origin.id,
                "version": max(newest.get(origin.id, 0), rule.version) + 1, "date_from": today,
                "date_to": rule.date_to, **changed,
            }  # fmt: skip
            first, last = fields.Date.to_date(vals["date_from"]), fields.Date.to_date(vals["date_to"])
            if first and last and last < first:
                vals["date_to"] = False
        with self._keeping_history():
            return self.create(vals_list)

    def action_what_if(self):
        """Look at what drafts would change before deciding on them."""
        if not (drafts := self.filtered("is_draft")):
            raise UserError(self.env._("Choose drafts: what is in force has changed everything it will."))
        company = drafts.company_id[:1]
        stores = drafts.store_id
        if drafts.filtered(lambda draft: not draft.store_id):
            stores = stores.search([("company_id", "=", company.id)])
        whatif = self.env["ecommerce.mapping.whatif"].create(
            {"company_id": company.id, "draft_ids": [(6, 0, drafts.ids)], "store_ids": [(6, 0, stores.ids)]}
        )
        return {
            "type": "ir.actions.act_window", "name": self.env._("What if…"), "res_model": whatif._name,
            "res_id": whatif.id, "view_mode": "form",
        }  # fmt: skip

    def action_apply(self):
        """Put drafts in force, all or none; asks why if nobody said so."""
        drafts = self.filtered("is_draft")
        if drafts and not drafts._reason_given():
            return drafts._open_why("apply")
        return self._apply(None)

    def _apply(self, reason, *, looked_at=False):
        """Put drafts in force: each ends what it replaces on the day before.

        :param str reason: for the change log
        :param bool looked_at: somebody saw in a what-if what they change
        """
        drafts = self.filtered("is_draft")
        reason = reason or self.env.context.get(REASON)
        if not reason:
            raise UserError(self.env._("Say why the rules change: it goes into the change log."))
        drafts._check_up_to_date()
        rules = drafts.with_context(**{REASON: reason})
        ending = rules.filtered("ends_rule")
        # Before the replaced rules end: their last days are no change of the new versions.
        changes = {draft: draft._changes_from(draft.previous_id) for draft in rules - ending}
        if not looked_at:
            ending._check_end_is_looked_at()
        with (
            self._keeping_history(),
            self._ties_checked_together(),
        ):  # what a draft replaces may have decided between two others
            rules.filtered("previous_id")._take_places()
            (rules - ending).write({"is_draft": False})
        (drafts - ending)._keep_old_codes()
        self._log_all(
            [(draft, "version" if draft.previous_id else "added", changed) for draft, changed in changes.items()],
            reason,
        )
        ending.unlink()

    def _take_places(self):
        """End each replaced rule the day before its successor begins."""
        last_days, ends = {}, defaultdict(list)
        for draft in self:
            draft._check_first_day()
            last, known = draft._last_day_of_replaced(), last_days.get(draft.previous_id.id, date.max)
            # Two drafts can follow one rule, the later one the earlier: the rule ends before the first of them.
            last_days[draft.previous_id.id] = last and known and min(last, known)
        for number, last in last_days.items():
            ends[last].append(number)
        for last, numbers in ends.items():
            replaced = self.browse(numbers)
            action = "ended" if last else "archived"
            changes = [{"date_to": [str(rule.date_to or ""), str(last)]} if last else {} for rule in replaced]
            replaced.write({"date_to": last} if last else {"active": False})
            told = "" if last else self.env._("A new version holds on all its days.")
            self._log_all([(rule, action, changed) for rule, changed in zip(replaced, changes, strict=True)],
                          self.env.context[REASON], told=told)  # fmt: skip

    def _last_day_of_replaced(self):
        """The last day of the rule that the draft replaces; None if no day is left to it."""
        replaced = self.previous_id
        if not self.date_from or (replaced.date_from and self.date_from <= replaced.date_from):
            return None
        last = self.date_from - timedelta(days=1)
        return min(last, replaced.date_to or last)

    def _check_first_day(self):
        """A new version has a first day, which comes after that of what it replaces if this was used.

        One in the place of an unused rule without a first day needs none: it always holds, as the rule did.

        :raises ValidationError: naming the rule
        """
        if not self.date_from:
            self.invalidate_recordset(["needs_first_day"])
            self.previous_id.invalidate_recordset(["is_used"])
        if problem := self._first_day_problem():
            raise ValidationError(problem)

    def _first_day_problem(self):
        """What is wrong with the first day of a draft, and what to do; empty if nothing is."""
        replaced = self.previous_id
        if not self.date_from and self.needs_first_day:
            return self.env._("%(rule)s: choose the first day of the new version.", rule=self.display_name)
        if self.date_from and replaced.date_from and self.date_from <= replaced.date_from and replaced.is_used:
            return self.env._(
                "%(rule)s begins on %(day)s and decided posted entries: a new version must begin later.",
                rule=replaced.display_name, day=said_day(self.env, replaced.date_from),
            )  # fmt: skip
        return ""

    def _open_form(self):
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "name": self.env._("Draft"),
        }  # fmt: skip

    # === Made by the connector alone === #

    @contextmanager
    def _keeping_history(self):
        """While the connector itself makes versions and logs them; nothing that a client sends can say so."""
        cache, outer = self.env.cr.cache, self._is_keeping_history()
        cache[_KEEPING] = True
        try:
            yield
        finally:
            cache[_KEEPING] = outer

    def _is_keeping_history(self):
        return self.env.cr.cache.get(_KEEPING, False)

    def _check_history(self, names):
        if HISTORY & set(names) and not self._is_keeping_history():
            raise UserError(
                self.env._("Versions of rules are made by “New version from…”, and put in force by “Apply”.")
            )
