from odoo import api, fields, models
from odoo.exceptions import UserError


class EcommercePayoutBank(models.TransientModel):
    """Choose the bank line of a payout, where none or several can be it."""

    _name = "ecommerce.payout.bank"
    _description = "Match a Payout with the Bank"

    payout_id = fields.Many2one("ecommerce.payout", required=True, readonly=True)
    company_id = fields.Many2one(related="payout_id.company_id")
    currency_id = fields.Many2one(related="payout_id.currency_id")
    amount = fields.Monetary(related="payout_id.amount")
    line_ids = fields.One2many("ecommerce.payout.bank.line", "wizard_id")

    @api.model
    def _open(self, payout, candidates):
        """The wizard with its candidates, best first.

        :param list candidates: (statement line, BankCandidate) pairs
        """
        wizard = self.create(
            {
                "payout_id": payout.id,
                "line_ids": [
                    (0, 0, {"bank_line_id": line.id, "score": found.score, "reasons": "; ".join(found.reasons)})
                    for line, found in candidates
                ],
            }
        )
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": wizard.id, "view_mode": "form",
            "target": "new", "name": self.env._("Bank line of payout %(id)s", id=payout.external_id),
        }  # fmt: skip


class EcommercePayoutBankLine(models.TransientModel):
    """One bank line that can be the payout."""

    _name = "ecommerce.payout.bank.line"
    _description = "Bank Line of a Payout"
    _order = "score desc, id"

    wizard_id = fields.Many2one("ecommerce.payout.bank", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="wizard_id.company_id")
    bank_line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True)
    currency_id = fields.Many2one(related="bank_line_id.currency_id")
    date = fields.Date(related="bank_line_id.date")
    amount = fields.Monetary(related="bank_line_id.amount")
    label = fields.Char(related="bank_line_id.payment_ref")
    score = fields.Integer(readonly=True)
    reasons = fields.Char(readonly=True, string="Why")

    def action_choose(self):
        """Match the payout with this line."""
        self.ensure_one()
        payout = self.wizard_id.payout_id
        if payout.state != "posted":
            raise UserError(self.env._("Payout %(id)s is not in transit.", id=payout.external_id))
        payout._match_bank_line(self.bank_line_id)
        return {"type": "ir.actions.act_window_close"}
