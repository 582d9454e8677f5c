"""What changed in the store since a customer was last compared with the contact: filled in, or told."""

from ...core.customers.choice import Basis, Conflict
from ...core.customers.contact_data import Difference, differences, missing
from ...core.customers.identity import data_digest
from .contact_values import AS_STATED, FIELDS, known_data, stated_data
from .customer_notes import FOUND_BY_COMPARING


class ContactUpdates:
    """Compares the customers of one batch with their contacts, each once.

    :param ContactValues values: builds what is filled in
    :param CustomerNotes notes: tells
    """

    def __init__(self, store, values, notes):
        self.env = store.env
        self.values = values
        self.notes = notes
        self._items = {}

    def add(self, customer, contact, document, others, *, is_new):
        """Consider the customer of an order, if the order says what the store says now and nobody compared it yet.

        :param others: (basis, contact id) pairs of what leads elsewhere
        :param bool is_new: the contact was made in this batch, from this or a later order
        """
        if customer.erased_at or customer.applied_digest == customer.data_digest:
            return
        if data_digest(document.customer) == customer.data_digest:
            self._items[customer] = (contact, document, others, is_new)

    def apply(self):
        """Fill and tell."""
        notes, reasons, labels = {}, {}, self._labels()
        # One read for all contacts of the batch.
        self.env["res.partner"].browse(item[0] for item in self._items.values()).fetch(["name", *FIELDS.values()])
        for customer, (contact, document, others, is_new) in self._items.items():
            partner = self.env["res.partner"].browse(contact)
            told = [
                self.notes.conflict(document.number, Conflict(by=by, contact=other), contact) for by, other in others
            ]
            found = [
                self.notes.vat_elsewhere(customer, other, contact) for by, other in others if by is Basis.VAT
            ]  # fmt: skip
            if not is_new:
                told += self._fill(partner, document.customer, labels)
                found += self._differences(customer, partner, document.customer, told)
            notes[customer] = told
            notes[partner] = [*notes.get(partner, ()), *told]
            reasons[customer] = found
        # sudo: what was compared is the connector's to note.
        for customer in self._items:
            customer.sudo().applied_digest = customer.data_digest
        self.notes.log(notes)
        compared = [customer for customer, item in self._items.items() if reasons[customer] or not item[3]]
        self.notes.report({customer: reasons[customer] for customer in compared}, codes=FOUND_BY_COMPARING)

    def _fill(self, partner, customer, labels):
        empty = missing(known_data(partner), stated_data(customer))
        values = self.values.filling(customer, empty)
        if not values:
            return []
        partner.with_context(**AS_STATED).write(values)
        return [self.notes.filled(sorted(labels[name] for name in values), partner.id)]

    def _differences(self, customer, partner, said, told):
        found = differences(known_data(partner), stated_data(said))
        told += [self.notes.difference(difference, partner.id) for difference in sorted(found)]
        return [self.notes.vat_changed(customer, partner.id)] if Difference.VAT in found else []

    def _labels(self):
        partner = self.env["res.partner"]
        names = [*FIELDS.values(), "country_id", "state_id"]
        return {name: field["string"] for name, field in partner.fields_get(names, ["string"]).items()}
