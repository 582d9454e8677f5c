from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.policy import CreditNoteDate, InvoiceDate, PaymentDate


class EcommerceStore(models.Model):
    """Which events give a store's entries their days."""

    _inherit = "ecommerce.store"

    invoice_date_of = fields.Selection(
        [
            ("event", "What makes it an invoice"), ("placed", "Order placed"), ("paid", "Paid in full"),
            ("fulfilled", "Shipped as a whole"), ("imported", "Import"),
        ],
        string="Invoice Date", default="event", required=True, tracking=True,
        help="The day of invoices. One whose event has not happened yet waits for it. What is posted keeps its date.",
    )  # fmt: skip
    credit_note_date_of = fields.Selection(
        [("refunded", "Refund"), ("imported", "Import of the refund")], string="Credit Note Date", default="refunded",
        required=True, tracking=True,
    )  # fmt: skip
    payment_date_of = fields.Selection(
        [("moved", "The money moved"), ("imported", "Import of the payment")], string="Payment Date", default="moved",
        required=True, tracking=True, help="The day of payments and of refunds of money.",
    )  # fmt: skip

    @api.constrains("invoice_on", "invoice_date_of")
    def _check_invoice_date(self):
        for store in self:
            if store.invoice_on == "fulfilment" and store.invoice_date_of not in ("event", "imported"):
                raise ValidationError(
                    self.env._(
                        "%(store)s makes an invoice for each shipment, which has the day of the shipment, or of the "
                        "import. Choose one of these as its invoice date.", store=store.name,
                    )
                )  # fmt: skip

    def _policy(self):
        """With the days that the store wants."""
        return replace(
            super()._policy(), invoice_date=InvoiceDate(self.invoice_date_of),
            credit_note_date=CreditNoteDate(self.credit_note_date_of), payment_date=PaymentDate(self.payment_date_of),
        )  # fmt: skip
