from odoo import api, fields, models

from ..models.mapping.mapping_document import MappingDocument
from ..models.mapping.mapping_kinds import KINDS
from ..models.mapping.mapping_report import DAYS, MappingReportData


class MappingReport(models.AbstractModel):
    """The mapping report of companies, as a page to print."""

    _name = "report.ecommerce_connector.mapping_report"
    _description = "Mapping Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        """What the page shows.

        :param list docids: companies
        """
        companies = self.env["res.company"].browse(docids) & self.env.user.company_ids
        self.env["ecommerce.mapping.rule"].check_access("read")
        return {"doc_model": "res.company", "docs": companies, "pages": [self._page(company) for company in companies]}

    def _page(self, company):
        company = company.with_context(allowed_company_ids=company.ids)
        found = MappingReportData(company)
        rules = self.env["ecommerce.mapping.rule"].with_company(company).with_context(active_test=False)
        kinds = {name: self.env._(kind.label) for name, kind in KINDS.items()}
        return {
            "company": company, "kinds": kinds, "days": DAYS, "since": found.since, "today": found.today,
            "rows": [row for row in MappingDocument(company).rows() if not row.is_draft],
            "names": {rule.id: rule.display_name for rule in rules.search([("company_id", "=", company.id)])},
            "made_at": fields.Datetime.now(), "made_by": self.env.user.name,
            "report": found.report(), "findings": found.findings(), "without_rule": found.keys_without_rule(),
        }  # fmt: skip
