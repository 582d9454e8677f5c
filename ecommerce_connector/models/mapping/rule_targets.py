"""Plans name what a rule leads to, and compiled rules remember the name: it is forgotten when it changes."""

from odoo import models

#: Fields that are in the name of an account, tax or processor account.
_NAMING = frozenset({"name", "code", "code_store", "type_tax_use", "active"})
#: What a fee's tax is compiled from.
_TAXING = frozenset({"amount", "amount_type", "tax_exigibility", "invoice_repartition_line_ids"})


class AccountAccount(models.Model):
    """Accounts that rules lead to."""

    _inherit = "account.account"

    def write(self, vals):
        """Rename; the rules forget the old name."""
        if _NAMING & set(vals):
            self.env["ecommerce.mapping.rule"]._forget_rulebooks()
        return super().write(vals)


class AccountTax(models.Model):
    """Taxes that rules lead to."""

    _inherit = "account.tax"

    def write(self, vals):
        """Rename or change; the rules forget what it was."""
        if (_NAMING | _TAXING) & set(vals):
            self.env["ecommerce.mapping.rule"]._forget_rulebooks()
        return super().write(vals)


class EcommerceProcessorAccount(models.Model):
    """Processor accounts that rules lead to."""

    _inherit = "ecommerce.processor.account"

    def write(self, vals):
        """Rename; the rules forget the old name."""
        if _NAMING & set(vals):
            self.env["ecommerce.mapping.rule"]._forget_rulebooks()
        return super().write(vals)


class AccountTaxRepartitionLine(models.Model):
    """How a fee's tax is booked is compiled into the rules, too."""

    _inherit = "account.tax.repartition.line"

    def write(self, vals):
        """Change; the rules forget what it was."""
        self.env["ecommerce.mapping.rule"]._forget_rulebooks()
        return super().write(vals)
