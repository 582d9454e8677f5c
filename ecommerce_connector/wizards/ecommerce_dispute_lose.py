from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.disputes.document import DisputeState
from ..core.disputes.standing import Outcome
from ..core.disputes.text import to_text
from ..models.ledger.amounts import amount_of


class EcommerceDisputeLose(models.TransientModel):
    """Decide that a dispute is lost: when, how much of it, and whether the tax comes back."""

    _name = "ecommerce.dispute.lose"
    _description = "Lose a Dispute"

    dispute_id = fields.Many2one("ecommerce.dispute", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="dispute_id.company_id")
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    open_amount = fields.Monetary(related="dispute_id.open_amount")
    pending = fields.Monetary(related="dispute_id.pending")
    lost_on = fields.Date(
        required=True, default=fields.Date.context_today,
        help="The entry carries this date, or the first open day after a lock date.",
    )  # fmt: skip
    extent = fields.Selection(
        [("whole", "All that is not given back"), ("part", "A part")], string="Lost", default="whole", required=True
    )
    amount = fields.Monetary(string="Amount Lost", help="With the tax in it.")
    tax_relief = fields.Boolean(
        compute="_compute_tax_relief", store=True, readonly=False, precompute=True,
        help="The tax in it is booked back, in the proportion of the order's taxes.",
    )  # fmt: skip
    plan_text = fields.Text(string="Plan", compute="_compute_plan_text")

    @api.depends("dispute_id")
    def _compute_tax_relief(self):
        for wizard in self:
            wizard.tax_relief = wizard.dispute_id.store_id.dispute_tax_relief

    @api.depends("dispute_id", "lost_on", "extent", "amount", "tax_relief")
    def _compute_plan_text(self):
        for wizard in self:
            plan = wizard.dispute_id and wizard.lost_on and wizard.dispute_id._plan(wizard._outcome())
            wizard.plan_text = to_text(plan) if plan else False

    def _outcome(self):
        is_part = self.extent == "part"
        return Outcome(
            state=DisputeState.PARTLY_LOST if is_part else DisputeState.LOST, on=self.lost_on,
            tax_relief=self.tax_relief, lost=amount_of(self.amount, self.currency_id) if is_part else None,
        )  # fmt: skip

    def action_lose(self):
        """Book the loss."""
        self.ensure_one()
        outcome = self._outcome()
        self.dispute_id._check_undecided()
        if outcome.lost is not None and outcome.lost <= 0:
            raise UserError(self.env._("Say how much of the dispute is lost."))
        self.dispute_id._decide(outcome.state, outcome.on, lost=outcome.lost, tax_relief=outcome.tax_relief)
        return {"type": "ir.actions.act_window_close"}
