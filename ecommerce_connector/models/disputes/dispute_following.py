from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ...core.disputes.document import DisputeState
from ...core.disputes.text import to_text
from ...core.errors import ConnectorError
from ...core.reasons import Reason
from ...core.rounding import ZERO, total
from ..ledger.amounts import float_of
from .dispute_executor import DisputeExecutor

UNDECIDED = (DisputeState.INQUIRY.value, DisputeState.OPENED.value)
TO_DO = "mail.mail_activity_data_todo"


class EcommerceDispute(models.Model):
    """A dispute follows what becomes known of it: state, ledger, exceptions, and the reminder of its owner."""

    _inherit = "ecommerce.dispute"

    def _follow(self, *, book=False):
        """Plan each dispute anew, and write down where it stands.

        :param bool book: bring the ledger in line too: book a loss, correct one that is another by now, settle what
            came back. False: only tell what would be done
        """
        for dispute in self:
            plan = dispute._plan()
            failed = dispute._bring_in_line(plan) if book and dispute.processor_account_id else []
            dispute._show(plan)
            dispute._remind()
            found = [(reason, "1") for reason in (*plan.reasons, *failed)]
            found += [(notice, "0") for notice in plan.notices]
            exceptions = dispute.env["ecommerce.exception"]
            exceptions._sync(dispute, {dispute: found}, company=dispute.company_id)

    def _bring_in_line(self, plan):
        """Write what the plan asks for, and settle items of disputed funds.

        :return: why it could not be written
        :rtype: list[Reason]
        """
        try:
            with self.env.cr.savepoint():
                DisputeExecutor(self).bring_in_line(plan)
        except (UserError, ConnectorError) as error:
            return [
                Reason(
                    code="dispute_not_booked", key=self.external_id, amount=plan.loss,
                    message=self.env._(
                        "Dispute %(id)s cannot be booked: %(error)s", id=self.external_id, error=error
                    ),
                    hint=self.env._("Repair the cause, then try again."),
                )
            ]  # fmt: skip
        return []

    def _show(self, plan):
        """Write on the record where it stands."""
        facts = plan.facts
        vals = {
            "plan_text": to_text(plan), "state": facts.state.value, "closed_on": self._closed_on(facts),
            "explanation": "\n".join(str(reason) for reason in (*plan.reasons, *plan.notices)),
        }  # fmt: skip
        if facts.movements and not self.opened_at:
            vals["opened_at"] = min(self.transaction_ids.mapped("occurred_at"))
        if not self.stated_state:
            taken = [movement.amount for movement in facts.movements if movement.amount > ZERO]
            vals["disputed_amount"] = float_of(total(taken))
        changed = {name: value for name, value in vals.items() if (self[name] or False) != (value or False)}
        # sudo: nobody writes evidence by hand; the right was checked where the facts came from.
        self.sudo().write(changed)

    @staticmethod
    def _closed_on(facts):
        """The day it was decided: as it was said, else that of the last money that came back."""
        if facts.state.value in UNDECIDED:
            return False
        if facts.outcome and facts.outcome.state is facts.state:
            return facts.outcome.on
        return max((movement.on for movement in facts.movements), default=False)

    # === The owner === #

    def _take_back(self):
        """Take the entry of the loss back."""
        DisputeExecutor(self).take_back()

    def _remind(self):
        """An activity for who answers it, once when the bank asks and once when it takes the money."""
        mine = self.sudo()  # sudo: who may see a dispute need not be allowed to write activities for others
        if self.state not in UNDECIDED:
            if mine.reminded_of:
                mine.activity_unlink([TO_DO])
                mine.reminded_of = False
            return
        if mine.reminded_of == self.state:
            self._move_deadline(mine)
            return
        mine.activity_unlink([TO_DO])
        owner = self._responsible()
        if owner and not mine.user_id:
            mine.with_context(mail_auto_subscribe_no_notify=True).user_id = owner  # the activity tells it
        mine.activity_schedule(
            TO_DO, date_deadline=self._deadline(), user_id=owner.id, note=self.reason or "",
            summary=self._summary(),
        )  # fmt: skip
        mine.reminded_of = self.state

    def _move_deadline(self, mine):
        """The store may tell only later until when evidence is due."""
        due = self._deadline()
        late = mine.activity_ids.filtered(lambda activity: activity.automated and activity.date_deadline != due)
        if self.evidence_due and late:
            late.date_deadline = due

    def _deadline(self):
        return self.evidence_due or fields.Date.context_today(self)

    def _summary(self):
        if self.state == DisputeState.INQUIRY.value:
            return self.env._("Answer the inquiry %(id)s", id=self.external_id)
        return self.env._("Answer the chargeback %(id)s, or accept it", id=self.external_id)

    def _responsible(self):
        """Its owner; else the owner of the store's disputes; else who brought the news, if that is a person."""
        candidates = self.user_id | self.store_id.dispute_user_id
        if self.env.uid != SUPERUSER_ID:
            candidates |= self.env.user
        return candidates.filtered(
            lambda user: user.has_group("ecommerce_connector.group_viewer") and self.company_id in user.company_ids
        )[:1]
