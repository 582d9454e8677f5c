from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...core.plan_text import money
from ...core.plans import PlanStatus
from ..ledger.amounts import amount_of
from ..ledger.entry_state import names, stands
from .payout_executor import PayoutExecutor
from .returned_payouts import returns

#: What people write on a payout themselves; its conversation is no part of it, or a note could be rewritten through it.
#: What people say of a payout that arrives in another currency.
CONVERSION = frozenset({"bank_currency_id", "bank_amount", "conversion_fee"})
WRITTEN_BY_PEOPLE = CONVERSION | {"message_follower_ids", "post_once_mapped", "transaction_ids"}


class EcommercePayout(models.Model):
    """One transfer of a processor balance to the bank."""

    _name = "ecommerce.payout"
    _description = "Payout"
    _inherit = ["mail.thread", "ecommerce.exceptions.mixin"]
    _order = "paid_on desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    active = fields.Boolean(default=True, readonly=True)
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", required=True, readonly=True, ondelete="restrict", check_company=True, index=True
    )
    company_id = fields.Many2one(related="processor_account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="processor_account_id.currency_id", store=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="set null", check_company=True)
    external_id = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="Positive: to our bank. Negative: the processor debits it.")
    paid_on = fields.Date(readonly=True)
    bank_reference = fields.Char(readonly=True)
    source = fields.Char(readonly=True, help="The report it came from.")
    bank_currency_id = fields.Many2one(
        "res.currency", ondelete="restrict", tracking=True, string="Bank's Currency",
        help="Where the processor or the bank turned the payout into another currency: the one it arrives in.",
    )  # fmt: skip
    bank_amount = fields.Monetary(
        currency_field="bank_currency_id", tracking=True, string="Arrives at the Bank",
        help="In the bank's currency, what was taken for the conversion deducted.",
    )  # fmt: skip
    conversion_fee = fields.Monetary(
        currency_field="bank_currency_id", tracking=True,
        help="What was taken for the conversion, in the bank's currency. Zero if it is only within the rate: then it "
        "is part of the exchange difference.",
    )  # fmt: skip
    exchange_rate = fields.Float(
        readonly=True, digits=0,
        help="Units of the payout's currency for one of the company's on its day, as the report states it.",
    )  # fmt: skip
    is_conversion_stated = fields.Boolean(readonly=True, help="The report tells of the conversion.")
    needs_conversion = fields.Boolean(compute="_compute_needs_conversion")
    is_stated = fields.Boolean(
        string="Amount Stated", readonly=True,
        help="The report has a row for the payout itself. Without one the amount is only the sum of the rows: rows "
        "that are missing do not show, and the bank line is its proof.",
    )  # fmt: skip
    transaction_ids = fields.One2many("ecommerce.balance.transaction", "payout_id")
    missing_payment_ids = fields.Many2many(
        "ecommerce.payment", string="Missing at the Processor", readonly=True,
        help="Open payments up to the day of the payout that no payout contains yet.",
    )  # fmt: skip
    posting_ids = fields.One2many("ecommerce.posting", "payout_id")
    exception_line_ids = fields.One2many("ecommerce.exception.line", "payout_id")
    move_id = fields.Many2one("account.move", string="Payout Entry", readonly=True, ondelete="restrict")
    plan_text = fields.Text(string="Plan", readonly=True)
    explanation = fields.Text(string="Why", readonly=True)
    is_blocked = fields.Boolean(readonly=True)
    post_once_mapped = fields.Boolean(
        tracking=True,
        help="Post it without another look as soon as there are rules for everything in it, if nothing else is open. "
        "Otherwise it is planned again and waits for review.",
    )
    lacks_rule = fields.Boolean(compute="_compute_lacks_rule", help="A mapping rule is missing for something in it.")
    matched_count = fields.Integer(compute="_compute_match_counts")
    problem_count = fields.Integer(compute="_compute_match_counts")
    discard_reason = fields.Text(string="Discarded Because", readonly=True)
    discarded_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    discarded_on = fields.Datetime(readonly=True)

    _unique_payout = models.UniqueIndex(
        "(processor_account_id, external_id) WHERE active", "This payout of the processor account is already imported."
    )

    @api.depends("exception_line_ids.exception_id.lacks_rule")
    def _compute_lacks_rule(self):
        for payout in self:
            payout.lacks_rule = any(payout.exception_line_ids.exception_id.mapped("lacks_rule"))

    @api.depends("transaction_ids.match_status")
    def _compute_match_counts(self):
        for payout in self:
            statuses = payout.transaction_ids.mapped("match_status")
            payout.matched_count = statuses.count("matched")
            payout.problem_count = sum(status in ("different", "missing_in_ledger", "duplicate") for status in statuses)

    def write(self, vals):
        """People accept rows, say when to post and follow a payout; what it says and where it stands is ours."""
        if not self.env.su:
            updates_only = all(command[0] == Command.UPDATE for command in vals.get("transaction_ids") or ())
            if set(vals) - WRITTEN_BY_PEOPLE or not updates_only:
                raise AccessError(
                    self.env._("What a payout report says is evidence; you can accept rows of it, post and undo it.")
                )
        return super().write(vals)

    def _note_accepted(self, rows):
        """Tell in the chatter who accepted which money without a payment in the ledger, or took that back."""
        self.ensure_one()
        currency = self.currency_id
        for row in rows:
            names = {
                "row": row.external_id, "amount": money(amount_of(row.gross, currency), currency.name),
                "code": currency.name,
            }  # fmt: skip
            if row.accept_open:
                note = self.env._("Accepted without a payment to settle: %(row)s, %(amount)s %(code)s.", **names)
            else:
                note = self.env._("No longer accepted: %(row)s, %(amount)s %(code)s.", **names)
            self.message_post(body=note)

    # === Buttons === #

    def action_post(self):
        """Post the payout: clearing to in transit, fees to their accounts."""
        self.check_access("write")
        for payout in self.sorted(lambda payout: (payout.paid_on, payout.id)):  # what came back after the original
            payout._check_not_posted()
            payout.action_match()
            _matches, plan = payout._plan()
            if plan.status is PlanStatus.BLOCKED:
                raise UserError("\n".join(str(reason) for reason in plan.reasons))
            with self.env.cr.savepoint():
                PayoutExecutor(payout).execute(plan)
        returns(self.transaction_ids).payout_id._look_after_posted()

    def _check_not_posted(self):
        """Posted once: neither discarded, nor posted, nor with an entry that stands whatever the state says."""
        self.ensure_one()
        self._check_not_discarded()
        if self.state != "draft":
            raise UserError(self.env._("Payout %(id)s is already posted.", id=self.external_id))
        if entry := self._standing_entries()[:1]:
            raise UserError(
                self.env._(
                    "Payout %(id)s is already posted as %(entry)s. Reverse that entry before posting it again.",
                    id=self.external_id, entry=entry.display_name,
                )
            )  # fmt: skip

    def _post_later(self):
        """Remember of those that are blocked that they were to be posted: see ``post_once_mapped``."""
        self.filtered(lambda payout: payout.state == "draft" and payout.is_blocked).post_once_mapped = True

    def _standing_entries(self):
        """Entries of the payout that are posted and not reversed, whatever its state says."""
        return self.posting_ids.move_id.filtered(stands)

    def action_undo(self):
        """Take back the last step: the bank match, or the payout entry (by a reversing entry)."""
        self.ensure_one()
        self.check_access("write")
        with self.env.cr.savepoint():
            if line := self.bank_line_id:
                PayoutExecutor(self).undo_bank_line()
                # The status follows from the ledger, which nothing tracks: who took the step back is told here.
                self.message_post(body=self.env._("Bank match undone: %(line)s is open again.", line=line.display_name))
            elif self.state != "draft":
                entry = self.move_id
                PayoutExecutor(self).undo_posting()
                self.message_post(body=self._told_undone(entry))
            else:
                raise UserError(
                    self.env._("Payout %(id)s is not posted; there is nothing to undo.", id=self.external_id)
                )

    def _told_undone(self, entry):
        reversals = names(entry.reversal_move_ids)
        return self.env._(
            "Posting undone: %(entry)s is reversed by %(reversal)s.", entry=entry.name, reversal=reversals
        )

    def action_view_moves(self):
        """Open the entries of the payout, reversals included."""
        self.ensure_one()
        moves = self.posting_ids.move_id
        moves |= moves.reversal_move_ids
        return moves._open_as_entries(self.env._("Entries of %(payout)s", payout=self.external_id))

    # === Discarding === #

    def _discard(self, reason):
        """Set a payout aside for good: it stays readable, and its report can be imported anew.

        :param str reason: why, for whoever looks for it later
        """
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the payout is discarded."))
        for payout in self:
            payout._check_not_discarded()
            if payout.state != "draft" or payout._standing_entries():
                raise UserError(
                    self.env._(
                        "Payout %(id)s is posted. Undo the posting before you discard it.", id=payout.external_id
                    )
                )
        # sudo: nobody writes evidence by hand; who may discard was checked above.
        self.sudo().write(
            {
                "active": False, "discard_reason": reason.strip(), "discarded_by_id": self.env.uid,
                "discarded_on": fields.Datetime.now(),
            }
        )  # fmt: skip
        self._tell_orders()
        note = self.env._("Discarded: %(reason)s", reason=reason.strip())
        self.env["ecommerce.exception"]._forget(self, note)
        for payout in self:
            payout.message_post(body=note)

    def _check_not_discarded(self):
        if discarded := self.filtered(lambda payout: not payout.active)[:1]:
            raise UserError(
                self.env._(
                    "Payout %(id)s was discarded (%(reason)s). Import its report again to book it.",
                    id=discarded.external_id, reason=discarded.discard_reason or "",
                )
            )  # fmt: skip

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Payout %(id)s is evidence; it cannot be deleted. If it shall not be booked, discard it.",
                id=self[:1].external_id,
            )
        )
