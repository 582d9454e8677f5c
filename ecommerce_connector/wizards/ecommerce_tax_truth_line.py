from odoo import api, fields, models
from odoo.tools import formatLang

from ..core.canonical import Remitter
from ..core.rounding import ZERO
from ..core.tax_truth.charged import Side
from ..core.tax_truth.table import Why
from ..models.ledger.amounts import float_of


class EcommerceTaxTruthLine(models.TransientModel):
    """One row of a tax truth table. Tax owed is positive, tax given back negative, in document currency."""

    _name = "ecommerce.tax.truth.line"
    _description = "Tax Truth Row"
    _order = "id"
    _transient_max_hours = 24  # as long as the table it belongs to

    truth_id = fields.Many2one("ecommerce.tax.truth", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="truth_id.company_id", store=True)
    side = fields.Selection(
        [(Side.SALE.value, "Sales"), (Side.REFUND.value, "Refunds")], string="Of", readonly=True, required=True
    )
    country_code = fields.Char(string="Country", readonly=True, help="Where the goods go, as far as the store says.")
    rate = fields.Char(string="Store's Rate", readonly=True)
    codes = fields.Char(string="Store's Taxes", readonly=True)
    remitter = fields.Selection(
        [
            (Remitter.SELLER.value, "Seller"), (Remitter.MARKETPLACE.value, "Marketplace"),
            (Remitter.OSS.value, "OSS"), (Remitter.IOSS.value, "IOSS"),
        ], string="Remitted by", readonly=True, required=True,
    )  # fmt: skip
    rules = fields.Char(string="Rule of the Day", readonly=True, help="The rules that were valid on the days of it.")
    tax_id = fields.Many2one("account.tax", string="Odoo Tax", readonly=True)
    tax_rate = fields.Char(string="Odoo's Rate", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True, required=True)
    net = fields.Monetary(string="Charged On", readonly=True, aggregator=None, help="Without tax, as the store says.")
    charged = fields.Monetary(string="Store's Tax", readonly=True, aggregator=None)
    computed = fields.Monetary(
        string="Odoo Would Compute", readonly=True, aggregator=None,
        help="What Odoo's own tax engine makes of the same lines, rounded as the company rounds.",
    )  # fmt: skip
    has_computed = fields.Boolean(readonly=True)
    computed_difference = fields.Monetary(string="Store − Odoo", readonly=True, aggregator=None)
    booked = fields.Monetary(
        readonly=True, aggregator=None, help="In posted entries, corrections and reversals included."
    )
    booked_difference = fields.Monetary(string="Store − Booked", readonly=True, aggregator=None)
    count = fields.Integer(string="Documents", readonly=True)
    explanation = fields.Text(string="Why They Differ", readonly=True)
    is_open = fields.Boolean(string="To Look At", readonly=True)
    order_keys = fields.Json(readonly=True, help="External ids of the orders behind it, at most the first thousand.")

    @api.model
    def _create_for(self, truth, table):
        """Rows of a table.

        :param TaxTruth table: of the core
        """
        currencies = {
            currency.name: currency for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        return self.create(
            [self._vals(truth, key, row, currencies[key.currency]) for key, row in table.sorted()]
        )  # fmt: skip

    def _vals(self, truth, key, row, currency):
        tax = self.env["account.tax"].browse(key.tax or [])
        return {
            "truth_id": truth.id, "side": key.side.value, "country_code": key.country or "",
            "rate": f"{key.rate:f} %" if key.rate is not None else "", "codes": ", ".join(sorted(row.codes)),
            "remitter": key.remitter.value, "rules": "; ".join(sorted(row.rules)), "tax_id": tax.id,
            "tax_rate": f"{tax.amount:g} %" if tax and tax.amount_type == "percent" else "",
            "currency_id": currency.id, "net": float_of(row.net), "charged": float_of(row.charged),
            "computed": float_of(row.computed or ZERO), "has_computed": row.computed is not None,
            "computed_difference": float_of(row.charged - row.computed) if row.computed is not None else 0.0,
            "booked": float_of(row.booked), "booked_difference": float_of(row.charged - row.booked),
            "count": row.count, "is_open": row.is_open, "order_keys": list(row.orders),
            "explanation": "\n".join(self._say(why, reason, currency) for why, reason in row.reasons.items()),
        }  # fmt: skip

    def _say(self, why, reason, currency):
        """A reason as a sentence with its amount and, where a person must look, orders."""
        amount = f"{formatLang(self.env, float_of(reason.amount), digits=currency.decimal_places)} {currency.name}"
        words = {
            Why.ROUNDING: self.env._("%(amount)s: the store rounds otherwise than Odoo."),
            Why.OTHER_RATE: self.env._(
                "%(amount)s: the rule leads to a tax of another rate. Make a version of the rule from the day the rate "
                "changed, or correct the rate in the store. Orders: %(orders)s."
            ),
            Why.AS_CHARGED: self.env._("The Odoo tax has no rate of its own: it is booked as the store charged it."),
            Why.OWN_RATE: self.env._(
                "%(amount)s: the store's tax is not its own rate of what it is charged on. Ask in the store why. "
                "Orders: %(orders)s."
            ),
            Why.DEDUCTED: self.env._("%(amount)s were taxed before, when the voucher or the advance was paid."),
            Why.SPREAD: self.env._(
                "The store gave only the amounts of %(count)s refunds: the tax in them follows from what was sold."
            ),
            Why.ADVANCE: self.env._(
                "Of %(count)s orders only advances are invoiced yet: their tax is that share of the order's."
            ),
            Why.MARKETPLACE: self.env._(
                "%(amount)s are collected and remitted by the marketplace: booked on its clearing account, not as tax."
            ),
            Why.NOT_BOOKED: self.env._(
                "%(amount)s are not booked yet. See the exceptions of the orders: %(orders)s."
            ),
            Why.NO_RULE: self.env._("%(amount)s have no tax rule. Orders: %(orders)s."),
            Why.UNEXPLAINED: self.env._("%(amount)s: no reason was found. Orders: %(orders)s."),
            Why.BOOKED_OTHERWISE: self.env._(
                "%(amount)s: the posted entries have another amount or tax. Look at the entries of the orders: "
                "%(orders)s."
            ),
        }  # fmt: skip
        more = self.env._(" and %(count)s more", count=reason.count - len(reason.orders))
        orders = ", ".join(reason.orders) + (more if reason.count > len(reason.orders) else "")
        return words[why] % {"amount": amount, "orders": orders, "count": reason.count}

    def action_view_orders(self):
        """The orders behind the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "view_mode": "list,form",
            "name": self.env._("Orders"), "domain": [
                ("store_id", "in", self.truth_id.store_ids.ids), ("external_id", "in", self.order_keys or [])
            ],
        }  # fmt: skip
