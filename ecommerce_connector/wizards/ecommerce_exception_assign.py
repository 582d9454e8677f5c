from datetime import timedelta

from odoo import api, fields, models

from ..models.exceptions.exception_owners import DAYS
from ..models.exceptions.exception_rule import OWNING_GROUP
from ..models.ledger.quiet import UNTOLD


class EcommerceExceptionAssign(models.TransientModel):
    """Gives many exceptions to one person at once, with a single message."""

    _name = "ecommerce.exception.assign"
    _description = "Assign E-commerce Exceptions"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    exception_ids = fields.Many2many("ecommerce.exception", required=True, readonly=True, string="Exceptions")
    count = fields.Integer(compute="_compute_count")
    user_id = fields.Many2one(
        "res.users", string="Owner", required=True, default=lambda self: self.env.user,
        domain=lambda self: self.env["ecommerce.exception.rule"]._domain_members(OWNING_GROUP),
    )  # fmt: skip
    date_due = fields.Date(
        string="Due", required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=DAYS),
    )  # fmt: skip
    note = fields.Text(help="What the owner should know; goes into the message and each log.")

    @api.depends("exception_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.exception_ids)

    def action_assign(self):
        """Give them to the owner."""
        self.ensure_one()
        items = self.exception_ids.filtered(lambda item: item.state == "open")
        items.check_access("write")
        items.with_context(**UNTOLD).write({"user_id": self.user_id.id, "date_due": self.date_due})
        items.sudo()._log_each(self._words())  # sudo: a note in the log, by who may write it
        if items and self.user_id != self.env.user:
            items._mail_about(self.user_id, "ecommerce_connector.exceptions_assigned_mail", note=self.note or "")
        return {"type": "ir.actions.act_window_close"}

    def _words(self):
        told = self.env._("Given to %(user)s.", user=self.user_id.name)
        return f"{told} {self.note}" if self.note else told
