from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...core.payouts.matching import MatchStatus
from ...core.settlements import TransactionKind
from ..ledger.amounts import amount_of

KINDS = {
    TransactionKind.CHARGE: "Charge", TransactionKind.REFUND: "Refund",
    TransactionKind.REFUND_FAILURE: "Failed refund", TransactionKind.FEE: "Fee", TransactionKind.DISPUTE: "Dispute",
    TransactionKind.DISPUTE_REVERSAL: "Dispute won back", TransactionKind.RESERVE_HOLD: "Reserve held",
    TransactionKind.RESERVE_RELEASE: "Reserve released", TransactionKind.ADJUSTMENT: "Adjustment",
    TransactionKind.PAYOUT: "Payout", TransactionKind.UNKNOWN: "Unknown",
}  # fmt: skip
STATUSES = {
    MatchStatus.MATCHED: "Matched", MatchStatus.DIFFERENT: "Different",
    MatchStatus.MISSING_IN_LEDGER: "Missing in the ledger", MatchStatus.DUPLICATE: "Duplicate",
    MatchStatus.NO_COUNTERPART: "No counterpart needed",
}  # fmt: skip
#: Not in the ledger yet, because its order waits for the summary of the payout: nothing to decide.
WAITING = "waiting"


class EcommerceBalanceTransaction(models.Model):
    """One movement on a processor account, as its payout report lists it."""

    _name = "ecommerce.balance.transaction"
    _description = "Balance Transaction"
    _order = "payout_id, row, id"
    _rec_name = "external_id"

    payout_id = fields.Many2one("ecommerce.payout", required=True, readonly=True, ondelete="cascade", index=True)
    processor_account_id = fields.Many2one(related="payout_id.processor_account_id", store=True, index=True)
    company_id = fields.Many2one(related="payout_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="payout_id.currency_id", store=True)
    external_id = fields.Char(required=True, readonly=True, index=True)
    row = fields.Integer(readonly=True, help="Line number in the report.")
    kind = fields.Selection([(kind.value, label) for kind, label in KINDS.items()], required=True, readonly=True)
    raw_kind = fields.Char(readonly=True, string="Type in the Report")
    gross = fields.Monetary(readonly=True, help="Positive: into the balance.")
    fee = fields.Monetary(readonly=True, help="Positive: charged to us.")
    net = fields.Monetary(readonly=True)
    charged_amount = fields.Monetary(
        readonly=True, currency_field="charged_currency_id",
        help="What the customer was charged, where the processor turned it into the currency of the account at once.",
    )  # fmt: skip
    charged_currency_id = fields.Many2one("res.currency", readonly=True, ondelete="restrict")
    exchange_rate = fields.Float(
        readonly=True, digits=0, help="Units of the currency for one of the company's, as the report states it."
    )
    occurred_at = fields.Datetime(readonly=True)
    # Orders look for their money by each of these.
    source_id = fields.Char(readonly=True, string="Charge or Refund", index="btree_not_null")
    charge_id = fields.Char(readonly=True, index="btree_not_null")
    payment_intent_id = fields.Char(readonly=True, index="btree_not_null")
    order_reference = fields.Char(readonly=True, index="btree_not_null")
    description = fields.Char(readonly=True)
    match_status = fields.Selection(
        [*((status.value, label) for status, label in STATUSES.items()), (WAITING, "Waits for its summary")],
        readonly=True,
        index=True,
    )
    payment_id = fields.Many2one("ecommerce.payment", readonly=True, ondelete="restrict", index="btree_not_null")
    clearing_line_id = fields.Many2one(
        "account.move.line", string="Clearing Item", readonly=True, ondelete="set null", index="btree_not_null",
        help="Its item of the payout entry on the clearing account; of a payout that came back, the one in transit.",
    )  # fmt: skip
    difference = fields.Monetary(readonly=True, help="Processor minus ledger.")
    match_reasons = fields.Text(readonly=True, string="Why")
    accept_open = fields.Boolean(
        string="Accept", help="Post it to the clearing account without a payment to settle; it stays open there."
    )

    accepted_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    accepted_on = fields.Datetime(readonly=True)

    def write(self, vals):
        """People accept a row; everything else in it is the processor's word or the connector's finding.

        Whoever changes an acceptance, it is written down, and the payout is planned again with it.
        """
        if set(vals) - {"accept_open"} and not self.env.su:
            raise AccessError(self.env._("What a payout report says is evidence; you can only accept a row of it."))
        if "accept_open" not in vals:
            return super().write(vals)
        accepted = bool(vals["accept_open"])
        changed = self.filtered(lambda row: row.accept_open != accepted)
        changed._check_acceptable()
        kept = {"accepted_by_id": self.env.uid, "accepted_on": fields.Datetime.now()}
        result = super().write(vals)
        super(EcommerceBalanceTransaction, changed).write(kept if accepted else dict.fromkeys(kept, False))
        for payout in changed.payout_id:
            payout._note_accepted(changed.filtered(lambda row, payout=payout: row.payout_id == payout))
            payout.action_match()
        return result

    def _claimed(self):
        """What the ledger must have for it: the charge in its own currency.

        :rtype: tuple[Decimal, res.currency]
        """
        self.ensure_one()
        if currency := self.charged_currency_id:
            return amount_of(self.charged_amount, currency), currency
        return amount_of(self.gross, self.currency_id), self.currency_id

    def _check_acceptable(self):
        self.payout_id._check_not_discarded()
        if posted := self.payout_id.filtered(lambda payout: payout.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "Payout %(id)s is posted. Undo the posting before you accept other rows.", id=posted.external_id
                )
            )

    _unique_in_payout = models.UniqueIndex("(payout_id, external_id)", "A balance transaction is in a payout once.")
