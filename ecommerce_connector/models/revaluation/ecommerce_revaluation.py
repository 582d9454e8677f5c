from odoo import api, fields, models
from odoo.exceptions import UserError

from .open_balances import LABELS


class EcommerceRevaluation(models.Model):
    """A posted revaluation of one account in one currency on one day: once, and found again."""

    _name = "ecommerce.revaluation"
    _description = "Posted Revaluation"
    _order = "day desc, account_id, currency_id"
    _rec_name = "day"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True)
    account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    what = fields.Selection(list(LABELS.items()), required=True, readonly=True, string="What Is Open")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True)
    carried = fields.Monetary(readonly=True, currency_field="company_currency_id")
    rate = fields.Float(readonly=True, digits=0)
    value = fields.Monetary(readonly=True, currency_field="company_currency_id")
    difference = fields.Monetary(readonly=True, currency_field="company_currency_id")
    move_id = fields.Many2one("account.move", string="Entry", required=True, readonly=True, ondelete="restrict")
    reversal_move_id = fields.Many2one("account.move", string="Reversal", readonly=True, ondelete="restrict")

    _once = models.UniqueIndex(
        "(company_id, day, account_id, currency_id)", "This account is already revalued on this day."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A posted revaluation is evidence; it cannot be deleted."))
