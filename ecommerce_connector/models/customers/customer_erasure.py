"""Erasing the personal data of a customer, without a trace in the figures.

Taken out: names, addresses, numbers in the stored payloads, on orders, on the customer's records and on the contact.
Kept: amounts, taxes, dates, keys, countries; both hashes of each payload; posted entries, with the recipient that an
invoice must carry.
"""

import hashlib
from contextlib import ExitStack

from odoo import fields
from odoo.exceptions import UserError

from ...core.customers.redaction import ERASED
from ...core.errors import ConnectorError
from ...platforms import payload as payloads
from ..store.store_lock import reading
from .customer_notes import CustomerNotes
from .erased_contact import ErasedContacts

#: Orders that a refusal names.
SHOWN = 10
#: Payloads that are in memory together.
AT_ONCE = 200


class CustomerErasure:
    """All that is one customer: records in stores, the contact, the orders.

    :param ecommerce.customer customers: where to begin
    :param res.partner partner: or here
    :raises UserError: if the contact is not one customer's own
    """

    def __init__(self, customers, partner):
        self.env = customers.env
        # sudo: the whole person must be found; that the user may see all of it is checked below.
        self.customers, self.partners = self._whole(customers.sudo(), partner.sudo().commercial_partner_id)
        self.partners |= self._former_contacts()
        self.contacts = ErasedContacts(self.partners)
        self._refuse_strangers()
        own = [("partner_id", "in", self.contacts.everyone.ids)]
        self.orders = self.env["ecommerce.order"].sudo().search(
            ["|", ("customer_id", "in", self.customers.ids), *own]
        )  # fmt: skip
        self._refuse_other_companies()

    # === Who it is === #

    def _whole(self, customers, partners):
        """Records and contacts that belong together, until there are no more."""
        shared = self._shared()
        if partners & shared:
            raise UserError(
                self.env._("Many customers share this contact. Erase each of them: E-commerce › Orders › Customers.")
            )
        while True:
            more = customers._family()
            contacts = partners | more.partner_id.commercial_partner_id - shared
            more |= more.search([("partner_id", "child_of", contacts.ids)]) if contacts else more
            if more == customers and contacts == partners:
                return customers, partners
            customers, partners = customers | more, contacts

    def _former_contacts(self):
        """Contacts that only orders of this customer were booked on, before another one was chosen."""
        orders = self.env["ecommerce.order"].sudo()
        own = orders.search([("customer_id", "in", self.customers.ids)])
        former = own.partner_id.commercial_partner_id - self.partners - self._shared()
        on_them = [("partner_id", "child_of", former.ids)]
        others = orders.search([*on_them, ("id", "not in", own.ids)]).partner_id if former else former
        others |= self.customers.search(on_them).partner_id if former else former
        return former - others.commercial_partner_id

    def _shared(self):
        stores = self.env["ecommerce.store"].sudo().with_context(active_test=False).search([])
        return stores.shared_partner_id | self.env["ecommerce.collective"].sudo().search([]).partner_id

    def _refuse_strangers(self):
        people = self.contacts.everyone
        if people.user_ids:
            raise UserError(self.env._("The contact is a user of Odoo. Remove the user first."))
        if self.env["res.company"].sudo().search_count([("partner_id", "in", people.ids)], limit=1):
            raise UserError(self.env._("The contact is a company of this Odoo."))

    def _refuse_other_companies(self):
        companies = self.customers.company_id | self.orders.company_id | self.contacts.posted_documents().company_id
        if not self.env.su and companies - self.env.user.company_ids:
            raise UserError(
                self.env._(
                    "The customer is known in another company, too, to which you have no access. Ask somebody who has."
                )
            )

    # === What keeps it from being done === #

    def obstacles(self):
        """Orders that are not finished, each with the reason, as sentences.

        :rtype: list[str]
        """
        open_items = self._open_orders()
        found = []
        for order in self.orders.sorted("id"):
            if why := self._why_open(order, open_items):
                found.append(
                    self.env._("%(order)s (%(store)s): %(why)s", order=order.number, store=order.store_id.name, why=why)
                )
        return found

    def _why_open(self, order, open_items):
        if order.state == "blocked":
            return self.env._("it is blocked")
        if order.state == "ready":
            return self.env._("it waits to be posted")
        if any(refund.state in ("pending", "authorized") for refund in order.refund_ids):
            return self.env._("a refund is pending")
        if order in open_items:
            return self.env._("it is not settled")
        if order.state == "waiting" and not self._is_over(order):
            return self.env._("nothing is booked yet, and it may still be paid")
        return ""

    @staticmethod
    def _is_over(order):
        """Whether an order without any entry will never have one."""
        try:
            document = order._document()
        except ConnectorError:
            return False
        return document.cancelled or document.is_test or not document.total

    def _open_orders(self):
        """Orders with an open item on the customer's account."""
        open_lines = self.env["account.move.line"].sudo().search(
            [
                ("reconciled", "=", False), ("parent_state", "in", ("draft", "posted")),
                # A payment may wait on an account of advances.
                "|", ("id", "in", self.orders.payment_ids.receivable_line_id.ids),
                "|", ("id", "in", self.orders.sudo().summary_row_ids.filtered("is_customer").line_id.ids),
                "&", ("move_id.ecommerce_order_id", "in", self.orders.ids),
                ("account_id.account_type", "=", "asset_receivable"),
            ]
        )  # fmt: skip
        payments = self.orders.payment_ids.filtered(lambda payment: payment.receivable_line_id in open_lines)
        in_summaries = self.orders.filtered(lambda order: order.summary_row_ids.line_id & open_lines)
        return open_lines.move_id.ecommerce_order_id | payments.order_id | in_summaries

    # === Doing it === #

    @property
    def name(self):
        """What the customer is called from now on."""
        if self.customers:
            return self.customers.sorted("id")[0]._erased_name()
        return self.env._("Erased customer %(number)s", number=f"C{self.partners.id}")

    def erase(self, reason):
        """Erase everything, and write down that it was done.

        :param str reason: why; kept
        :raises UserError: while an order is open
        """
        with ExitStack() as stack:
            stores = self.orders.store_id | self.customers.store_id
            for store in stores:
                stack.enter_context(reading(store))
            self._refuse_open()
            documents, name = len(self.contacts.posted_documents()), self.name
            digests = self._redact_payloads()
            self._erase_orders()
            self._erase_customers()
            self.contacts.erase(name)
            self._log(reason, name, digests, documents)
            # Whoever reads the store next must see that the data is not to be stored.
            stores[:1]._commit_unless_testing()

    def _refuse_open(self):
        if obstacles := self.obstacles():
            more = len(obstacles) - SHOWN
            lines = obstacles[:SHOWN] + ([self.env._("and %(count)s more", count=more)] if more > 0 else [])
            raise UserError("\n".join([self.env._("The customer has open orders:"), *lines]))

    def _redact_payloads(self):
        """Event number -> its hashes before and after, of all versions of all orders."""
        found = {}
        for store, orders in self.orders.grouped("store_id").items():
            platform = self.env["ecommerce.store"]._get_platforms()[store.platform]
            of_orders = [
                ("store_id", "=", store.id), ("kind", "=", "order"), ("external_id", "in", orders.mapped("external_id"))
            ]  # fmt: skip
            events = self.env["ecommerce.event"].sudo()
            ids = events.search([*of_orders, ("redacted_digest", "=", False)]).ids
            for start in range(0, len(ids), AT_ONCE):
                for event in events.browse(ids[start : start + AT_ONCE]):
                    text = payloads.dumps(platform.redacted(payloads.loads(event.payload)))
                    digest = hashlib.sha256(text.encode()).hexdigest()
                    event._redact(text, digest)
                    found[str(event.id)] = [event.digest, digest]
                self.env.flush_all()
                self.env.invalidate_all()  # payloads are large
        return found

    def _erase_orders(self):
        for order in self.orders:
            name = order.customer_id._erased_name() if order.customer_id else self.name
            order.write({"customer_name": name, "customer_email": False})
        # A review under way keeps payloads of its own, and the file they came in.
        lines = self.env["ecommerce.import.line"].sudo().search(
            [
                ("import_id.store_id", "in", self.orders.store_id.ids),
                ("external_id", "in", self.orders.mapped("external_id")),
            ]
        )  # fmt: skip
        lines.import_id.file = False
        lines.unlink()
        # What an unreadable payload was refused for may quote it.
        quoting = [("order_id", "in", self.orders.ids), ("code", "in", ("payload", "cannot_post", "cannot_plan"))]
        self.env["ecommerce.exception"].sudo().search(quoting).write({"message": ERASED})

    def _erase_customers(self):
        customers = self.customers.with_context(tracking_disable=True)
        customers.message_ids.sudo().unlink()
        customers.write(
            {
                "name": False, "email": False, "vat": False, "data_digest": False, "applied_digest": False,
                "erased_at": fields.Datetime.now(),
            }
        )  # fmt: skip
        for store, own in customers.grouped("store_id").items():
            CustomerNotes(store).log({customer: [self.env._("Personal data was erased.")] for customer in own})

    def _log(self, reason, name, digests, documents):
        company = self.customers.company_id | self.orders.company_id | self.env.company
        self.env["ecommerce.erasure"].sudo().create(
            {
                "company_id": company[0].id, "subject": name, "user_id": self.env.user.id, "reason": reason,
                "customer_numbers": ", ".join(str(number) for number in sorted(self.customers.ids)),
                "contact_numbers": ", ".join(str(number) for number in sorted(self.contacts.everyone.ids)),
                "order_count": len(self.orders), "document_count": documents, "payload_count": len(digests),
                "payload_digests": digests,
            }
        )  # fmt: skip
