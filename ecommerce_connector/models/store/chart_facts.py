"""A company's accounts, taxes and processor accounts as facts that proposals choose from."""

from odoo.tools import html2plaintext

from ...core.setup.areas import Geography
from ...core.setup.chart import AccountFact, Chart, PositionFact, ProcessorFact, TaxFact, tax_areas
from ..ledger.amounts import decimal_of

#: Languages whose words are known; a chart may be loaded in another than the user's.
_LANGUAGES = ("en", "fr", "de")


class ChartFacts:
    """Reads what a company can book on, with the rights of the user."""

    def __init__(self, company):
        self.company = company
        self.env = company.with_company(company).env
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        #: The user's own first: it is what sentences quote.
        self.languages = list(dict.fromkeys([self.env.lang, *(c for c in codes if c.startswith(_LANGUAGES))]))

    def chart(self):
        """All of it.

        :rtype: Chart
        """
        geography = self.geography()
        return Chart(
            template=self.company.chart_template or "", geography=geography, accounts=tuple(self._accounts()),
            taxes=tuple(self._taxes(geography)), processors=tuple(self._processors()),
            income=self.company.income_account_id.id or None,
        )  # fmt: skip

    def geography(self):
        """Where the company is.

        :rtype: Geography
        """
        # The company's own country first: a generic chart names one for all its companies.
        home = self.company.country_id.code or self.company.account_fiscal_country_id.code or ""
        union = self.env.ref("account.europe_vat", raise_if_not_found=False)
        countries = frozenset(union.country_ids.mapped("code")) if union else frozenset()
        return Geography(home=home, union=countries if home in countries else frozenset())

    def _search(self, model, *domain, **context):
        records = self.env[model].with_context(**context)
        return records.search([*domain, *records._check_company_domain(self.company)], order="id")

    def _accounts(self):
        accounts = self._search("account.account")
        names = self._names(accounts, "name")
        for account in accounts:
            yield AccountFact(
                id=account.id, code=account.code or "", names=names[account], type=account.account_type,
                reconcile=account.reconcile,
            )  # fmt: skip

    def _taxes(self, geography):
        taxes = self._search(
            "account.tax", ("type_tax_use", "=", "sale"), "|", ("amount_type", "=", "percent"),
            "&", ("amount_type", "=", "fixed"), ("amount", "=", 0), active_test=False,
        ).filtered(self._is_booked_whole)  # fmt: skip
        names = self._names(taxes, "name", "invoice_label", "description")
        for tax in taxes:
            positions = [self._position(position) for position in tax.fiscal_position_ids]
            yield TaxFact(
                id=tax.id, names=names[tax], scope=tax.tax_scope or "",
                rate=decimal_of(tax.amount, 4).normalize() if tax.amount_type == "percent" else None,
                areas=tax_areas(names[tax], positions, geography), included=tax.price_include, active=tax.active,
                businesses_only=bool(positions) and all(position.needs_vat for position in positions),
                on_invoice=tax.tax_exigibility == "on_invoice", sequence=tax.sequence,
            )  # fmt: skip

    @staticmethod
    def _is_booked_whole(tax):
        """Neither split over accounts nor reversed: such a tax is for cases that no store's sale tells of."""
        shares = tax.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax")
        return shares.mapped("factor") == [1.0]

    @staticmethod
    def _position(position):
        return PositionFact(
            name=position.name, country=position.country_id.code or "",
            group=frozenset(position.country_group_id.country_ids.mapped("code")), is_domestic=position.is_domestic,
            needs_vat=position.vat_required,
        )  # fmt: skip

    def _processors(self):
        for account in self._search("ecommerce.processor.account"):
            yield ProcessorFact(
                id=account.id, name=account.name, currency=account.currency_id.name,
                is_liability=account.kind == "liability", processor=account.processor or "",
            )  # fmt: skip

    def _names(self, records, *fields):
        """Texts of records in every known language, without repetition, the user's first."""
        found = {record: {} for record in records}
        for lang in self.languages:
            for record in records.with_context(lang=lang):
                texts = [html2plaintext(record[name] or "") for name in fields]
                found[records.browse(record.id)] |= dict.fromkeys(text for text in texts if text)
        return {record: tuple(texts) or (str(record.id),) for record, texts in found.items()}
