"""Customers of the orders of one page: stored, brought up to date, and merged where the store merged them."""

from ...core.customers.identity import data_digest, hashed, identity_of
from ...core.customers.merging import Sighting, survivors
from ..ledger.instants import utc
from .customer_notes import ERASED_AGAIN, CustomerNotes


class CustomerStaging:
    """Keeps the customer records of one store. Books nothing and touches no contact."""

    def __init__(self, store):
        self.store = store
        self.env = store.env
        # sudo: what a store says of a customer is evidence, which nobody writes by hand.
        self.customers = store.env["ecommerce.customer"].sudo().with_context(tracking_disable=True, mail_notrack=True)

    def stage(self, documents, known=None, erased=None):
        """The customer of each order; made if it is new.

        :param dict documents: order external id -> its document
        :param dict known: order external id -> the order as it is stored
        :param dict erased: order external id -> customer record, of those whose personal data is not stored again
        :rtype: dict[str, ecommerce.customer]
        """
        known, erased = known or {}, erased or {}
        found = {order: customer for order, customer in erased.items() if customer}
        self._tell_of(found, documents, known)
        open_ones = {order: document for order, document in documents.items() if order not in erased}
        identities = {order: identity_of(document.customer, order) for order, document in open_ones.items()}
        records = self._records(identities, open_ones)
        named = {order: records[identity.is_guest, identity.key] for order, identity in identities.items()}
        self._update(named, open_ones)
        found |= self._merge(named, open_ones, identities, known, records)
        return {order: customer.with_env(self.env) for order, customer in found.items()}

    def _tell_of(self, erased, documents, known):
        """Who asked to be forgotten and ordered again: a person may want to know."""
        notes = CustomerNotes(self.store)
        again = {
            customer: [notes.erased_again(customer, documents[order].number)]
            for order, customer in erased.items()
            if order not in known and order in documents and customer.erased_at
        }
        if again:
            notes.report(again, codes=[ERASED_AGAIN])

    def _records(self, identities, documents):
        """(is guest, key) -> record, of all customers named; the survivors of merges too."""
        latest = {}
        for order, document in sorted(documents.items(), key=lambda pair: (pair[1].updated_at, pair[0])):
            latest[identities[order].is_guest, identities[order].key] = (document, identities[order])
            if document.customer.merged_into:
                latest.setdefault((False, document.customer.merged_into), None)
        stored = self.customers.search_fetch(
            [("store_id", "=", self.store.id), ("external_id", "in", list({key for _guest, key in latest}))]
        )
        records = {(record.is_guest, record.external_id): record for record in stored}
        missing = {key: said for key, said in latest.items() if key not in records}
        made = self.customers.create(
            [
                {
                    "store_id": self.store.id, "company_id": self.store.company_id.id, "is_guest": is_guest,
                    "external_id": external_id, **(self._said(*said) if said else {}),
                }
                for (is_guest, external_id), said in missing.items()
            ]
        )  # fmt: skip
        return records | dict(zip(missing, made, strict=True))

    @staticmethod
    def _said(document, identity):
        customer = document.customer
        return {
            "name": customer.company or customer.name, "email": identity.email, "vat": identity.vat or customer.vat,
            "is_business": identity.is_business, "data_digest": data_digest(customer),
            "email_digest": hashed(identity.email) if identity.email else False,
            "last_seen_at": utc(document.updated_at),
        }  # fmt: skip

    def _update(self, named, documents):
        """Remember what the latest of the orders says."""
        for order, record in named.items():
            document = documents[order]
            if record.erased_at or (record.last_seen_at and record.last_seen_at > utc(document.updated_at)):
                continue
            said = self._said(document, identity_of(document.customer, order))
            if changed := {name: value for name, value in said.items() if (record[name] or "") != (value or "")}:
                record.write(changed)

    # === Merges === #

    def _merge(self, named, documents, identities, known, records):
        """Note which customers the store made one.

        :return: the customer of each order
        """
        found, merges = dict(named), []
        for order in sorted(named, key=lambda order: (documents[order].updated_at, order)):
            record, customer = named[order], documents[order].customer
            before = known[order].customer_id.sudo() if order in known else self.customers
            if before and before != record:
                sighting = self._sighting(before, record, identities[order])
                if sighting.is_merge:
                    merges.append((before.id, record.id))
                elif sighting.same_email and sighting.now_guest and not before.is_guest:
                    found[order] = before  # the account was deleted in the store
            if customer.merged_into:
                merges.append((record.id, records[False, customer.merged_into].id))
        if merges:
            self._keep(merges)
        return found

    @staticmethod
    def _sighting(before, record, identity):
        same = bool(identity.email) and before.email_digest == hashed(identity.email)
        return Sighting(before=before.id, now=record.id, same_email=same, now_guest=identity.is_guest)

    def _keep(self, merges):
        ids = {number for pair in merges for number in pair}
        touched = self.customers.browse(ids)
        tree = touched._family() | touched
        merged = {record.id: record.merged_into_id.id for record in tree if record.merged_into_id}
        into = survivors(merged, merges)
        notes = {}
        for record in tree:
            if (record.merged_into_id.id or None) != into.get(record.id):
                record.merged_into_id = into.get(record.id)
                if record.merged_into_id:
                    notes[record] = [
                        self.env._(
                            "Merged into %(customer)s in the store: later orders are booked on that customer's "
                            "contact, what is posted stays.", customer=record.merged_into_id._label(),
                        )
                    ]  # fmt: skip
        CustomerNotes(self.store).log(notes)
