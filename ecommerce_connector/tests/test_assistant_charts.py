"""The ready-made sets and the choice of taxes, against the charts that Odoo's localisations load.

The modules are not installed here: their files are read. So no code of a set is invented, and the
choices are those that a company with that chart gets.
"""

import csv
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import BaseCase, tagged

from ..core.setup.account_choice import choose_account
from ..core.setup.account_roles import READY_MADE, ROLES
from ..core.setup.areas import Geography
from ..core.setup.chart import AccountFact, Chart, PositionFact, TaxFact, tax_areas
from ..core.setup.findings import Finding
from ..core.setup.proposals import propose
from .common import D

#: Chart template -> module, country, digits of codes.
CHARTS = {
    "generic_coa": ("account", "US", 6), "us": ("l10n_us_account", "US", 6), "fr": ("l10n_fr_account", "FR", 6),
    "de_skr03": ("l10n_de", "DE", 4), "de_skr04": ("l10n_de", "DE", 4), "uk": ("l10n_uk", "GB", 6),
}  # fmt: skip
EU = frozenset({"DE", "FR", "IT", "ES", "AT"})
GROUPS = {"account.europe_vat": EU, "l10n_uk.country_group_ukxi": frozenset({"GB", "XI"})}


def rows_of(module, template, model):
    """Rows of a data file of a chart, each with an id; continuation rows are left out."""
    folder = get_module_path(module)
    path = Path(folder or "") / "data" / "template" / f"{model}-{template}.csv"
    if not folder or not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["id"]]


def is_true(text, default=False):
    return default if text in ("", None) else text.lower() in ("1", "true")


class Charts:
    """Facts of a chart, as ``ChartFacts`` reads them of a company that has it."""

    def __init__(self, template):
        self.template = template
        self.module, home, self.digits = CHARTS[template]
        self.geography = Geography(home=home, union=EU if home in EU else frozenset())

    def chart(self):
        return Chart(
            template=self.template, geography=self.geography, accounts=tuple(self.accounts()),
            taxes=tuple(self.taxes()),
        )  # fmt: skip

    def accounts(self):
        for number, row in enumerate(rows_of(self.module, self.template, "account.account"), 1):
            names = tuple(dict.fromkeys(row[name] for name in ("name", "name@fr", "name@de") if row.get(name)))
            yield AccountFact(
                id=number, code=row["code"].ljust(self.digits, "0"), names=names, type=row["account_type"],
                reconcile=is_true(row["reconcile"]),
            )  # fmt: skip

    def positions(self):
        found = {}
        for row in rows_of(self.module, self.template, "account.fiscal.position"):
            country = row.get("country_id", "").removeprefix("base.").upper()
            country = {"UK": "GB"}.get(country, country)
            group = GROUPS.get(row.get("country_group_id", ""), frozenset())
            home = self.geography.home
            domestic = country == home or (home in group and not self.geography.union)
            found[row["id"]] = PositionFact(
                name=row["name"], country=country, group=group, is_domestic=domestic,
                needs_vat=is_true(row.get("vat_required")),
            )  # fmt: skip
        return found

    def taxes(self):
        positions = self.positions()
        for number, row in enumerate(rows_of(self.module, self.template, "account.tax"), 1):
            if row["type_tax_use"] != "sale":
                continue
            own = [positions[name] for name in (row.get("fiscal_position_ids") or "").split(",") if name]
            names = tuple(text for text in (row["name"], row.get("invoice_label"), row.get("description")) if text)
            yield TaxFact(
                id=number, names=names, rate=D(row["amount"]).normalize(), scope=row.get("tax_scope") or "",
                areas=tax_areas(names, own, self.geography), active=is_true(row.get("active"), True),
                businesses_only=bool(own) and all(position.needs_vat for position in own),
                included=row.get("price_include_override") == "tax_included",
                on_invoice=row.get("tax_exigibility") != "on_payment", sequence=int(row.get("sequence") or 1),
            )  # fmt: skip


