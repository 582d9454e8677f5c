"""The contacts that customers of a batch may have, read with a fixed number of queries."""

from collections import defaultdict

from odoo.fields import Domain

from ...core.customers.choice import Contact
from .contact_values import FIELDS

_READ = (
    "email_normalized", "ecommerce_vat", "ecommerce_is_erased", "is_company", "parent_id", "commercial_partner_id",
    "active", "name", "country_id", *FIELDS.values(),
)  # fmt: skip


class ContactSearch:
    """Contacts of one store's company that customers are linked with, or that have their number or address.

    :ivar linked: customer record that decides -> its contact, where it may be used
    :ivar gone: customer record -> its contact, where that was archived or belongs to another company
    :ivar contacts: what the customers may have, for the core
    """

    def __init__(self, store, customers, identities):
        """:param ecommerce.customer customers: who placed the orders
        :param list identities: of the orders
        """
        self.store = store
        self.env = store.env
        self._customers = customers
        roots = self.env["ecommerce.customer"].union(*(customer._root() for customer in customers))
        self._links = self._read_links(roots)
        vats = {identity.vat for identity in identities if identity.vat}
        emails = {identity.email for identity in identities if identity.email}
        known_by = self._read_known_addresses(emails)
        found = self._read_contacts(vats, emails, {*self._links.values(), *known_by})
        usable = {partner.id: partner.commercial_partner_id for partner in found if partner.active}
        usable = {own: whole for own, whole in usable.items() if whole.active}
        self.linked = {root: usable[own].id for root, own in self._links.items() if own in usable}
        self.gone = {root: own for root, own in self._links.items() if own not in usable}
        self.contacts = self._contacts(found, usable, known_by)

    def _read_links(self, roots):
        """Customer id -> id of its contact; of one without, that of a customer merged into it."""
        # A link is followed although the contact may be one that the user does not see.
        roots = roots.sudo()
        links = {root.id: root.partner_id.id for root in roots if root.partner_id}
        without = [root.id for root in roots if not root.partner_id and not root.erased_at]
        merged = roots.search_fetch(
            [("merged_into_id", "in", without), ("partner_id", "!=", False), ("erased_at", "=", False)],
            ["merged_into_id", "partner_id"], order="id",
        )  # fmt: skip
        for customer in merged:
            links.setdefault(customer.merged_into_id.id, customer.partner_id.id)
        return links

    def _read_known_addresses(self, emails):
        """Contact id -> addresses that other customers of the store gave, whatever a person wrote on the contact.

        Not those of the batch: what they say now must not count as known before.
        """
        found = defaultdict(set)
        customers = self.env["ecommerce.customer"].sudo()
        for customer in customers.search_fetch(
            [
                ("store_id", "=", self.store.id), ("email", "in", list(emails)), ("partner_id", "!=", False),
                ("id", "not in", self._customers.ids),
            ], ["email", "partner_id"],
        ):  # fmt: skip
            found[customer.partner_id.id].add(customer.email)
        return found

    def _read_contacts(self, vats, emails, ids):
        partners = self.env["res.partner"].with_context(active_test=False)
        wanted = Domain("id", "in", list(ids))
        if emails:
            wanted |= Domain("email_normalized", "in", list(emails)) & Domain("active", "=", True)
        if vats:
            wanted |= Domain("ecommerce_vat", "in", list(vats)) & Domain("active", "=", True)
        of_company = Domain(partners._check_company_domain(self.store.company_id))
        found = partners.search_fetch(wanted & of_company, _READ, order="id")
        found.commercial_partner_id.fetch(_READ)
        return found

    def _contacts(self, found, usable, known_by):
        shared = self.store.shared_partner_id | self._collectives()
        addresses = defaultdict(set)
        for partner in found:
            whole = usable.get(partner.id)
            if whole and whole not in shared and not whole.ecommerce_is_erased:
                addresses[whole] |= {partner.email_normalized} - {False} | known_by.get(partner.id, set())
        return [
            Contact(
                id=whole.id, is_business=bool(whole.is_company or whole.vat), vat=whole.ecommerce_vat or "",
                emails=frozenset(emails),
            )
            for whole, emails in addresses.items()
        ]  # fmt: skip

    def _collectives(self):
        of_company = [("company_id", "=", self.store.company_id.id)]
        return self.env["ecommerce.collective"].sudo().search(of_company).partner_id
