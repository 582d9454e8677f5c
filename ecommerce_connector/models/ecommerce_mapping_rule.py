from datetime import date
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..core.mapping import Rule, Rulebook, Target

ACCOUNT_KINDS = (
    "product", "gift_card", "shipping", "fee", "tip", "duty", "return", "refund_adjustment", "marketplace_tax",
    "rounding", "payout_fee", "reserve", "dispute", "payout_other",
)  # fmt: skip
#: What decides which entries a rule leads to; frozen once an entry was made by it.
DECIDING_FIELDS = frozenset({
    "company_id", "store_id", "kind", "pattern", "tax_rate", "currency_id", "country_id", "date_from", "account_id",
    "tax_id", "product_id", "processor_account_id", "partner_id",
})  # fmt: skip


class EcommerceMappingRule(models.Model):
    """From a day to a day, a store value is booked so."""

    _name = "ecommerce.mapping.rule"
    _description = "E-commerce Mapping Rule"
    _inherit = ["mail.thread"]
    _order = "kind, pattern, date_from desc, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    store_id = fields.Many2one(
        "ecommerce.store", ondelete="cascade", check_company=True, index=True,
        help="Empty: the rule is for all stores of the company. A store's own rule wins over the company's.",
    )  # fmt: skip
    kind = fields.Selection(
        [
            ("product", "Product"), ("gift_card", "Gift card sold"), ("shipping", "Shipping"), ("fee", "Order fee"),
            ("tip", "Tip"), ("duty", "Duty"), ("tax", "Tax"), ("gateway", "Gateway"), ("return", "Returned product"),
            ("refund_adjustment", "Refund without lines"), ("marketplace_tax", "Tax remitted by a marketplace"),
            ("rounding", "Rounding difference"), ("payout_fee", "Processor fee"), ("reserve", "Reserve"),
            ("dispute", "Dispute"), ("payout_other", "Other payout line"),
        ],
        required=True, tracking=True,
    )  # fmt: skip
    pattern = fields.Char(
        string="Store Value", required=True, default="*", tracking=True,
        help="SKU, shipping method, tax name, gateway … exactly, or with * and ? as wildcards. Case does not matter.",
    )  # fmt: skip
    tax_rate = fields.Char(string="Tax Rate %", tracking=True, help="Limits a tax rule to one rate, e.g. 20 or 5.5.")
    currency_id = fields.Many2one("res.currency", tracking=True, help="Limits the rule to orders in this currency.")
    country_id = fields.Many2one("res.country", string="Destination", tracking=True)
    date_from = fields.Date(tracking=True, help="First day the rule is valid; empty: always was.")
    date_to = fields.Date(tracking=True, help="Last day the rule is valid; empty: open.")
    account_id = fields.Many2one("account.account", check_company=True, tracking=True)
    product_id = fields.Many2one("product.product", check_company=True, tracking=True)
    tax_id = fields.Many2one("account.tax", check_company=True, domain="[('type_tax_use', '=', 'sale')]", tracking=True)
    processor_account_id = fields.Many2one("ecommerce.processor.account", check_company=True, tracking=True)
    partner_id = fields.Many2one("res.partner", check_company=True, string="Vendor", tracking=True)
    target = fields.Char(compute="_compute_target", string="Booked To")
    move_line_ids = fields.One2many("account.move.line", "ecommerce_rule_id")
    is_used = fields.Boolean(compute="_compute_is_used", help="It decided posted entries.")

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)", "A rule cannot end before it begins."
    )

    @api.depends("kind", "pattern", "store_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            rule.display_name = f"{kinds.get(rule.kind, '')} {rule.pattern}" + (
                f" ({rule.store_id.name})" if rule.store_id else ""
            )

    @api.depends("account_id", "tax_id", "processor_account_id")
    def _compute_target(self):
        for rule in self:
            target = rule.tax_id or rule.processor_account_id or rule.account_id
            rule.target = target.display_name

    def _compute_is_used(self):
        lines = self.env["account.move.line"]._read_group(
            [("ecommerce_rule_id", "in", self.ids)], ["ecommerce_rule_id"]
        )
        used = {rule for (rule,) in lines}
        for rule in self:
            rule.is_used = rule._origin in used

    @api.constrains("kind", "account_id", "tax_id", "processor_account_id")
    def _check_target(self):
        for rule in self:
            needed = {"tax": "tax_id", "gateway": "processor_account_id"}.get(rule.kind, "account_id")
            if not rule[needed]:
                label = rule._fields[needed]._description_string(self.env)
                raise ValidationError(
                    self.env._("%(rule)s: choose its %(target)s.", rule=rule.display_name, target=label)
                )

    @api.constrains("tax_rate")
    def _check_tax_rate(self):
        for rule in self.filtered("tax_rate"):
            try:
                Decimal(rule.tax_rate)
            except InvalidOperation:
                raise ValidationError(
                    self.env._("%(rate)r is not a rate such as 20 or 5.5.", rate=rule.tax_rate)
                ) from None

    @api.constrains(
        "active",
        "company_id",
        "store_id",
        "kind",
        "pattern",
        "tax_rate",
        "currency_id",
        "country_id",
        "date_from",
        "date_to",
    )
    def _check_overlap(self):
        for rule in self.filtered("active"):
            domain = Domain([
                ("id", "!=", rule.id), ("company_id", "=", rule.company_id.id), ("store_id", "=", rule.store_id.id),
                ("kind", "=", rule.kind), ("pattern", "=ilike", _escaped(rule.pattern)),
                ("currency_id", "=", rule.currency_id.id), ("country_id", "=", rule.country_id.id),
            ])  # fmt: skip
            if rule.date_from:
                domain &= Domain("date_to", "=", False) | Domain("date_to", ">=", rule.date_from)
            if rule.date_to:
                domain &= Domain("date_from", "=", False) | Domain("date_from", "<=", rule.date_to)
            other = self.search(domain).filtered(lambda other, rule=rule: other._rate() == rule._rate())[:1]
            if other:
                raise ValidationError(
                    self.env._(
                        "Two rules would cover the same value on the same days: %(rule)s → %(target)s and "
                        "%(other)s → %(other_target)s. End one before the other begins.",
                        rule=rule.display_name, target=rule.target, other=other.display_name, other_target=other.target,
                    )
                )  # fmt: skip

    def write(self, vals):
        """A rule that decided a posted entry is frozen; only its end may still be set."""
        used = self.filtered("move_line_ids") if DECIDING_FIELDS & set(vals) else self.browse()
        for rule in used:
            changed = [
                name for name in DECIDING_FIELDS & set(vals)
                if rule._fields[name].convert_to_write(rule[name], rule) != vals[name]
            ]  # fmt: skip
            if changed:
                raise UserError(
                    self.env._(
                        "%(rule)s decided posted entries and cannot be changed. End it with a last day, and make a new "
                        "rule from the next day.", rule=rule.display_name,
                    )
                )  # fmt: skip
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered("move_line_ids")[:1]:
            raise UserError(
                self.env._("%(rule)s decided posted entries and cannot be deleted. Archive it.", rule=used.display_name)
            )

    def _rate(self):
        self.ensure_one()
        return Decimal(self.tax_rate).normalize() if self.tax_rate else None

    @api.model
    def _rulebook(self, company, store=None):
        """The rules that may apply to documents of a company, compiled; once per batch.

        :param store: also the rules of this store
        :rtype: Rulebook
        """
        rules = self.with_company(company).search_fetch(
            [("company_id", "=", company.id), ("store_id", "in", [False] + (store.ids if store else []))],
            ["kind", "pattern", "tax_rate", "currency_id", "country_id", "store_id", "date_from", "date_to",
             "account_id", "tax_id", "product_id", "processor_account_id", "partner_id"],
        )  # fmt: skip
        return Rulebook(rule._as_core_rule() for rule in rules)

    def _as_core_rule(self):
        self.ensure_one()
        return Rule(
            id=self.id, kind=self.kind, pattern=self.pattern, rate=self._rate(),
            currency=self.currency_id.name or None, country=self.country_id.code or None, of_store=bool(self.store_id),
            date_from=self.date_from or date.min, date_to=self.date_to or date.max,
            target=Target(
                label=self.target or "", account=self.account_id.id or None, tax=self.tax_id.id or None,
                product=self.product_id.id or None, processor_account=self.processor_account_id.id or None,
                partner=self.partner_id.id or None,
            ),
        )  # fmt: skip


def _escaped(pattern):
    """The pattern as ``=ilike`` wants it when it must match literally."""
    return pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
