from odoo import fields, models


class AccountMoveLine(models.Model):
    """Which mapping rule decided a journal item."""

    _inherit = "account.move.line"

    ecommerce_rule_id = fields.Many2one(
        "ecommerce.mapping.rule", string="Mapping Rule", readonly=True, copy=False, index="btree_not_null",
        ondelete="restrict",
    )  # fmt: skip
