from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger.days import said_day
from .stock_count_executor import StockCountExecutor


class EcommerceStockCount(models.Model):
    """A count of the stock that was brought into the books: what was counted, and the entry of the difference."""

    _name = "ecommerce.stock.count"
    _description = "Posted Stock Count"
    _order = "counted_on desc, id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    counted_on = fields.Date(required=True, readonly=True)
    account_id = fields.Many2one(
        "account.account", required=True, readonly=True, ondelete="restrict", string="Stock Account"
    )
    difference_account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict")
    filename = fields.Char(readonly=True, string="File")
    value = fields.Monetary(readonly=True, currency_field="company_currency_id", string="Counted Value")
    balance = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="Balance Before",
        help="Of the stock account at the end of the day of the count, before the entry; with what happened by then "
        "and is booked later because of a lock date.",
    )  # fmt: skip
    difference = fields.Monetary(
        readonly=True, currency_field="company_currency_id",
        help="Positive: more is there than the books have, a gain. Negative: less, a loss.",
    )  # fmt: skip
    move_id = fields.Many2one("account.move", string="Entry", required=True, readonly=True, ondelete="restrict")
    reversal_move_id = fields.Many2one("account.move", string="Undone By", readonly=True, ondelete="restrict")
    state = fields.Selection(
        [("posted", "Posted"), ("undone", "Undone")], string="Status", required=True, readonly=True, default="posted"
    )
    line_ids = fields.One2many("ecommerce.stock.count.line", "count_id", readonly=True, string="Counted")

    _once = models.UniqueIndex(
        "(company_id, account_id, counted_on) WHERE state = 'posted'",
        "A count of this day is posted for this account already. Undo it first.",
    )

    @api.depends("counted_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for count in self:
            day = said_day(count.env, count.counted_on)
            count.display_name = count.env._("Stock count of %(day)s", day=day)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A posted count is evidence; it cannot be deleted. Undo it instead."))

    def action_undo(self):
        """Reverse the entry, on its day or on the first open one."""
        self.store_id.check_access("write")  # the count is marked with sudo
        for count in self:
            StockCountExecutor(count.company_id).undo(count)

    def action_view_moves(self):
        """Open its entries."""
        return (self.move_id | self.reversal_move_id)._open_as_entries(self.env._("Entries of the count"))


class EcommerceStockCountLine(models.Model):
    """A product that was counted."""

    _name = "ecommerce.stock.count.line"
    _description = "Counted Product"
    _order = "count_id, row, id"

    count_id = fields.Many2one("ecommerce.stock.count", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="count_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="count_id.company_currency_id", string="Company Currency")
    row = fields.Integer(readonly=True, help="Of the file.")
    sku = fields.Char(string="SKU", required=True, readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    quantity = fields.Float(readonly=True, digits=(16, 6), min_display_digits=1)
    unit_cost = fields.Float(readonly=True, digits=(16, 6), min_display_digits=2)
    value = fields.Monetary(readonly=True, currency_field="company_currency_id")
