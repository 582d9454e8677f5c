"""The contacts that a batch of orders is booked on: found with a fixed number of queries, made with one more.

What decides is in ``core.customers``; this reads what it needs, and writes what it says.
"""

from collections import defaultdict

from ...core.customers.choice import Basis, Desk, Request, Sharing
from ...core.customers.identity import identity_of
from .contact_search import ContactSearch
from .contact_updates import ContactUpdates
from .contact_values import AS_STATED, ContactValues, address_of
from .customer_notes import CONTACT_GONE, CustomerNotes
from .customer_staging import CustomerStaging
from .ecommerce_collective import CollectiveContacts


def sharing_of(store):
    """How a store shares contacts; without the contact to share, each customer gets one.

    :rtype: Sharing
    """
    sharing = Sharing(store.partner_policy)
    return Sharing.CUSTOMER if sharing is Sharing.STORE and not store.shared_partner_id else sharing


class PartnerResolver:
    """Finds or makes the contact of each order's customer."""

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.values = ContactValues(self.env)
        self.notes = CustomerNotes(store)

    def resolve(self, pairs):
        """Contact id per order external id.

        :param list pairs: (ecommerce.order, its document)
        :rtype: dict[str, int]
        """
        if not pairs:
            return {}
        documents = {order.external_id: document for order, document in pairs}
        customers = self._customers(pairs)
        roots = {order: customer._root() for order, customer in customers.items()}
        requests = [self._request(order, document, roots[order]) for order, document in documents.items()]
        found = ContactSearch(
            self.store, self.env["ecommerce.customer"].union(*customers.values()),
            [request.identity for request in requests],
        )  # fmt: skip
        choices = Desk.of(sharing_of(self.store), found.contacts, found.linked).place_all(requests)
        made = self._make(requests, choices, documents, roots)
        own = {order: made.get(choice.contact, choice.contact) for order, choice in choices.items() if choice.contact}
        self._link(own, roots, found.gone)
        self._compare(own, choices, customers, documents, set(made.values()), made)
        return own | self._shared(choices, requests)

    def _customers(self, pairs):
        """Customer record per order; of orders that were stored before there were any, made now."""
        without = {order: document for order, document in pairs if not order.customer_id}
        staged = CustomerStaging(self.store).stage(
            {order.external_id: document for order, document in without.items()}
        ) if without else {}  # fmt: skip
        for order in without:
            # sudo: nobody writes orders by hand; the public entry points check the right on the store.
            order.sudo().customer_id = staged[order.external_id]
        return {order.external_id: order.customer_id.with_env(self.env).sudo() for order, _document in pairs}

    @staticmethod
    def _request(order, document, root):
        at = document.placed_at or document.updated_at
        identity = identity_of(document.customer, order)
        return Request(order=order, at=at, customer=root.id, identity=identity, is_pinned=root.is_pinned)

    def _make(self, requests, choices, documents, roots):
        """New contacts, with what the latest of their orders says: number of the choice -> id."""
        latest = {}
        for request in requests:
            contact = choices[request.order].contact
            if contact is not None and contact < 0:
                latest[contact] = max(latest.get(contact, (request.at, "")), (request.at, request.order))
        orders = {contact: order for contact, (_at, order) in sorted(latest.items(), reverse=True)}
        if orders:
            self.values.look_up([address_of(documents[order].customer) for order in orders.values()])
        partners = self.env["res.partner"].with_context(**AS_STATED).create(
            [self.values.of_new(documents[order].customer, roots[order]) for order in orders.values()]
        )  # fmt: skip
        return dict(zip(orders, partners.ids, strict=True))

    def _shared(self, choices, requests):
        """Orders on contacts that customers share."""
        of_country = {
            request.order: request.identity.country
            for request in requests
            if choices[request.order].basis is Basis.COUNTRY
        }
        contacts = CollectiveContacts(self.store).of(set(of_country.values()))
        of_store = {order: self.store.shared_partner_id.id for order, it in choices.items() if it.basis is Basis.STORE}
        return of_store | {order: contacts[code] for order, code in of_country.items()}

    def _link(self, own, roots, gone):
        """Remember whose contact is whose."""
        taken, replaced = defaultdict(self.env["ecommerce.customer"].browse), {}
        for order, contact in own.items():
            root = roots[order]
            if root.partner_id.id != contact:
                taken[contact] |= root
            if root.id in gone:
                replaced[root] = [self.notes.contact_gone(root, gone[root.id], contact)]
        for contact, customers in taken.items():
            customers.sudo().with_context(tracking_disable=True).write({"partner_id": contact, "is_pinned": False})
        if replaced:
            self.notes.report(replaced, codes=[CONTACT_GONE])

    def _compare(self, own, choices, customers, documents, new, numbers):
        """Bring contacts up to what the store says, where a person need not decide."""
        updates = ContactUpdates(self.store, self.values, self.notes)
        for order, contact in own.items():
            others = [
                (conflict.by, numbers.get(conflict.contact, conflict.contact)) for conflict in choices[order].conflicts
            ]
            updates.add(customers[order], contact, documents[order], others, is_new=contact in new)
        updates.apply()
