from dataclasses import replace

from odoo import models

from ...core.dates import local_date
from ...core.disputes.document import DisputeState
from ...core.disputes.movements import Movement
from ...core.disputes.planning import DisputePolicy, plan_dispute
from ...core.disputes.standing import DisputeFacts, Outcome
from ...core.mapping.rulebook import Target
from ...core.plans import PlanStatus
from ...core.reasons import Reason
from ..ledger.booked_taxes import read_booked_taxes
from ..ledger.entry_state import names, why_fallen
from ..ledger.exchange_rates import RateChecks
from ..ledger.instants import aware
from ..ledger.lock_dates import first_open_day
from .ecommerce_dispute import MOVING


class EcommerceDispute(models.Model):
    """What is known of a dispute, as the core wants it, and the plan that follows from it."""

    _inherit = "ecommerce.dispute"

    # === For the core === #

    def _facts(self, outcome=None):
        """All that is known of it.

        :param Outcome outcome: as if this were decided; None: what is decided
        :rtype: DisputeFacts
        """
        self.ensure_one()
        rows = self.transaction_ids.filtered(
            lambda row: row.kind in MOVING and (row._is_booked() or row._is_awaited())
        )  # fmt: skip
        return DisputeFacts(
            external_id=self.external_id, currency=self.currency_id.name,
            outcome=outcome or self._outcome(), reason=self.reason or "",
            movements=tuple(
                Movement(key=str(row.id), amount=-self._amount(row.gross), on=self._day(row.occurred_at),
                         is_booked=row._is_booked())
                for row in rows
            ),
        )  # fmt: skip

    def _day(self, at):
        """The day of an instant, where the processor's days are told."""
        account, store = self.processor_account_id, self.store_id
        return local_date(aware(at), account._zone(store) if account else store._policy_zone())

    def _outcome(self):
        """What was decided: by a person, else by the store's word. If a person undid just that, nothing is decided."""
        if self.decided_state:
            is_part = self.decided_state == DisputeState.PARTLY_LOST.value
            return Outcome(
                state=DisputeState(self.decided_state), on=self.decided_on, tax_relief=self.decided_relief,
                lost=self._amount(self.decided_lost) if is_part else None,
            )  # fmt: skip
        if self.stated_state and self.stated_digest == self.ignored_digest:
            return Outcome(state=DisputeState.INQUIRY, on=self._day(self.stated_at))
        if self.stated_state:
            is_part = self.stated_state == DisputeState.PARTLY_LOST.value
            return Outcome(
                state=DisputeState(self.stated_state), on=self._day(self.stated_at),
                tax_relief=self.store_id.dispute_tax_relief, disputed=self._amount(self.disputed_amount),
                lost=self._amount(self.stated_lost) if is_part else None,
            )  # fmt: skip
        return None

    def _policy(self):
        """Where it is booked, and from which day on.

        :rtype: DisputePolicy
        """
        journal = self.processor_account_id.payout_journal_id
        accounts = self._withdrawn_rows().disputed_line_id.account_id
        account = accounts[:1]
        return DisputePolicy(
            disputed=Target(label=account.display_name, account=account.id) if account else None,
            obstacle=self._obstacle(accounts, journal) or "",
            first_open_day=first_open_day(self.company_id, journal, has_tax=False),
            first_open_tax_day=first_open_day(self.company_id, journal, has_tax=True),
        )

    def _withdrawn_rows(self):
        return self.transaction_ids.filtered(lambda row: row.kind in MOVING and row.gross < 0 and row._is_booked())

    def _obstacle(self, accounts, journal):
        """Why nothing can be booked against what was withdrawn, as the rest of a sentence.

        :rtype: str | None
        """
        for item in self.transaction_ids.disputed_line_id:
            if problem := why_fallen(item.move_id):
                return self.env._("the payout entry %(entry)s %(problem)s", entry=names(item.move_id), problem=problem)
        if len(accounts) > 1:
            return self.env._(
                "the withdrawals are on %(accounts)s, and can be settled on one account only",
                accounts=", ".join(accounts.mapped("display_name")),
            )
        if accounts and not accounts.reconcile:
            return self.env._("%(account)s does not allow reconciliation", account=accounts.display_name)
        if self.processor_account_id and not journal:
            return self.env._("%(name)s has no journal of payouts", name=self.processor_account_id.name)
        return None

    def _plan(self, outcome=None):
        """The plan as things are now.

        :param Outcome outcome: as if this were decided; None: what is decided
        :rtype: DisputePlan
        """
        self.ensure_one()
        facts = self._facts(outcome)
        rulebook = self.env["ecommerce.mapping.rule"]._rulebook(self.company_id, self.store_id)
        wants_taxes = facts.outcome and facts.outcome.tax_relief
        plan = plan_dispute(
            facts, rulebook, self._policy(), read_booked_taxes(self.order_id) if wants_taxes else None
        )  # fmt: skip
        reasons = RateChecks(self.company_id).reasons(facts.currency, plan.true_date) if plan.lines else []
        reasons += self._fallen_reasons()
        if reasons:
            plan = replace(plan, status=PlanStatus.BLOCKED, lines=(), reasons=(*plan.reasons, *reasons))
        return plan

    def _fallen_reasons(self):
        """The entry of the loss was taken out of the ledger on Odoo's own screens."""
        if not self.loss_move_id or not (problem := why_fallen(self.loss_move_id)):
            return []
        return [
            Reason(
                code="dispute_entry_fallen", key=self.external_id, amount=self._amount(self.lost_amount),
                message=self.env._(
                    "The loss of dispute %(id)s is not in the ledger: its entry %(entry)s %(problem)s.",
                    id=self.external_id, entry=names(self.loss_move_id), problem=problem,
                ),
                hint=self.env._("Post that entry again; or undo the decision, and decide again."),
            )
        ]  # fmt: skip
