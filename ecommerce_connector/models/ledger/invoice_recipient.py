from odoo import fields, models


class AccountMove(models.Model):
    """Posted invoices of erased customers keep the recipient that the law wants on them."""

    _inherit = "account.move"

    ecommerce_recipient = fields.Text(
        string="Recipient Kept", readonly=True, copy=False,
        help="Name, address and VAT number of the customer when the contact's personal data was erased. An invoice "
        "must carry them for as long as it has to be kept, and is printed with them.",
    )  # fmt: skip
