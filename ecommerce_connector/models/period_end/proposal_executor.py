"""Accepted proposals → the ledger: the entry on the period's last day, and what takes it back."""

from odoo.exceptions import UserError

from ...core.period_end.entry import Part, entries
from ..gift_cards.foreseen_breakage import ForeseenBreakage
from ..ledger.amounts import amount_of, float_of
from ..ledger.days import said_day
from ..ledger.entry_state import standing_reversals, why_fallen
from ..ledger.lock_dates import why_closed
from ..ledger.quiet import quiet


class ProposalExecutor:
    """Writes the entries of one proposal.

    :param ecommerce.period.proposal proposal: that may be accepted
    """

    def __init__(self, proposal):
        self.proposal = quiet(proposal).with_company(proposal.company_id)
        self.env = self.proposal.env

    def journal(self):
        """Where its entries are made: a general journal, which neither sales nor purchase lock dates close."""
        proposal = self.proposal
        if proposal.store_id:
            return proposal.store_id.correction_journal_id
        return proposal.processor_account_id.payout_journal_id

    def post(self):
        """Create and post what the proposal says.

        :rtype: account.move
        """
        moves = self._breakage() if self.proposal.kind == "breakage" else self._entries()
        moves.ecommerce_period_proposal_id = self.proposal
        if late := moves.filtered(lambda move: move.date not in self._days()):
            # Odoo moves an entry of a locked day by itself; a period must not get what it was not computed for.
            raise UserError(
                self.env._(
                    "Odoo would book %(entry)s on %(day)s.", entry=late[0].name, day=said_day(self.env, late[0].date)
                )
            )
        return moves

    def _days(self):
        return {self.proposal.day} | set(self.proposal.line_ids.mapped("reversed_on"))

    # === Taking an acceptance back === #

    def undo(self):
        """Reverse what accepting posted, each entry on its own day, so that no period keeps anything of it.

        :rtype: account.move
        :raises UserError: if an entry does not stand as it was posted, or its day is closed
        """
        standing = self._standing()
        for move in standing:
            if problem := self._why_reversed(move, standing) if move.state == "posted" else why_fallen(move):
                raise UserError(
                    self.env._("%(entry)s %(problem)s: take that back first.", entry=move.name, problem=problem)
                )
            if closed := why_closed(move.company_id, move.journal_id, move.date, has_tax=False):
                raise UserError(closed)
        standing.line_ids.remove_move_reconcile()
        values = [{"date": move.date, "ref": self.env._("Undone: %(ref)s", ref=move.ref)} for move in standing]
        reversals = standing._reverse_moves(values, cancel=True)
        reversals.ecommerce_period_proposal_id = self.proposal
        return reversals

    def _standing(self):
        """Entries that were not undone; what undoes one has its day, what takes one back a later one."""
        undone = self.proposal.move_ids.filtered(
            lambda move: move.reversed_entry_id and move.reversed_entry_id.date == move.date
        )
        return self.proposal.move_ids - undone - undone.reversed_entry_id

    def _why_reversed(self, move, standing):
        by_hand = standing_reversals(move) - standing
        return by_hand and self.env._("was reversed by %(entries)s", entries=", ".join(by_hand.mapped("name")))

    # === Accruals and deferrals === #

    def _entries(self):
        proposal, moves = self.proposal, self.env["account.move"]
        if proposal.store_id:
            proposal.store_id._ensure_correction_journal()
        parts = [
            Part(
                account=line.account_id.id, balance=amount_of(line.balance, proposal.currency_id),
                reversed_on=line.reversed_on or None,
            )
            for line in proposal.line_ids
        ]  # fmt: skip
        for entry in entries(proposal.day, parts, proposal.counterpart_account_id.id):
            # The first is the entry itself. Odoo reconciles what reverses it, where an account allows that.
            moves |= self._post(entry, moves[:1])
        return moves

    def _post(self, entry, reversed_move):
        ref = self.proposal.display_name
        move = self.env["account.move"].with_context(skip_invoice_sync=True).create(
            {
                "move_type": "entry", "journal_id": self.journal().id, "date": entry.day,
                "ref": self.env._("Taken back: %(ref)s", ref=ref) if reversed_move else ref,
                "reversed_entry_id": reversed_move.id,
                "line_ids": [
                    (0, 0, {
                        "account_id": account, "balance": float_of(balance), "name": ref, "tax_ids": [(6, 0, [])],
                        "currency_id": self.proposal.currency_id.id, "amount_currency": float_of(balance),
                    })
                    for account, balance in entry.items
                ],
            }
        ).with_env(self.env)  # fmt: skip
        move.action_post()
        return move

    # === Breakage === #

    def _breakage(self):
        """Cards one by one where they are named, else what is expected of all together."""
        proposal, moves = self.proposal, self.env["account.move"]
        for line in proposal.line_ids:
            if line.gift_card_id:
                moves |= line.gift_card_id._expire(on=proposal.day)
            else:
                amount = amount_of(line.balance, proposal.currency_id)
                breakage = ForeseenBreakage(proposal.store_id, proposal.currency_id)
                moves |= breakage.recognize(line.account_id, amount, proposal.day)
        return moves
