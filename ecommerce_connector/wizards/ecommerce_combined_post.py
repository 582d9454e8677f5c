from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.dates import UTC, local_date
from ..models.ledger.days import said_day


class EcommerceCombinedPost(models.TransientModel):
    """Ask until which day the combined invoices of a store are posted."""

    _name = "ecommerce.combined.post"
    _description = "Post Combined Invoices"

    store_id = fields.Many2one(
        "ecommerce.store", required=True, readonly=True, default=lambda self: self.env.context.get("active_id")
    )
    company_id = fields.Many2one(related="store_id.company_id")
    until = fields.Date(
        required=True, compute="_compute_until", store=True, readonly=False, precompute=True,
        help="The last day, in the store's time zone.",
    )  # fmt: skip
    unfinished = fields.Boolean(
        string="Periods That Are Not Over",
        help="Invoice also what was sold until that day in a period that ends later. Such an invoice has that day; "
        "what is sold later in the period comes on another.",
    )  # fmt: skip
    order_count = fields.Integer(compute="_compute_order_count", string="Orders")
    later_count = fields.Integer(compute="_compute_order_count", string="Orders That Go On Waiting")

    @api.depends("store_id")
    def _compute_until(self):
        for wizard in self:
            wizard.until = wizard.store_id._last_day_over() if wizard.store_id else False

    @api.depends("store_id", "until", "unfinished")
    def _compute_order_count(self):
        for wizard in self:
            waiting = [
                ("store_id", "=", wizard.store_id.id), ("state", "=", "ready"), ("combined_on", "!=", False),
            ]  # fmt: skip
            orders = self.env["ecommerce.order"]
            day = "combined_from" if wizard.unfinished else "combined_on"
            wizard.order_count = orders.search_count([*waiting, (day, "<=", wizard.until)])
            wizard.later_count = orders.search_count(waiting) - wizard.order_count

    def action_post(self):
        """Post them, and open them."""
        self.ensure_one()
        today = local_date(fields.Datetime.now().replace(tzinfo=UTC), self.store_id._policy_zone())
        if self.unfinished and self.until > today:
            raise UserError(self.env._("A period that is not over can be invoiced until today at the latest."))
        posting = self.store_id._post_combined(self.until, unfinished=self.unfinished)
        if not posting.moves:
            raise UserError(
                self.env._("Nothing was posted: %(count)s orders failed. See the exceptions.", count=posting.failed)
                if posting.failed
                else self.env._(
                    "No order waits for a combined invoice of %(day)s or before.", day=said_day(self.env, self.until)
                )
            )
        action = self.store_id.action_view_combined()
        return action | {"domain": [("move_id", "in", posting.moves)]}
