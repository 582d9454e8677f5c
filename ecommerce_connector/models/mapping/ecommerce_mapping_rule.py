from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.mapping.rulebook import GROUPS, KEY, Rule, Target
from ...core.mapping.store_values import folded, plain
from ..ledger.days import said_day
from ..ledger.tax_facts import input_tax
from .mapping_kinds import FEES, KINDS, LIMITS, TARGETS

#: Types of accounts that no line of a document or a payout is booked on.
NEVER = ("asset_receivable", "liability_payable", "asset_cash", "liability_credit_card", "off_balance")


class EcommerceMappingRule(models.Model):
    """From a day to a day, a store value is booked so."""

    _name = "ecommerce.mapping.rule"
    _description = "E-commerce Mapping Rule"
    _inherit = ["mail.thread", "analytic.mixin"]
    _order = "kind, pattern, date_from desc, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    store_id = fields.Many2one(
        "ecommerce.store", ondelete="restrict", check_company=True, index=True,
        help="Empty: the rule is for all stores of the company. A store's own rule wins over the company's.",
    )  # fmt: skip
    kind = fields.Selection([(name, kind.label) for name, kind in KINDS.items()], required=True)

    # === What the store says === #
    match_on = fields.Selection(
        [
            (KEY, "SKU or name"), ("tag", "Tag"), ("product_type", "Product type"), ("category", "Category"),
            ("vendor", "Vendor"),
        ],
        required=True, default=KEY,
        help="What the store value is compared with. A rule for the SKU wins over one for a tag, then come product "
        "type, category and vendor.",
    )  # fmt: skip
    pattern = fields.Char(
        string="Store Value", required=True, default="*",
        help="SKU, shipping method, tax name, gateway … exactly, or with * and ? as wildcards. Case does not matter.",
    )  # fmt: skip
    pattern_key = fields.Char(compute="_compute_pattern_key", store=True, help="The store value as it is compared.")
    is_glob = fields.Boolean(compute="_compute_pattern_key", store=True)
    tax_rate = fields.Char(string="Tax Rate %", help="Limits a tax rule to one rate, e.g. 20 or 5.5.")
    currency_id = fields.Many2one(
        "res.currency", ondelete="restrict", help="Limits the rule to orders or payouts in this currency."
    )
    country_id = fields.Many2one(
        "res.country", ondelete="restrict", string="Destination", help="Country the goods go to."
    )
    state_id = fields.Many2one("res.country.state", ondelete="restrict", domain="[('country_id', '=', country_id)]")
    customer_kind = fields.Selection(
        [("business", "Businesses"), ("consumer", "Consumers")], string="Customers",
        help="A business gave a company name or a VAT number.",
    )  # fmt: skip
    tax_included = fields.Selection(
        [("included", "Included"), ("excluded", "Excluded")], string="Tax in Prices",
        help="Whether the tax was part of the price that the customer saw.",
    )  # fmt: skip
    remitter = fields.Selection(
        [("seller", "The seller"), ("oss", "The seller, by OSS"), ("ioss", "The seller, by IOSS"),
         ("marketplace", "The marketplace")],
        string="Remitted By",
    )  # fmt: skip
    funder = fields.Selection([("seller", "The seller"), ("platform", "The platform")], string="Funded By")
    limits = fields.Char(compute="_compute_limits", string="Only For")

    # === How it is booked === #
    account_id = fields.Many2one("account.account", ondelete="restrict", check_company=True)
    product_id = fields.Many2one("product.product", ondelete="restrict", check_company=True)
    tax_id = fields.Many2one(
        "account.tax", ondelete="restrict", check_company=True,
        domain="[('type_tax_use', '=', 'purchase' if kind in ('payout_fee', 'dispute_fee') else 'sale')]",
        help="Of a shipping method or an order fee: its tax is booked as this one, if it bears a single tax; otherwise "
        "the tax rules decide. Of a processor fee: the input tax in it, or the reverse charge on it.",
    )  # fmt: skip
    processor_account_id = fields.Many2one("ecommerce.processor.account", ondelete="restrict", check_company=True)
    partner_id = fields.Many2one("res.partner", ondelete="restrict", check_company=True, string="Vendor")
    fiscal_position_id = fields.Many2one("account.fiscal.position", ondelete="restrict", check_company=True)
    inventory_account_id = fields.Many2one(
        "account.account", ondelete="restrict", check_company=True, help="The stock's value."
    )
    cogs_account_id = fields.Many2one(
        "account.account", ondelete="restrict", check_company=True, string="Cost of Goods Account"
    )
    discount_method = fields.Selection(
        [("net", "Lowers the revenue (net)"), ("gross", "A line of its own (gross)")],
        help="Gross: the revenue is shown before the discount, and the discount on its own account, with the tax of "
        "what it reduces.",
    )  # fmt: skip
    target = fields.Char(compute="_compute_target", string="Booked To")

    # === From when to when === #
    date_from = fields.Date("Valid From", help="First day the rule is valid; empty: always was.")
    date_to = fields.Date("Valid To", help="Last day the rule is valid; empty: open.")

    scope = fields.Char("Holds In", compute="_compute_scope")
    valid = fields.Char(compute="_compute_valid")

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)", "A rule cannot end before it begins."
    )
    _lookup = models.Index("(company_id, kind, pattern_key)")

    # === For people === #

    @api.depends("kind", "match_on", "pattern", "limits", "store_id.name", "version")
    def _compute_display_name(self):
        """One name on all screens, in the change log and in messages: Tax VAT, 20 %, France (Shop) v2."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        groups = dict(self._fields["match_on"]._description_selection(self.env))
        for rule in self:
            parts = [kinds.get(rule.kind, "")]
            parts += [groups[rule.match_on].lower()] if rule.match_on in GROUPS else []
            parts.append(", ".join(filter(None, [rule.pattern, rule.limits])))
            parts += [f"({rule.store_id.name})"] if rule.store_id else []
            parts += [f"v{rule.version}"] if rule.version > 1 else []
            rule.display_name = " ".join(parts)

    @api.depends(
        "kind", "discount_method", "account_id.display_name", "tax_id.display_name", "fiscal_position_id.display_name",
        "processor_account_id.display_name",
    )  # fmt: skip
    def _compute_target(self):
        for rule in self:
            by_kind = [rule[name] for name in KINDS[rule.kind].needed] if rule.kind else []
            if rule.kind == "discount":
                by_kind = [rule.account_id] if rule.discount_method == "gross" else []
            names = [record.display_name for record in by_kind if record]
            rule.target = " / ".join(names) or (self.env._("Lowers the revenue") if rule.kind == "discount" else "")

    @api.depends(*LIMITS)
    def _compute_limits(self):
        selections = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in LIMITS
            if self._fields[name].type == "selection"
        }
        for rule in self:
            rule.limits = ", ".join(
                selections[name][rule[name]] if name in selections
                else f"{rule[name]} %" if name == "tax_rate" else rule[name].display_name
                for name in LIMITS if rule[name]
            )  # fmt: skip

    @api.depends("store_id.name")
    def _compute_scope(self):
        for rule in self:
            rule.scope = rule.store_id.name or self.env._("All stores")

    @api.depends("date_from", "date_to")
    @api.depends_context("lang")
    def _compute_valid(self):
        """From when to when, in words: lists show no empty cell for what always was."""
        for rule in self:
            first, last = (said_day(self.env, day) for day in (rule.date_from, rule.date_to))
            rule.valid = (
                self.env._("%(first)s – %(last)s", first=first, last=last) if first and last
                else self.env._("from %(first)s", first=first) if first
                else self.env._("until %(last)s", last=last) if last else self.env._("always")
            )  # fmt: skip

    @api.depends("pattern")
    def _compute_pattern_key(self):
        for rule in self:
            rule.pattern_key = folded(rule.pattern or "")
            rule.is_glob = bool(set("*?[") & set(plain(rule.pattern or "")))

    # === Whole and meaningful === #

    @api.constrains("kind", *TARGETS)
    def _check_target(self):
        for rule in self:
            kind = KINDS[rule.kind]
            needed = ("account_id",) if rule.discount_method == "gross" else kind.needed
            if not rule.ends_rule and not any(rule[name] for name in needed):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: choose its %(target)s.", rule=rule.display_name,
                        target=" or ".join(rule._label(name) for name in needed),
                    )
                )  # fmt: skip
            if rule.kind == "customer" and rule.account_id and rule.account_id.account_type != "asset_receivable":
                raise ValidationError(self.env._("%(rule)s: choose a receivable account.", rule=rule.display_name))
            if rule.kind != "customer" and rule.account_id.account_type in NEVER:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: %(account)s is an account of customers, vendors, banks or cash, whose items come "
                        "from invoices and payments. Choose another.",
                        rule=rule.display_name, account=rule.account_id.display_name,
                    )
                )  # fmt: skip
            rule._check_tax_use()
            self._refuse_fields(rule, set(TARGETS) - {*kind.needed, *kind.optional})

    def _check_tax_use(self):
        """Taxes of sales for what is sold, of purchases for what a processor charges."""
        if not self.tax_id:
            return
        use = "purchase" if self.kind in FEES else "sale"
        if self.tax_id.type_tax_use != use:
            raise ValidationError(
                self.env._("%(rule)s: %(tax)s is no tax of %(use)ss.", rule=self.display_name, use=use,
                           tax=self.tax_id.display_name)
            )  # fmt: skip
        if self.kind in FEES and not input_tax(self.tax_id):
            raise ValidationError(
                self.env._(
                    "%(rule)s: choose a single percentage, charged whole or by reverse charge; %(tax)s is neither.",
                    rule=self.display_name, tax=self.tax_id.display_name,
                )
            )  # fmt: skip

    @api.constrains("kind", "match_on", *LIMITS)
    def _check_limits(self):
        for rule in self:
            kind = KINDS[rule.kind]
            self._refuse_fields(rule, set(LIMITS) - set(kind.limits))
            if rule.match_on != KEY and not kind.has_groups:
                raise ValidationError(
                    self.env._("%(rule)s: only product rules match on tags and categories.", rule=rule.display_name)
                )
            if rule.match_on != KEY and not rule.pattern.strip("*?"):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: a rule for everything matches on the SKU. Name the tag, type, category or vendor.",
                        rule=rule.display_name,
                    )
                )
            if rule.state_id and rule.state_id.country_id != rule.country_id:
                raise ValidationError(
                    self.env._("%(rule)s: choose the country of its state too.", rule=rule.display_name)
                )

    def _refuse_fields(self, rule, names):
        for name in sorted(names):
            if rule[name]:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: a rule of this kind has no %(field)s. Leave it empty.",
                        rule=rule.display_name, field=rule._label(name),
                    )
                )  # fmt: skip

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _rate(self):
        self.ensure_one()
        return Decimal(self.tax_rate).normalize() if self.tax_rate else None

    # === For the core === #

    def _as_core_rule(self):
        """The rule as the core knows it.

        :rtype: Rule
        """
        self.ensure_one()
        return Rule(
            id=self.id, kind=self.kind, pattern=self.pattern, match_on=self.match_on, rate=self._rate(),
            currency=self.currency_id.name or None, country=self.country_id.code or None,
            state=self.state_id.code or None, customer=self.customer_kind or None,
            included={"included": True, "excluded": False}.get(self.tax_included), remitter=self.remitter or None,
            funder=self.funder or None, of_store=bool(self.store_id), date_from=self.date_from or date.min,
            date_to=self.date_to or date.max, version=self.version, name=self.display_name,
            target=self._as_core_target(),
        )  # fmt: skip

    def _as_core_target(self):
        distribution = self.analytic_distribution or {}
        return Target(
            label=self.target or "", account=self.account_id.id or None, tax=self.tax_id.id or None,
            product=self.product_id.id or None, processor_account=self.processor_account_id.id or None,
            partner=self.partner_id.id or None, fiscal_position=self.fiscal_position_id.id or None,
            inventory=self.inventory_account_id.id or None, cogs=self.cogs_account_id.id or None,
            input_tax=input_tax(self.tax_id) if self.kind in FEES and self.tax_id else None,
            gross_discount=self.discount_method == "gross",
            analytic=tuple(sorted((ids, str(percent)) for ids, percent in distribution.items())),
        )  # fmt: skip
