from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..core.period_end.cutoff import month_end
from ..models.ledger.days import said_day
from ..models.period_end.proposing import PeriodEnd


class EcommercePeriodEnd(models.TransientModel):
    """Computes the proposals for the end of a month."""

    _name = "ecommerce.period.end"
    _description = "End of a Period"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )  # fmt: skip
    day = fields.Date(
        string="Period To", required=True, help="The month with this day is looked at, up to its last day.",
        default=lambda self: fields.Date.context_today(self).replace(day=1) - timedelta(days=1),
    )  # fmt: skip
    state = fields.Selection(
        [("new", "New"), ("computed", "Computed")], string="Status", default="new", readonly=True, required=True
    )
    notes = fields.Text(string="Left Out", readonly=True)
    proposal_ids = fields.Many2many("ecommerce.period.proposal", readonly=True)
    proposal_count = fields.Integer(compute="_compute_proposal_count")

    def _compute_proposal_count(self):
        for wizard in self:
            wizard.proposal_count = len(wizard.proposal_ids)

    def action_compute(self):
        """Compute the proposals of the month again; what is accepted or dismissed stays."""
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("%(company)s is not among your companies.", company=self.company_id.name))
        self.env["ecommerce.period.proposal"].check_access("write")
        self.day = month_end(self.day)
        period = PeriodEnd(self.company_id, self.day)
        proposals = period.propose()
        self.write(
            {"state": "computed", "proposal_ids": [(6, 0, proposals.ids)], "notes": "\n".join(period.notes) or False}
        )
        if proposals and not period.notes:
            return self.action_view_proposals()
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "target": "new", "name": self.env._("End of a Period"),
        }  # fmt: skip

    def action_view_proposals(self):
        """Open what was computed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.period.proposal", "view_mode": "list,form",
            "name": self.env._("Proposals to %(day)s", day=said_day(self.env, self.day)),
            "domain": [("id", "in", self.proposal_ids.ids)],
        }  # fmt: skip
