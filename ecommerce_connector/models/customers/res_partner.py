from odoo import api, fields, models

from ...core.customers.vat_numbers import vat_number

VIEWER = "ecommerce_connector.group_viewer"


class ResPartner(models.Model):
    """What orders of stores are matched with, and the way back to them."""

    _inherit = "res.partner"

    ecommerce_vat = fields.Char(
        compute="_compute_ecommerce_vat", store=True, index="btree_not_null", compute_sudo=True,
        string="VAT Number, Comparable", groups=VIEWER,
    )  # fmt: skip
    ecommerce_is_erased = fields.Boolean(readonly=True, copy=False, groups=VIEWER, help="Personal data was erased.")
    ecommerce_customer_ids = fields.One2many("ecommerce.customer", "partner_id", groups=VIEWER)
    ecommerce_customer_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)
    ecommerce_order_count = fields.Integer(compute="_compute_ecommerce_counts", groups=VIEWER)

    #: Each batch looks contacts up by their address.
    _ecommerce_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.depends("vat", "country_id.code")
    def _compute_ecommerce_vat(self):
        for partner in self:
            partner.ecommerce_vat = vat_number(partner.vat or "", partner.country_id.code or "") or False

    def _compute_ecommerce_counts(self):
        for partner in self:
            partner.ecommerce_customer_count = partner._ecommerce_count("ecommerce.customer")
            partner.ecommerce_order_count = partner._ecommerce_count("ecommerce.order")

    def _ecommerce_count(self, model):
        return self.env[model].search_count([("partner_id", "child_of", self.ids)])

    def action_view_ecommerce_orders(self):
        """Open the store orders booked on the contact or its people."""
        self.ensure_one()
        return self._ecommerce_action("ecommerce_connector.ecommerce_order_action")

    def action_view_ecommerce_customers(self):
        """Open the store customers of the contact or its people."""
        self.ensure_one()
        return self._ecommerce_action("ecommerce_connector.ecommerce_customer_action")

    def _ecommerce_action(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return action | {"domain": [("partner_id", "child_of", self.ids)], "context": {}}
