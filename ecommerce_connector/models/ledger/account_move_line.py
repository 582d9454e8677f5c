from odoo import fields, models


class AccountMoveLine(models.Model):
    """Which mapping rule decided a journal item, and of which order it is where an invoice is of several."""

    _inherit = "account.move.line"

    ecommerce_rule_id = fields.Many2one(
        "ecommerce.mapping.rule", string="Mapping Rule", readonly=True, copy=False, index="btree_not_null",
        ondelete="restrict",
    )  # fmt: skip
    ecommerce_order_id = fields.Many2one(
        "ecommerce.order", string="Store Order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict",
        help="Of an invoice of several orders: the order that this part is owed for.",
    )  # fmt: skip

    def _compute_name(self):
        """What is owed for one of several orders is called by its number: their invoice has a number for all."""
        result = super()._compute_name()
        # sudo: the number of an order is no secret to whoever reads its journal item.
        for line in self.filtered(lambda line: line.display_type == "payment_term" and line.ecommerce_order_id):
            line.name = line.sudo().ecommerce_order_id.number
        return result
