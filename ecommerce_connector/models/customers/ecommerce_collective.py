from odoo import fields, models

from ...core.errors import ConnectorError


class EcommerceCollective(models.Model):
    """The contact that consumers of a store in one country share: reports by country read the contact's country."""

    _name = "ecommerce.collective"
    _description = "E-commerce Shared Contact of a Country"
    _order = "store_id, country_id"
    _rec_name = "partner_id"
    _check_company_auto = True

    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    country_id = fields.Many2one("res.country", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, check_company=True, index=True, ondelete="restrict"
    )

    _once = models.UniqueIndex("(store_id, country_id)", "The store has a contact for this country already.")


class EcommerceStore(models.Model):
    """Its shared contacts."""

    _inherit = "ecommerce.store"

    collective_ids = fields.One2many("ecommerce.collective", "store_id", string="Contacts per Country")


class CollectiveContacts:
    """The shared contacts of one store, by country; made when first needed."""

    def __init__(self, store):
        self.store = store
        self.env = store.env

    def of(self, codes):
        """Contact per country.

        :param set codes: ISO codes of countries
        :return: code -> id of the contact
        :rtype: dict[str, int]
        :raises ConnectorError: for a code that is no country's, if the store shares no contact at all
        """
        if not codes:
            return {}
        countries = {
            country.code: country
            for country in self.env["res.country"].search_fetch([("code", "in", list(codes))], ["code", "name"])
        }
        found = self.env["ecommerce.collective"].search_fetch(
            [("store_id", "=", self.store.id), ("country_id", "in", [country.id for country in countries.values()])],
            ["country_id", "partner_id"],
        )
        # An archived one was put aside by somebody: it is replaced, not used.
        known = {item.country_id: item.partner_id.id for item in found if item.partner_id.active}
        missing = [country for country in countries.values() if country not in known]
        known |= self._make(missing, {item.country_id: item for item in found})
        return {code: known[countries[code]] if code in countries else self._of_no_country(code) for code in codes}

    def _make(self, countries, put_aside):
        if not countries:
            return {}
        partners = self.env["res.partner"].create(
            [
                {
                    "name": self.env._(
                        "%(store)s – customers in %(country)s", store=self.store.name, country=country.name
                    ),
                    "country_id": country.id, "company_id": self.store.company_id.id, "customer_rank": 1,
                }
                for country in countries
            ]
        )  # fmt: skip
        made = dict(zip(countries, partners, strict=True))
        # sudo: which contact a country has is the connector's to write; the contact was made with the user's rights.
        collectives = self.env["ecommerce.collective"].sudo()
        collectives.create(
            [
                {
                    "store_id": self.store.id, "company_id": self.store.company_id.id, "country_id": country.id,
                    "partner_id": partner.id,
                }
                for country, partner in made.items()
                if country not in put_aside
            ]
        )  # fmt: skip
        for country, partner in made.items():
            if country in put_aside:
                put_aside[country].sudo().partner_id = partner
        return {country: partner.id for country, partner in made.items()}

    def _of_no_country(self, code):
        if not self.store.shared_partner_id:
            raise ConnectorError(
                f"Odoo knows no country {code!r}, the customer's, and {self.store.name} has no shared contact.",
                hint="Choose a shared contact on the store's form.",
            )
        return self.store.shared_partner_id.id
