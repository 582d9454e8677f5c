from odoo import fields, models


class EcommerceException(models.Model):
    """What a person should know of a customer."""

    _inherit = "ecommerce.exception"

    customer_id = fields.Many2one("ecommerce.customer", readonly=True, ondelete="cascade", index="btree_not_null")

    def action_open_record(self):
        """Open the customer concerned, or what else the exception is about."""
        if not self.customer_id:
            return super().action_open_record()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.customer", "res_id": self.customer_id.id,
            "view_mode": "form",
        }  # fmt: skip


class EcommerceCustomer(models.Model):
    """The exceptions about a customer."""

    _inherit = "ecommerce.customer"

    exception_ids = fields.One2many("ecommerce.exception", "customer_id", readonly=True)
    exception_count = fields.Integer(compute="_compute_exception_count")

    def _compute_exception_count(self):
        for customer in self:
            customer.exception_count = len(customer.exception_ids.filtered(lambda item: item.state == "open"))
