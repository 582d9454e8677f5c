from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Field of a store → the role of its account.
STORE_ACCOUNTS = {"deferred_revenue_account_id": "deferred_revenue", "late_accrual_account_id": "late_arrivals"}
#: Field of a processor account → the role of its account.
PROCESSOR_ACCOUNTS = {"accrued_fees_account_id": "accrued_fees"}
_BALANCE_SHEET = (
    "[('account_type', 'in', ('asset_current', 'asset_prepayments', 'liability_current', 'liability_non_current'))]"
)


class EcommerceStore(models.Model):
    """How a store's periods end."""

    _inherit = "ecommerce.store"

    deferred_revenue_account_id = fields.Many2one(
        "account.account", check_company=True, tracking=True, domain=_BALANCE_SHEET,
        help="Revenue of what is invoiced and not shipped at the end of a period waits here until the next day.",
    )  # fmt: skip
    late_accrual_account_id = fields.Many2one(
        "account.account", string="Late Arrivals Account", check_company=True, tracking=True, domain=_BALANCE_SHEET,
        help="Counterpart of what is accrued for a period because it came in after the period was locked.",
    )  # fmt: skip
    breakage_percent = fields.Float(
        string="Expected Breakage", digits=(5, 2), tracking=True,
        help="Percent of the gift cards sold that is expected never to be redeemed. It becomes income in proportion to "
        "what is redeemed. 0: only what is left of cards that expired, or were not used for long, is proposed. Whether "
        "what is left belongs to the seller depends on the law.",
    )  # fmt: skip
    breakage_months = fields.Integer(
        string="Unused For", tracking=True,
        help="Months without a movement after which redemption of a card is taken to be remote. 0: never; only cards "
        "past their last day are proposed.",
    )  # fmt: skip

    _breakage_percent_possible = models.Constraint(
        "CHECK (breakage_percent >= 0 AND breakage_percent < 100)", "Expected breakage is at least 0 and below 100 %."
    )
    _breakage_months_positive = models.Constraint("CHECK (breakage_months >= 0)", "Months cannot be negative.")

    def action_make_period_accounts(self):
        """Make the accounts for the end of a period that are not chosen yet, the store's processors' too."""
        self.ensure_one()
        self.check_access("write")
        self._choose_period_accounts(self, STORE_ACCOUNTS)
        accounts = self.env["ecommerce.processor.account"].search(
            [("company_id", "=", self.company_id.id), ("bills_in_arrears", "=", True)]
        )  # fmt: skip
        for account in accounts:
            self._choose_period_accounts(account, PROCESSOR_ACCOUNTS)
        return True

    def _choose_period_accounts(self, record, roles):
        for name, role in roles.items():
            if not record[name]:
                record[name] = self._ensure_account(role)


class EcommerceProcessorAccount(models.Model):
    """Fees that a processor bills after the month in which they arose."""

    _inherit = "ecommerce.processor.account"

    bills_in_arrears = fields.Boolean(
        string="Bills Fees Later",
        help="The processor sends a bill for the fees of a month, instead of taking them from payouts. An accrual is "
        "proposed at the end of each period.",
    )  # fmt: skip
    arrears_percent = fields.Float(string="Percent of Volume", digits=(7, 4))
    arrears_fixed = fields.Float(string="Per Payment", digits=(16, 4), help="In the currency of the account.")
    accrued_fees_account_id = fields.Many2one(
        "account.account", check_company=True, domain=_BALANCE_SHEET,
        help="Fees that are not billed yet at the end of a period.",
    )  # fmt: skip

    @api.constrains("arrears_percent", "arrears_fixed")
    def _check_arrears(self):
        for account in self:
            if not 0 <= account.arrears_percent <= 100 or account.arrears_fixed < 0:
                raise ValidationError(self.env._("Fees are at least 0, and at most 100 % of the volume."))
