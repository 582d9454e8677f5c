from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ...core.errors import PayloadError
from ...core.reasons import Reason
from ..ledger.amounts import amount_of
from .ecommerce_payout import CONVERSION


class EcommercePayout(models.Model):
    """A payout that the processor or the bank turned into another currency.

    A processor's report tells of it, or whoever sees it on the bank statement.
    """

    _inherit = "ecommerce.payout"

    @api.depends("bank_currency_id", "currency_id", "state", "processor_account_id.bank_journal_id.currency_id")
    def _compute_needs_conversion(self):
        for payout in self:
            journal = payout.processor_account_id.bank_journal_id
            arrives_in = journal.currency_id or journal.company_id.currency_id
            payout.needs_conversion = (
                payout.state == "draft" and not payout.bank_currency_id
                and bool(journal) and arrives_in != payout.currency_id
            )  # fmt: skip

    def _arrival_reasons(self):
        """Why the payout cannot arrive on the bank account of its processor account.

        :rtype: list[Reason]
        """
        journal = self.processor_account_id.bank_journal_id
        arrives_in = journal.currency_id or journal.company_id.currency_id
        if not journal or not self.bank_currency_id or self.bank_currency_id == arrives_in:
            return []
        return [
            Reason(
                code="bank_currency", amount=amount_of(self.amount, self.currency_id), key=self.external_id,
                message=self.env._(
                    "Payout %(id)s arrives in %(theirs)s, but %(journal)s, the bank account of %(account)s, is in "
                    "%(ours)s.",
                    id=self.external_id, theirs=self.bank_currency_id.name, journal=journal.display_name,
                    account=self.processor_account_id.name, ours=arrives_in.name,
                ),
                hint=self.env._("Choose the bank account it arrives on, on the processor account."),
            )
        ]  # fmt: skip

    def write(self, vals):
        """Only of a payout that is not posted, and not where the report tells of it; the payout is planned again."""
        if not CONVERSION & set(vals) or self.env.su:
            return super().write(vals)
        for payout in self:
            payout._check_conversion_open()
        result = super().write(vals)
        self.action_match()
        return result

    def _check_conversion_open(self):
        self._check_not_discarded()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "Payout %(id)s is posted. Undo the posting before you say what it arrived as.", id=self.external_id
                )
            )
        if self.is_conversion_stated:
            raise UserError(
                self.env._("The report of payout %(id)s says what it arrives as; that is kept.", id=self.external_id)
            )

    @api.constrains("amount", "bank_currency_id", "bank_amount", "conversion_fee")
    def _check_conversion(self):
        for payout in self:
            try:
                payout._as_core()
            except PayloadError as error:
                raise ValidationError(str(error)) from None
