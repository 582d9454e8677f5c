"""Contacts of a batch of orders, found with one query and made with one more."""

from odoo.tools import email_normalize


class PartnerResolver:
    """Finds or makes the contact of each order's customer."""

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.company = store.company_id
        self._places = {}

    def resolve(self, documents):
        """Contact id per order external id.

        :param list documents: canonical documents
        :rtype: dict[str, int]
        """
        wanted = {document.external_id: self.email_of(document.customer) for document in documents}
        found = self._search({email for email in wanted.values() if email})
        customers = {self.email_of(document.customer): document.customer for document in documents}
        missing = [email for email in customers if email and email not in found]
        if missing:
            partners = self.env["res.partner"].create([self._vals(customers[email], email) for email in missing])
            found.update(zip(missing, partners.ids, strict=True))
        shared = self.store.shared_partner_id.id
        return {order: found[email] if email else shared for order, email in wanted.items()}

    def email_of(self, customer):
        """The address that identifies the customer; empty: booked on the shared contact."""
        is_business = customer.company or customer.vat
        if self.store.partner_policy == "shared" and self.store.shared_partner_id and not is_business:
            return ""
        return email_normalize(customer.email) or ""

    def _search(self, emails):
        if not emails:
            return {}
        partners = self.env["res.partner"].search_fetch(
            [("email_normalized", "in", list(emails)), ("company_id", "in", (False, self.company.id))],
            ["email_normalized"], order="id desc",
        )  # fmt: skip
        # The oldest contact of an address wins, so the answer does not change when a duplicate is made.
        return {partner.email_normalized: partner.id for partner in partners}

    def _vals(self, customer, email):
        address = customer.billing if customer.billing.country or customer.billing.street else customer.shipping
        country_id, state_id = self._place(address)
        return {
            "name": customer.company or customer.name or email,
            "is_company": bool(customer.company),
            "email": email,
            "phone": customer.phone,
            "vat": customer.vat or False,
            "street": address.street,
            "street2": address.street2,
            "city": address.city,
            "zip": address.postal_code,
            "country_id": country_id,
            "state_id": state_id,
            "customer_rank": 1,
            "lang": self.env.lang or self.env.user.lang,
        }

    def _place(self, address):
        """(country id, state id), looked up once for all customers of a batch who live there."""
        key = (address.country.upper(), address.state.upper())
        if key not in self._places:
            self._places[key] = self._search_place(*key)
        return self._places[key]

    def _search_place(self, country_code, state_code):
        country = self.env["res.country"].search([("code", "=", country_code)], limit=1) if country_code else None
        if not country:
            return False, False
        in_state = [("country_id", "=", country.id), ("code", "=", state_code)]
        state = self.env["res.country.state"].search(in_state, limit=1) if state_code else None
        return country.id, state.id if state else False
