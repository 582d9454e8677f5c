from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.ledger.days import said_day


class EcommerceMappingWhatifApply(models.TransientModel):
    """Asks from which day on the drafts of a what-if are to hold, and why."""

    _name = "ecommerce.mapping.whatif.apply"
    _description = "Apply Drafts from a Date on"

    whatif_id = fields.Many2one("ecommerce.mapping.whatif", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="whatif_id.company_id", store=True)
    line_ids = fields.One2many("ecommerce.mapping.whatif.apply.line", "apply_id")
    draft_count = fields.Integer(compute="_compute_draft_count")
    shared_date = fields.Date(string="All from", help="Sets the first day of all drafts below.")
    reason = fields.Char(string="Why", help="Goes into the change log.")

    @api.depends("line_ids")
    def _compute_draft_count(self):
        for wizard in self:
            wizard.draft_count = len(wizard.line_ids)

    @api.onchange("shared_date")
    def _onchange_shared_date(self):
        if self.shared_date:
            self.line_ids.date_from = self.shared_date

    def action_confirm(self):
        """Apply each draft from its day on."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the rules change: it goes into the change log."))
        for line in self.line_ids:
            last = line.rule_id.date_to
            if last and line.date_from and last < line.date_from:
                raise UserError(
                    self.env._(
                        "%(rule)s ends on %(day)s: let it begin on that day or earlier, or change its last day first.",
                        rule=line.rule_id.display_name, day=said_day(self.env, last),
                    )
                )  # fmt: skip
        self.whatif_id.reason = self.reason.strip()
        self.whatif_id._apply_from({line.rule_id: line.date_from for line in self.line_ids})
        return {"type": "ir.actions.act_window_close"}
