import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.errors import ConnectorError
from ..models.mapping.mapping_document import MappingDocument

#: Outcomes of rows, and how people call them.
OUTCOMES = [
    ("refused", "Refused"), ("added", "Added"), ("changed", "Changed"), ("version", "New version"),
    ("applied", "Draft applied"), ("ended", "Ended"), ("archived", "Archived"), ("restored", "Restored"),
    ("unchanged", "Unchanged"),
]  # fmt: skip


class EcommerceMappingImport(models.TransientModel):
    """The mapping document of a company: download it, or upload one and see what it would change.

    Viewers see all of it; what they may not do is import.
    """

    _name = "ecommerce.mapping.import"
    _description = "Mapping Document"
    _transient_max_hours = 24  # a review may wait for somebody until the next day

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    store_id = fields.Many2one(
        "ecommerce.store", domain="[('company_id', '=', company_id)]",
        help="Only the store's own rules and those for all stores. Empty: the rules of all stores.",
    )  # fmt: skip
    file = fields.Binary(string="Document", help="XLSX or CSV, as it was exported.")
    file_name = fields.Char()
    date_from = fields.Date(
        string="New Versions From",
        help="A rule that decided posted entries is never edited: its changed row becomes a new version from this day, "
        "or from the row's own first day if that changed.",
    )
    reason = fields.Char(string="Why", help="Goes into the change log of each rule.")
    line_ids = fields.One2many("ecommerce.mapping.import.line", "import_id", readonly=True)
    signature = fields.Char(readonly=True, help="Of what was reviewed.")
    row_count = fields.Integer(readonly=True)
    unchanged_count = fields.Integer(readonly=True)
    change_count = fields.Integer(readonly=True)
    refused_count = fields.Integer(readonly=True)

    # === Export === #

    def action_export_xlsx(self):
        """Download the workbook."""
        return self._download("xlsx")

    def action_export_csv(self):
        """Download the text file."""
        return self._download("csv")

    def _download(self, file_format):
        self.ensure_one()
        return self.env["ecommerce.mapping.rule"]._document_download(self.company_id, self.store_id, file_format)

    # === Import === #

    def action_check(self):
        """Show what importing the document would do; nothing is written."""
        self.ensure_one()
        plan, errors = self._plan()
        self.line_ids.unlink()
        lines = self.line_ids._vals_of(plan, errors, MappingDocument(self.company_id).warnings(plan))
        self.line_ids.create([{"import_id": self.id, **vals} for vals in lines])
        refused = sum(vals["outcome"] == "refused" for vals in lines)
        unchanged = plan.counts().get("unchanged", 0)
        self.write(
            {
                "signature": self._signature(plan), "row_count": len(lines) + unchanged, "unchanged_count": unchanged,
                "refused_count": refused, "change_count": len(lines) - refused,
            }
        )  # fmt: skip
        return self._review()

    def action_apply(self):
        """Do what was reviewed, all of it or nothing.

        :raises AccessError: for viewers
        """
        self.ensure_one()
        self.env["ecommerce.mapping.rule"].check_access("write")
        plan, errors = self._plan()
        if self._signature(plan) != self.signature:
            self.action_check()
            return self._review()
        if errors or plan.errors:
            raise UserError(self.env._("Correct the refused rows in the document and upload it again."))
        rules = MappingDocument(self.company_id).apply(plan, self.reason)
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_mapping_rule_action")
        name = self.env._("Imported Rules")
        return action | {
            "name": name, "display_name": name, "domain": [("id", "in", rules.ids)],
            "context": {"search_default_group_kind": 1, "active_test": False},
        }  # fmt: skip

    def action_back(self):
        """Choose another document."""
        self.file = self.file_name = False
        return self._open("ecommerce_connector.ecommerce_mapping_import_view_form")

    def _plan(self):
        if not self.file:
            raise UserError(self.env._("Choose a document."))
        try:
            return MappingDocument(self.company_id).plan(
                self.file_name or self.env._("Document"), base64.b64decode(self.file), self.date_from or None
            )
        except ConnectorError as error:
            raise UserError(str(error)) from error

    @staticmethod
    def _signature(plan):
        """What a reviewer saw, in short: if the rules changed since, he must look again."""
        seen = "\n".join(repr((step.outcome.value, step.row, step.rule)) for step in plan.steps)
        return hashlib.sha256(seen.encode()).hexdigest()

    def _review(self):
        return self._open("ecommerce_connector.ecommerce_mapping_import_view_form_review")

    def _open(self, view):
        return {
            "type": "ir.actions.act_window", "name": self.env._("Mapping document"), "res_model": self._name,
            "res_id": self.id, "views": [(self.env.ref(view).id, "form")], "target": "new",
            "context": {"dialog_size": "extra-large"},
        }  # fmt: skip


class EcommerceMappingImportLine(models.TransientModel):
    """What happens to one row of a mapping document."""

    _name = "ecommerce.mapping.import.line"
    _description = "Row of a Mapping Document"
    _order = "id"
    _rec_name = "rule_name"
    _transient_max_hours = 24  # as long as the review it belongs to

    import_id = fields.Many2one("ecommerce.mapping.import", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    row = fields.Integer(aggregator=None)
    outcome = fields.Selection(OUTCOMES, required=True, string="What Happens")
    rule_name = fields.Char(string="Rule")
    what = fields.Text(string="Cells")

    @api.model
    def _vals_of(self, plan, errors, warnings):
        """Lines of all rows that are not unchanged; the refused ones first."""
        found = [
            {
                "row": step.row.row, "outcome": step.outcome.value, "rule_name": str(step.row),
                "what": "\n".join([
                    *(error.in_row for error in step.errors),
                    *(f"{column}: {old or '∅'} → {new or '∅'}" for column, old, new in step.changes),
                    *([f"→ {step.row.booked_to}"] if step.outcome.value == "added" else []),
                    *([self.env._("Warning: %(warning)s", warning=warnings[step.row.row])]
                      if step.row.row in warnings else []),
                ]),
            }
            for step in plan.steps if step.outcome.value != "unchanged"
        ]  # fmt: skip
        by_row = {}
        for error in errors:
            by_row.setdefault(error.row, []).append(error.in_row)
        found += [{"row": row, "outcome": "refused", "what": "\n".join(problems)} for row, problems in by_row.items()]
        return sorted(found, key=lambda vals: (vals["outcome"] != "refused", vals["row"]))
