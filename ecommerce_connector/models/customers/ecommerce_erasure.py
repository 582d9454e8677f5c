from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

ADMINISTRATOR = "ecommerce_connector.group_administrator"


class EcommerceErasure(models.Model):
    """Who erased whose personal data, when and why. Written once and never again: not by the ORM, and not in SQL.

    It names customers and contacts by number, so it holds nothing that would have to be erased itself.
    """

    _name = "ecommerce.erasure"
    _description = "E-commerce Erasure of Personal Data"
    _order = "id desc"
    _rec_name = "subject"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    action = fields.Selection(
        [("erased", "Erased"), ("lifted", "Data taken again")], required=True, readonly=True, default="erased"
    )
    subject = fields.Char(required=True, readonly=True, string="Whose", help="By number; there is no name any more.")
    user_id = fields.Many2one("res.users", required=True, readonly=True, string="Who", ondelete="restrict")
    erased_at = fields.Datetime(required=True, readonly=True, string="When", default=fields.Datetime.now)
    reason = fields.Char(required=True, readonly=True, string="Why")
    # Numbers, not links: a line outlives what it is about.
    customer_numbers = fields.Char(readonly=True, string="Customer No.", help="Numbers of the customer records.")
    contact_numbers = fields.Char(readonly=True, string="Contact No.", help="Numbers of the contacts.")
    order_count = fields.Integer(readonly=True, string="Orders")
    document_count = fields.Integer(readonly=True, string="Invoices", help="Posted, and kept as they are.")
    payload_count = fields.Integer(readonly=True, string="Payloads")
    payload_digests = fields.Json(
        readonly=True, help="Number of the event -> SHA-256 of its payload before and after, for an auditor."
    )

    _reason_given = models.Constraint("CHECK (trim(reason) <> '')", "Say why.")

    def init(self):
        """Close the table to UPDATE and DELETE, whoever asks."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION ecommerce_erasure_is_final() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'The log of erasures cannot be altered.' USING ERRCODE = 'check_violation';
            END
            $$ LANGUAGE plpgsql;
            CREATE OR REPLACE TRIGGER ecommerce_erasure_is_final
                BEFORE UPDATE OR DELETE ON ecommerce_erasure
                FOR EACH ROW EXECUTE FUNCTION ecommerce_erasure_is_final();
            """
        )

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused, whoever asks."""
        raise UserError(self.env._("The log of erasures cannot be altered."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of erasures cannot be altered."))

    @api.model
    def _require_administrator(self):
        if not self.env.su and not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(self.env._("Personal data is erased, and taken again, by administrators only."))

    @api.model
    def _lift(self, customer):
        """Let the data of an erased customer be stored again, from the next order on.

        What was erased stays erased, and so does the contact: the customer gets a new one.
        """
        self._require_administrator()
        # sudo: the connector writes customers and this log; the right was checked.
        erased = customer.sudo()._family().filtered("erased_at")
        if not erased:
            raise UserError(self.env._("The data of this customer was not erased."))
        erased.write({"erased_at": False, "partner_id": False, "is_pinned": False, "applied_digest": False})
        self.sudo().create(
            {
                "company_id": customer.company_id.id, "action": "lifted", "user_id": self.env.user.id,
                "subject": customer._erased_name(), "reason": self.env._("The customer is one again."),
                "customer_numbers": ", ".join(str(number) for number in erased.ids),
            }
        )  # fmt: skip
