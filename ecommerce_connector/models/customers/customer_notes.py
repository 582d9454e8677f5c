"""What a person should know of a customer: written into the record's log, and an exception where a tax depends on it.

Texts that are kept name contacts and customers by number: their names may have to be erased one day.
"""

from markupsafe import Markup, escape

from ...core.customers.choice import Basis
from ...core.customers.contact_data import Difference
from ...core.reasons import Reason

VAT_CHANGED = "customer_vat_changed"
VAT_ELSEWHERE = "customer_vat_elsewhere"
CONTACT_GONE = "customer_contact_gone"
ERASED_AGAIN = "erased_customer_ordered"
#: Exceptions that comparing a customer with the contact finds, or resolves.
FOUND_BY_COMPARING = [VAT_CHANGED, VAT_ELSEWHERE]


class CustomerNotes:
    """Logs and exceptions about customers of one store."""

    def __init__(self, store):
        self.store = store
        self.env = store.env

    def log(self, notes):
        """Write sentences into the logs of customers or contacts, with one insert for all of a model.

        :param dict notes: record -> list of sentences
        """
        for model in ("ecommerce.customer", "res.partner"):
            bodies = {
                record.id: Markup("<br/>").join(map(escape, sentences))
                for record, sentences in notes.items()
                if sentences and record._name == model
            }
            if bodies:
                # sudo: the log is written by the connector, whoever lets it work.
                self.env[model].sudo().browse(bodies)._message_log_batch(bodies=bodies)

    def report(self, found, *, codes, customers=None):
        """Make the open exceptions of customers those found now.

        :param dict found: customer -> list of reasons
        :param list codes: exceptions of these codes only
        :param customers: all that were looked at; None: those with findings
        """
        everyone = self.env["ecommerce.customer"].union(*found, *(customers or ()))
        if everyone:
            reasons = {customer: [(reason, "0") for reason in own] for customer, own in found.items()}
            self.env["ecommerce.exception"]._sync(everyone, reasons, company=self.store.company_id, codes=codes)

    # === Texts === #

    def conflict(self, order, conflict, taken):
        """That the VAT number or the address of an order also leads to another contact."""
        names = {Basis.VAT: self.env._("VAT number"), Basis.EMAIL: self.env._("e-mail address")}
        return self.env._(
            "Order %(order)s: its %(what)s belongs to contact no. %(other)s, too; it is booked on contact no. "
            "%(taken)s.",
            order=order, what=names[conflict.by], other=conflict.contact, taken=taken,
        )  # fmt: skip

    def difference(self, difference, partner):
        """That the store says otherwise than the contact."""
        names = {
            Difference.VAT: self.env._("another VAT number"), Difference.EMAIL: self.env._("another e-mail address"),
            Difference.ADDRESS: self.env._("another address"),
        }  # fmt: skip
        return self.env._(
            "The store gives %(what)s than contact no. %(contact)s has. The contact was left as it is.",
            what=names[difference], contact=partner,
        )  # fmt: skip

    def filled(self, labels, partner):
        """What was empty and is filled now."""
        return self.env._(
            "Filled in from the store on contact no. %(contact)s: %(fields)s.", contact=partner,
            fields=", ".join(labels),
        )  # fmt: skip

    def vat_changed(self, customer, partner):
        """An exception: the tax treatment of the next orders may depend on it."""
        return Reason(
            code=VAT_CHANGED, key=f"customer:{customer.id}",
            message=self.env._(
                "%(customer)s gives another VAT number in %(store)s than contact no. %(contact)s has.",
                customer=customer._label(), store=self.store.name, contact=partner,
            ),
            hint=self.env._(
                "Find out which is right. Correct the contact, or choose another one for this customer; posted "
                "invoices stay as they are."
            ),
        )  # fmt: skip

    def vat_elsewhere(self, customer, other, taken):
        """An exception: two contacts may be one business."""
        return Reason(
            code=VAT_ELSEWHERE, key=f"contact:{other}",
            message=self.env._(
                "%(customer)s of %(store)s is booked on contact no. %(taken)s, and the VAT number is that of contact "
                "no. %(other)s.", customer=customer._label(), store=self.store.name, taken=taken, other=other,
            ),
            hint=self.env._("If they are one business, merge the contacts in Odoo; the customer follows."),
        )  # fmt: skip

    def contact_gone(self, customer, gone, taken):
        """An exception: a contact that was archived, or given to another company, is not used."""
        return Reason(
            code=CONTACT_GONE, key=f"contact:{gone}",
            message=self.env._(
                "Contact no. %(gone)s of %(customer)s, %(store)s, is archived or belongs to another company. The "
                "orders are booked on contact no. %(taken)s.",
                gone=gone, customer=customer._label(), store=self.store.name, taken=taken,
            ),
            hint=self.env._("If it was archived by mistake, restore it and merge the two contacts."),
        )  # fmt: skip

    def erased_again(self, customer, order):
        """An exception: who asked to be forgotten has ordered again."""
        return Reason(
            code=ERASED_AGAIN, key=f"customer:{customer.id}",
            message=self.env._(
                "%(customer)s of %(store)s placed order %(order)s after the data was erased; it is stored without "
                "personal data.", customer=customer._label(), store=self.store.name, order=order,
            ),
            hint=self.env._(
                "If the customer shall be one again, an administrator clicks “Take data again” on the customer; it "
                "counts for later orders."
            ),
        )  # fmt: skip
