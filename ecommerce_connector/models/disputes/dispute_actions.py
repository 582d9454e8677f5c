from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.disputes.document import DisputeState
from ...core.plans import PlanStatus
from ..ledger.amounts import float_of
from ..ledger.days import said_day


class EcommerceDispute(models.Model):
    """What people decide about a dispute, and where its buttons lead."""

    _inherit = "ecommerce.dispute"

    can_decide = fields.Boolean(compute="_compute_can_decide", help="It is undecided, or only the store says how.")

    @api.depends("state", "decided_state", "loss_move_id", "stated_state", "stated_digest", "ignored_digest")
    def _compute_can_decide(self):
        """A person may decide otherwise than the store as long as its word is not booked.

        What was decided before the bank took the money, or took it again, holds no more.
        """
        undecided = (DisputeState.INQUIRY.value, DisputeState.OPENED.value)
        for dispute in self:
            is_said = not dispute.decided_state and dispute._is_decided_by_store()
            dispute.can_decide = not dispute.loss_move_id and (dispute.state in undecided or is_said)

    # === Decisions === #

    def action_lose(self):
        """Ask when it was lost, how much, and whether the tax comes back."""
        self.ensure_one()
        self._check_undecided()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_dispute_lose_action")
        return action | {"context": {"default_dispute_id": self.id}}

    def action_win(self):
        """Say that the bank decided for us; the money leaves disputed funds with the payout that brings it."""
        for dispute in self:
            dispute._check_undecided()
            dispute._decide(DisputeState.WON, fields.Date.context_today(dispute))

    def action_close_inquiry(self):
        """Say that the bank is satisfied; no money ever moved."""
        for dispute in self:
            dispute._check_undecided()
            if dispute.state != DisputeState.INQUIRY.value:
                raise UserError(
                    self.env._("Dispute %(id)s is no inquiry: money was withdrawn.", id=dispute.external_id)
                )
            dispute._decide(DisputeState.CLOSED, fields.Date.context_today(dispute))

    def _check_undecided(self):
        self.check_access("write")
        if not self.can_decide:
            state = dict(self._fields["state"]._description_selection(self.env))[self.state]
            raise UserError(
                self.env._(
                    "Dispute %(id)s is decided already (%(state)s). Undo that before you decide again.",
                    id=self.external_id, state=state,
                )
            )  # fmt: skip

    def _decide(self, state, on, *, lost=None, tax_relief=False):
        """Take a person's decision, and book what follows from it.

        :param DisputeState state: won, lost, partly lost or closed
        :param date on: the day of it
        :param Decimal lost: the part that is lost, of a partly lost one
        :raises UserError: if it cannot be booked
        """
        self.ensure_one()
        self.check_access("write")
        if on > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(day)s is in the future: a decision is booked when it is known.", day=said_day(self.env, on)
                )
            )
        # sudo: nobody writes evidence by hand; who may decide was checked above.
        self.sudo().write(
            {
                "decided_state": state.value, "decided_on": on, "decided_lost": float_of(lost or 0),
                "decided_relief": tax_relief, "decided_by_id": self.env.uid,
            }
        )  # fmt: skip
        self._check_plan()
        self._follow(book=True)
        self._check_booked()

    def _check_plan(self):
        plan = self._plan()
        if plan.status is PlanStatus.BLOCKED:
            raise UserError("\n".join(str(reason) for reason in plan.reasons))

    def _check_booked(self):
        """A person who decides hears at once what went wrong; nothing is kept of it then."""
        failed = self.exception_ids.filtered(lambda item: item.state == "open" and item.code == "dispute_not_booked")
        if failed:
            raise UserError("\n".join(failed.mapped("message")))

    def action_undo(self):
        """Take the decision back, and its entry by a reversing one; what the store said until now counts no more."""
        self.ensure_one()
        self.check_access("write")
        is_stated = self._is_decided_by_store()
        if not (self.decided_state or is_stated or self.loss_move_id):
            raise UserError(
                self.env._("Nothing was decided about dispute %(id)s; there is nothing to undo.", id=self.external_id)
            )
        taken_back = self.loss_move_id
        # sudo: nobody writes evidence by hand; who may decide was checked above.
        self.sudo().write(
            {
                "decided_state": False, "decided_on": False, "decided_lost": 0.0, "decided_relief": False,
                "decided_by_id": False, "ignored_digest": self.stated_digest if is_stated else self.ignored_digest,
            }
        )  # fmt: skip
        with self.env.cr.savepoint():
            if taken_back:
                self._take_back()
            self._follow(book=True)
        reversal = taken_back.reversal_move_ids[-1:]
        self.message_post(
            body=self.env._("Decision undone; %(entry)s is taken back by %(reversal)s.",
                            entry=taken_back.name, reversal=reversal.name)
            if taken_back else self.env._("Decision undone.")
        )  # fmt: skip

    def _is_decided_by_store(self):
        """Whether the store says how it ended, and nobody undid that."""
        undecided = (False, DisputeState.INQUIRY.value, DisputeState.OPENED.value)
        return self.stated_state not in undecided and self.stated_digest != self.ignored_digest

    def action_post(self):
        """Plan it again, and book what is due; what hinders it is told."""
        self.check_access("write")
        self._link()
        self._follow(book=True)

    # === Where buttons lead === #

    def action_view_moves(self):
        """Open its entries: those of the payouts, of the loss, and what reverses that."""
        self.ensure_one()
        moves = self.posting_ids.move_id
        moves |= moves.reversal_move_ids | self.transaction_ids.disputed_line_id.move_id
        action = self._list(self.env._("Entries of %(dispute)s", dispute=self.external_id), moves)
        return action | {"context": {"list_view_ref": "account.view_move_tree"}}

    def action_view_items(self):
        """Open its items on the account of disputed funds."""
        self.ensure_one()
        rows = self.transaction_ids.disputed_line_id
        moves = self.posting_ids.move_id
        moves |= moves.reversal_move_ids
        items = rows | moves.line_ids.filtered(lambda item: item.account_id in rows.account_id)
        return self._list(self.env._("Disputed funds of %(dispute)s", dispute=self.external_id), items, "list")

    def action_view_payouts(self):
        """Open the payouts that took the money and brought it back."""
        self.ensure_one()
        payouts = self.transaction_ids.payout_id
        return self._list(self.env._("Payouts of %(dispute)s", dispute=self.external_id), payouts)

    def action_view_order(self):
        """Open the order that was paid."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "res_id": self.order_id.id,
            "view_mode": "form",
        }  # fmt: skip

    @staticmethod
    def _list(name, records, view_mode="list,form"):
        return {
            "type": "ir.actions.act_window", "name": name, "res_model": records._name, "view_mode": view_mode,
            "domain": [("id", "in", records.ids)],
        }  # fmt: skip
