from odoo import fields, models
from odoo.exceptions import UserError


class EcommerceExceptionResolve(models.TransientModel):
    """Asks why exceptions are closed by hand, and closes them."""

    _name = "ecommerce.exception.resolve"
    _description = "Resolve E-commerce Exceptions"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    exception_ids = fields.Many2many("ecommerce.exception", required=True, readonly=True, string="Exceptions")
    count = fields.Integer(compute="_compute_count")
    blocking = fields.Integer(compute="_compute_count", help="How many of them keep a document from being booked.")
    message = fields.Text(compute="_compute_count")
    #: Required by the form and by the button: the wizard exists before anybody has written anything.
    reason = fields.Text(string="Why", help="Kept with the exception and in its log.")

    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.exception_ids)
            wizard.blocking = len(wizard.exception_ids.filtered(lambda item: item.severity == "1"))
            wizard.message = wizard.exception_ids.message if wizard.count == 1 else False

    def action_resolve(self):
        """Close them with the reason."""
        self.ensure_one()
        items = self.exception_ids.filtered(lambda item: item.state == "open")
        if not items:
            raise UserError(self.env._("They are resolved already, or none was selected."))
        items._close((self.reason or "").strip())
        return {"type": "ir.actions.act_window_close"}
