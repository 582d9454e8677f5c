from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.payouts.bank_lines import CERTAIN, BankLine, match_bank_lines
from ..ledger.amounts import amount_of
from ..ledger.entry_state import counterparts
from .payout_executor import PayoutExecutor


class EcommercePayout(models.Model):
    """Where a payout is: to review, on its way, or at the bank.

    Read from the ledger, whoever reconciled there: a bank match undone on Odoo's own screen puts the payout in transit
    again, and one made there is the payout's own.
    """

    _inherit = "ecommerce.payout"

    state = fields.Selection(
        [("draft", "To review"), ("posted", "In transit"), ("banked", "At the bank")],
        string="Status", compute="_compute_state", store=True, precompute=True, index=True, tracking=True,
        help="At the bank: its item in transit is reconciled, by the bank line or by another entry.",
    )  # fmt: skip
    in_transit_line_id = fields.Many2one(
        "account.move.line", string="Item in Transit", readonly=True, ondelete="set null", index="btree_not_null",
        help="Its own item of the payout entry; settings may name another account by now.",
    )  # fmt: skip
    bank_line_id = fields.Many2one(
        "account.bank.statement.line", compute="_compute_state", store=True, precompute=True, ondelete="set null",
        index="btree_not_null", help="Empty too if several lines or another entry settled it.",
    )  # fmt: skip

    @api.depends("amount", "move_id", "in_transit_line_id.reconciled")
    def _compute_state(self):
        for payout in self:
            item = payout.in_transit_line_id
            settled_by = counterparts(item).move_id if item.reconciled else item.move_id.browse()
            # An entry that was taken back on Odoo's own screen has brought nothing to the bank.
            settled_by -= payout.move_id.reversal_move_ids
            lines = settled_by.statement_line_id
            payout.bank_line_id = lines if len(lines) == 1 else False
            if not payout.move_id:
                payout.state = "draft"
            else:
                # Nothing will be found at the bank for a payout of nothing.
                payout.state = "banked" if settled_by or not payout.amount else "posted"

    def _bank_candidates(self):
        """Open bank statement lines that can be this payout, best first.

        :return: (statement line, BankCandidate) pairs
        :rtype: list
        """
        self.ensure_one()
        lines = self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "=", self.processor_account_id.bank_journal_id.id), ("is_reconciled", "=", False),
                ("date", ">=", self.paid_on - timedelta(days=7)), ("date", "<=", self.paid_on + timedelta(days=30)),
            ]
        )  # fmt: skip
        by_id = {line.id: line for line in lines}
        rivals = self.search(
            [
                ("id", "!=", self.id), ("state", "=", "posted"), ("currency_id", "=", self.currency_id.id),
                ("processor_account_id.bank_journal_id", "=", self.processor_account_id.bank_journal_id.id),
                ("amount", "in", lines.mapped("amount")),
            ]
        )  # fmt: skip
        found = match_bank_lines(
            self._as_core(), [self._bank_line(line) for line in lines], rivals=[rival._as_core() for rival in rivals]
        )
        return [(by_id[candidate.line.id], candidate) for candidate in found]

    @staticmethod
    def _bank_line(line):
        currency = line.currency_id
        return BankLine(
            id=line.id, date=line.date, amount=amount_of(line.amount, currency), currency=currency.name,
            text=" ".join(filter(None, [line.payment_ref, line.partner_name, line.ref, line.transaction_type])),
        )  # fmt: skip

    def action_match_bank(self):
        """Match with the one bank line that is certainly this payout; else ask."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "posted":
            raise UserError(self.env._("Post payout %(id)s before matching it with the bank.", id=self.external_id))
        candidates = self._bank_candidates()
        certain = [line for line, candidate in candidates if candidate.score >= CERTAIN]
        if len(certain) == 1:
            return self._match_bank_line(certain[0])
        return self.env["ecommerce.payout.bank"]._open(self, candidates)

    def _match_bank_line(self, line):
        with self.env.cr.savepoint():
            PayoutExecutor(self).match_bank_line(line)