@tagged("post_install", "-at_install")
class TestCharts(BaseCase):
    """What companies with these charts are proposed."""

    def setUp(self):
        super().setUp()
        self.charts = {name: Charts(name).chart() for name in CHARTS}

    def test_the_charts_are_there(self):
        self.assertEqual(set(self.charts), set(READY_MADE))
        for name, chart in self.charts.items():
            self.assertTrue(chart.accounts, f"Odoo's source has no accounts of {name}")
            self.assertTrue(chart.taxes, f"Odoo's source has no taxes of {name}")

    def test_every_ready_made_code_is_in_its_chart_and_of_a_type_that_fits(self):
        for template, ready in READY_MADE.items():
            for role, codes in ready.codes.items():
                for code in codes.values() if isinstance(codes, dict) else [codes]:
                    with self.subTest(template=template, role=role, code=code):
                        found = [one for one in self.charts[template].accounts if one.code.startswith(code)]
                        self.assertTrue(found, "the chart has no such account")
                        self.assertIn(min(found, key=lambda one: one.code).type, ROLES[role].types)

    def booked(self, template, role, tax="mixed"):
        """Code and name of the account proposed for a role; None if a new one is."""
        chart = self.charts[template]
        choice = choose_account(role, chart, tax)
        account = next((one for one in chart.accounts if one.id == choice.account), None)
        return account and account.code

    def test_accounts_of_each_chart(self):
        expected = {
            "generic_coa": {
                "sales": "400000", "processing": "620000", "tax": "251000", "cogs": "500000", "inventory": "110100",
            },
            "us": {"sales": "400000", "processing": "650000", "tax": "251000", "cogs": "500000"},
            "fr": {
                "sales": "707000", "shipping": "708500", "fees_charged": "708800", "allowances": "709700",
                "discounts": "709700", "processing": "627800", "rounding": "658000", "tax": "445710",
                "chargeback_losses": "654100",
            },
            "de_skr03": {
                "sales": "8200", "shipping": "8200", "fees_charged": "8200", "allowances": "8700", "discounts": "8770",
                "gift_cards": "1796", "processing": "4970", "rounding": "4900", "chargeback_losses": "2400",
            },
            "de_skr04": {
                "sales": "4200", "shipping": "4200", "fees_charged": "4200", "allowances": "4700", "discounts": "4770",
                "gift_cards": "3786", "processing": "6855", "rounding": "6300", "chargeback_losses": "6930",
            },
            "uk": {
                "sales": "400000", "processing": "791000", "rounding": "771000", "tax": "220000",
                "chargeback_losses": "785000",
            },
        }  # fmt: skip
        for template, accounts in expected.items():
            with self.subTest(template=template):
                found = {role: self.booked(template, role) for role in ROLES}
                self.assertEqual({role: code for role, code in found.items() if code}, accounts)

    def test_german_revenue_by_tax(self):
        self.assertEqual([self.booked("de_skr03", "sales", tax) for tax in ("19", "7", "export", "union")],
                         ["8400", "8300", "8120", "8125"])  # fmt: skip
        self.assertEqual([self.booked("de_skr04", "shipping", tax) for tax in ("19", "7", "export", "union")],
                         ["4400", "4300", "4120", "4125"])  # fmt: skip

    # === Taxes === #

    def taxed(self, template, rate, *countries, code="VAT", business=False):
        """Name of the tax proposed; ``+`` if it is archived; the name in brackets if it is to be made."""
        chart = self.charts[template]
        found = Finding(
            kind="tax", value=code, rate=D(rate), charged=bool(D(rate)), lines=1, countries=countries,
            customers=("business" if business else "consumer",),
        )  # fmt: skip
        choice = propose(found, chart)
        if choice.new:
            return f"[{choice.new.name}]"
        return next(tax.label for tax in chart.taxes if tax.id == choice.tax) + "+" * choice.opens

    def test_french_taxes(self):
        self.assertEqual(self.taxed("fr", "20", "FR"), "20% G")
        self.assertEqual(self.taxed("fr", "20", "FR", "DE"), "20% G")
        self.assertEqual(self.taxed("fr", "5.5", "FR"), "5.5% G+")
        self.assertEqual(self.taxed("fr", "0", "US", "CH"), "0% EX G")
        self.assertEqual(self.taxed("fr", "0", "FR"), "0% EXEMPT G")
        self.assertEqual(self.taxed("fr", "0", "DE", business=True), "0% EU G")
        self.assertEqual(self.taxed("fr", "19", "DE"), "[19% S]")

    def test_german_taxes(self):
        for template in ("de_skr03", "de_skr04"):
            with self.subTest(template=template):
                self.assertEqual(self.taxed(template, "19", "DE"), "19%")
                self.assertEqual(self.taxed(template, "19", "AT"), "19% EU D")
                self.assertEqual(self.taxed(template, "7", "DE"), "7%")
                self.assertEqual(self.taxed(template, "0", "US"), "0% EX")
                self.assertEqual(self.taxed(template, "0", "DE"), "0%")
                self.assertEqual(self.taxed(template, "0", "AT", business=True), "0% EU D")
                self.assertEqual(self.taxed(template, "20", "AT"), "[20% S]")

    def test_british_taxes(self):
        self.assertEqual(self.taxed("uk", "20", "GB"), "20%")
        self.assertEqual(self.taxed("uk", "0", "GB"), "0%")
        self.assertEqual(self.taxed("uk", "0", "GB", code="Exempt"), "Exempt")
        self.assertEqual(self.taxed("uk", "0", "US", "FR"), "0% EX")

    def test_american_taxes(self):
        self.assertEqual(self.taxed("us", "7.25", "US"), "7.25%")
        self.assertEqual(self.taxed("us", "0", "US"), "0%")
        self.assertEqual(self.taxed("us", "0", "FR"), "0%")
        self.assertEqual(self.taxed("us", "8.875", "US"), "[8.875% S]")

    def test_taxes_of_the_generic_chart(self):
        self.assertEqual(self.taxed("generic_coa", "15", "US"), "15%")
        self.assertEqual(self.taxed("generic_coa", "0", "FR"), "0% Exports")
        self.assertEqual(self.taxed("generic_coa", "0", "US"), "[0% S]")
