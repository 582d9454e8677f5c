from odoo import fields, models


class EcommerceMappingWhatifApplyLine(models.TransientModel):
    """One draft that is about to be applied, and the first day that is chosen for it."""

    _name = "ecommerce.mapping.whatif.apply.line"
    _description = "Draft to Apply"
    _order = "id"

    apply_id = fields.Many2one("ecommerce.mapping.whatif.apply", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="apply_id.company_id", store=True)
    rule_id = fields.Many2one("ecommerce.mapping.rule", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(string="Draft", readonly=True)
    change_summary = fields.Text(related="rule_id.change_summary")
    own_date = fields.Date(string="Its Own First Day", readonly=True, help="By which the figures were computed.")
    date_from = fields.Date(string="Apply from", help="Its first day; empty: always, if the rule always held.")
    date_to = fields.Date(related="rule_id.date_to", string="Until")
