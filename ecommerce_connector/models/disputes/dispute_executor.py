"""The planned loss of a dispute → the ledger, and the way back. The only code that writes entries of losses."""

import hashlib
from decimal import Decimal

from odoo.exceptions import UserError

from ...core.currencies import unit
from ...core.disputes.planning import LossRole
from ...core.plans import PlanStatus
from ...core.rounding import ZERO, quantize, total
from ..ledger.amounts import amount_of, float_of, rate_of
from ..ledger.entry_state import names, standing_reversals, stands, why_fallen
from ..ledger.lock_dates import first_open_day
from ..ledger.quiet import quiet
from ..ledger.tax_facts import TaxFactsCache


class DisputeExecutor:
    """Brings the ledger in line with the plan of one dispute."""

    def __init__(self, dispute):
        self.dispute = quiet(dispute).with_company(dispute.company_id)
        self.env = self.dispute.env
        self.company = dispute.company_id
        self.account = dispute.processor_account_id
        self.taxes = TaxFactsCache(self.env)

    def bring_in_line(self, plan):
        """Book the loss that the plan says; one that is booked otherwise is taken back first.

        :param DisputePlan plan: a blocked one changes nothing that is booked
        """
        if plan.status is not PlanStatus.BLOCKED and not self._is_booked(plan):
            if self.dispute.loss_move_id:
                self.take_back()
            if plan.lines:
                self._execute(plan)
        self.settle()

    def _is_booked(self, plan):
        """Whether the ledger has just this loss, or none if there is none."""
        if not plan.lines:
            return not self.dispute.loss_move_id
        booked = amount_of(self.dispute.lost_amount, self.dispute.currency_id)
        return booked == plan.loss and bool(self.dispute.has_relief) is plan.tax_relief

    # === The entry === #

    def _execute(self, plan):
        # Given whole, with the tax as it was charged: Odoo need not compute it again.
        move = self.env["account.move"].with_context(skip_invoice_sync=True).create(
            {
                "move_type": "entry", "journal_id": self.account.payout_journal_id.id, "date": plan.date,
                "ref": " ".join(filter(None, [self.dispute.order_id.number, self.dispute.external_id])),
                "partner_id": self.dispute.partner_id.id, "ecommerce_order_id": self.dispute.order_id.id,
                "line_ids": [(0, 0, vals) for vals in self._lines(plan)],
            }
        ).with_env(self.env)  # fmt: skip
        move.action_post()
        self._mark({"loss_move_id": move.id, "lost_amount": float_of(plan.loss), "has_relief": plan.tax_relief})
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        postings = self.env["ecommerce.posting"].sudo()
        postings.create(
            {
                "company_id": self.company.id, "processor_account_id": self.account.id, "dispute_id": self.dispute.id,
                "kind": "dispute", "external_id": self.dispute.external_id, "version": self._version(),
                "fingerprint": self._fingerprint(plan), "true_date": plan.true_date, "move_id": move.id,
                "rule_ids": [(6, 0, sorted(plan.rules))],
            }
        )  # fmt: skip

    def _version(self):
        return 1 + self.env["ecommerce.posting"].search_count(
            [
                ("processor_account_id", "=", self.account.id), ("kind", "=", "dispute"),
                ("external_id", "=", self.dispute.external_id),
            ]
        )  # fmt: skip

    @staticmethod
    def _fingerprint(plan):
        facts = (plan.facts.external_id, plan.facts.currency, str(plan.loss), plan.tax_relief)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def _mark(self, vals):
        # sudo: nobody writes evidence by hand; the entries behind it were made with the user's rights.
        self.dispute.sudo().write(vals)

    def _lines(self, plan):
        rate, step = self._rate(plan.true_date), unit(self.company.currency_id.name)
        balances = [quantize(line.amount / rate, step) for line in plan.lines]
        # Cents of rounding are part of the loss, never of disputed funds.
        largest = max(range(len(balances)), key=lambda at: (plan.lines[at].role is LossRole.LOSS, balances[at], -at))
        balances[largest] -= total(balances)
        common = {"currency_id": self.dispute.currency_id.id, "partner_id": self.dispute.partner_id.id}
        return [
            {
                **common, "account_id": line.target.account, "name": line.label, "sequence": number,
                "amount_currency": float_of(line.amount), "balance": float_of(balance),
                "ecommerce_rule_id": line.rule.id if line.rule else False,
                **self._booked_tax(line, balance), **self._analytic(line),
            }
            for number, (line, balance) in enumerate(zip(plan.lines, balances, strict=True))
        ]  # fmt: skip

    def _rate(self, on):
        if self.dispute.currency_id == self.company.currency_id:
            return Decimal(1)
        rate = self.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, self.dispute.currency_id, self.company, on
        )
        return rate_of(rate)

    def _booked_tax(self, line, balance):
        """How the tax that is given back, and what it was charged on, reach the tax report: as of a credit note."""
        if line.role is LossRole.TAX:
            facts = self.taxes.of(line.tax, is_refund=True)
            share = facts.shares[0]
            base = quantize(line.base * balance / line.amount, unit(self.company.currency_id.name))
            return {
                "display_type": "tax", "tax_ids": [(6, 0, [])], "tax_repartition_line_id": share.repartition_line_id,
                "tax_tag_ids": [(6, 0, list(share.tag_ids))], "tax_base_amount": float_of(base),
                "account_id": share.account_id or line.target.account,
            }  # fmt: skip
        tags = [tag for tax in line.taxes for tag in self.taxes.of(tax, is_refund=True).base_tag_ids]
        return {"tax_ids": [(6, 0, list(line.taxes))], "tax_tag_ids": [(6, 0, tags)]}

    @staticmethod
    def _analytic(line):
        analytic = line.rule.target.analytic if line.role is LossRole.LOSS else ()
        if not analytic:
            return {}
        return {"analytic_distribution": {ids: float_of(Decimal(percent)) for ids, percent in analytic}}

    # === The way back === #

    def take_back(self):
        """Reverse the entry of the loss; one that somebody reversed already is only let go of.

        :raises UserError: if the entry is a draft or cancelled: it has nothing to reverse, and could come back
        """
        move = self.dispute.loss_move_id
        if move.state != "posted":
            raise UserError(
                self.env._(
                    "The entry %(entry)s of dispute %(id)s %(problem)s: there is nothing to reverse. Post it again "
                    "first.",
                    entry=names(move), id=self.dispute.external_id, problem=why_fallen(move),
                )
            )  # fmt: skip
        move.line_ids.remove_move_reconcile()
        if stands(move):
            move._reverse_moves(
                [{"date": self._reversal_date(move), "ref": self.env._("Undone: %(ref)s", ref=move.ref)}], cancel=True
            )
        else:
            self._pair_with_reversals(move)
        self._mark({"loss_move_id": False, "lost_amount": 0.0, "has_relief": False})

    def _reversal_date(self, move):
        has_tax = bool(move.line_ids.tax_ids or move.line_ids.tax_tag_ids)
        return max(move.date, first_open_day(self.company, move.journal_id, has_tax=has_tax))

    @staticmethod
    def _pair_with_reversals(move):
        """Reconcile the entry with what took it back, and nothing else: the dispute is open again."""
        reversals = standing_reversals(move)
        reversals.line_ids.remove_move_reconcile()
        items = (move | reversals).line_ids.filtered("account_id.reconcile")
        for of_account in items.grouped("account_id").values():
            of_account.reconcile()

    # === Disputed funds === #

    def settle(self):
        """Reconcile what was withdrawn with what was given back and lost: what is left open is still disputed."""
        entries = self.dispute.transaction_ids.disputed_line_id | self.dispute.loss_move_id.line_ids
        accounts = self.dispute.transaction_ids.disputed_line_id.account_id
        items = entries.filtered(
            lambda item: item.account_id in accounts and item.parent_state == "posted" and not item.reconciled
        )
        for of_account in items.grouped("account_id").values():
            if len({item.balance > ZERO for item in of_account}) == 2:
                of_account.reconcile()
