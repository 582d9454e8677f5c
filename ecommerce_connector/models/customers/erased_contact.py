"""A contact whose personal data goes: what stays is its country and its VAT number."""

from ..ledger.quiet import QUIET
from .contact_values import AS_STATED

#: What on a contact can be about a person, as far as Odoo and its usual addons have it. Not the country and the VAT
#: number: tax reports of posted periods are made of them.
_EMPTIED = (
    "email", "phone", "mobile", "website", "street", "street2", "city", "zip", "state_id", "company_name", "function",
    "comment", "ref", "image_1920", "company_registry", "barcode", "category_id", "partner_latitude",
    "partner_longitude", "title", "industry_id", "additional_info", "properties",
)  # fmt: skip
#: What hangs on a record, and its field that names the record's model.
_ABOUT = (("mail.message", "model"), ("ir.attachment", "res_model"), ("mail.activity", "res_model"))


class ErasedContacts:
    """Erases contacts and the people of each.

    :param res.partner partners: contacts of their own, not people of a company
    """

    def __init__(self, partners):
        # sudo: an administrator of the connector may not see all that hangs on a contact.
        self.partners = partners.sudo().with_context(active_test=False, **AS_STATED, **QUIET)
        self.env = self.partners.env

    @property
    def everyone(self):
        """The contacts and their people."""
        return self.partners.search([("id", "child_of", self.partners.ids)]) if self.partners else self.partners

    def posted_documents(self):
        """Posted invoices and credit notes to them, whatever they came from."""
        return self.env["account.move"].search(
            [
                ("partner_id", "in", self.everyone.ids), ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ]
        )  # fmt: skip

    def erase(self, name):
        """Empty the contacts; posted documents keep their recipient.

        :param str name: what they are called from now on
        """
        people = self.everyone
        self._keep_recipients()
        self.env["mail.message"].search([("author_id", "in", people.ids)]).write({"email_from": False})
        banks = self._forget_banks(people)
        empty = {field: False for field in _EMPTIED if field in people._fields and not people._fields[field].related}
        for partner in people:
            called = name if partner in self.partners else f"{name} ({partner.id})"
            partner.write({**empty, "name": called, "ecommerce_is_erased": True})
        self._forget_conversations(people, banks)  # last: Odoo tracks on them what is written above

    def _keep_recipients(self):
        """What an invoice must carry by law is kept with the invoice itself."""
        for move in self.posted_documents().filtered(lambda move: not move.ecommerce_recipient):
            move.ecommerce_recipient = recipient_of(move)

    def _forget_banks(self, people):
        """Their bank accounts; payments may point at them, so they stay under other numbers.

        :rtype: res.partner.bank
        """
        banks = self.env["res.partner.bank"].search([("partner_id", "in", people.ids)])
        for bank in banks:
            bank.write({"allow_out_payment": False})
            bank.write({"acc_number": f"ERASED{bank.id}", "acc_holder_name": False, "active": False})
        return banks

    def _forget_conversations(self, *records):
        """Messages with what they tracked, files and activities of records."""
        for record in records:
            ids = [("res_id", "in", record.ids)]
            for name, field in _ABOUT:
                self.env[name].search([*ids, (field, "=", record._name)]).unlink()


def recipient_of(move):
    """Name, address and VAT number of the customer of an invoice, as it prints them."""
    partner = move.partner_id
    lines = [partner.commercial_company_name if not partner.is_company else "", partner.name]
    lines += partner._display_address(without_company=True).splitlines()
    lines.append(partner.vat and f"{move.company_id.account_fiscal_country_id.vat_label or 'Tax ID'}: {partner.vat}")
    return "\n".join(line.strip() for line in lines if line and line.strip())
