from odoo import fields, models


class EcommercePeriodProposalLine(models.Model):
    """What a proposed entry has on one account, and for what."""

    _name = "ecommerce.period.proposal.line"
    _description = "Line of a Period-end Proposal"
    _order = "id"

    proposal_id = fields.Many2one(
        "ecommerce.period.proposal", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="proposal_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="proposal_id.currency_id")
    account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    name = fields.Char(string="For", readonly=True)
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="restrict", index="btree_not_null")
    gift_card_id = fields.Many2one("ecommerce.gift.card", readonly=True, ondelete="restrict", index="btree_not_null")
    balance = fields.Monetary(readonly=True, help="On the account, debit positive.")
    reversed_on = fields.Date(readonly=True, help="The day that takes it back; empty: it stays.")
