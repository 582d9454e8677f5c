from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What people decide about a customer; everything else is what the store says. Its conversation is no part of it.
DECIDED_BY_PEOPLE = frozenset({"partner_id", "message_follower_ids"})


class EcommerceCustomer(models.Model):
    """A customer of a store, and the contact that orders are booked on.

    A guest is one too: known again by VAT number or e-mail address, of which only a hash is the key.
    """

    _name = "ecommerce.customer"
    _description = "E-commerce Customer"
    _inherit = ["mail.thread"]
    _order = "last_seen_at desc nulls last, id desc"
    _check_company_auto = True

    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    external_id = fields.Char(
        required=True, readonly=True, help="The platform's key; of a guest, a hash of what the guest is known by."
    )
    is_guest = fields.Boolean(string="Guest", readonly=True)
    name = fields.Char(readonly=True, help="As the store says; the contact may be called otherwise.")
    email = fields.Char("E-mail", readonly=True, index="btree_not_null")
    vat = fields.Char(readonly=True, string="VAT Number", help="As the store says, in one way of writing.")
    is_business = fields.Boolean(string="Business", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", check_company=True, tracking=True, index="btree_not_null", ondelete="set null",
        help="Their own contact; empty while the customer is booked on a shared one. Another contact counts for later "
        "orders: what is posted stays where it is.",
    )  # fmt: skip
    is_pinned = fields.Boolean(
        string="Chosen by a Person", readonly=True, copy=False, help="The contact is used whatever the store's policy."
    )
    merged_into_id = fields.Many2one(
        "ecommerce.customer", readonly=True, ondelete="restrict", index="btree_not_null",
        help="The store made the two one: later orders are booked on that customer's contact.",
    )  # fmt: skip
    merged_ids = fields.One2many("ecommerce.customer", "merged_into_id", string="Merged Customers")
    data_digest = fields.Char(readonly=True, help="Hash of what the store said last.")
    applied_digest = fields.Char(readonly=True, help="Hash of what was last compared with the contact.")
    email_digest = fields.Char(readonly=True, index="btree_not_null")
    last_seen_at = fields.Datetime(readonly=True, string="Last Seen", help="The latest change of an order (UTC).")
    erased_at = fields.Datetime(readonly=True, string="Erased On", help="Personal data is not stored again since then.")
    order_ids = fields.One2many("ecommerce.order", "customer_id")
    order_count = fields.Integer(compute="_compute_order_count")

    _unique_customer = models.UniqueIndex(
        "(store_id, external_id, is_guest)", "This customer of the store is already stored."
    )

    @api.depends("name", "email", "external_id", "is_guest", "erased_at")
    def _compute_display_name(self):
        for customer in self:
            customer.display_name = customer._label(with_name=True)

    @api.depends("order_ids", "merged_ids.order_ids")
    def _compute_order_count(self):
        counts = dict(
            self.env["ecommerce.order"]._read_group(
                [("customer_id", "in", self._family().ids)], ["customer_id"], ["__count"]
            )
        )
        for customer in self:
            customer.order_count = sum(counts.get(member, 0) for member in customer | customer.merged_ids)

    def _label(self, *, with_name=False):
        """What to call a customer: without their name where the text is kept for good."""
        self.ensure_one()
        if self.erased_at:
            return self._erased_name()
        if with_name and (self.name or self.email):
            return self.name or self.email
        if self.is_guest:
            return self.env._("Guest %(number)s", number=self.id)
        return self.env._("Customer %(key)s", key=self.external_id)

    def _erased_name(self):
        return self.env._("Erased customer %(number)s", number=self.id)

    def _root(self):
        """The customer that stands for this one."""
        return self.merged_into_id or self

    def _family(self):
        """These customers, those that they were merged into and all that were."""
        roots = self.env["ecommerce.customer"].union(*(customer._root() for customer in self))
        return roots | roots.merged_ids

    def write(self, vals):
        """People choose the contact; what the store says of a customer is the connector's to write."""
        if self.env.su:
            return super().write(vals)
        if set(vals) - DECIDED_BY_PEOPLE:
            raise AccessError(self.env._("What a store says of a customer is evidence; you can choose the contact."))
        if "partner_id" not in vals:
            return super().write(vals)
        if any(customer.erased_at for customer in self):
            raise UserError(self.env._("The data of this customer was erased: the contact stays as it is."))
        result = super().write(vals)
        # sudo: that a person chose is the connector's to note; where the contact was emptied, the next order finds one.
        self.sudo().write({"is_pinned": bool(vals["partner_id"])})
        return result

    def action_view_orders(self):
        """Open the customer's orders, and those of the customers merged into it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action")
        members = self | self.merged_ids
        return action | {"domain": [("customer_id", "in", members.ids)], "context": {}}

    def action_take_data_again(self):
        """An erased customer is one again: what the store says of later orders is stored, with a new contact."""
        self.ensure_one()
        self.env["ecommerce.erasure"]._lift(self)


class EcommerceOrder(models.Model):
    """Who placed the order."""

    _inherit = "ecommerce.order"

    customer_id = fields.Many2one(
        "ecommerce.customer", readonly=True, ondelete="restrict", index="btree_not_null", string="Store Customer"
    )
