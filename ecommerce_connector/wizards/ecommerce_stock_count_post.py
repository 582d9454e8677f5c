import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.currencies import unit
from ..core.errors import ConnectorError
from ..core.goods.counted import read_count, value_count, worth
from ..models.ledger.amounts import amount_of, float_of
from ..models.stock.catalogue import OdooCatalogue
from ..models.stock.stock_count_executor import StockCountExecutor, stock_balance

_INSIDE = "[('company_ids', 'in', company_id)]"


class EcommerceStockCountPost(models.TransientModel):
    """Bring a count of the stock into the books: what it is worth against the stock account, then the entry."""

    _name = "ecommerce.stock.count.post"
    _description = "Stock Count"

    store_id = fields.Many2one("ecommerce.store", required=True, default=lambda self: self._default_store())
    company_id = fields.Many2one(related="store_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    cost_obstacle = fields.Char(related="store_id.cost_obstacle")
    counted_on = fields.Date(required=True, default=fields.Date.context_today)
    account_id = fields.Many2one(
        "account.account", string="Stock Account", required=True, compute="_compute_accounts", store=True,
        readonly=False, precompute=True, domain=_INSIDE,
    )  # fmt: skip
    difference_account_id = fields.Many2one(
        "account.account", compute="_compute_accounts", store=True, readonly=False,
        precompute=True, domain=_INSIDE, help="Where a loss or a gain of stock goes.",
    )  # fmt: skip
    file = fields.Binary(string="CSV File", attachment=False)
    filename = fields.Char()
    line_ids = fields.One2many("ecommerce.stock.count.post.line", "wizard_id", readonly=True, string="Counted")
    value = fields.Monetary(currency_field="company_currency_id", readonly=True, string="Counted Value")
    balance = fields.Monetary(currency_field="company_currency_id", readonly=True, string="Balance of the Account")
    difference = fields.Monetary(currency_field="company_currency_id", readonly=True)
    is_read = fields.Boolean(readonly=True)

    def _default_store(self):
        return self.env["ecommerce.store"].search([("company_id", "=", self.env.company.id)], limit=1)

    @api.depends("store_id")
    def _compute_accounts(self):
        for wizard in self:
            last = self.env["ecommerce.stock.count"].search([("store_id", "=", wizard.store_id.id)], limit=1)
            wizard.account_id = wizard.store_id.inventory_account_id
            wizard.difference_account_id = last.difference_account_id or wizard.difference_account_id

    def write(self, vals):
        """What was read is of one file, day and account."""
        if {"file", "counted_on", "account_id", "store_id"} & set(vals):
            vals = {**vals, "is_read": False}
        return super().write(vals)

    def action_read(self):
        """Show what the file comes to; posts nothing."""
        self.ensure_one()
        counted = self._counted()
        value, balance = worth(counted), stock_balance(self.company_id, self.account_id, self.counted_on)
        self.line_ids.unlink()
        self.write(
            {
                "value": float_of(value), "balance": float_of(balance), "difference": float_of(value - balance),
                "is_read": True,
                "line_ids": [(0, 0, StockCountExecutor._line(row)) for row in counted],
            }
        )  # fmt: skip
        return self._reopen()

    def _counted(self):
        if self.cost_obstacle:
            raise UserError(self.cost_obstacle)
        if not self.file:
            raise UserError(self.env._("Choose the CSV file of the count: its columns are sku and quantity."))
        name = self.filename or self.env._("The file")
        try:
            rows = read_count(name, base64.b64decode(self.file))
            catalogue = OdooCatalogue(self.company_id, {row.sku for row in rows})
            return value_count(name, rows, catalogue, unit(self.company_currency_id.name))
        except ConnectorError as error:
            raise UserError(str(error)) from error

    def action_make_account(self):
        """Make the account of differences."""
        self.ensure_one()
        self.difference_account_id = self.store_id._ensure_account("stock_difference")
        return self._reopen()

    def action_post(self):
        """Post the difference that was shown."""
        self.ensure_one()
        self.store_id.check_access("write")  # the count is kept with sudo
        if not self.is_read:
            raise UserError(self.env._("Read the file first, and look at the difference."))
        if not self.difference_account_id or self.difference_account_id == self.account_id:
            raise UserError(self.env._("Choose the account that the difference goes to."))
        counted = self._counted()
        seen = tuple(amount_of(amount, self.company_currency_id) for amount in (self.value, self.balance))
        if seen != (worth(counted), stock_balance(self.company_id, self.account_id, self.counted_on)):
            raise UserError(
                self.env._("Costs or the books changed since the file was read. Read it again and look once more.")
            )
        count = StockCountExecutor(self.company_id).post(
            counted, store=self.store_id, day=self.counted_on, account=self.account_id,
            difference_account=self.difference_account_id, filename=self.filename,
        )  # fmt: skip
        return {
            "type": "ir.actions.act_window", "res_model": count._name, "res_id": count.id, "view_mode": "form",
        }  # fmt: skip

    def _reopen(self):
        return {
            "type": "ir.actions.act_window", "name": self.env._("Stock count"), "res_model": self._name,
            "res_id": self.id, "view_mode": "form", "target": "new",
        }  # fmt: skip


class EcommerceStockCountPostLine(models.TransientModel):
    """A product of the file, before anything is posted."""

    _name = "ecommerce.stock.count.post.line"
    _description = "Product of a Stock Count"
    _order = "row, id"

    wizard_id = fields.Many2one("ecommerce.stock.count.post", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="wizard_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="wizard_id.company_currency_id", string="Company Currency")
    row = fields.Integer()
    sku = fields.Char(string="SKU")
    product_id = fields.Many2one("product.product")
    quantity = fields.Float(digits=(16, 6), min_display_digits=1)
    unit_cost = fields.Float(digits=(16, 6), min_display_digits=2)
    value = fields.Monetary(currency_field="company_currency_id")
