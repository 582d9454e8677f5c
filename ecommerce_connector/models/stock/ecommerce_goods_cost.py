from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.goods.costs import Movement

MOVEMENTS = [
    (Movement.SOLD.value, "Sold"), (Movement.RETURNED.value, "Back in stock"),
    (Movement.WRITTEN_OFF.value, "Back, written off"),
]  # fmt: skip


class EcommercePosting(models.Model):
    """Costs of goods are posted once, too."""

    _inherit = "ecommerce.posting"

    kind = fields.Selection(selection_add=[("cost", "Cost of goods")], ondelete={"cost": "cascade"})


class EcommerceGoodsCost(models.Model):
    """What goods of an order cost, as it was booked: what comes back takes this cost, not that of the day."""

    _name = "ecommerce.goods.cost"
    _description = "Cost of Goods of an Order"
    _order = "id"
    _rec_name = "sku"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="restrict", index=True)
    posting_id = fields.Many2one("ecommerce.posting", required=True, readonly=True, ondelete="restrict", index=True)
    move_id = fields.Many2one(related="posting_id.move_id", string="Entry")
    true_date = fields.Date(related="posting_id.true_date", string="Happened On")
    entry_date = fields.Date(related="posting_id.entry_date", string="Entry Date")
    entry_state = fields.Selection(related="posting_id.entry_state", string="Entry's Status")
    event = fields.Char(required=True, readonly=True, help="The shipment, invoice or refund that it is of.")
    movement = fields.Selection(MOVEMENTS, required=True, readonly=True)
    line_id = fields.Char(required=True, readonly=True, string="Order Line", help="The store's id of the line.")
    item_id = fields.Char(required=True, readonly=True, string="Line in the Event")
    sku = fields.Char(string="SKU", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    quantity = fields.Float(
        readonly=True,
        digits=(16, 6),
        min_display_digits=1,
        help="Positive: it left the stock. Negative: it came back, or was too much.",
    )
    unit_cost = fields.Float(
        readonly=True,
        digits=(16, 6),
        min_display_digits=2,
        help="Of the product when the goods left, in the company's currency.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Cost",
        help="What the cost-of-goods account was debited with; negative: credited.",
    )  # fmt: skip
    cogs_account_id = fields.Many2one(
        "account.account", required=True, readonly=True, ondelete="restrict", string="Cost of Goods Account"
    )
    counterpart_account_id = fields.Many2one(
        "account.account", required=True, readonly=True, ondelete="restrict", string="Stock or Write-Off Account"
    )
    rule_id = fields.Many2one("ecommerce.mapping.rule", readonly=True, ondelete="restrict", string="Mapping Rule")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was booked for goods is evidence; it cannot be deleted."))


class EcommerceOrder(models.Model):
    """What the goods of an order cost."""

    _inherit = "ecommerce.order"

    goods_cost_ids = fields.One2many("ecommerce.goods.cost", "order_id", string="Cost of Goods")
