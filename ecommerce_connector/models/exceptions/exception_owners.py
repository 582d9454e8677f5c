from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...core.ownership import Matter, first_fitting
from ..ledger.amounts import amount_of, decimal_of, float_of
from ..ledger.quiet import UNTOLD
from .exception_rule import OWNING_GROUP

#: Until when somebody has time who was chosen by hand for what no rule gave a day.
DAYS = 3
#: The kind of activity that owners get.
ACTIVITY = "ecommerce_connector.mail_activity_type_exception"


class EcommerceException(models.Model):
    """Who looks after an exception, and until when."""

    _inherit = "ecommerce.exception"

    opened_at = fields.Datetime(
        string="Found", default=fields.Datetime.now, readonly=True, index=True,
        help="When it was found; for one that came back, when it did.",
    )  # fmt: skip
    date_due = fields.Date(string="Due", tracking=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    amount_company = fields.Monetary(
        string="Amount in Company Currency", currency_field="company_currency_id", readonly=True, index=True,
        help="All that waits, without sign, at the rate of the day on which it was found or last changed. Currencies "
        "without exchange rate are left out.",
    )  # fmt: skip
    owner_rule_id = fields.Many2one(
        "ecommerce.exception.rule", string="Owner by", readonly=True, ondelete="set null", index="btree_not_null",
        help="The rule that chose the owner; empty if somebody did.",
    )  # fmt: skip
    escalation_user_id = fields.Many2one("res.users", string="Then Tell", readonly=True)
    escalation_days = fields.Integer(readonly=True)
    escalate_on = fields.Date(
        string="Tell on", compute="_compute_escalate_on", store=True, index="btree_not_null",
        help="When the second person is told, if it is still open then.",
    )  # fmt: skip
    escalated_at = fields.Datetime(string="Told on", readonly=True)

    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends("date_due", "state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for item in self:
            item.is_overdue = item.state == "open" and bool(item.date_due) and item.date_due < today

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & Domain("date_due", "<", fields.Date.context_today(self))
        return late if True in value else ~late

    @api.depends("date_due", "escalation_days", "escalation_user_id")
    def _compute_escalate_on(self):
        for item in self:
            tells = item.date_due and item.escalation_user_id
            item.escalate_on = tells and item.date_due + timedelta(days=item.escalation_days + 1)

    @api.constrains("user_id", "company_id")
    def _check_owner(self):
        accountants = self.env.ref(OWNING_GROUP)
        for (user, company), _items in self.grouped(lambda item: (item.user_id, item.company_id)).items():
            owner = user.sudo()  # sudo: whether somebody may see it, not who he is
            if owner and (accountants not in owner.all_group_ids or company not in owner.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot look after exceptions of %(company)s: it takes an accountant who sees this "
                        "company.", user=owner.name, company=company.name,
                    )
                )  # fmt: skip

    def write(self, vals):
        """Who is chosen by hand gets a due date and the activity; what somebody else had to do is gone."""
        result = super().write(vals)
        if "user_id" in vals and "owner_rule_id" not in vals:
            self.sudo().with_context(**UNTOLD).owner_rule_id = False  # sudo: what chose the owner is the connector's
        if not {"user_id", "date_due", "state"}.isdisjoint(vals):
            late = self.filtered(lambda item: item.state == "open" and item.user_id and not item.date_due)
            if late:
                late.date_due = fields.Date.context_today(self) + timedelta(days=DAYS)
            self._keep_activities()
        return result

    # === By rules === #

    def _weigh(self):
        """Tell what waits in all in the company's currency.

        :return: amount of each as a Decimal, None where a currency has no rate
        :rtype: dict
        """
        parts = defaultdict(list)
        for item, currency, amount in self.env["ecommerce.exception.line"]._read_group(
            [("exception_id", "in", self.ids)], ["exception_id", "currency_id"], ["amount:sum"]
        ):
            parts[item.id].append((currency, amount))
        for item in self:
            if item.id not in parts and item.amount:
                parts[item.id].append((item.currency_id, item.amount))
        rates, weights = {}, {}
        for item in self.with_context(**UNTOLD):
            amounts = [self._in_company_currency(item.company_id, *part, rates) for part in parts[item.id]]
            known = sum((amount for amount in amounts if amount is not None), decimal_of(0, 0))
            if item.amount_company != float_of(known):
                item.amount_company = float_of(known)
            weights[item.id] = None if None in amounts else known
        return weights

    def _in_company_currency(self, company, currency, amount, rates):
        """An amount without sign at today's rate, None without one; each currency is looked up once."""
        own = company.currency_id
        if not amount or not currency or currency == own:
            return abs(amount_of(amount or 0, own))
        if (company, currency) not in rates:
            has_rate = (
                self.env["res.currency.rate"]
                .sudo()
                .search_count(  # sudo: whether there is one
                    [("currency_id", "=", currency.id), ("company_id", "in", (False, company.root_id.id))], limit=1
                )
            )
            today = fields.Date.today()
            rates[company, currency] = has_rate and currency._get_conversion_rate(currency, own, company, today)
        rate = rates[company, currency]
        return abs(amount_of(own.round(amount * rate), own)) if rate else None

    def _give_owners(self):
        """Weigh them, and give those of nobody an owner, a due date and an activity by the rules of their company."""
        items = self.sudo().filtered(lambda item: item.state == "open")  # sudo: by rules, not by who works now
        weights = items._weigh()
        free = items.filtered(lambda item: not item.user_id)
        today = fields.Date.today()
        for company, of_company in free.grouped("company_id").items():
            rules = self.env["ecommerce.exception.rule"].sudo()
            in_order = rules._of_company(company)
            chosen = defaultdict(self.browse)
            for item in of_company if in_order else ():
                matter = Matter(
                    store=item.store_id.id or None, code=item.code, severity=item.severity, amount=weights[item.id]
                )
                if rule := first_fitting(in_order, matter):
                    chosen[rules.browse(rule.id)] |= item
            for rule, its in chosen.items():
                its.with_env(items.env).with_context(**UNTOLD).write(
                    {
                        "user_id": rule.user_id.id, "owner_rule_id": rule.id,
                        "date_due": today + timedelta(days=rule.days_due),
                        "escalation_user_id": rule.escalation_user_id.id, "escalation_days": rule.escalation_days,
                    }
                )  # fmt: skip

    # === Activities === #

    def _keep_activities(self):
        """Each open exception has one activity of its owner, with its due date; none when it is closed."""
        kind = self.env.ref(ACTIVITY, raise_if_not_found=False)
        if not kind or not self.ids:
            return
        activities = self.env["mail.activity"].sudo().with_context(**UNTOLD)  # sudo: also of others
        has, gone, moved = set(), activities, defaultdict(activities.browse)
        for activity in activities.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("activity_type_id", "=", kind.id)], order="id"
        ):
            item = self.browse(activity.res_id)
            if item.state != "open" or not self._is_wanted(item, activity) or (item.id, activity.user_id.id) in has:
                gone |= activity
                continue
            has.add((item.id, activity.user_id.id))
            if activity.user_id == item.user_id and activity.date_deadline != item.date_due:
                moved[item.date_due] |= activity
        gone.unlink()
        for day, late in moved.items():
            late.date_deadline = day
        activities.create(
            [
                item._activity_vals(kind, item.user_id, item.date_due) for item in self
                if item.state == "open" and item.user_id and (item.id, item.user_id.id) not in has
            ]
        )  # fmt: skip

    @staticmethod
    def _is_wanted(item, activity):
        return activity.user_id == item.user_id or (item.escalated_at and activity.user_id == item.escalation_user_id)

    def _activity_vals(self, kind, user, deadline, summary=None):
        self.ensure_one()
        # The summary does not quote the exception: personal data in it is erased there.
        words = self.with_context(lang=user.lang or self.env.lang).env
        return {
            "res_model_id": self.env["ir.model"]._get_id(self._name), "res_id": self.id, "activity_type_id": kind.id,
            "user_id": user.id, "date_deadline": deadline, "automated": True,
            "summary": summary or words._("Decide about the exception"),
        }  # fmt: skip
