from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .mapping_kinds import ACCOUNT_FIELDS


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

    @api.model
    def _keep(self, company, accounts):
        """Let old codes mean these accounts from now on.

        :param dict accounts: old code -> account id
        """
        known = self.search([("company_id", "=", company.id), ("code", "in", list(accounts))])
        for alias in known:
            alias.account_id = accounts[alias.code]
        new = sorted(set(accounts) - set(known.mapped("code")))
        self.create([{"company_id": company.id, "code": code, "account_id": accounts[code]} for code in new])

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


class EcommerceMappingRule(models.Model):
    """A draft that replaces accounts keeps their old codes once it is applied."""

    _inherit = "ecommerce.mapping.rule"

    kept_codes = fields.Json(
        readonly=True, copy=False, help="Old code -> id of the account that takes its place, if this draft is applied."
    )

    def _keep_old_codes(self):
        """Of drafts that are put in force: the codes of what they replaced mean the accounts they lead to."""
        for company, drafts in self.grouped("company_id").items():
            found = {}
            for draft in drafts:
                led_to = {draft[name].id for name in ACCOUNT_FIELDS}
                found |= {code: account for code, account in (draft.kept_codes or {}).items() if account in led_to}
            if found:
                self.env["ecommerce.account.alias"]._keep(company, found)
