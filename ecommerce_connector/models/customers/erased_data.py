"""Personal data of erased customers that a store still sends: it is taken out before anything is stored."""

import re
from dataclasses import replace

from odoo import models

from ...core.customers.identity import email_address, hashed, identity_of
from ...platforms import payload as payloads

#: What an address in a text ends at.
_BETWEEN = re.compile(r"[\s\"'<>,;:()]+")


class ErasedData:
    """What must not be stored again of one store.

    :ivar customers: order external id -> the erased customer, of the records that were withheld; empty where an order
        that was erased names nobody

    :param store: the store
    :param read: payload -> document, see ``_document_reader``
    """

    def __init__(self, store, read):
        self.store = store
        self.env = store.env
        self.read = read
        self.customers = {}

    def withhold(self, records, known):
        """The records, without personal data where it was erased.

        :param list records: RawRecord objects
        :param dict known: external id -> the order as it is stored
        """
        orders = {key: order.customer_id for key, order in known.items() if order.event_id.redacted_digest}
        if not orders and not self._has_erased():
            return records
        named = self._named(records, orders)
        self.customers = orders | named
        platform = self.store._get_platforms()[self.store.platform]
        return [
            record if record.external_id not in self.customers
            else replace(record, payload=platform.redacted(record.payload))
            for record in records
        ]  # fmt: skip

    def facts_of(self, order):
        """What an order record shows of a customer whose data is erased; nothing of any other.

        :param str order: its external id
        """
        if order not in self.customers:
            return {}
        customer = self.customers[order]
        return {"customer_name": customer._erased_name() if customer else False, "customer_email": False}

    def _of_store(self):
        # sudo: whether data may be stored does not depend on who fetches.
        return self.env["ecommerce.customer"].sudo(), [
            ("store_id", "=", self.store.id), ("erased_at", "!=", False),
        ]  # fmt: skip

    def _has_erased(self):
        customers, erased = self._of_store()
        return bool(customers.search_count(erased, limit=1))

    def _named(self, records, orders):
        """Order external id -> the erased customer that a record names."""
        keys, addresses = {}, {}
        for record in records:
            if record.external_id not in orders:
                keys[record.external_id], addresses[record.external_id] = self._names(record)
        customers, erased = self._of_store()
        asked = {key for found in keys.values() for _guest, key in found}
        digests = {digest for found in addresses.values() for digest in found}
        either = ["|", ("external_id", "in", list(asked)), ("email_digest", "in", list(digests))]
        by_key, by_digest = {}, {}
        for customer in customers.search([*erased, *either]):
            by_key[customer.is_guest, customer.external_id] = customer
            by_digest[customer.email_digest] = customer
        found = {}
        for order, own in keys.items():
            named = [by_key.get(key) for key in own] + [by_digest.get(digest) for digest in addresses[order]]
            if customer := next(filter(None, named), None):
                found[order] = customer
        return found

    def _names(self, record):
        """Keys (is guest, key) of the customer, and hashes of the addresses by which a guest is known.

        Of a payload that cannot be read, every address in it.
        """
        try:
            document = self.read(record.payload)
        except Exception:  # whatever is wrong with it: staging says so to a person
            words = _BETWEEN.split(payloads.dumps(record.payload))
            return [], sorted({hashed(email_address(word)) for word in words if email_address(word)})
        customer, identity = document.customer, identity_of(document.customer, record.external_id)
        keys = [(identity.is_guest, identity.key)]
        if customer.merged_into:
            keys.append((False, customer.merged_into))
        # An account with the same address may be somebody else's of the family.
        return keys, [hashed(identity.email)] if identity.is_guest and identity.email else []


class EcommerceStore(models.Model):
    """What may be kept of what it says."""

    _inherit = "ecommerce.store"

    def _without_erased_data(self, records):
        """Records for a review, without the personal data of customers whose data was erased.

        :param list records: RawRecord objects
        """
        self.ensure_one()
        orders = self.env["ecommerce.order"].search(
            [("store_id", "=", self.id), ("external_id", "in", [record.external_id for record in records])]
        )
        orders.event_id.fetch(["redacted_digest"])
        known = {order.external_id: order for order in orders}
        return ErasedData(self, self._document_reader()).withhold(records, known)
