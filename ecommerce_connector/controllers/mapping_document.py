from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from ..models.mapping.mapping_document import FORMATS, MappingDocument
from ..models.mapping.mapping_report import MappingReportData

TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


class MappingDocumentController(http.Controller):
    """Downloads of the mapping document, for everybody who may read the rules."""

    @http.route("/ecommerce/mapping/<int:company_id>.<string:file_format>", type="http", auth="user", methods=["GET"],
                readonly=True)  # fmt: skip
    def download(self, company_id, file_format, store=None):
        """The rules of a company; in a workbook, the mapping report too.

        :param store: id of a store: only its own rules and those for all stores
        """
        if file_format not in FORMATS or (store and not store.isdigit()):
            raise NotFound()
        company = request.env["res.company"].browse(company_id)
        if company not in request.env.user.company_ids:
            raise NotFound()
        env = request.env(context={**request.env.context, "allowed_company_ids": company.ids})
        env["ecommerce.mapping.rule"].check_access("read")
        found = env["ecommerce.store"].search([("id", "=", int(store or 0)), ("company_id", "=", company_id)])
        if store and not found:
            raise NotFound()
        company = company.with_env(env)
        sheets = MappingReportData(company).sheets() if file_format == "xlsx" else ()
        content = MappingDocument(company, found).export(file_format, sheets)
        name = f"mapping {found.name or company.name}.{file_format}"
        return request.make_response(
            content,
            [("Content-Type", TYPES[file_format]), ("Content-Disposition", content_disposition(name)),
             ("Content-Length", len(content)), ("X-Content-Type-Options", "nosniff")],
        )  # fmt: skip
