import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.errors import ConnectorError


class EcommercePayoutImport(models.TransientModel):
    """Upload a payout report; its payouts are stored and matched, nothing is posted."""

    _name = "ecommerce.payout.import"
    _description = "Import a Payout Report"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", required=True, default=lambda self: self._default_account(), check_company=True,
        domain="[('company_id', '=', company_id), ('kind', '=', 'money')]",
    )  # fmt: skip
    store_id = fields.Many2one(
        "ecommerce.store", domain="[('company_id', '=', company_id)]", check_company=True,
        help="Whose own mapping rules apply, if several stores are paid out together: leave it empty.",
    )  # fmt: skip
    file = fields.Binary(required=True, string="Payout Report")
    file_name = fields.Char()

    @api.model
    def _default_account(self):
        """The only processor account, if there is only one."""
        found = self.env["ecommerce.processor.account"].search(
            [("company_id", "=", self.env.company.id), ("kind", "=", "money")], limit=2
        )
        return found if len(found) == 1 else found.browse()

    def action_import(self):
        """Read the report and open its payouts."""
        self.ensure_one()
        content = base64.b64decode(self.file)
        try:
            new, notices = self.processor_account_id._import_report(self.file_name or "report", content, self.store_id)
        except ConnectorError as error:
            raise UserError(str(error)) from error
        if not new:
            raise UserError("\n".join([self.env._("Nothing new in this report."), *notices]))
        for payout in new if notices else ():
            payout.message_post(body="\n".join(notices))
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_payout_action")
        if len(new) == 1:
            return action | {"views": [(False, "form")], "res_id": new.id}
        return action | {"domain": [("id", "in", new.ids)]}
