"""Rules of every kind and with every qualifier, and mapping documents to import."""

from ..core.mapping_sheet.columns import COLUMNS
from ..core.mapping_sheet.document import read_csv, write_csv
from ..models.mapping.mapping_document import MappingDocument
from ..models.mapping.mapping_kinds import FEES, KINDS
from .test_mapping_rules import RuleCommon

HEADER = [column.name for column in COLUMNS]


class DocumentCommon(RuleCommon):
    """A company whose rules are exported and imported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_of_channels = cls.env["account.analytic.plan"].create({"name": "Channels"})
        cls.plan_of_towns = cls.env["account.analytic.plan"].create({"name": "Towns"})
        cls.euros, cls.france = cls.env.ref("base.EUR"), cls.env.ref("base.fr")
        cls.fees = cls.account_named("Store order fees")

    @classmethod
    def account_named(cls, name):
        """An account of the company."""
        return cls.env["account.account"].search([("name", "=", name), ("company_ids", "in", cls.company.id)])

    def analytic(self, name, plan):
        """An analytic account for all companies."""
        return self.env["account.analytic.account"].create({"name": name, "plan_id": plan.id, "company_id": False})

    def every_rule(self):
        """A rule of each kind, with every target and qualifier the kind has; versions, drafts, archived ones."""
        targets, limits = self.all_targets(), self.all_limits()
        for name, kind in KINDS.items():
            fields = [*kind.needed, *kind.optional]
            values = {field: targets[field] for field in fields} | {field: limits[field] for field in kind.limits}
            if name in FEES:
                values["tax_id"] = self.input_tax.id
            if name == "customer":
                values["account_id"] = self.company_data["default_account_receivable"].id
            if name == "dispute":
                values["account_id"] = self.account("Disputed payments").id
            self.rule(name, f"={name} [a]*", **values, date_from="2026-01-01", date_to="2026-12-31")
        self.rule(pattern="0042", match_on="tag", store_id=False)
        self.rule(pattern="'quoted;\nname", account_id=self.account("Store sales").id)
        self.rule("discount", "NET*", discount_method="net")
        self.rule(pattern="GONE").write({"active": False, "change_reason": "No longer sold"})
        first = self.rule(pattern="CUP")
        first._draft_version(date_from="2026-03-01", account_id=self.fees.id)._apply("From March")
        first._draft_version(date_from="2027-01-01", ends_rule=True, account_id=False)

    def all_targets(self):
        """A value for each field that says how a rule books; some records have homonyms."""
        channel, other = (self.analytic("Web & more: 1", plan) for plan in (self.plan_of_channels, self.plan_of_towns))
        product, partner = self.env["product.product"], self.env["res.partner"]
        product.create({"name": "Mug", "default_code": "M-1"})
        mug = product.create({"name": "Mug"})
        partner.create({"name": "Stripe", "vat": "IE1"})
        sale = self.env["account.tax"].create({"name": "VAT", "amount": 20, "type_tax_use": "sale"})
        self.input_tax = sale.create({"name": "VAT", "amount": 20, "type_tax_use": "purchase"})
        return {
            "account_id": self.account("Store sales").id, "tax_id": sale.id, "product_id": mug.id,
            "analytic_distribution": {f"{channel.id},{other.id}": 60, str(other.id): 40.0},
            "processor_account_id": self.env["ecommerce.processor.account"].search(
                [("company_id", "=", self.company.id), ("currency_id", "=", self.euros.id)], limit=1
            ).id,
            "partner_id": partner.create({"name": "Stripe"}).id,
            "fiscal_position_id": self.env["account.fiscal.position"].create(
                {"name": "France", "company_id": self.company.id}
            ).id,
            "inventory_account_id": self.fees.id, "cogs_account_id": self.fees.id, "discount_method": "gross",
        }  # fmt: skip

    def all_limits(self):
        """A value for each field that a rule can be limited to."""
        return {
            "tax_rate": "5.50", "currency_id": self.euros.id, "country_id": self.france.id,
            "state_id": self.env["res.country.state"].search([("country_id", "=", self.france.id)], limit=1).id
            or self.env["res.country.state"].create(
                {"name": "Alsace", "code": "A", "country_id": self.france.id}).id,
            "customer_kind": "business", "tax_included": "included", "remitter": "oss", "funder": "platform",
        }  # fmt: skip

    # === Documents === #

    def document(self, company=None, store=None):
        return MappingDocument(company or self.company, store)

    def export(self, file_format="csv", company=None):
        return self.document(company).export(file_format)

    def cells_of(self, content):
        """The rows of a CSV document as dicts."""
        (_line, header), *rows = read_csv(content)
        return [dict(zip(header, cells, strict=True)) for _line, cells in rows]

    def file_of(self, *rows):
        """A CSV document of rows; the attribute names stand for columns."""
        return write_csv([HEADER, *([row.get(name, "") for name in HEADER] for row in rows)])

    def edited(self, **changes):
        """The exported document with changed cells: value of the rule -> column -> text."""
        rows = self.cells_of(self.export())
        for row in rows:
            row.update(changes.get(row["value"].replace("*", "everything"), {}) if row["kind"] == "product" else {})
        return self.file_of(*rows)

    def outcomes(self, content, company=None, **more):
        """Outcome -> how many rows; and all errors."""
        plan, errors = self.document(company).plan("rules.csv", content, **more)
        return plan.counts(), [str(error) for error in [*errors, *plan.errors]]

    def apply(self, content, reason="Import", company=None, **more):
        document = self.document(company)
        plan, errors = document.plan("rules.csv", content, **more)
        self.assertFalse(errors)
        return document.apply(plan, reason)

    def texts(self, company):
        """The rulebook of a company without what differs from database to database."""
        rules = self.rules.with_context(active_test=False).with_company(company)
        rules = rules.search([("company_id", "=", company.id)])
        return sorted(
            f"{rule._as_core_rule()} {rule._as_core_rule().limits} {rule.date_from} {rule.date_to} v{rule.version} "
            f"{rule.previous_id.version} {rule.origin_id.version} {rule.is_draft} {rule.active} {rule.ends_rule}"
            .replace(f"rule {rule.id}", "rule") for rule in rules
        )  # fmt: skip
