from odoo import fields, models
from odoo.exceptions import UserError

from ..orders.batch_posting import BatchPosting
from ..orders.order_staging import OrderStaging


class EcommerceStore(models.Model):
    """The currency in which orders are booked, where the store states two, and with which rates."""

    _inherit = "ecommerce.store"

    order_currency = fields.Selection(
        [("store", "The store's currency"), ("presentment", "The currency the customer paid in")],
        string="Book Orders In", default="store", required=True, tracking=True,
        help="For stores that charge customers in another currency than their own and state both. Amounts are taken as "
        "the store states them; an order that lacks one is blocked. It stays once such an order is booked.",
    )  # fmt: skip

    rate_source = fields.Selection(
        [("odoo", "Odoo's"), ("stated", "The store's")], string="Exchange Rates", default="odoo", required=True,
        tracking=True,
        help="Which rates orders in a foreign currency are booked with. The store's: what it states for each order or "
        "payment; an order without one is blocked.",
    )  # fmt: skip
    rate_bound = fields.Float(
        string="Allowed Deviation", default=5.0, digits=(5, 2), tracking=True,
        help="Percent by which the store's rate may be off Odoo's of the day. More blocks the order.",
    )  # fmt: skip

    _rate_bound_positive = models.Constraint("CHECK (rate_bound >= 0)", "The allowed deviation cannot be negative.")

    def write(self, vals):
        """Orders that are not booked yet are read again; with booked ones the currency stays."""
        changed = self.filtered(lambda store: vals.get("order_currency", store.order_currency) != store.order_currency)
        for store in changed:
            store._check_currency_open()
        result = super().write(vals)
        for store in changed:
            store._read_in_currency()
        return result

    def _check_currency_open(self):
        booked = self.env["ecommerce.order"].search(
            [("store_id", "=", self.id), ("other_currency_id", "!=", False), ("posting_ids", "!=", False)], limit=1
        )
        if booked:
            raise UserError(
                self.env._(
                    "Order %(order)s of %(store)s is booked in %(code)s: the store's other orders are booked by the "
                    "same choice. Make another store for the other currency.",
                    order=booked.number, store=self.name, code=booked.currency_id.name,
                )
            )  # fmt: skip

    def _read_in_currency(self):
        """Read, plan and mark again what is not booked; nothing is posted."""
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.id), ("posting_ids", "=", False)])
        staging = OrderStaging(self)
        documents, broken = self._stored_documents(orders)
        for order, document in documents.items():
            facts = staging._facts(document)
            figures = {name: value for name, value in facts.items() if not name.startswith("customer_")}
            order.sudo().write(figures)  # sudo: nobody writes evidence by hand; who may write the store was checked
        staging._store_refunds(documents)
        BatchPosting(self).review(documents, broken)
