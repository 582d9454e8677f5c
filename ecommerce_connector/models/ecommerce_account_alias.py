from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EcommerceAccountAlias(models.Model):
    """An old account code, and the account it means today; so that a mapping document with old codes imports."""

    _name = "ecommerce.account.alias"
    _description = "Account Alias"
    _order = "company_id, code"
    _rec_name = "code"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="cascade"
    )
    code = fields.Char(string="Old Code", required=True, help="As it stands in old documents; leading zeros count.")
    account_id = fields.Many2one(
        "account.account", required=True, check_company=True, ondelete="cascade", string="Account Today"
    )
    shadowed_by_id = fields.Many2one(
        "account.account", compute="_compute_shadowed_by_id", string="Not Used: Active Account",
        help="An active account has this code: the code means that account, until it is archived.",
    )  # fmt: skip

    _code_once = models.UniqueIndex("(company_id, code)", "This old code has an account already.")

    @api.depends("code", "company_id")
    def _compute_shadowed_by_id(self):
        for company, aliases in self.grouped("company_id").items():
            accounts = self.env["account.account"].with_company(company)
            found = accounts.search(
                [*accounts._check_company_domain(company), ("code", "in", aliases.mapped("code"))]
            )  # fmt: skip
            by_code = {account.code: account for account in found}
            for alias in aliases:
                alias.shadowed_by_id = by_code.get(alias.code, accounts.browse())

    @api.constrains("code")
    def _check_code(self):
        for alias in self:
            if not alias.code.strip() or alias.code != alias.code.strip():
                raise ValidationError(self.env._("%(code)r: write the old code without blanks.", code=alias.code))
