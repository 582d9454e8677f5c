from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger.days import said_day
from .mapping_kinds import DECIDING

#: What a draft changes besides its days, which stand apart.
_SHOWN = tuple(name for name in DECIDING if name not in ("active", "company_id", "date_from", "date_to"))


class EcommerceMappingRule(models.Model):
    """Drafts as a person decides on them: what they change, and whether they can be applied as they are."""

    _inherit = "ecommerce.mapping.rule"

    draft_state = fields.Selection(
        [("ready", "Ready"), ("same", "Changes nothing"), ("undated", "Needs a day"), ("stale", "Out of date")],
        compute="_compute_draft_state", string="Status",
        help="Out of date: another version was applied meanwhile on days of this draft, or its rule was archived.",
    )  # fmt: skip
    draft_problem = fields.Text(compute="_compute_draft_state", string="What to Do")
    change_summary = fields.Text(compute="_compute_change_summary", string="What Changes")

    @api.depends(
        "is_draft",
        "ends_rule",
        "previous_id",
        "date_from",
        *_SHOWN,
        "target",
        *(f"previous_id.{name}" for name in _SHOWN),
    )
    def _compute_change_summary(self):
        before = self._holding_before()
        for rule in self:
            rule.change_summary = rule.is_draft and rule._what_changes(before.get(rule, rule.browse()))

    def _holding_before(self):
        """Drafts -> what holds before their first day: the way back from a lower rate comes after the way there.

        The other drafts of the rule are taken to be applied by then.
        """
        found = {}
        for draft, family in self._families(drafts_too=True).items():
            earlier = family.filtered(
                lambda rule, draft=draft: (
                    rule != draft._origin
                    and rule.version > draft.previous_id.version
                    and draft.previous_id._first_day() < rule._first_day() < draft._first_day()
                )
            )
            found[draft] = earlier.sorted(lambda rule: rule._first_day())[-1:] or draft.previous_id
        return found

    def _families(self, *, drafts_too=False):
        """Drafts that replace something -> all versions of it that are not archived."""
        drafts = self.filtered(lambda rule: rule.is_draft and rule.previous_id)
        origins = [(draft.previous_id.origin_id or draft.previous_id).id for draft in drafts]
        domain = ["|", ("id", "in", origins), ("origin_id", "in", origins), ("active", "=", True)]
        versions = self.search([*domain, *([] if drafts_too else [("is_draft", "=", False)])])
        families = versions.grouped(lambda rule: (rule.origin_id or rule).id)
        return {draft: families.get(origin, self.browse()) for draft, origin in zip(drafts, origins, strict=True)}

    def _first_day(self):
        return self.date_from or date.min

    def _what_changes(self, replaced):
        """What a draft changes, old → new, a field a line; empty if nothing but days.

        :param replaced: what holds before it; none: it adds a rule
        """
        if not replaced:
            return self.env._("New rule → %(target)s", target=self.target)
        if self.ends_rule:
            return self.env._("Ends the rule: %(target)s → nothing", target=replaced.target)
        old, new = replaced._snapshot(), self._snapshot()
        changed = {name: [old[name], new[name]] for name in _SHOWN if old[name] != new[name]}
        return self._summary("version", changed) if changed else ""

    @api.depends("is_draft", "previous_id", "date_from", "date_to", "change_summary")
    def _compute_draft_state(self):
        overtaken = self._overtaken()
        for rule in self:
            rule.draft_state, rule.draft_problem = rule._draft_standing(overtaken) if rule.is_draft else (False, False)

    def _draft_standing(self, overtaken):
        if self in overtaken:
            return "stale", self._why_stale(overtaken[self])
        if problem := self._first_day_problem():
            return "undated", problem
        is_ended = self.ends_rule and self.date_from and self.previous_id.date_to
        if is_ended and self.previous_id.date_to < self.date_from:
            return "same", self.env._("The rule has ended by then. Discard the draft.")
        if not self.change_summary:
            return "same", self.env._("It says the same as what holds before it. Change it, or discard it.")
        return "ready", False

    # === Out of date === #

    def _overtaken(self):
        """Drafts that are out of date -> the version in force that has days of theirs; none if their rule is archived.

        A version that leaves the draft its days does not make it so: a rate that is lowered for some months is two
        drafts, and the second is applied after the first. Nor do versions before the one that it replaces.

        :rtype: dict
        """
        found = {}
        for draft, family in self._families().items():
            newer = family.filtered(lambda rule, draft=draft: rule.version > draft.previous_id.version)
            meeting = newer.filtered(draft._shares_days)
            if meeting or not family:
                found[draft] = meeting.sorted(lambda rule: rule._first_day())[:1]
        return found

    def _shares_days(self, other):
        last, others_last = (self.date_to or date.max), (other.date_to or date.max)
        return self._first_day() <= others_last and other._first_day() <= last

    def _why_stale(self, version):
        """Why a draft is out of date, and what to do.

        :param version: as of ``_overtaken``
        """
        if not version:
            return self.env._("The rule it was made for is archived. Discard the draft, or restore the rule first.")
        return self.env._(
            "%(version)s was applied meanwhile and holds on days of this draft (%(days)s). Discard the draft, or renew "
            "it: it then takes the place of that version.", version=version.display_name, days=version._days_text(),
        )  # fmt: skip

    def _days_text(self):
        """From when until when it holds, as people write it."""
        first, last = (day and said_day(self.env, day) for day in (self.date_from, self.date_to))
        if first and last:
            return self.env._("from %(first)s until %(last)s", first=first, last=last)
        if first or last:
            return self.env._("from %(day)s", day=first) if first else self.env._("until %(day)s", day=last)
        return self.env._("always")

    def _check_up_to_date(self):
        """Refuse drafts that are out of date.

        :raises UserError: naming them, with what to do
        """
        if overtaken := self._overtaken():
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(rule)s is out of date. %(why)s", rule=draft.display_name, why=draft._why_stale(version)
                    )
                    for draft, version in overtaken.items()
                )
            )

    def action_renew(self):
        """Let drafts that are out of date take the place of the version that has their days."""
        for draft, version in self._overtaken().items():
            if not version:
                raise UserError(self.env._("%(rule)s: %(why)s", rule=draft.display_name, why=draft._why_stale(version)))
            newest = max((draft._versions() - draft).mapped("version"))
            with self._keeping_history():
                draft.write({"previous_id": version.id, "version": newest + 1})
        return True

    def _apply_and_tell(self, reason, *, looked_at=False):
        """Put drafts in force, as ``_apply`` does.

        :return: what holds now and what has ended, a line each
        :rtype: str
        """
        drafts = self.filtered("is_draft")
        ending, replaced = drafts.filtered("ends_rule"), drafts.previous_id
        ended = ending.previous_id
        drafts._apply(reason, looked_at=looked_at)
        holding = [
            self.env._("%(rule)s → %(target)s holds %(days)s.", rule=rule.display_name, target=rule.target,
                       days=rule._days_text())
            for rule in (drafts - ending).sorted(lambda rule: (rule._first_day(), rule.id))
        ]  # fmt: skip
        return "\n".join([*holding, *(rule._tell_end(nothing_follows=rule in ended) for rule in replaced)])

    def _tell_end(self, *, nothing_follows):
        said = {"rule": self.display_name, "target": self.target}
        if not self.active:
            return self.env._("%(rule)s → %(target)s is archived: no day is left to it.", **said)
        said["day"] = said_day(self.env, self.date_to)
        if nothing_follows:
            return self.env._("%(rule)s → %(target)s ended on %(day)s; nothing takes its place.", **said)
        return self.env._("%(rule)s → %(target)s ended on %(day)s.", **said)

    def action_discard(self):
        """Delete drafts; what is in force stays."""
        self.filtered("is_draft").unlink()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ecommerce_connector.ecommerce_mapping_rule_draft_action"
        )
        return action | {"target": "main"}  # a form of what is gone must not stay open
