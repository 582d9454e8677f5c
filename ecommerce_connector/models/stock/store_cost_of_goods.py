from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.currencies import unit
from ...core.fulfilments import Restock
from ...core.goods.costs import CODES, CostOn, CostPolicy
from ..ledger.lock_dates import first_open_day
from ..mapping.ecommerce_mapping_rule import NEVER
from ..sync.order_retries import RETRY_LIMIT

#: Settings and the role of the account that is made for each.
ACCOUNTS = {"inventory_account_id": "inventory", "cogs_account_id": "cogs", "write_off_account_id": "write_off"}


class EcommerceStore(models.Model):
    """Whether a store's goods are booked out of the stock as they are sold, without the stock app."""

    _inherit = "ecommerce.store"

    cost_of_goods = fields.Selection(
        [("off", "Not booked"), (CostOn.INVOICE.value, "When invoiced"), (CostOn.FULFILMENT.value, "When shipped")],
        default="off", required=True, tracking=True, copy=False,
        help="Books what the goods of an order cost, by the cost on the product: from the stock's account to that of "
        "the cost of goods, on the day of the invoice or of each shipment.",
    )  # fmt: skip
    cost_from = fields.Date(
        string="Costs From", tracking=True, copy=False,
        help="First day whose shipments or invoices have their cost booked here; empty: all.",
    )  # fmt: skip
    cost_obstacle = fields.Char(compute="_compute_cost_obstacle", string="Why Not")
    cost_journal_id = fields.Many2one(
        "account.journal", check_company=True, domain="[('type', '=', 'general')]", tracking=True,
        string="Cost of Goods Journal", help="Made with the first entry if it is empty.",
    )  # fmt: skip
    inventory_account_id = fields.Many2one(
        "account.account", check_company=True, tracking=True, string="Stock Account",
        help="The account that the goods are valued on. A product's mapping rule can name another.",
    )  # fmt: skip
    cogs_account_id = fields.Many2one(
        "account.account", check_company=True, tracking=True, string="Cost of Goods Account",
        help="A product's mapping rule can name another.",
    )  # fmt: skip
    write_off_account_id = fields.Many2one(
        "account.account", check_company=True, tracking=True, string="Write-Off Account",
        help="For goods that come back damaged.",
    )  # fmt: skip
    unknown_restock = fields.Selection(
        [
            (Restock.NONE.value, "Did not come back"), (Restock.STOCK.value, "Back in stock"),
            (Restock.DAMAGED.value, "Came back damaged"),
        ],
        string="Returns Without a Word", default="none", required=True, tracking=True,
        help="What became of refunded goods where the store does not say.",
    )  # fmt: skip

    @api.model
    def _has_stock_app(self):
        """Whether Odoo's own stock values the goods; then it books their cost, too."""
        return "stock.move" in self.env

    def _compute_cost_obstacle(self):
        why = self.env._(
            "The Inventory app is installed: it values the stock and books the cost of goods from its deliveries. "
            "Booked here as well, each cost would count twice, so this stays off."
        )
        for store in self:
            store.cost_obstacle = why if self._has_stock_app() else False

    @api.constrains("cost_of_goods")
    def _check_cost_of_goods(self):
        for store in self.filtered(lambda store: store.cost_of_goods != "off" and store.cost_obstacle):
            raise ValidationError(store.cost_obstacle)

    @api.constrains(*ACCOUNTS)
    def _check_cost_accounts(self):
        for store in self:
            for name in ACCOUNTS:
                if store[name].account_type in NEVER:
                    raise ValidationError(
                        self.env._(
                            "%(account)s is an account of customers, vendors, banks or cash: choose another as the "
                            "%(field)s.",
                            account=store[name].display_name, field=self._fields[name]._description_string(self.env),
                        )
                    )  # fmt: skip

    @api.onchange("cost_of_goods")
    def _onchange_cost_of_goods(self):
        """Costs begin with the day on which they are turned on, unless somebody says otherwise."""
        if self.cost_of_goods != "off" and not self.cost_from:
            self.cost_from = fields.Date.context_today(self)

    def write(self, vals):
        """What waits for a cost waits no more where costs are not booked."""
        result = super().write(vals)
        if vals.get("cost_of_goods") == "off":
            self._waiting_costs().sudo()._resolve_gone()  # sudo: the state is changed by this setting only
        return result

    def _waiting_costs(self):
        return self.env["ecommerce.exception"].search(
            [("store_id", "in", self.ids), ("code", "in", CODES), ("state", "=", "open")]
        )

    # === For the planner and the executor === #

    def _cost_policy(self):
        """How costs are booked, None if they are not.

        :rtype: CostPolicy | None
        """
        self.ensure_one()
        if self.cost_of_goods == "off" or self._has_stock_app():
            return None
        since = {"since": self.cost_from} if self.cost_from else {}
        return CostPolicy(
            zone=self._policy_zone(), on=CostOn(self.cost_of_goods), unit=unit(self.company_id.currency_id.name),
            unknown=Restock(self.unknown_restock), inventory=self.inventory_account_id.id or None,
            cogs=self.cogs_account_id.id or None, write_off=self.write_off_account_id.id or None,
            first_open_day=first_open_day(self.company_id, self.cost_journal_id, has_tax=False), **since,
        )  # fmt: skip

    def _ensure_cost_journal(self):
        """The journal of costs, of its own."""
        if not self.cost_journal_id:
            # sudo: a journal is set-up; whoever books in it needs the right to book.
            self.sudo().cost_journal_id = self.sudo()._ensure_journal(
                "ECG", "Store cost of goods", "general", self.env["account.account"]
            )

    def action_create_cost_accounts(self):
        """Make the accounts that are not chosen yet, and the journal; an account of the name is taken."""
        self.ensure_one()
        self.check_access("write")
        for name, role in ACCOUNTS.items():
            if not self[name]:
                self[name] = self._ensure_account(role)
        self._ensure_cost_journal()

    def _retry(self, limit=RETRY_LIMIT):
        """Costs that could not be booked are tried again, too."""
        super()._retry(limit)
        if self._cost_policy() is None:
            return
        waiting = self.env["ecommerce.order"].search(
            [
                ("store_id", "=", self.id), ("state", "in", ("posted", "waiting")),
                ("exception_line_ids.exception_id", "in", self._waiting_costs().ids),
            ], order="write_date, id", limit=limit,
        )  # fmt: skip
        if waiting:
            self._post_orders(waiting)
