from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.mapping.mapping_change_log import REASON


class EcommerceMappingReason(models.TransientModel):
    """Asks why rules are deleted, archived, restored or applied, and does it."""

    _name = "ecommerce.mapping.reason"
    _description = "Why Rules Go or Come Back"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self._default_rules().company_id[:1]
    )
    rule_ids = fields.Many2many(
        "ecommerce.mapping.rule", required=True, string="Rules", check_company=True,
        default=lambda self: self._default_rules(), context={"active_test": False},
    )  # fmt: skip
    action = fields.Selection(
        [("delete", "Delete"), ("archive", "Archive"), ("restore", "Restore"), ("apply", "Apply")],
        required=True, default="delete",
    )  # fmt: skip
    needs_reason = fields.Boolean(compute="_compute_needs_reason", help="Drafts go without one.")
    reason = fields.Char(string="Why", help="Goes into the change log.")

    @api.model
    def _default_rules(self):
        """The rules that were selected."""
        rules = self.env["ecommerce.mapping.rule"]
        if self.env.context.get("active_model") != rules._name:
            return rules
        return rules.browse(self.env.context.get("active_ids") or [])

    @api.depends("action", "rule_ids")
    def _compute_needs_reason(self):
        for wizard in self:
            wizard.needs_reason = wizard.action == "apply" or any(not rule.is_draft for rule in wizard.rule_ids)

    def action_confirm(self):
        """Do it."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if self.needs_reason and not reason:
            raise UserError(self.env._("Say why: it goes into the change log."))
        rules = self.rule_ids.with_context(**{REASON: reason})
        if self.action == "delete":
            return self._delete(rules)
        if self.action == "apply":
            return self._tell(rules._apply_and_tell(reason))
        rules.write({"active": self.action == "restore"})
        return {"type": "ir.actions.act_window_close"}

    def _tell(self, what):
        """What holds now, in a message; the dialog closes."""
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {
                "type": "success", "title": self.env._("Applied"), "message": what, "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }  # fmt: skip

    def _delete(self, rules):
        of_drafts = all(rule.is_draft for rule in rules)
        rules.unlink()
        name = "ecommerce_mapping_rule_draft_action" if of_drafts else "ecommerce_mapping_rule_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(f"ecommerce_connector.{name}")
        return action | {"target": "main"}  # a form of what is gone must not stay open
