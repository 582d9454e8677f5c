from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import api, models

from ...core.evidence import LedgerPayment
from ...core.payouts.matching import MatchStatus, match_transactions
from ...core.payouts.planning import plan_payout
from ...core.payouts.text import to_text
from ...core.payouts.valuation import days_with_rates
from ...core.plans import PlanStatus
from ...core.reasons import Reason
from ...core.rounding import ZERO
from ...core.settlements import BalanceTransaction, Conversion, Money, Payout, TransactionKind
from ..ledger.amounts import amount_of, float_of, rate_of
from ..ledger.entry_state import names, obstacle, stands, why_fallen
from ..ledger.exchange_rates import RateChecks
from ..ledger.instants import aware
from ..summary.fee_postings import BookedFees
from .late_charge_executor import NOT_SETTLED, settle_accepted
from .payout_summaries import WAITS
from .returned_payouts import RETURN_OPEN, Originals, settle_returned

#: Code of the exception for a payout whose entry was taken out of the ledger on Odoo's own screens.
FALLEN = "payout_entry_fallen"
#: Codes of what can be wrong with a payout that is posted.
OF_POSTED = [NOT_SETTLED, RETURN_OPEN, FALLEN]
#: Code of a balance transaction without a payment in the ledger.
MISSING = MatchStatus.MISSING_IN_LEDGER.value
#: How long before a payout a payment can be in it and still be recognized if it was listed before.
LOOK_BACK = timedelta(days=120)


def _stated(rate):
    """A rate that a report may state, exact; None if it does not."""
    return rate_of(rate) if rate else None


