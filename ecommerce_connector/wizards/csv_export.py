import base64
import csv
import io
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class EcommerceCsvExport(models.AbstractModel):
    """A list that can be downloaded as a CSV file."""

    _name = "ecommerce.csv.export"
    _description = "List to Download"

    export_file = fields.Binary(readonly=True, attachment=False)
    export_name = fields.Char(readonly=True)

    def _export(self, name, columns, lines):
        """Keep the file, with a byte order mark for spreadsheets, and open it.

        :param str name: of the file, without its ending
        :param columns: the heads
        :param lines: records whose ``_row`` has their cells
        """
        self.ensure_one()
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        for line in lines:
            writer.writerow(line._row())
        self.export_name = f"{name}.csv"
        self.export_file = base64.b64encode(text.getvalue().encode("utf-8-sig"))
        return {
            "type": "ir.actions.act_url", "target": "self",
            "url": f"/web/content/{self._name}/{self.id}/export_file?download=true&filename={self.export_name}",
        }  # fmt: skip


class EcommerceListAsOf(models.AbstractModel):
    """A list of a company as of a day: another of either is another list."""

    _name = "ecommerce.list.as.of"
    _inherit = "ecommerce.csv.export"
    _description = "List as of a Day"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )  # fmt: skip
    day = fields.Date(
        required=True, string="As of",
        default=lambda self: fields.Date.context_today(self).replace(day=1) - timedelta(days=1),
    )  # fmt: skip

    def _fill(self):
        """Make the rows anew."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        lists = super().create(vals_list)
        for one in lists:
            one._fill()
        return lists

    def write(self, vals):
        """Another day or company is another list."""
        result = super().write(vals)
        if {"day", "company_id"} & set(vals):
            for one in self:
                one._fill()
        return result

    def _company(self):
        """The list's company, if the user works in it."""
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("%(company)s is not among your companies.", company=self.company_id.name))
        return self.company_id
