from odoo import fields, models


class AccountMove(models.Model):
    """The way back from an entry to the order or payout it books."""

    _inherit = "account.move"

    ecommerce_order_id = fields.Many2one(
        "ecommerce.order", string="Store Order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    ecommerce_corrected_move_id = fields.Many2one(
        "account.move", string="Corrects", readonly=True, copy=False, index="btree_not_null", ondelete="restrict",
        help="The entry of the store order that this one corrects.",
    )  # fmt: skip
    ecommerce_correction_ids = fields.One2many("account.move", "ecommerce_corrected_move_id", string="Corrections")

    ecommerce_posting_ids = fields.One2many("ecommerce.posting", "move_id", groups="ecommerce_connector.group_viewer")

    def action_view_ecommerce_order(self):
        """Open the store order the entry books."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "res_id": self.ecommerce_order_id.id,
            "view_mode": "form",
        }  # fmt: skip
