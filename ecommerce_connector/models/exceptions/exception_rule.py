from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.ownership import OwnerRule
from ...core.ways_out import WAYS_OUT, Subject
from ..ledger.amounts import amount_of

#: Who can own an exception: he must be able to do something about it.
OWNING_GROUP = "ecommerce_connector.group_accountant"
#: Who can be told of one that is overdue.
READING_GROUP = "ecommerce_connector.group_viewer"


class EcommerceExceptionRule(models.Model):
    """Who looks after which exceptions, until when, and who is told if nothing happens."""

    _name = "ecommerce.exception.rule"
    _description = "Owner of E-commerce Exceptions"
    _order = "company_id, sequence, id"
    _rec_name = "user_id"
    _check_company_auto = True

    sequence = fields.Integer(default=10, help="The first line that fits decides.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    store_id = fields.Many2one(
        "ecommerce.store", check_company=True, ondelete="cascade", index="btree_not_null",
        help="Empty: all stores, and payouts that contain several.",
    )  # fmt: skip
    subject = fields.Selection(
        [
            ("mapping", "Mapping"), ("order", "Orders and refunds"), ("payout", "Payouts"), ("dispute", "Disputes"),
            ("customer", "Customers"), ("goods", "Cost of goods"), ("setup", "Accounts, taxes and settings"),
            ("connection", "Connection to the store"),
        ], string="About", help="Empty: everything.",
    )  # fmt: skip
    code = fields.Char(help="Only exceptions of this code. Empty: all.")
    severity = fields.Selection([("1", "Blocks booking"), ("0", "To know")], help="Empty: both.")
    amount_from = fields.Monetary(
        string="From Amount", currency_field="company_currency_id",
        help="Only from this amount on, in the company's currency at the rate of the day on which the exception is "
        "found. What waits in a currency without exchange rate counts as enough.",
    )  # fmt: skip
    user_id = fields.Many2one(
        "res.users", string="Owner", required=True, index=True, domain=lambda self: self._domain_members(OWNING_GROUP)
    )
    days_due = fields.Integer(
        string="Due After (Days)", default=3, help="Calendar days from the day on which it is found. 0: the same day."
    )
    escalation_user_id = fields.Many2one(
        "res.users", string="Then Tell", domain=lambda self: self._domain_members(READING_GROUP),
        help="Who is told once, by mail and by an activity, if it is still open some days after it was due.",
    )  # fmt: skip
    escalation_days = fields.Integer(
        string="After (Days)", default=2, help="Calendar days after the due date. 0: on the first day that is overdue."
    )
    problem = fields.Char(
        compute="_compute_problem", help="Why the owner cannot be given anything; the line is passed over until then."
    )

    _days = models.Constraint("CHECK (days_due >= 0 AND escalation_days >= 0)", "Days cannot be negative.")
    _amount = models.Constraint("CHECK (amount_from >= 0)", "The amount cannot be negative.")

    @api.model
    def _domain_members(self, group):
        return [("share", "=", False), ("all_group_ids", "in", self.env.ref(group).ids)]

    @api.depends("user_id", "company_id", "user_id.active", "user_id.group_ids", "user_id.company_ids")
    def _compute_problem(self):
        for rule in self:
            user = rule.user_id
            rule.problem = bool(user) and rule._obstacle(user, rule.company_id, OWNING_GROUP)

    @api.model
    def _obstacle(self, user, company, group):
        """Why somebody cannot be given exceptions of a company; False if he can."""
        user = user.sudo()  # sudo: whether somebody may see it, not who he is
        if not user.active:
            return self.env._("%(user)s is archived.", user=user.name)
        if company not in user.company_ids:
            return self.env._("%(user)s does not see %(company)s.", user=user.name, company=company.name)
        if not user.has_group(group):
            return self.env._("%(user)s has no right for it.", user=user.name)
        return False

    @api.constrains("user_id", "escalation_user_id", "company_id")
    def _check_users(self):
        for rule in self:
            for user, group in ((rule.user_id, OWNING_GROUP), (rule.escalation_user_id, READING_GROUP)):
                if user and (obstacle := rule._obstacle(user, rule.company_id, group)):
                    raise ValidationError(
                        self.env._("Choose somebody else to look after exceptions: %(why)s", why=obstacle)
                    )
            if rule.escalation_user_id == rule.user_id:
                raise ValidationError(self.env._("Tell somebody else than the owner if nothing happens."))

    @api.constrains("code")
    def _check_code(self):
        for rule in self.filtered("code"):
            if rule.code not in WAYS_OUT:
                raise ValidationError(
                    self.env._("There is no exception with the code '%(code)s'. Copy it from one.", code=rule.code)
                )

    @api.model
    def _of_company(self, company):
        """The rules of a company whose owners can be given something, in their order, for the core.

        :rtype: list[OwnerRule]
        """
        rules = self.search([("company_id", "=", company.id)], order="sequence, id")
        return [rule._as_core_rule() for rule in rules if not rule.problem]

    def _as_core_rule(self):
        self.ensure_one()
        return OwnerRule(
            id=self.id, store=self.store_id.id or None, subject=Subject(self.subject) if self.subject else None,
            code=self.code or "", severity=self.severity or "",
            least=amount_of(self.amount_from, self.company_currency_id),
        )  # fmt: skip

    def action_give_owners(self):
        """Give what is open and nobody's an owner by these rules; tells how many got one."""
        self.check_access("write")
        items = self.env["ecommerce.exception"]
        free = items.search([("state", "=", "open"), ("user_id", "=", False)])
        free._give_owners()
        given = len(free.filtered("user_id"))
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {
                "type": "success" if given else "info",
                "message": self.env._(
                    "%(given)s exceptions have an owner now; %(left)s fit no line.", given=given, left=len(free) - given
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }  # fmt: skip
