from odoo import api, fields, models
from odoo.exceptions import UserError

from .mapping_kinds import CHANGEABLE_IN_USE


class EcommerceMappingRule(models.Model):
    """What a rule decided already, and what must therefore stay."""

    _inherit = "ecommerce.mapping.rule"

    move_line_ids = fields.One2many("account.move.line", "ecommerce_rule_id")
    is_used = fields.Boolean(compute="_compute_is_used", help="It decided posted entries.")

    def _compute_is_used(self):
        lines = self.env["account.move.line"]._read_group(
            [("ecommerce_rule_id", "in", self.ids)], ["ecommerce_rule_id"]
        )
        # A tax of 0 % has no journal item, and Odoo's tax engine names no rule: the posting knows them all.
        postings = self.env["ecommerce.posting"]._read_group([("rule_ids", "in", self.ids)], ["rule_ids"])
        used = {rule for (rule,) in [*lines, *postings]}
        for rule in self:
            rule.is_used = rule._origin in used

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.invalidate_recordset(["is_used"])
        if used := self.filtered("is_used")[:1]:
            raise UserError(
                self.env._("%(rule)s decided posted entries and cannot be deleted. Archive it.", rule=used.display_name)
            )
