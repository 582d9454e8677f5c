from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import formatLang

from ..core.texts import said_value
from ..core.whatif.cases import Standing
from ..core.whatif.comparison import Dimension
from ..core.whatif.places import CUSTOMER
from ..models.ledger.amounts import amount_of, float_of

#: Rows shown per dimension; beyond them nobody reads.
MOST = 500
#: Dimensions whose sums stay where revenue only goes to another account: what moves is what counts.
_BY_MOVED = (Dimension.PRODUCT, Dimension.STORE)
#: Field -> what it is of a figure.
_AMOUNTS = {
    "amount_now": "old", "amount_then": "new", "difference": "difference", "moved": "moved",
    "company_now": "company_old", "company_then": "company_new", "company_difference": "company_difference",
}  # fmt: skip


class EcommerceMappingWhatifLine(models.TransientModel):
    """One figure of a what-if, in one document currency. Revenue and tax owed are positive, refunds negative."""

    _name = "ecommerce.mapping.whatif.line"
    _description = "What-If Figure"
    _order = "id"
    _rec_name = "name"
    _transient_max_hours = 24  # as long as the what-if it belongs to

    whatif_id = fields.Many2one(
        "ecommerce.mapping.whatif", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="whatif_id.company_id", store=True)
    dimension = fields.Selection(
        [
            (Dimension.ACCOUNT.value, "Account"), (Dimension.TAX.value, "Tax"), (Dimension.TAX_BASE.value, "Tax base"),
            (Dimension.PRODUCT.value, "Product"), (Dimension.STORE.value, "Store"),
        ],
        string="What", required=True, readonly=True,
    )  # fmt: skip
    name = fields.Char(readonly=True, required=True)
    account_id = fields.Many2one("account.account", readonly=True)
    tax_id = fields.Many2one("account.tax", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True, required=True)
    company_currency_id = fields.Many2one(related="whatif_id.company_currency_id")
    amount_now = fields.Monetary(readonly=True, string="Now", aggregator=None, help="By the rules in force.")
    amount_then = fields.Monetary(readonly=True, string="Then", aggregator=None, help="By the drafts.")
    difference = fields.Monetary(readonly=True, aggregator=None)
    company_now = fields.Monetary(readonly=True, currency_field="company_currency_id", string="Now (Company)")
    company_then = fields.Monetary(readonly=True, currency_field="company_currency_id", string="Then (Company)")
    company_difference = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Difference (Company)",
        help="In company currency, at the rate of each day.",
    )  # fmt: skip
    moved = fields.Monetary(
        readonly=True, string="Booked Elsewhere", aggregator=None,
        help="How much goes to another account, tax, product or analytic account, even if the sum stays; with its tax, "
        "if that goes elsewhere too.",
    )  # fmt: skip
    reposted = fields.Monetary(
        readonly=True, string="Re-posting", aggregator=None,
        help="What re-posting would book: in open periods, and of orders that become bookable.",
    )  # fmt: skip
    locked = fields.Monetary(
        readonly=True, string="Closed Periods", aggregator=None, help="Behind a lock date: it stays as it is posted."
    )
    by_hand = fields.Monetary(
        readonly=True, aggregator=None,
        help="Posted payments, customers' accounts and entries that nothing corrects automatically.",
    )  # fmt: skip
    pending = fields.Monetary(
        readonly=True, string="Not Posted Yet", aggregator=None, help="It is posted by the rules that hold then."
    )
    order_count = fields.Integer(readonly=True, string="Orders", aggregator=None)
    behind = fields.Json(
        readonly=True,
        help="What the orders behind it add to it, as text. orders: [id, now, then, moved], at most the first "
        "thousand; further: [count, now, then, moved] of all others.",
    )
    behind_ids = fields.One2many("ecommerce.mapping.whatif.order", "line_id", readonly=True)

    @api.model
    def _create_for(self, whatif, result):
        """Rows of every figure that changes.

        :param WhatIf result: of the core
        """
        currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        rows = []
        for dimension in Dimension:
            found = result.changed_figures(dimension)[:MOST]
            names = self._names(dimension, [member for member, _currency, _figure in found])
            rows += [
                self._vals(whatif, dimension, member, figure)
                | {"currency_id": currencies[currency], "name": names[member]}
                for member, currency, figure in found
            ]
        return self.create(rows)

    def _vals(self, whatif, dimension, member, figure):
        part = (lambda change: change.moved) if dimension in _BY_MOVED else (lambda change: change.amount)
        links = {
            Dimension.ACCOUNT: "account_id", Dimension.TAX: "tax_id", Dimension.TAX_BASE: "tax_id",
            Dimension.PRODUCT: "product_id", Dimension.STORE: "store_id",
        }  # fmt: skip
        return {
            "whatif_id": whatif.id, "dimension": dimension.value,
            links[dimension]: member if isinstance(member, int) and member else False,
            **{name: float_of(getattr(figure, of)) for name, of in _AMOUNTS.items()},
            **{standing.value: float_of(part(figure.change(standing))) for standing in Standing},
            "order_count": figure.behind.count, "behind": self._behind(figure.behind),
        }  # fmt: skip

    @staticmethod
    def _behind(behind):
        def texts(share):
            return [str(share.old), str(share.new), str(share.moved)]

        return {
            "orders": [[order, *texts(share)] for order, share in behind.orders.items()],
            "further": [behind.further_count, *texts(behind.further)],
        }

    def _names(self, dimension, members):
        """What the members of a dimension are called."""
        model = {
            Dimension.ACCOUNT: "account.account", Dimension.TAX: "account.tax", Dimension.TAX_BASE: "account.tax",
            Dimension.PRODUCT: "product.product", Dimension.STORE: "ecommerce.store",
        }[dimension]  # fmt: skip
        records = self.env[model].browse([member for member in members if isinstance(member, int) and member])
        names = {record.id: record.display_name for record in records}
        if dimension is Dimension.TAX_BASE:
            names = {number: self.env._("%(tax)s: base", tax=name) for number, name in names.items()}
        if dimension is Dimension.ACCOUNT:
            names[CUSTOMER] = self.env._("Customers' receivable accounts")
        return {
            member: names[member] if isinstance(member, int) else self._name_sold(*member)
            for member in members
        }  # fmt: skip

    def _name_sold(self, kind, key):
        if kind == "refund_adjustment":
            return said_value(kind, key).capitalize()
        kinds = dict(self.env["ecommerce.mapping.rule"]._fields["kind"]._description_selection(self.env))
        return f"{kinds.get(kind, self.env._('Posted:'))} {key}"

    @api.model
    def _as_money(self, amount, code):
        """An amount as text with its currency."""
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
        return f"{formatLang(self.env, float_of(amount), digits=currency.decimal_places)} {code}"

    # === The orders behind it === #

    def action_view_orders(self):
        """The orders behind the figure, each with what it adds to it."""
        self.ensure_one()
        if not self.behind_ids:
            self.env["ecommerce.mapping.whatif.order"].create(list(self._rows_behind()))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ecommerce_connector.ecommerce_mapping_whatif_order_action"
        )
        title = self.env._("%(figure)s, by order", figure=self.name)
        return action | {"name": title, "display_name": title, "domain": [("line_id", "=", self.id)]}

    def _rows_behind(self):
        """A row per order, and the rest in sums: so the columns come to the figure's own."""
        found = self.behind or {"orders": [], "further": [0, "0", "0", "0"]}
        orders = self.env["ecommerce.order"].browse([number for number, *_amounts in found["orders"]]).exists()
        names = {order.id: order.display_name for order in orders}
        listed = Decimal(0), Decimal(0)
        for number, *texts in found["orders"]:
            amounts = [*map(Decimal, texts)]
            listed = listed[0] + amounts[0], listed[1] + amounts[1]
            yield self._row_behind(names.get(number) or self.env._("A deleted order"), *amounts) | {
                "order_id": number if number in names else False
            }
        count, *texts = found["further"]
        further = [*map(Decimal, texts)]
        if count:
            one, several = self.env._("1 further order"), self.env._("%(count)s further orders", count=count)
            yield self._row_behind(one if count == 1 else several, *further)
        same = amount_of(self.amount_now, self.currency_id) - listed[0] - further[0]
        if same:
            yield self._row_behind(self.env._("Orders that stay as they are"), same, same, Decimal(0))

    def _row_behind(self, name, now, then, moved):
        return {
            "line_id": self.id, "name": name, "amount_now": float_of(now), "amount_then": float_of(then),
            "difference": float_of(then - now), "moved": float_of(moved),
        }  # fmt: skip
