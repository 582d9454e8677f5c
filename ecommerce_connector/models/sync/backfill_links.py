from odoo import fields, models


class EcommerceSyncLog(models.Model):
    """The runs of a backfill."""

    _inherit = "ecommerce.sync.log"

    backfill_id = fields.Many2one("ecommerce.backfill", readonly=True, ondelete="set null", index="btree_not_null")


class EcommerceStore(models.Model):
    """The backfills of a store."""

    _inherit = "ecommerce.store"

    backfill_ids = fields.One2many("ecommerce.backfill", "store_id")
    is_backfilled = fields.Boolean(compute="_compute_running")
    backfill_progress = fields.Float(compute="_compute_running")
    backfill_time_left = fields.Char(compute="_compute_running")
    is_being_read = fields.Boolean(compute="_compute_running")
    running_fetched = fields.Integer(compute="_compute_running")
    running_posted = fields.Integer(compute="_compute_running")

    def _compute_running(self):
        for store in self:
            own = [("store_id", "=", store.id), ("state", "=", "running")]
            backfill = self.env["ecommerce.backfill"].search(own, limit=1)
            run = self.env["ecommerce.sync.log"].search(own, order="id desc", limit=1)
            store.is_backfilled, store.is_being_read = bool(backfill), bool(backfill or run)
            store.backfill_progress, store.backfill_time_left = backfill.progress, backfill.time_left
            store.running_fetched, store.running_posted = run.fetched, run.posted

    def action_backfill(self):
        """Open a new backfill of this store."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.backfill", "view_mode": "form",
            "name": self.env._("New backfill"),
            "context": {"default_store_id": self.id, "default_post": self.auto_post},
        }  # fmt: skip

    def action_view_backfills(self):
        """Open the store's backfills."""
        return self._open("ecommerce_connector.ecommerce_backfill_action")
