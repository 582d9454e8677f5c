"""A planned payout → the ledger, and the way back. The only code that writes payout entries."""

import hashlib

from odoo.exceptions import UserError

from ..core.currencies import unit
from ..core.payouts import LineRole
from ..core.rounding import quantize, total
from .amounts import decimal_of, float_of


class PayoutExecutor:
    """Writes one payout."""

    def __init__(self, payout):
        self.payout = payout.with_company(payout.company_id)
        self.env = self.payout.env
        self.account = payout.processor_account_id
        self.company = payout.company_id

    def execute(self, plan):
        """Create, post and reconcile the entry of a complete plan.

        :param PayoutPlan plan: complete
        """
        move = self.env["account.move"].create(
            {
                "move_type": "entry", "journal_id": self.account.payout_journal_id.id, "date": plan.date,
                "ref": self._reference(), "line_ids": [(0, 0, vals) for vals in self._lines(plan)],
            }
        )  # fmt: skip
        move.action_post()
        self._settle(plan, move)
        self.env["ecommerce.posting"].create(
            {
                "company_id": self.company.id, "processor_account_id": self.account.id, "payout_id": self.payout.id,
                "kind": "payout", "external_id": self.payout.external_id, "version": len(self.payout.posting_ids) + 1,
                "fingerprint": self._fingerprint(plan), "true_date": plan.true_date, "move_id": move.id,
            }
        )  # fmt: skip
        self.payout.write({"state": "posted", "move_id": move.id})

    def _reference(self):
        return " ".join(filter(None, [self.account.name, self.payout.external_id]))

    @staticmethod
    def _fingerprint(plan):
        facts = [(line.role.value, line.amount, line.transaction_ids) for line in plan.lines]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def _lines(self, plan):
        currency, step = self.payout.currency_id, unit(self.company.currency_id.name)
        rate = self._rate(plan.true_date)
        balances = [quantize(line.amount / rate, step) for line in plan.lines]
        # Rounding to company currency line by line leaves cents; they belong to the last line (in transit).
        balances[-1] -= total(balances)
        return [
            {
                "account_id": line.target.account, "name": line.label, "currency_id": currency.id,
                "amount_currency": float_of(line.amount), "balance": float_of(balance), "sequence": number,
                "partner_id": self._partner(line), "ecommerce_rule_id": line.rule.id if line.rule else False,
                "tax_ids": [(6, 0, [])],
            }
            for number, (line, balance) in enumerate(zip(plan.lines, balances, strict=True))
        ]  # fmt: skip

    def _rate(self, on):
        if self.payout.currency_id == self.company.currency_id:
            return 1
        rate = self.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, self.payout.currency_id, self.company, on
        )
        return decimal_of(rate, 12)

    def _partner(self, line):
        if line.payment_id:
            return self.env["ecommerce.payment"].browse(line.payment_id).order_id.partner_id.id
        return line.rule.target.partner if line.rule and line.rule.target.partner else False

    def _settle(self, plan, move):
        """Reconcile each charge and refund with its payment: their clearing goes to zero."""
        items = move.line_ids.sorted("sequence")
        groups = []
        for line, item in zip(plan.lines, items, strict=True):
            if line.role is LineRole.CLEARING and line.payment_id:
                groups.append(item | self.env["ecommerce.payment"].browse(line.payment_id).clearing_line_id)
        if groups:
            self.env["account.move.line"]._reconcile_plan(groups)

    # === Bank === #

    def _in_transit_item(self):
        account = self.account.in_transit_account_id
        return self.payout.move_id.line_ids.filtered(lambda line: line.account_id == account)

    def match_bank_line(self, bank_line):
        """Turn the statement line's suspense item to in transit and reconcile it with the payout.

        Both in the caller's savepoint: the line counts as reconciled before it is.
        """
        item = self._in_transit_item()
        _liquidity, suspense, _other = bank_line._seek_for_lines()
        if not suspense or item.reconciled:
            raise UserError(
                self.env._("Payout %(id)s or the bank line is already reconciled.", id=self.payout.external_id)
            )
        suspense.account_id = item.account_id
        (suspense | item).reconcile()
        if not (item.reconciled and suspense.reconciled):  # too little came, or too much
            raise UserError(
                self.env._("The bank line does not settle payout %(id)s exactly.", id=self.payout.external_id)
            )
        self.payout.write({"state": "banked", "bank_line_id": bank_line.id})

    def undo_bank_line(self):
        """Open the bank line again, unless it was reconciled with something else since."""
        bank_line = self.payout.bank_line_id
        if _counterparts(self._in_transit_item()).move_id & bank_line.move_id:
            bank_line.action_undo_reconciliation()
        self.payout.write({"state": "posted", "bank_line_id": False})

    # === Undo === #

    def undo_posting(self):
        """Reverse the entry; the payments are open on clearing again and the payout can be reviewed anew."""
        move = self.payout.move_id
        self._check_no_bank(move)
        move.line_ids.remove_move_reconcile()
        move._reverse_moves(
            [{"date": self._reversal_date(move), "ref": self.env._("Undone: %(ref)s", ref=move.ref)}], cancel=True
        )
        self.payout.write({"state": "draft", "move_id": False})
        self.payout.action_match()

    def _check_no_bank(self, move):
        """Nothing of the entry may be matched on Odoo's own screens: that would be left matched with nothing."""
        in_transit = self.account.in_transit_account_id
        found = _counterparts(move.line_ids).filtered(
            lambda line: line.statement_line_id or line.account_id == in_transit
        )
        if found:
            raise UserError(
                self.env._(
                    "Payout %(id)s is reconciled with %(entries)s. Undo that reconciliation first, then the posting.",
                    id=self.payout.external_id,
                    entries=", ".join(
                        f"{entry.display_name}, {entry.statement_line_id.payment_ref}"
                        if entry.statement_line_id else entry.display_name
                        for entry in found.move_id
                    ),
                )
            )  # fmt: skip

    def _reversal_date(self, move):
        return max(move.date, self.account._payout_policy().first_open_day)


def _counterparts(items):
    """The journal items that some are reconciled with."""
    return items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
