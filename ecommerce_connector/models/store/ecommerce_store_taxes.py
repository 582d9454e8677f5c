from datetime import date, timedelta

from odoo import fields, models

from ...core.rounding import ZERO
from ...core.setup.choices import Choice, NewTax
from ...core.setup.findings import Finding
from ...core.setup.many_rates import AS_CHARGED, ManyRates
from ...core.setup.tax_choice import choose_tax
from ..mapping.mapping_kinds import LIMITS


class EcommerceStore(models.Model):
    """Which taxes of Odoo a store's taxes become: one per rate, or in some countries one for all rates."""

    _inherit = "ecommerce.store"

    tax_detail = fields.Selection(
        [("rate", "One tax per rate"), ("charged", "One tax, as charged by the store")],
        string="Taxes of Many Rates", tracking=True,
        help="Countries such as the United States have hundreds of sales tax rates. There, one tax without a rate can "
        "take what the store charged for all of them. Empty: set-up decides, by the number of different rates in the "
        "store's orders. Rules that exist are not changed.",
    )  # fmt: skip
    charged_country_ids = fields.Many2many(
        "res.country", "ecommerce_store_charged_country", string="As Charged In", tracking=True,
        help="Countries in which all rates are one tax. Set-up adds those with many rates.",
    )  # fmt: skip

    def _many_rates(self):
        """The policy, for what looks at a store's orders.

        :rtype: ManyRates
        """
        self.ensure_one()
        is_charged = self.tax_detail == "charged"
        countries = self.charged_country_ids or self.company_id.country_id
        return ManyRates(
            countries=frozenset(countries.mapped("code")) if is_charged else frozenset(),
            by_count=self.tax_detail != "rate",
        )

    def _keep_many_rates(self, codes):
        """Make the countries found by their many rates those of the policy.

        :param codes: ISO codes of countries
        """
        countries = self.env["res.country"].search([("code", "in", sorted(codes))]) - self.charged_country_ids
        if countries:
            self.write({"tax_detail": "charged", "charged_country_ids": [(4, country.id) for country in countries]})

    def _ensure_tax_rules(self, chart, *, rates, untaxed, charged):
        """A ``*`` rule per rate, and one for all rates of each country whose taxes are booked as charged.

        :param Chart chart: what the company has
        :param set rates: in percent (Decimal)
        :param untaxed: ISO codes of the countries to which the store sells at 0 %
        :param charged: ISO codes of the countries with one tax for all rates
        """
        self._keep_many_rates(charged)
        old = self._rules_by_rate()
        taxes = {rate: rule.tax_id for rate, rule in old.items()}
        for rate in sorted(rates - set(taxes)):
            taxes[rate] = self._ensure_tax(rate, chart, () if rate else untaxed)
        countries = self.env["res.country"].search([("code", "in", sorted(charged))])
        if countries:
            new = NewTax(name=AS_CHARGED, rate=None, account=Choice(reason=""))
            as_charged = self._make_tax(new, self._ensure_account("tax"))
        # The most specific ones first: they decide between a rule for a rate and one for a country.
        for country in countries:
            for rate in sorted(taxes):
                self._ensure_rule_between(country, rate, taxes[rate], as_charged, old.get(rate))
        for rate in sorted(rates):
            self._ensure_rule("tax", "*", tax_rate=f"{rate.normalize():f}", tax_id=taxes[rate].id)
        for country in countries:
            self._ensure_rule("tax", "*", country_id=country.id, tax_id=as_charged.id)

    def _rules_by_rate(self):
        """Rate -> the store's own rule for any tax of that rate, wherever it is charged; the latest version."""
        rules = self.env["ecommerce.mapping.rule"].search(
            [
                ("store_id", "=", self.id), ("kind", "=", "tax"), ("pattern_key", "=", "*"), ("match_on", "=", "key"),
                ("is_draft", "=", False), *[(name, "=", False) for name in LIMITS if name != "tax_rate"],
            ]
        )  # fmt: skip
        by_day = rules.sorted(lambda rule: rule.date_from or date.min)
        return {rule._rate(): rule for rule in by_day if rule._rate() is not None}

    def _ensure_rule_between(self, country, rate, tax, as_charged, old):
        """What decides where both a rule for the rate and one for the country fit.

        An untaxed sale stays one. Days that the rate's rule decided keep its tax: refunds give back that of the sale.

        :param old: the rule for the rate, if there is one already
        """
        limits = {"tax_rate": f"{rate.normalize():f}", "country_id": country.id}
        if self._rule_for("tax", "*", "key", limits):
            return
        last = old.last_used_on if old and rate else False
        if last:
            self._add_rule("tax", "*", tax_id=tax.id, date_to=last, **limits)
        target = as_charged if rate else tax
        self._add_rule("tax", "*", tax_id=target.id, date_from=last and last + timedelta(days=1), **limits)

    def _ensure_tax(self, rate, chart, destinations):
        """A sales tax of the rate and the meaning: an export is not untaxed at home; the amounts are the store's.

        :param destinations: ISO codes of the countries to which it is charged
        """
        sold = Finding(
            kind="tax", rate=rate, charged=bool(rate), countries=tuple(sorted(destinations)), customers=("consumer",)
        )
        choice = choose_tax(sold, chart)
        return self._open_tax(choice.tax) if choice.tax else self._make_tax(choice.new, self._ensure_account("tax"))

    @staticmethod
    def _taxes_of(documents):
        """Rate -> destinations, and (destination, rate) pairs of what the seller was charged for.

        :param list documents: canonical documents
        :return: the rates; the pairs
        :rtype: tuple[dict, set]
        """
        destinations, charged = {}, set()
        for document in documents:
            country = document.customer.destination.country
            for tax in (tax for line in document.lines for tax in line.taxes if tax.rate is not None):
                destinations.setdefault(tax.rate, set()).add(country)
                if tax.remitted_by_seller and tax.rate != ZERO:
                    charged.add((country, tax.rate))
        return destinations, charged
