"""A planned payout → the ledger, and the way back. The only code that writes payout entries."""

import hashlib
from decimal import Decimal

from odoo.exceptions import UserError

from ..core.currencies import unit
from ..core.errors import ConnectorError
from ..core.payouts import LineRole, rounding_line
from ..core.rounding import quantize, total
from .amounts import amount_of, float_of, rate_of


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
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        self.env["ecommerce.posting"].sudo().create(
            {
                "company_id": self.company.id, "processor_account_id": self.account.id, "payout_id": self.payout.id,
                "kind": "payout", "external_id": self.payout.external_id, "version": len(self.payout.posting_ids) + 1,
                "fingerprint": self._fingerprint(plan), "true_date": plan.true_date, "move_id": move.id,
            }
        )  # fmt: skip
        # Nothing will be found at the bank for a payout of nothing.
        self._mark({"state": "posted" if self.payout.amount else "banked", "move_id": move.id})

    def _mark(self, vals):
        # sudo: nobody writes evidence by hand; the entries behind it were made with the user's rights.
        self.payout.sudo().write(vals)

    def _reference(self):
        return " ".join(filter(None, [self.account.name, self.payout.external_id]))

    @staticmethod
    def _fingerprint(plan):
        facts = [(line.role.value, line.amount, line.transaction_ids) for line in plan.lines]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def _lines(self, plan):
        currency, partners, balances = self.payout.currency_id, self._partners(plan), self._balances(plan)
        lines = [
            {
                "account_id": line.target.account, "name": line.label, "currency_id": currency.id,
                "amount_currency": float_of(line.amount), "balance": float_of(balance), "sequence": number,
                "partner_id": partners.get(line.payment_id) or (line.rule and line.rule.target.partner) or False,
                "ecommerce_rule_id": line.rule.id if line.rule else False, "tax_ids": [(6, 0, [])],
            }
            for number, (line, balance) in enumerate(zip(plan.lines, balances, strict=True))
        ]  # fmt: skip
        if rest := -total(balances):
            lines.append(self._rest_line(rest, len(lines)))
        return lines

    def _balances(self, plan):
        """In company currency. Rounding leaves cents; never on clearing, where a payment would stay open."""
        rate, step = self._rate(plan.true_date), unit(self.company.currency_id.name)
        balances = [quantize(line.amount / rate, step) for line in plan.lines]
        at = rounding_line(plan.lines)
        if at is not None:
            balances[at] -= total(balances)
        return balances

    def _rest_line(self, rest, number):
        """The cents of an entry that is on clearing alone: an exchange difference."""
        side = "expense" if rest > 0 else "income"
        account = self.company[f"{side}_currency_exchange_account_id"]
        if not account:
            raise ConnectorError(
                f"Rounding payout {self.payout.external_id} to {self.company.currency_id.name} leaves {rest}, and "
                f"{self.company.name} has no account for exchange differences.",
                hint="Choose one in the accounting settings.",
            )
        return {
            "account_id": account.id, "name": self.env._("Rounding of the exchange rate"), "amount_currency": 0.0,
            "currency_id": self.payout.currency_id.id, "balance": float_of(rest), "sequence": number,
            "tax_ids": [(6, 0, [])],
        }  # fmt: skip

    def _rate(self, on):
        if self.payout.currency_id == self.company.currency_id:
            return Decimal(1)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, self.payout.currency_id, self.company, on
        )
        return rate_of(rate)

    def _partners(self, plan):
        """The customer of each payment, of all lines at once."""
        payments = self.env["ecommerce.payment"].browse([line.payment_id for line in plan.lines if line.payment_id])
        return {payment.id: payment.order_id.partner_id.id for payment in payments}

    def _settle(self, plan, move):
        """Reconcile each charge and refund with its payment: their clearing goes to zero."""
        rows = {row.external_id: row for row in self.payout.transaction_ids}
        payments = self.env["ecommerce.payment"].browse([line.payment_id for line in plan.lines if line.payment_id])
        by_id = {payment.id: payment for payment in payments}
        groups = []
        for line, item in zip(plan.lines, move.line_ids.sorted("sequence"), strict=False):  # a rest may follow
            if line.role is LineRole.CLEARING:
                rows[line.transaction_ids[0]].sudo().clearing_line_id = item  # sudo: see _mark
                if line.payment_id:
                    groups.append(item | by_id[line.payment_id].clearing_line_id)
        if groups:
            self.env["account.move.line"]._reconcile_plan(groups)

    # === Bank === #

    def _in_transit_item(self):
        """The payout's own item, the last: one that came back has an item of its own before."""
        account = self.account.in_transit_account_id
        return self.payout.move_id.line_ids.filtered(lambda line: line.account_id == account).sorted("sequence")[-1:]

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
        self._mark({"state": "banked", "bank_line_id": bank_line.id})

    def undo_bank_line(self):
        """Open the bank line again, unless it was reconciled with something else since."""
        bank_line = self.payout.bank_line_id
        if _counterparts(self._in_transit_item()).move_id & bank_line.move_id:
            bank_line.action_undo_reconciliation()
        self._mark({"state": "posted", "bank_line_id": False})

    # === Undo === #

    def undo_posting(self):
        """Reverse the entry; the payments are open on clearing again and the payout can be reviewed anew."""
        move = self.payout.move_id
        self._check_no_bank(move)
        move.line_ids.remove_move_reconcile()
        move._reverse_moves(
            [{"date": self._reversal_date(move), "ref": self.env._("Undone: %(ref)s", ref=move.ref)}], cancel=True
        )
        self.payout.transaction_ids.sudo().clearing_line_id = False  # sudo: see _mark
        self._mark({"state": "draft", "move_id": False})
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


