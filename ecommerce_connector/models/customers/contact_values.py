"""A customer of a store ↔ the values of a contact."""

from ...core.customers.contact_data import ContactData
from ...core.customers.redaction import is_erased

#: Context: numbers that a store sends are kept as they are. Whether one is valid is for a person to judge, no reason
#: not to book.
AS_STATED = {"no_vat_validation": True}
#: Fields of a contact by what the core calls them; of a place, the country is looked up.
FIELDS = {
    "email": "email", "phone": "phone", "vat": "vat", "company": "company_name", "street": "street",
    "street2": "street2", "city": "city", "postal_code": "zip",
}  # fmt: skip


def known_data(partner):
    """What a contact has.

    :rtype: ContactData
    """
    own = {name: partner[field] or "" for name, field in FIELDS.items()}
    if partner.is_company:
        own["company"] = partner.name or ""
    return ContactData(country=partner.country_id.code or "", **own)


def stated_data(customer):
    """What the store says of a customer.

    :rtype: ContactData
    """
    address = address_of(customer)
    return ContactData(
        email=customer.email, phone=customer.phone, vat=customer.vat, company=customer.company, street=address.street,
        street2=address.street2, city=address.city, postal_code=address.postal_code, country=address.country.upper(),
    )  # fmt: skip


def address_of(customer):
    """The address of invoices: the one given for them, if any was."""

    billing = customer.billing
    return billing if billing.country or billing.street else customer.shipping


def _place_key(address):
    return address.country.upper(), address.state.upper()


class ContactValues:
    """Builds values for contacts; countries and states are looked up once for all who live there."""

    def __init__(self, env):
        self.env = env
        self._places = {}

    def of_new(self, customer, record):
        """Values of a contact for a customer; of a company, with the person who buys for it.

        :param ecommerce.customer record: whose contact it becomes
        """
        if is_erased(customer):
            return self._common(customer) | {"name": record.sudo()._erased_name(), "ecommerce_is_erased": True}
        name = customer.company or customer.name or customer.email or record._label()
        values = self._common(customer) | {
            "name": name, "is_company": bool(customer.company), "email": customer.email.strip(),
            "phone": customer.phone, "vat": customer.vat.strip() or False,
        }  # fmt: skip
        if customer.company and customer.name and customer.name != customer.company:
            person = {"type": "contact", "name": customer.name, "email": customer.email.strip(),
                      "phone": customer.phone}  # fmt: skip
            values["child_ids"] = [(0, 0, person)]
        return values

    def filling(self, customer, names):
        """Values that fill empty fields of a contact.

        :param names: see ``contact_data.missing``
        """
        stated = stated_data(customer)
        values = {FIELDS[name]: getattr(stated, name) for name in names if name in FIELDS and getattr(stated, name)}
        if "country" in names:
            country_id, state_id = self.place(address_of(customer))
            values |= {"country_id": country_id, "state_id": state_id} if country_id else {}
        return values

    def _common(self, customer):
        address = address_of(customer)
        country_id, state_id = self.place(address)
        erased = is_erased(customer)
        place = {} if erased else {
            "street": address.street, "street2": address.street2, "city": address.city, "zip": address.postal_code,
            "state_id": state_id,
        }  # fmt: skip
        return {
            "country_id": country_id, "customer_rank": 1, "lang": self.env.lang or self.env.user.lang, **place,
        }  # fmt: skip

    def place(self, address):
        """(country id, state id) of an address."""
        key = _place_key(address)
        if key not in self._places:
            self.look_up([address])
        return self._places[key]

    def look_up(self, addresses):
        """Find the countries and states of many addresses at once."""
        keys = {_place_key(address) for address in addresses}
        countries = self.env["res.country"].search_fetch([("code", "in", [code for code, _state in keys])], ["code"])
        ids = {country.code: country.id for country in countries}
        states = self.env["res.country.state"].search_fetch(
            [("country_id", "in", countries.ids), ("code", "in", [state for _code, state in keys if state])],
            ["country_id", "code"],
        )
        found = {(state.country_id.id, state.code): state.id for state in states}
        for code, state in keys:
            country = ids.get(code, False)
            self._places[code, state] = country, found.get((country, state), False)
