from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.customers.customer_erasure import CustomerErasure


class EcommerceCustomerErase(models.TransientModel):
    """Erase the personal data of one customer."""

    _name = "ecommerce.customer.erase"
    _description = "Erase Personal Data"

    customer_id = fields.Many2one("ecommerce.customer", ondelete="cascade", readonly=True)
    partner_id = fields.Many2one("res.partner", ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    #: Required by the form and by the button, not by the table: a review begins without it.
    reason = fields.Char(help="Kept in the log, e.g. the number of the request. Without the customer's name.")
    subject = fields.Char(compute="_compute_scope", string="Customer")
    contact_names = fields.Char(compute="_compute_scope", string="Contacts")
    order_count = fields.Integer(compute="_compute_scope", string="Orders")
    document_count = fields.Integer(compute="_compute_scope", string="Posted Invoices and Credit Notes")
    obstacles = fields.Text(compute="_compute_scope", string="Open Orders")
    problem = fields.Char(compute="_compute_scope")

    @api.depends("customer_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.customer_id.company_id or self.env.company

    @api.depends("customer_id", "partner_id")
    def _compute_scope(self):
        for wizard in self:
            wizard.update(wizard._scope())

    def _scope(self):
        try:
            erasure = self._erasure()
        except UserError as error:
            return {
                "subject": False, "contact_names": False, "order_count": 0, "document_count": 0, "obstacles": False,
                "problem": str(error),
            }  # fmt: skip
        return {
            "subject": ", ".join(erasure.customers.mapped("display_name")) or self.partner_id.display_name,
            "contact_names": ", ".join(erasure.contacts.everyone.mapped("display_name")),
            "order_count": len(erasure.orders), "document_count": len(erasure.contacts.posted_documents()),
            "obstacles": "\n".join(erasure.obstacles()), "problem": False,
        }  # fmt: skip

    def _erasure(self):
        self.ensure_one()
        self.env["ecommerce.erasure"]._require_administrator()
        # While the form is filled in, its records are not those of the database.
        customer, partner = self.customer_id._origin, self.partner_id._origin
        customer.check_access("read")
        partner.check_access("read")
        return CustomerErasure(customer, partner)

    def action_erase(self):
        """Erase, once a reason is given and no order is open."""
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: an auditor will ask."))
        erasure = self._erasure()
        if not erasure.customers and not erasure.partners:
            raise UserError(self.env._("Choose a customer or a contact."))
        erasure.erase(reason)
        return {"type": "ir.actions.act_window_close"}
