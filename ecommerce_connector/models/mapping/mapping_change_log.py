from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from .mapping_kinds import DECIDING

#: Context key of code that changes rules on somebody's behalf: the reason to log.
REASON = "mapping_change_reason"


class EcommerceMappingRule(models.Model):
    """Every change of a rule is logged with its reason."""

    _inherit = "ecommerce.mapping.rule"

    change_reason = fields.Char(
        string="Why", store=False, compute="_compute_change_reason", readonly=False, help="Goes into the change log."
    )
    change_ids = fields.Many2many("ecommerce.mapping.change", compute="_compute_change_ids", string="Change Log")

    def _compute_change_reason(self):
        self.change_reason = False

    def _compute_change_ids(self):
        for rule in self:
            rule.change_ids = self.env["ecommerce.mapping.change"].search(
                [("lineage_number", "=", (rule.origin_id or rule._origin).id)]
            )

    # === Changed, with a reason === #

    @api.model_create_multi
    def create(self, vals_list):
        """Add rules; each that is no draft needs a reason, and is logged."""
        vals_list = [dict(vals) for vals in vals_list]
        reasons = [self._reason_given(vals.pop("change_reason", None)) for vals in vals_list]
        self._check_history(name for vals in vals_list for name, value in vals.items() if value and name != "is_draft")
        rules, added = super().create(vals_list), defaultdict(list)
        for rule, reason in zip(rules, reasons, strict=True):
            if not rule.is_draft:
                added[reason].append((rule, "added", rule._changes_from(self.browse())))
        if "" in added:
            raise UserError(self.env._("Say why the rule is added: it goes into the change log."))
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
        reason = self._reason_given(vals.pop("change_reason", None))
        if not self._is_keeping_history():
            self._check_days_stay(vals)
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
        if reason := self._reason_given():
            gone = self.filtered(lambda rule: not rule.is_draft)
            self._log_all([(rule, "deleted", rule._all_that_was()) for rule in gone], reason)
        self._forget_rulebooks()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_without_reason(self):
        if not self._reason_given() and any(not rule.is_draft for rule in self):
            raise UserError(
                self.env._("Say why the rule is deleted: choose “Delete…” in its Actions menu, which asks for it.")
            )

    def action_archive(self):
        """Archive; asks why if nobody said so."""
        return self._ask_why("archive") or super().action_archive()

    def action_unarchive(self):
        """Restore; asks why if nobody said so."""
        return self._ask_why("restore") or super().action_unarchive()

    def _ask_why(self, action):
        """The wizard that asks for the reason; None if there is one, or no need of one."""
        if self._reason_given() or all(rule.is_draft for rule in self):
            return None
        return self._open_why(action)

    def _open_why(self, action):
        """The wizard that asks for the reason and then does it."""
        self.check_access("write")
        wizard = self.env["ecommerce.mapping.reason"].create(
            {"rule_ids": [(6, 0, self.ids)], "company_id": self.company_id[:1].id, "action": action}
        )
        return {
            "type": "ir.actions.act_window", "name": self.env._("Why?"), "res_model": wizard._name,
            "res_id": wizard.id, "view_mode": "form", "views": [(False, "form")], "target": "new",
        }  # fmt: skip

    @api.model
    def _reason_given(self, said=None):
        """The reason for the change log, said or in the context; empty if there is none."""
        return (said or self.env.context.get(REASON) or "").strip()

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

    def _all_that_was(self):
        """Field -> [old, nothing], as text, of a rule that goes."""
        return {name: [old, ""] for name, old in self._snapshot().items() if old and name != "active"}

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
                rule._log("reposted", reason, {}, decided, told=rule._entries_text(decided))
        if left and self:  # what another rule decides now, because this one does not any more
            self[0]._log("reposted", reason, {}, left, told=self._entries_text(left))

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
                    "lineage_number": (rule.origin_id or rule).id, "rule_name": rule.display_name, "kind": rule.kind,
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
