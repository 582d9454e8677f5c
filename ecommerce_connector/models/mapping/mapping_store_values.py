from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.mapping.store_values import is_blank, plain, rate_text, read_rate
from ..ledger.tax_facts import rate_of


def other_rate(charged, tax):
    """A sentence if what is charged is not the rate of the tax that it is booked as, else an empty text.

    :param Decimal charged: in percent
    """
    booked = rate_of(tax)
    if booked is None or charged == booked:
        return ""
    return tax.env._(
        "This rule is for %(charged)s %%, but %(tax)s is a tax of %(booked)s %%. Amounts stay those of the store, "
        "and are reported under that tax.",
        charged=rate_text(charged), tax=tax.display_name, booked=rate_text(booked),
    )  # fmt: skip


class EcommerceMappingRule(models.Model):
    """Store values and rates are held as they are compared; what cannot be meant is refused."""

    _inherit = "ecommerce.mapping.rule"

    rate_warning = fields.Char(
        compute="_compute_rate_warning", help="The store charges one rate, and the tax it is booked as has another."
    )

    @api.depends("kind", "tax_rate", "tax_id.amount", "tax_id.amount_type", "tax_id.name")
    def _compute_rate_warning(self):
        for rule in self:
            rule.rate_warning = rule._other_rate()

    def _other_rate(self):
        """A sentence if the rule is for another rate than that of the tax it leads to, else False."""
        if self.kind != "tax" or not self.tax_rate or not self.tax_id:
            return False
        try:
            charged = read_rate(self.tax_rate)
        except ValueError:
            return False  # said when it is saved
        return other_rate(charged, self.tax_id) or False

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._as_held(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._as_held(vals))

    @api.model
    def _as_held(self, vals):
        """Values with the store value and the rate as they are compared; what is no rate stays, to be refused."""
        vals = dict(vals)
        if vals.get("pattern"):
            vals["pattern"] = plain(vals["pattern"])
        if vals.get("tax_rate"):
            with suppress(ValueError):
                vals["tax_rate"] = rate_text(read_rate(vals["tax_rate"])) if vals["tax_rate"].strip() else False
        return vals

    @api.constrains("pattern")
    def _check_pattern(self):
        if self.filtered(lambda rule: is_blank(rule.pattern or "")):
            raise ValidationError(self.env._("The store value is empty: write * for everything."))

    @api.constrains("tax_rate")
    def _check_tax_rate(self):
        for rule in self.filtered("tax_rate"):
            try:
                read_rate(rule.tax_rate)
            except ValueError:
                raise ValidationError(
                    self.env._("%(rate)r is not a rate such as 20 or 5.5, in percent from 0 to 100.",
                               rate=rule.tax_rate)
                ) from None  # fmt: skip