class EcommercePayout(models.Model):
    """Each line of a payout against the ledger, and the entry that follows from it."""

    _inherit = "ecommerce.payout"

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
            conversion=self._core_conversion(), exchange_rate=_stated(self.exchange_rate),
        )  # fmt: skip

    def _core_conversion(self):
        if not self.bank_currency_id:
            return None
        currency = self.bank_currency_id
        return Conversion(
            amount=amount_of(self.bank_amount, currency), currency=currency.name,
            fee=amount_of(self.conversion_fee, currency),
        )  # fmt: skip

    def _core_transaction(self, tx):
        currency, charged = self.currency_id, tx.charged_currency_id
        return BalanceTransaction(
            external_id=tx.external_id, kind=TransactionKind(tx.kind), raw_kind=tx.raw_kind or "",
            currency=currency.name,
            gross=amount_of(tx.gross, currency), fee=amount_of(tx.fee, currency), net=amount_of(tx.net, currency),
            at=aware(tx.occurred_at).astimezone(self.processor_account_id._zone(self.store_id)),
            source_id=tx.source_id or "", charge_id=tx.charge_id or "",
            payment_intent_id=tx.payment_intent_id or "", order_reference=tx.order_reference or "",
            description=tx.description or "", row=tx.row,
            exchange_rate=_stated(tx.exchange_rate),
            charged=Money(amount_of(tx.charged_amount, charged), charged.name) if charged else None,
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
        order, item, currency = payment.order_id, payment.clearing_line_id, payment.currency_id
        in_ledger = stands(item.move_id)
        settled = in_ledger and item.reconciled
        problem = None if settled else obstacle(item, self.processor_account_id.clearing_account_id)
        left = amount_of(item.amount_residual_currency, currency) if in_ledger else ZERO
        return LedgerPayment(
            # Somebody may have corrected the payment in Odoo: what counts is what the ledger has now.
            id=payment.id, amount=amount_of(item.amount_currency if in_ledger else payment.amount, currency),
            currency=currency.name, date=payment.moved_on, order_number=order.number or "",
            order_external_id=order.external_id, transaction_id=payment.transaction_id or "", open=not settled,
            matched_to=other.external_id or None, customer=order.customer_name or "", obstacle=problem or "",
            open_amount=left if problem else None, also=self._also(payment),
        )  # fmt: skip

    @staticmethod
    def _also(payment):
        """The payment in the order's other currency, unless somebody changed in the ledger what was booked."""
        item, other = payment.clearing_line_id, payment.other_currency_id
        booked = amount_of(payment.amount, payment.currency_id)
        if not payment.other_amount or amount_of(item.amount_currency, item.currency_id) != booked:
            return None
        return Money(amount_of(payment.other_amount, other), other.name)

    def _already_in(self):
        """Balance transactions that another payout of the account contains."""
        self.ensure_one()
        others = self.env["ecommerce.balance.transaction"].search(
            [
                ("processor_account_id", "=", self.processor_account_id.id), ("payout_id", "!=", self.id),
                ("payout_id.active", "=", True),
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
        originals = Originals(self.transaction_ids)
        booked = self._booked_fees(matches)
        waiting, missing = self._summary_reasons(matches, booked)
        plan = plan_payout(
            payout, matches, rulebook, account._payout_policy(), accept_open=accepted,
            withdrawn_by=self._withdrawn_by(), returned=originals.returned, accrued=booked.accrued,
        )  # fmt: skip
        # What its summary will book is not to be imported or accepted.
        known = [reason for reason in plan.reasons if reason.code != MISSING or reason.key not in missing]
        plan = replace(plan, reasons=tuple(known))
        rates = RateChecks(account.company_id)
        days = {payout.currency: plan.true_date} | days_with_rates(plan)
        problems = [reason for code, day in days.items() for reason in rates.reasons(code, day)]
        if problems := [
            *(problems or self._deviations(plan, rates)), *self._arrival_reasons(), *originals.waiting, *waiting
        ]:  # fmt: skip
            plan = replace(plan, status=PlanStatus.BLOCKED, lines=(), reasons=(*plan.reasons, *problems))
        return matches, plan

    def _booked_fees(self, matches):
        """What summaries have booked of its fees; what another payout has too is not settled here."""
        again = {row.transaction.external_id for row in matches.with_status(MatchStatus.DUPLICATE)}
        return BookedFees(self.transaction_ids.filtered(lambda row: row.external_id not in again))

    def _deviations(self, plan, rates):
        """Rates of the processor that are too far off Odoo's."""
        account, code = self.processor_account_id, plan.payout.currency
        used = {(part.on, part.rate) for line in plan.lines if not line.payment_id for part in line.by_day}
        used.add((plan.true_date, plan.rate))
        found = [reason for on, rate in used if rate for reason in rates.deviations(code, on, rate, account.rate_bound)]
        return sorted(found, key=lambda reason: reason.key)

    # === Buttons === #

    def action_match(self):
        """Match every line again and plan the entry; posted payouts keep theirs.

        Before that, payments that came after their charge was accepted and posted are settled with it.
        """
        self.check_access("write")
        self._look_after_posted()
        drafts = self.filtered(lambda payout: payout.state == "draft" and payout.active)
        self._sync_exceptions({payout: payout._plan_again()[1] for payout in drafts})

    def _plan_again(self):
        """Match every line and plan the entry as they are now, and write both down.

        :return: the plan, and what a person should see, as ``ecommerce.exception._sync`` takes it
        :rtype: tuple[PayoutPlan, list]
        """
        self.ensure_one()
        matches, plan = self._plan()
        by_id = {tx.external_id: tx for tx in self.transaction_ids}
        for row in matches.rows:
            # sudo: nobody writes evidence by hand; who may match was checked before.
            by_id[row.transaction.external_id].sudo().write(
                {
                    "match_status": row.status.value, "payment_id": row.payment.id if row.payment else False,
                    "difference": float_of(row.difference or 0), "match_reasons": "\n".join(row.reasons),
                }
            )  # fmt: skip
        self._mark_waiting(plan)
        missing = [payment.id for payment in matches.missing_at_processor]
        blocked = plan.status is PlanStatus.BLOCKED
        self.sudo().write(  # sudo: as above
            {
                "waits_for_summary": any(reason.code == WAITS for reason in plan.reasons),
                "plan_text": to_text(plan), "is_blocked": blocked, "missing_payment_ids": [(6, 0, missing)],
                "explanation": "\n".join(str(reason) for reason in plan.reasons),
            }
        )  # fmt: skip
        # A summary that is still to come is no question to anybody.
        reasons = [reason for reason in plan.reasons if reason.code != WAITS]
        return plan, [(reason, "1") for reason in (*reasons, *self._contradictions())]

    def _contradictions(self):
        """What another report says against it: that stays open until that report is taken.

        :rtype: list[Reason]
        """
        return [
            Reason(
                code=item.code, message=item.message, hint=item.hint, key=item.key,
                amount=amount_of(item.amount, self.currency_id),
            )
            for item in self._open_changes()
        ]  # fmt: skip

    @api.model
    def _sync_exceptions(self, found):
        """Make the open exceptions of payouts be those found now.

        :param dict found: payout -> list of (Reason, severity)
        """
        places = self.browse().union(*found).grouped(lambda payout: (payout.processor_account_id, payout.store_id))
        for (account, _store), payouts in places.items():
            self.env["ecommerce.exception"]._sync(payouts, found, company=account.company_id)

    def _look_after_posted(self):
        """Settle what can be settled since; tell what cannot, what came back, and which entries are gone."""
        exceptions = self.env["ecommerce.exception"]
        for account in self.processor_account_id:
            found = defaultdict(list, settle_accepted(account))
            for payout, reasons in settle_returned(account).items():
                found[payout] += reasons
            for payout in self._with_fallen_entry(account):
                found[payout].append(payout._fallen_reason())
            told = exceptions.search(
                [
                    ("code", "in", OF_POSTED), ("state", "=", "open"),
                    ("payout_id.processor_account_id", "=", account.id),
                ]
            )  # fmt: skip
            found = {payout: [(reason, "1") for reason in found[payout]] for payout in told.payout_id.union(*found)}
            exceptions._sync(self.union(*found), found, company=account.company_id, codes=OF_POSTED)

    @api.model
    def _with_fallen_entry(self, account):
        """Payouts of an account whose entry was taken out of the ledger on Odoo's own screens."""
        suspects = self.search(
            [
                ("processor_account_id", "=", account.id), ("move_id", "!=", False),
                "|", ("move_id.state", "!=", "posted"), ("move_id.reversal_move_ids.state", "=", "posted"),
            ]
        )  # fmt: skip
        return suspects.filtered(lambda payout: not stands(payout.move_id))

    def _fallen_reason(self):
        return Reason(
            code=FALLEN, amount=amount_of(self.amount, self.currency_id), key=self.external_id,
            message=self.env._(
                "Payout %(id)s is not in the ledger: its entry %(entry)s %(problem)s.",
                id=self.external_id, entry=names(self.move_id), problem=why_fallen(self.move_id),
            ),
            hint=self.env._("Undo the posting: it says what to do with that entry. Then post the payout again."),
        )  # fmt: skip
