from collections import defaultdict
from contextlib import contextmanager
from datetime import date, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .mapping_kinds import CHANGEABLE_IN_USE, DECIDING

#: Context key of code that changes rules on somebody's behalf: the reason to log.
REASON = "mapping_change_reason"
#: What says which version a rule is; written by the connector alone.
HISTORY = frozenset({"is_draft", "version", "previous_id", "origin_id"})
_KEEPING = "ecommerce_mapping_keeping_history"


class EcommerceMappingRule(models.Model):
    """Versions of rules: drafts, what is frozen, and the log of every change."""

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
    version_ids = fields.Many2many("ecommerce.mapping.rule", compute="_compute_version_ids", string="Versions")
    move_line_ids = fields.One2many("account.move.line", "ecommerce_rule_id")
    is_used = fields.Boolean(compute="_compute_is_used", help="It decided posted entries.")
    change_reason = fields.Char(
        string="Why", store=False, compute="_compute_change_reason", readonly=False, help="Goes into the change log."
    )
    change_ids = fields.Many2many("ecommerce.mapping.change", compute="_compute_change_ids", string="Change Log")

    def _compute_change_reason(self):
        self.change_reason = False

    def _compute_is_used(self):
        lines = self.env["account.move.line"]._read_group(
            [("ecommerce_rule_id", "in", self.ids)], ["ecommerce_rule_id"]
        )
        # A tax of 0 % has no journal item, and Odoo's tax engine names no rule: the posting knows them all.
        postings = self.env["ecommerce.posting"]._read_group([("rule_ids", "in", self.ids)], ["rule_ids"])
        used = {rule for (rule,) in [*lines, *postings]}
        for rule in self:
            rule.is_used = rule._origin in used

    def _compute_version_ids(self):
        for rule in self:
            rule.version_ids = rule._versions()

    def _versions(self):
        """All versions of the rule, drafts and archived ones too, oldest first."""
        first = self.origin_id or self._origin
        return self.with_context(active_test=False).search(
            ["|", ("id", "=", first.id), ("origin_id", "=", first.id)], order="version, id"
        )

    def _compute_change_ids(self):
        for rule in self:
            rule.change_ids = self.env["ecommerce.mapping.change"].search(
                [("lineage_number", "=", (rule.origin_id or rule._origin).id)]
            )

    # === New versions === #

    def action_new_version(self):
        """Open a draft that takes this rule's place from a day on."""
        self.ensure_one()
        return self._draft_version()._open_form()

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
            if vals["date_to"] and fields.Date.to_date(vals["date_to"]) < fields.Date.to_date(vals["date_from"]):
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
        """Put drafts in force, all or none."""
        self._apply(self.change_reason if len(self) == 1 else None)

    def _apply(self, reason):
        """Put drafts in force: each ends what it replaces on the day before.

        :param str reason: for the change log
        """
        drafts = self.filtered("is_draft")
        reason = reason or self.env.context.get(REASON)
        if not reason:
            raise UserError(self.env._("Say why the rules change: it goes into the change log."))
        rules = drafts.with_context(**{REASON: reason})
        ending = rules.filtered("ends_rule")
        with (
            self._keeping_history(),
            self._ties_checked_together(),
        ):  # what a draft replaces may have decided between two others
            rules.filtered("previous_id")._take_places()
            (rules - ending).write({"is_draft": False})
        self._log_all(
            [
                (draft, "version" if draft.previous_id else "added", draft._changes_from(draft.previous_id))
                for draft in rules - ending
            ],
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
            self._log_all([(rule, action, changed) for rule, changed in zip(replaced, changes, strict=True)],
                          self.env.context[REASON])  # fmt: skip

    def _last_day_of_replaced(self):
        """The last day of the rule that the draft replaces; None if no day is left to it."""
        replaced = self.previous_id
        if replaced.date_from and self.date_from <= replaced.date_from:
            return None
        last = self.date_from - timedelta(days=1)
        return min(last, replaced.date_to or last)

    def _check_first_day(self):
        """A new version has a first day, which comes after that of what it replaces if this was used.

        :raises ValidationError: naming the rule
        """
        replaced = self.previous_id
        if not self.date_from:
            raise ValidationError(
                self.env._("%(rule)s: choose the first day of the new version.", rule=self.display_name)
            )
        if replaced.date_from and self.date_from <= replaced.date_from and replaced.is_used:
            raise ValidationError(
                self.env._(
                    "%(rule)s begins on %(day)s and decided posted entries: a new version must begin later.",
                    rule=replaced.display_name, day=replaced.date_from,
                )
            )  # fmt: skip

    def _open_form(self):
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "name": self.env._("Draft"),
        }  # fmt: skip

    # === Frozen, and logged === #

    @api.model_create_multi
    def create(self, vals_list):
        """Add rules; each that is no draft is logged."""
        vals_list = [dict(vals) for vals in vals_list]
        reasons = [vals.pop("change_reason", None) for vals in vals_list]
        self._check_history(name for vals in vals_list for name, value in vals.items() if value and name != "is_draft")
        rules = super().create(vals_list)
        usual, added = self.env.context.get(REASON) or self.env._("New rule"), defaultdict(list)
        for rule, reason in zip(rules, reasons, strict=True):
            if not rule.is_draft:
                added[reason or usual].append((rule, "added", rule._changes_from(self.browse())))
        for reason, entries in added.items():
            self._log_all(entries, reason)
        rules._forget_rulebooks()
        return rules

    def write(self, vals):
        """Change rules; each change needs a reason, and what decided a posted entry is frozen."""
        vals = dict(vals)
        self._check_history(vals)
        if "ends_rule" in vals and self.filtered(lambda rule: not rule.is_draft):
            raise UserError(self.env._("Only a draft can end a rule: set the last day of this one."))
        reason = vals.pop("change_reason", None) or self.env.context.get(REASON)
        before = {rule: rule._snapshot() for rule in self if not rule.is_draft} if set(vals) & set(DECIDING) else {}
        result = super().write(vals)
        changes = {
            rule: {name: [old[name], new[name]] for name in DECIDING if old[name] != new[name]}
            for rule, old in before.items()
            for new in [rule._snapshot()]
        }
        changes = {rule: changed for rule, changed in changes.items() if changed}
        self._check_frozen(changes)
        if changes and not self._is_keeping_history():
            if not reason:
                raise UserError(self.env._("Say why the rule changes: it goes into the change log."))
            self._log_all([(rule, rule._action_of(changed), changed) for rule, changed in changes.items()], reason)
        self._forget_rulebooks()
        return result

    def unlink(self):
        """Only what never decided an entry; the log keeps the rule's last word."""
        reason = self.env.context.get(REASON) or self.env._("Deleted before it was used")
        for rule in self.filtered(lambda rule: not rule.is_draft):
            rule._log("deleted", reason, {})
        self._forget_rulebooks()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.invalidate_recordset(["is_used"])
        if used := self.filtered("is_used")[:1]:
            raise UserError(
                self.env._("%(rule)s decided posted entries and cannot be deleted. Archive it.", rule=used.display_name)
            )

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
                self.env._("Versions of rules are made by “New Version from…”, and put in force by “Apply”.")
            )

    def _check_frozen(self, changes):
        frozen = self.browse([rule.id for rule, changed in changes.items() if set(changed) - CHANGEABLE_IN_USE])
        frozen.invalidate_recordset(["is_used"])
        if used := frozen.filtered("is_used")[:1]:
            raise UserError(
                self.env._(
                    "%(rule)s decided posted entries and cannot be changed. Make a new version of it from a day on.",
                    rule=used.display_name,
                )
            )

    @staticmethod
    def _action_of(changed):
        if set(changed) == {"active"}:
            return "restored" if changed["active"][1] else "archived"
        return "ended" if set(changed) == {"date_to"} else "changed"

    def _snapshot(self):
        """The deciding fields as text, as the log keeps them."""
        self.ensure_one()
        return {name: self._as_text(name) for name in DECIDING}

    def _as_text(self, name):
        value, field = self[name], self._fields[name]
        if field.relational:
            return value.display_name or ""
        if name == "analytic_distribution":
            return ", ".join(f"{ids}: {percent}" for ids, percent in sorted((value or {}).items()))
        return "" if value is False or value is None else str(value)

    def _changes_from(self, other):
        """Field -> [old, new], as text; all that is set if there was none before."""
        old = other._snapshot() if other else dict.fromkeys(DECIDING, "")
        new = self._snapshot()
        return {name: [old[name], new[name]] for name in DECIDING if old[name] != new[name] and name != "active"}

    def _log_reposted(self, reason, moves):
        """Log what was booked anew: with each rule the entries that it or its predecessor decided.

        :param str reason: why the rules changed
        :param account.move moves: correcting entries, and those of orders that could not be booked before
        """
        left = moves
        for rule in self:
            decided = moves.filtered(
                lambda move, rule=rule: move.line_ids.ecommerce_rule_id & (rule | rule.previous_id)
            )
            left -= decided
            if decided:
                rule._log("reposted", reason, {}, decided)
        if left and self:  # what another rule decides now, because this one does not any more
            self[0]._log("reposted", reason, {}, left)

    def _log(self, action, reason, changed, moves=(), *, told=""):
        """One line of the change log, and the same in the chatter."""
        self.ensure_one()
        return self._log_all([(self, action, changed)], reason, moves, told=told)

    @api.model
    def _log_all(self, entries, reason, moves=(), *, told=""):
        """Lines of the change log, and the same in the chatters.

        :param list entries: (rule, action, changed field -> [old, new]) tuples, each rule once
        :param moves: entries that were posted because of it
        :param str told: what happened, a thing a line, where no field changed
        """
        summaries = [told or rule._summary(action, changed) for rule, action, changed in entries]
        # sudo: nobody may write the log but the connector; who did it is in the line.
        changes = self.env["ecommerce.mapping.change"].sudo().create(
            [
                {
                    "company_id": rule.company_id.id, "store_name": rule.store_id.name, "rule_number": rule.id,
                    "lineage_number": (rule.origin_id or rule).id, "rule_name": rule._full_name(), "kind": rule.kind,
                    "action": action, "user_id": self.env.uid, "reason": reason, "values": changed,
                    "summary": summary, "effective_from": rule.date_from,
                    "move_ids": [(6, 0, [move.id for move in moves])],
                }
                for (rule, action, changed), summary in zip(entries, summaries, strict=True)
            ]
        )  # fmt: skip
        bodies = {
            rule.id: Markup("<br/>").join([reason, *summary.splitlines()])
            for (rule, action, _changed), summary in zip(entries, summaries, strict=True)
            if action not in ("added", "deleted")
        }
        if bodies:
            self.browse(bodies)._message_log_batch(bodies)
        return changes

    def _summary(self, action, changed):
        """What changed, a field a line."""
        return "\n".join(
            f"{self._label(name)}: {old or '∅'} → {new or '∅'}" if action != "added" else f"{self._label(name)}: {new}"
            for name, (old, new) in changed.items()
        )
