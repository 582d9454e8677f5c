from odoo import fields, models


class AccountMove(models.Model):
    """The way back from an entry to the proposal that it was accepted as."""

    _inherit = "account.move"

    ecommerce_period_proposal_id = fields.Many2one(
        "ecommerce.period.proposal", string="Period-end Proposal", readonly=True, copy=False, index="btree_not_null",
        ondelete="restrict",
    )  # fmt: skip

    def action_view_ecommerce_proposal(self):
        """Open the proposal that the entry was accepted as."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.period.proposal", "view_mode": "form",
            "res_id": self.ecommerce_period_proposal_id.id,
        }  # fmt: skip
