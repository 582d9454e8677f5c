from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core.disputes.document import DisputeState
from ...core.disputes.movements import DISPUTE_KINDS
from ...core.rounding import ZERO, total
from ...core.settlements import TransactionKind
from ..ledger.amounts import amount_of, float_of

STATES = {
    DisputeState.INQUIRY: "Inquiry", DisputeState.OPENED: "Opened", DisputeState.WON: "Won",
    DisputeState.PARTLY_LOST: "Partly lost", DisputeState.LOST: "Lost",
    DisputeState.CLOSED: "Closed without chargeback",
}  # fmt: skip
STATE_CHOICES = [(state.value, label) for state, label in STATES.items()]
#: Kinds of balance transactions whose gross amount is disputed money.
MOVING = frozenset(kind.value for kind in DISPUTE_KINDS)
#: States of a payout that has an entry.
BOOKED = ("posted", "banked")
#: What people write on a dispute themselves; its conversation is no part of it: a note could be rewritten through it.
WRITTEN_BY_PEOPLE = frozenset({"user_id", "evidence_due", "message_follower_ids", "activity_ids"})


class EcommerceDispute(models.Model):
    """A payment that the customer's bank asks about or took back: what moved, what was decided, what was booked."""

    _name = "ecommerce.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "opened_at desc, id desc"
    _rec_name = "external_id"

    external_id = fields.Char(string="Dispute", required=True, readonly=True, index=True, help="The processor's id.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="restrict", index="btree_not_null")
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    state = fields.Selection(STATE_CHOICES, string="Status", required=True, readonly=True, tracking=True, index=True)
    reason = fields.Char(readonly=True, help="As the processor calls it. Rules for lost chargebacks match on it.")
    user_id = fields.Many2one("res.users", string="Owner", tracking=True, help="Who answers it.")

    # === What it is about === #
    charge_id = fields.Char(string="Transaction", readonly=True, index=True, help="The processor's id of the payment.")
    order_reference = fields.Char(readonly=True, help="The order as the processor knows it.")
    payment_id = fields.Many2one("ecommerce.payment", readonly=True, ondelete="restrict", index="btree_not_null")
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="restrict", index="btree_not_null")
    invoice_id = fields.Many2one("account.move", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, ondelete="restrict")

    # === When === #
    inquired_at = fields.Datetime(readonly=True)
    opened_at = fields.Datetime(readonly=True, help="When it became a chargeback.")
    closed_on = fields.Date(readonly=True, help="The day it was decided, or an inquiry ended.")
    evidence_due = fields.Date(tracking=True, help="Last day to answer the bank.")
    age = fields.Integer(compute="_compute_age", string="Days", help="Since it was opened, until it was decided.")

    # === Money === #
    transaction_ids = fields.One2many("ecommerce.balance.transaction", "dispute_id", string="Balance Transactions")
    disputed_amount = fields.Monetary(string="Disputed", readonly=True, help="As the store or the processor states it.")
    withdrawn = fields.Monetary(compute="_compute_money", store=True, help="Taken from the balance, in posted payouts.")
    reinstated = fields.Monetary(compute="_compute_money", store=True, help="Given back, in posted payouts.")
    pending = fields.Monetary(
        compute="_compute_money", store=True, string="Not Posted Yet", help="Moved in payouts that are not posted yet."
    )
    fees = fields.Monetary(compute="_compute_money", store=True, help="Charged for it, in posted payouts.")
    lost_amount = fields.Monetary(string="Lost", readonly=True, help="Booked as lost, with the tax in it.")
    open_amount = fields.Monetary(
        compute="_compute_open_amount", store=True, string="Still Disputed",
        help="Withdrawn, neither given back nor lost: what is on the account of disputed funds.",
    )  # fmt: skip

    # === What was booked === #
    posting_ids = fields.One2many("ecommerce.posting", "dispute_id")
    loss_move_id = fields.Many2one("account.move", string="Entry of the Loss", readonly=True, ondelete="restrict")
    has_relief = fields.Boolean(string="With Tax Relief", readonly=True, help="Of the loss that is booked.")
    plan_text = fields.Text(string="Plan", readonly=True)
    explanation = fields.Text(readonly=True, string="Why")
    exception_ids = fields.One2many("ecommerce.exception", "dispute_id")
    reminded_of = fields.Char(readonly=True, help="The state that its owner was told of last.")

    # === What was decided, by a person or by the store's word === #
    decided_state = fields.Selection(STATE_CHOICES, readonly=True, string="Decided")
    decided_on = fields.Date(readonly=True)
    decided_lost = fields.Monetary(readonly=True)
    decided_relief = fields.Boolean(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    stated_state = fields.Selection(STATE_CHOICES, readonly=True, string="The Store Says")
    stated_at = fields.Datetime(readonly=True)
    stated_lost = fields.Monetary(readonly=True)
    stated_digest = fields.Char(readonly=True)
    ignored_digest = fields.Char(readonly=True, help="What the store said when a person undid it.")

    _once = models.UniqueIndex(
        "(processor_account_id, external_id) WHERE processor_account_id IS NOT NULL",
        "This dispute of the processor account is already stored.",
    )
    _once_of_order = models.UniqueIndex(
        "(order_id, external_id) WHERE order_id IS NOT NULL", "This dispute of the order is already stored."
    )

    # === Figures === #

    @api.depends(
        "transaction_ids.kind", "transaction_ids.gross", "transaction_ids.fee", "transaction_ids.net",
        "transaction_ids.match_status", "transaction_ids.accept_open", "transaction_ids.payout_id.state",
        "transaction_ids.payout_id.active",
    )  # fmt: skip
    def _compute_money(self):
        for dispute in self:
            booked = dispute.transaction_ids.filtered(lambda row: row._is_booked())
            awaited = dispute.transaction_ids.filtered(lambda row: row._is_awaited())
            moved = dispute._gross(booked)
            dispute.withdrawn = float_of(-total([amount for amount in moved if amount < ZERO]))
            dispute.reinstated = float_of(total([amount for amount in moved if amount > ZERO]))
            dispute.pending = float_of(-total(dispute._gross(awaited)))
            dispute.fees = float_of(total([dispute._amount(row._dispute_fee()) for row in booked]))

    def _gross(self, rows):
        return [self._amount(row.gross) for row in rows if row.kind in MOVING]

    def _amount(self, value):
        """A stored amount of the dispute, exact."""
        return amount_of(value, self.currency_id)

    @api.depends("withdrawn", "reinstated", "lost_amount")
    def _compute_open_amount(self):
        for dispute in self:
            left = [dispute.withdrawn, -dispute.reinstated, -dispute.lost_amount]
            dispute.open_amount = float_of(total([dispute._amount(value) for value in left]))

    @api.depends("opened_at", "inquired_at", "closed_on")
    def _compute_age(self):
        for dispute in self:
            since = dispute.opened_at or dispute.inquired_at
            until = dispute.closed_on or fields.Date.context_today(dispute)
            dispute.age = max((until - since.date()).days, 0) if since else 0

    # === Evidence === #

    def write(self, vals):
        """People own a dispute and say until when it is to be answered; what it says is the connector's."""
        if set(vals) - WRITTEN_BY_PEOPLE and not self.env.su:
            raise AccessError(
                self.env._("What is known of a dispute is evidence; decide it with the buttons: Lost, Won, Undo.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Dispute %(id)s is evidence; it cannot be deleted.", id=self[:1].external_id)
        )  # fmt: skip


class EcommerceBalanceTransaction(models.Model):
    """The dispute that a row is of, and where its money is in the ledger."""

    _inherit = "ecommerce.balance.transaction"

    dispute_id = fields.Many2one("ecommerce.dispute", readonly=True, ondelete="restrict", index="btree_not_null")
    disputed_line_id = fields.Many2one(
        "account.move.line", string="Disputed Item", readonly=True, ondelete="set null", index="btree_not_null",
        help="Its item of the payout entry on the account of disputed funds.",
    )  # fmt: skip

    def _is_booked(self):
        """Whether it is in an entry."""
        return self.payout_id.active and self.payout_id.state in BOOKED

    def _is_awaited(self):
        """Whether an entry will have it; one that is listed again has no entry of its own unless it is accepted."""
        is_repeat = self.match_status == "duplicate" and not self.accept_open
        return self.payout_id.active and self.payout_id.state == "draft" and not is_repeat

    def _dispute_fee(self):
        """What it costs; a row that is all fee may state that in its gross."""
        return -self.net if self.kind == TransactionKind.FEE.value else self.fee