def settle_accepted(account):
    """Settle payments whose charge was posted open, because their order was not known then.

    Only by the processor's own id and the exact amount; each payment is no other's candidate after it.

    :param account: the processor account
    """
    env = account.env
    rows = env["ecommerce.balance.transaction"].search(
        [
            ("processor_account_id", "=", account.id), ("payout_id.state", "!=", "draft"),
            ("kind", "in", ("charge", "refund")), ("match_status", "=", "missing_in_ledger"),
            ("clearing_line_id.reconciled", "=", False), ("clearing_line_id.parent_state", "=", "posted"),
        ]
    )  # fmt: skip
    ids = {key for row in rows for key in (row.source_id, row.charge_id) if key}
    payments = env["ecommerce.payment"].search(
        [
            ("processor_account_id", "=", account.id), ("transaction_id", "in", list(ids)),
            ("clearing_line_id.reconciled", "=", False), ("clearing_line_id.parent_state", "=", "posted"),
        ], order="moved_on, id",
    )  # fmt: skip
    free = {}
    for payment in payments:
        free.setdefault((payment.transaction_id, amount_of(payment.amount, account.currency_id)), []).append(payment)
    for row in rows:
        amount = amount_of(row.gross, account.currency_id)
        keys = [(key, amount) for key in (row.source_id, row.charge_id) if free.get((key, amount))]
        if keys:
            _settle_late(row, free[keys[0]].pop(0))


def _settle_late(row, payment):
    (row.clearing_line_id | payment.clearing_line_id).with_company(row.company_id).reconcile()
    # sudo: nobody writes evidence by hand; the items were reconciled with the user's rights.
    row.sudo().write(
        {
            "payment_id": payment.id, "match_status": "matched", "difference": 0.0,
            "match_reasons": row.env._(
                "%(before)s\nAccepted so; its order came later: same id %(id)s and amount.",
                before=row.match_reasons or "", id=payment.transaction_id,
            ),
        }
    )  # fmt: skip


def _counterparts(items):
    """The journal items that some are reconciled with."""
    return items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
