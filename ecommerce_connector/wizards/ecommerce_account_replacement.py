from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.ledger.days import said_day
from ..models.mapping.mapping_document import QUIET
from ..models.mapping.mapping_kinds import ACCOUNT_FIELDS


class EcommerceAccountReplacement(models.TransientModel):
    """Old account → new account, from a day on, in all rules at once: as drafts that somebody looks at and applies.

    Viewers see which rules that concerns; the drafts are prepared by accountants.
    """

    _name = "ecommerce.account.replacement"
    _description = "Replace Accounts in Rules"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from(),
        help="First day that is booked on the new accounts.",
    )  # fmt: skip
    keep_aliases = fields.Boolean(
        string="Understand the Old Codes",
        default=True,
        help="Keep the old codes as aliases of the new accounts: once the old accounts are archived, a mapping "
        "document written with the old codes still imports.",
    )
    line_ids = fields.One2many("ecommerce.account.replacement.line", "replacement_id")
    rule_ids = fields.Many2many("ecommerce.mapping.rule", compute="_compute_rule_ids", string="Rules That Get a Draft")
    obstacles = fields.Text(compute="_compute_rule_ids", help="Why no drafts can be prepared.")

    @api.model
    def _default_date_from(self):
        """The first day of the next month."""
        today = fields.Date.context_today(self)
        return fields.Date.add(today.replace(day=1), months=1)

    @api.depends("date_from", "line_ids.old_account_id")
    def _compute_rule_ids(self):
        for wizard in self:
            old = wizard.line_ids.old_account_id._origin
            ready = old and wizard.date_from
            wizard.rule_ids = wizard._rules(old) if ready else False
            wizard.obstacles = "\n".join(wizard._obstacles(wizard.rule_ids._origin)) if ready else False

    def action_prepare(self):
        """Prepare a draft of every rule that leads to an old account, and open the drafts.

        :raises AccessError: for viewers
        """
        self.ensure_one()
        self.env["ecommerce.mapping.rule"].check_access("create")
        accounts = self._accounts()
        rules = self._rules(self.env["account.account"].union(*accounts))
        if obstacles := [*self._obstacles(rules)]:
            raise UserError("\n".join(obstacles))
        drafts = rules.with_context(**QUIET)._draft_versions([self._changes(rule, accounts) for rule in rules])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ecommerce_connector.ecommerce_mapping_rule_draft_action"
        )
        return action | {"domain": [("id", "in", drafts.ids)], "name": self.env._("Replaced Accounts")}

    def _changes(self, rule, accounts):
        """What the draft of a rule says otherwise; and which old codes are kept when it is applied, not before."""
        fields_ = [name for name in ACCOUNT_FIELDS if rule[name] in accounts]
        kept = {rule[name].with_company(self.company_id).code: accounts[rule[name]].id for name in fields_}
        return {
            **{name: accounts[rule[name]].id for name in fields_},
            "date_from": max(self.date_from, rule.date_from or self.date_from),
            "kept_codes": kept if self.keep_aliases else False,
        }

    def _accounts(self):
        """Old account -> new account."""
        accounts = {line.old_account_id: line.new_account_id for line in self.line_ids}
        if not accounts:
            raise UserError(self.env._("Add at least one account to replace."))
        if len(accounts) < len(self.line_ids):
            raise UserError(self.env._("An account can be replaced by one other only."))
        return accounts

    def _rules(self, old):
        """Rules in force that lead to one of these accounts on the day or later."""
        rules = self.env["ecommerce.mapping.rule"].with_company(self.company_id)
        return rules.search(
            Domain([("company_id", "=", self.company_id.id), ("is_draft", "=", False)])
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", self.date_from))
            & Domain.OR([(name, "in", old.ids)] for name in ACCOUNT_FIELDS)
        )

    def _obstacles(self, rules):
        """Sentences: a rule has one successor, and keeps the days on which it decided entries."""
        if not rules:
            yield self.env._(
                "No rule leads to these accounts on %(day)s or later.", day=said_day(self.env, self.date_from)
            )
        drafted = rules.search([("previous_id", "in", rules.ids), ("is_draft", "=", True)]).previous_id
        if drafted:
            yield self.env._(
                "These rules have a draft already: %(rules)s. Apply or delete it first.",
                rules=", ".join(drafted.mapped("display_name")),
            )
        if late := rules.filtered(lambda rule: rule.date_from and rule.date_from >= self.date_from and rule.is_used):
            yield self.env._(
                "These rules begin on %(day)s or later and decided posted entries: %(rules)s. Choose a later day.",
                day=said_day(self.env, self.date_from), rules=", ".join(late.mapped("display_name")),
            )  # fmt: skip


class EcommerceAccountReplacementLine(models.TransientModel):
    """One account that another takes the place of."""

    _name = "ecommerce.account.replacement.line"
    _description = "Account to Replace"

    replacement_id = fields.Many2one("ecommerce.account.replacement", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="replacement_id.company_id", store=True)
    old_account_id = fields.Many2one(
        "account.account", required=True, ondelete="cascade",
        domain="[('company_ids', 'parent_of', company_id)]", context={"active_test": False},
    )  # fmt: skip
    new_account_id = fields.Many2one(
        "account.account", required=True, ondelete="cascade",
        domain="[('company_ids', 'parent_of', company_id), ('id', '!=', old_account_id)]",
    )  # fmt: skip
    rule_count = fields.Integer(compute="_compute_rule_count", string="Rules")

    @api.depends("old_account_id", "replacement_id.date_from")
    def _compute_rule_count(self):
        for line in self:
            wizard = line.replacement_id
            ready = line.old_account_id and wizard.date_from
            line.rule_count = len(wizard._rules(line.old_account_id._origin)) if ready else 0

    @api.constrains("old_account_id", "new_account_id")
    def _check_accounts(self):
        for line in self:
            if line.old_account_id == line.new_account_id:
                raise UserError(self.env._("%(account)s cannot replace itself.",
                                           account=line.old_account_id.display_name))  # fmt: skip
