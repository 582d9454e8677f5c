from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..core.bank_lines import CERTAIN, BankLine, match_bank_lines
from ..core.evidence import LedgerPayment
from ..core.matching import match_transactions
from ..core.payouts import plan_payout, to_text
from ..core.plans import PlanStatus
from ..core.reasons import Reason
from ..core.settlements import BalanceTransaction, Payout, TransactionKind
from .amounts import amount_of, float_of
from .exchange_rates import RateChecks
from .instants import aware
from .payout_executor import PayoutExecutor, settle_accepted

#: How long before a payout a payment can be in it and still be recognized if it was listed before.
LOOK_BACK = timedelta(days=120)


class EcommercePayout(models.Model):
    """One transfer of a processor balance to the bank."""

    _name = "ecommerce.payout"
    _description = "Payout"
    _inherit = ["mail.thread"]
    _order = "paid_on desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", required=True, readonly=True, ondelete="restrict", check_company=True, index=True
    )
    company_id = fields.Many2one(related="processor_account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="processor_account_id.currency_id", store=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="set null")
    external_id = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="Positive: to our bank. Negative: the processor debits it.")
    paid_on = fields.Date(readonly=True)
    bank_reference = fields.Char(readonly=True)
    source = fields.Char(readonly=True, help="The report it came from.")
    is_stated = fields.Boolean(
        string="Amount Stated", readonly=True,
        help="The report has a row for the payout itself. Without one the amount is only the sum of the rows: rows "
        "that are missing do not show, and the bank line is its proof.",
    )  # fmt: skip
    state = fields.Selection(
        [("draft", "To review"), ("posted", "In transit"), ("banked", "At the bank")],
        default="draft", required=True, readonly=True, index=True, tracking=True,
    )  # fmt: skip
    transaction_ids = fields.One2many("ecommerce.balance.transaction", "payout_id")
    missing_payment_ids = fields.Many2many(
        "ecommerce.payment", string="Missing at the Processor", readonly=True,
        help="Open payments up to the day of the payout that no payout contains yet.",
    )  # fmt: skip
    posting_ids = fields.One2many("ecommerce.posting", "payout_id")
    exception_ids = fields.One2many("ecommerce.exception", "payout_id")
    move_id = fields.Many2one("account.move", string="Payout Entry", readonly=True, ondelete="restrict")
    bank_line_id = fields.Many2one("account.bank.statement.line", readonly=True, ondelete="restrict")
    plan_text = fields.Text(string="Plan", readonly=True)
    explanation = fields.Text(string="Why", readonly=True)
    is_blocked = fields.Boolean(readonly=True)
    matched_count = fields.Integer(compute="_compute_match_counts")
    problem_count = fields.Integer(compute="_compute_match_counts")

    _unique_payout = models.UniqueIndex(
        "(processor_account_id, external_id)", "This payout of the processor account is already imported."
    )

    @api.depends("transaction_ids.match_status")
    def _compute_match_counts(self):
        for payout in self:
            statuses = payout.transaction_ids.mapped("match_status")
            payout.matched_count = statuses.count("matched")
            payout.problem_count = sum(status in ("different", "missing_in_ledger", "duplicate") for status in statuses)

    def write(self, vals):
        """People accept rows and talk about a payout; what it says and where it stands is the connector's."""
        if not self.env.su:
            stated = {name for name in vals if not name.startswith(("message_", "activity_"))} - {"transaction_ids"}
            updates_only = all(command[0] == Command.UPDATE for command in vals.get("transaction_ids") or ())
            if stated or not updates_only:
                raise AccessError(
                    self.env._("What a payout report says is evidence; you can accept rows of it, post and undo it.")
                )
        return super().write(vals)

    def _note_accepted(self, rows):
        """Keep who accepted which money without a payment in the ledger, or took that back."""
        self.ensure_one()
        for row in rows:
            names = {"row": row.external_id, "amount": row.gross, "code": self.currency_id.name}
            if row.accept_open:
                note = self.env._("Accepted without a payment to settle: %(row)s, %(amount).2f %(code)s.", **names)
            else:
                note = self.env._("No longer accepted: %(row)s, %(amount).2f %(code)s.", **names)
            self.message_post(body=note)

    # === For the core === #

    def _as_core(self):
        """The payout as a canonical document.

        :rtype: Payout
        """
        self.ensure_one()
        return Payout(
            external_id=self.external_id, processor=self.processor_account_id.processor or "",
            currency=self.currency_id.name, amount=amount_of(self.amount, self.currency_id), paid_on=self.paid_on,
            transactions=tuple(self._core_transaction(tx) for tx in self.transaction_ids),
            bank_reference=self.bank_reference or "", source=self.source or "", is_stated=self.is_stated,
        )  # fmt: skip

    def _core_transaction(self, tx):
        currency = self.currency_id
        return BalanceTransaction(
            external_id=tx.external_id, kind=TransactionKind(tx.kind), raw_kind=tx.raw_kind or "",
            currency=currency.name,
            gross=amount_of(tx.gross, currency), fee=amount_of(tx.fee, currency), net=amount_of(tx.net, currency),
            at=aware(tx.occurred_at), source_id=tx.source_id or "", charge_id=tx.charge_id or "",
            payment_intent_id=tx.payment_intent_id or "", order_reference=tx.order_reference or "",
            description=tx.description or "", row=tx.row,
        )  # fmt: skip

    def _candidates(self):
        """Payments of the processor account that this payout can contain, or that it lists again."""
        self.ensure_one()
        ids = set(self.transaction_ids.mapped("source_id")) - {False}
        payments = self.env["ecommerce.payment"].search(
            [
                ("processor_account_id", "=", self.processor_account_id.id),
                "|", ("clearing_line_id.reconciled", "=", False),
                "&", ("transaction_id", "in", list(ids)), ("moved_on", ">=", self.paid_on - LOOK_BACK),
            ]
        )  # fmt: skip
        return [self._ledger_payment(payment) for payment in payments]

    def _ledger_payment(self, payment):
        other = payment.balance_transaction_ids.payout_id.filtered(
            lambda payout: payout != self and payout.state != "draft"
        )[:1]
        order = payment.order_id
        return LedgerPayment(
            id=payment.id, amount=amount_of(payment.amount, payment.currency_id), currency=payment.currency_id.name,
            date=payment.moved_on, order_number=order.number or "", order_external_id=order.external_id,
            transaction_id=payment.transaction_id or "", open=not payment.clearing_line_id.reconciled,
            matched_to=other.external_id or None, customer=order.customer_name or "",
        )  # fmt: skip

    def _already_in(self):
        """Balance transactions that another payout of the account contains."""
        self.ensure_one()
        others = self.env["ecommerce.balance.transaction"].search(
            [
                ("processor_account_id", "=", self.processor_account_id.id), ("payout_id", "!=", self.id),
                ("external_id", "in", self.transaction_ids.mapped("external_id")),
            ]
        )  # fmt: skip
        return {tx.external_id: tx.payout_id.external_id for tx in others}

    def _plan(self):
        """Matches and plan as they are now.

        :rtype: tuple[MatchResult, PayoutPlan]
        """
        self.ensure_one()
        payout = self._as_core()
        matches = match_transactions(
            payout.transactions, self._candidates(), until=self.paid_on, already_in=self._already_in()
        )
        accepted = frozenset(self.transaction_ids.filtered("accept_open").mapped("external_id"))
        account = self.processor_account_id
        rulebook = self.env["ecommerce.mapping.rule"]._rulebook(account.company_id, self.store_id)
        plan = plan_payout(payout, matches, rulebook, account._payout_policy(), accept_open=accepted)
        if no_rate := RateChecks(account.company_id).reasons(payout.currency, plan.true_date):
            plan = replace(plan, status=PlanStatus.BLOCKED, lines=(), reasons=(*plan.reasons, *no_rate))
        return matches, plan

    # === Buttons === #

    def action_match(self):
        """Match every line again and plan the entry; posted payouts are left alone.

        Before that, payments that came after their charge was accepted and posted are settled with it.
        """
        self.check_access("write")
        for account in self.processor_account_id:
            settle_accepted(account)
        for payout in self.filtered(lambda payout: payout.state == "draft"):
            matches, plan = payout._plan()
            by_id = {tx.external_id: tx for tx in payout.transaction_ids}
            for row in matches.rows:
                # sudo: nobody writes evidence by hand; who may match was checked above.
                by_id[row.transaction.external_id].sudo().write(
                    {
                        "match_status": row.status.value, "payment_id": row.payment.id if row.payment else False,
                        "difference": float_of(row.difference or 0), "match_reasons": "\n".join(row.reasons),
                    }
                )  # fmt: skip
            missing = [payment.id for payment in matches.missing_at_processor]
            blocked = plan.status is PlanStatus.BLOCKED
            payout.sudo().write(  # sudo: as above
                {
                    "plan_text": to_text(plan), "is_blocked": blocked, "missing_payment_ids": [(6, 0, missing)],
                    "explanation": "\n".join(str(reason) for reason in plan.reasons),
                }
            )  # fmt: skip
            found = [(reason, "1") for reason in plan.reasons] if blocked else []
            # What another report says against it stays open until that report is taken.
            found += [
                (
                    Reason(
                        code=item.code,
                        message=item.message,
                        hint=item.hint,
                        key=item.key,
                        amount=amount_of(item.amount, payout.currency_id),
                    ),
                    "1",
                )
                for item in payout._open_changes()
            ]
            self.env["ecommerce.exception"]._sync(payout, {payout: found}, company=payout.company_id)

    def action_post(self):
        """Post the payout: clearing to in transit, fees to their accounts."""
        self.check_access("write")
        for payout in self:
            if payout.state != "draft":
                raise UserError(self.env._("Payout %(id)s is already posted.", id=payout.external_id))
            if entry := payout._standing_entries()[:1]:
                raise UserError(
                    self.env._(
                        "Payout %(id)s is already posted as %(entry)s. Reverse that entry before posting it again.",
                        id=payout.external_id, entry=entry.display_name,
                    )
                )  # fmt: skip
            payout.action_match()
            _matches, plan = payout._plan()
            if plan.status is PlanStatus.BLOCKED:
                raise UserError("\n".join(str(reason) for reason in plan.reasons))
            with self.env.cr.savepoint():
                PayoutExecutor(payout).execute(plan)

    def _standing_entries(self):
        """Entries of the payout that are posted and not reversed, whatever its state says."""
        return self.posting_ids.move_id.filtered(
            lambda move: (
                move.state == "posted"
                and not move.reversal_move_ids.filtered(lambda reversal: reversal.state == "posted")
            )
        )

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

    def action_undo(self):
        """Take back the last step: the bank match, or the payout entry (by a reversing entry)."""
        self.ensure_one()
        self.check_access("write")
        with self.env.cr.savepoint():
            if self.bank_line_id:
                PayoutExecutor(self).undo_bank_line()
            elif self.state != "draft":
                PayoutExecutor(self).undo_posting()
            else:
                raise UserError(
                    self.env._("Payout %(id)s is not posted; there is nothing to undo.", id=self.external_id)
                )

    def action_view_moves(self):
        """Open the entries of the payout, reversals included."""
        self.ensure_one()
        moves = self.posting_ids.move_id
        moves |= moves.reversal_move_ids
        return {
            "type": "ir.actions.act_window", "name": self.env._("Entries of %(payout)s", payout=self.external_id),
            "res_model": "account.move", "view_mode": "list,form", "domain": [("id", "in", moves.ids)],
        }  # fmt: skip

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if posted := self.filtered("posting_ids")[:1]:
            raise UserError(
                self.env._("Payout %(id)s was posted and is evidence; it cannot be deleted.", id=posted.external_id)
            )
