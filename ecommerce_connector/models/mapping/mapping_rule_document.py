from odoo import api, models


class EcommerceMappingRule(models.Model):
    """Where the rules can be downloaded, printed and checked."""

    _inherit = "ecommerce.mapping.rule"

    @api.model
    def _document_download(self, company, store=None, file_format="xlsx"):
        """Download the mapping document of a company."""
        store_part = f"?store={store.id}" if store else ""
        return {
            "type": "ir.actions.act_url", "target": "download",
            "url": f"/ecommerce/mapping/{company.id}.{file_format}{store_part}",
        }  # fmt: skip

    @api.model
    def action_view_document(self):
        """Download the workbook of the company that is worked in."""
        return self._document_download(self.env.company)

    @api.model
    def action_view_report(self):
        """Open the mapping report of the company that is worked in."""
        return self.env.ref("ecommerce_connector.ecommerce_mapping_report_html").report_action(
            self.env.company, config=False
        )
