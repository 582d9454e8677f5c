from odoo import fields, models


class EcommercePayoutDiscard(models.TransientModel):
    """Ask why a payout is set aside for good."""

    _name = "ecommerce.payout.discard"
    _description = "Discard a Payout"

    payout_id = fields.Many2one(
        "ecommerce.payout", required=True, readonly=True, default=lambda self: self.env.context.get("active_id")
    )
    company_id = fields.Many2one(related="payout_id.company_id")
    reason = fields.Text(required=True)

    def action_discard(self):
        """Discard the payout, and go back to the payouts."""
        self.ensure_one()
        self.payout_id._discard(self.reason)
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_payout_action") | {
            "target": "main"
        }
