from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.ledger.days import said_day


class EcommerceSummaryPost(models.TransientModel):
    """Ask until which day the summaries of a store are posted."""

    _name = "ecommerce.summary.post"
    _description = "Post Summaries"

    store_id = fields.Many2one(
        "ecommerce.store", required=True, default=lambda self: self._default_store(),
        domain="['|', ('posting_mode_ids', '!=', False), ('summary_journal_id', '!=', False)]",
    )  # fmt: skip
    company_id = fields.Many2one(related="store_id.company_id")
    until = fields.Date(
        required=True, compute="_compute_until", store=True, readonly=False, precompute=True,
        help="The last day, in the store's time zone. A day that is not over can be posted too: what comes later adds "
        "to it.",
    )  # fmt: skip
    order_count = fields.Integer(compute="_compute_order_count", string="Orders")
    day_count = fields.Integer(compute="_compute_order_count", string="Days")

    @api.model
    def _default_store(self):
        """The store whose button was pressed; else the one that books summaries, if there is but one."""
        if self.env.context.get("active_model") == "ecommerce.store":
            return self.env["ecommerce.store"].browse(self.env.context.get("active_id"))
        found = self.env["ecommerce.store"].search([("posting_mode_ids", "!=", False)], limit=2)
        return found if len(found) == 1 else found.browse()

    @api.depends("store_id")
    def _compute_until(self):
        for wizard in self:
            wizard.until = wizard.store_id._last_day_over() if wizard.store_id else False

    @api.depends("store_id", "until")
    def _compute_order_count(self):
        for wizard in self:
            found = self.env["ecommerce.order"]._read_group(
                [
                    ("store_id", "=", wizard.store_id.id), ("state", "=", "ready"), ("summary_on", "!=", False),
                    ("summary_on", "<=", wizard.until),
                ], ["summary_on:day"], ["__count"],
            )  # fmt: skip
            wizard.day_count, wizard.order_count = len(found), sum(count for _day, count in found)

    def action_post(self):
        """Post them, and open them."""
        self.ensure_one()
        posting = self.store_id._post_summaries(self.until)
        if not posting.moves:
            raise UserError(
                self.env._("Nothing was posted: %(count)s orders failed. See the exceptions.", count=posting.failed)
                if posting.failed
                else self.env._(
                    "No order waits for a summary of %(day)s or before.", day=said_day(self.env, self.until)
                )
            )
        action = self.store_id.action_view_summaries()
        return action | {"domain": [("move_id", "in", posting.moves)]}
