from datetime import timedelta

from odoo import api, fields, models

#: How long a button reads before the scheduled action goes on; a browser does not wait much longer.
AT_ONCE = timedelta(seconds=45)
#: How many runs the store's form lists; the menu shows all.
RECENT = 10


class EcommerceStore(models.Model):
    """What the form and the card of a store show, and what their buttons do."""

    _inherit = "ecommerce.store"

    has_connection = fields.Boolean(
        compute="_compute_has_connection", help="The platform is read over the network: it has an address."
    )
    client_id_label = fields.Char(compute="_compute_credential_labels")
    client_id_help = fields.Char(compute="_compute_credential_labels")
    client_secret_label = fields.Char(compute="_compute_credential_labels")
    client_secret_help = fields.Char(compute="_compute_credential_labels")
    access_token_label = fields.Char(compute="_compute_credential_labels")
    access_token_help = fields.Char(compute="_compute_credential_labels")
    last_sync_at = fields.Datetime(compute="_compute_last_sync_at", string="Last Run On")
    recent_sync_ids = fields.Many2many("ecommerce.sync.log", compute="_compute_recent_syncs", string="Last Runs")

    @api.depends("platform")
    def _compute_has_connection(self):
        known = self._get_platforms()
        for store in self:
            store.has_connection = store.platform in known and bool(known[store.platform].streams)

    @api.depends("platform")
    def _compute_credential_labels(self):
        known = self._get_platforms()
        for store in self:
            asked = known[store.platform].credential_fields if store.platform in known else ()
            by_name = {field.name: field for field in asked}
            for name in ("client_id", "client_secret", "access_token"):
                field = by_name.get(name)
                store[f"{name}_label"] = field.label if field else False
                store[f"{name}_help"] = field.help if field else False

    def _compute_last_sync_at(self):
        for store in self:
            store.last_sync_at = store.last_sync_id.started_at

    def _compute_recent_syncs(self):
        for store in self:
            store.recent_sync_ids = self.env["ecommerce.sync.log"].search([("store_id", "=", store.id)], limit=RECENT)

    # === Buttons === #

    def action_sync(self):
        """Fetch what is new and post what is complete; tells what came of it."""
        self.ensure_one()
        self.check_access("write")
        self._require_set_up()
        runs = self._sync(post=True, budget=AT_ONCE)
        if failed := runs.filtered("error"):
            return self._notify(failed[0].error, "danger")
        message = self.env._(
            "%(new)s new and %(changed)s changed orders: %(posted)s posted, %(waiting)s with nothing to book yet, "
            "%(blocked)s blocked.",
            new=sum(runs.mapped("new")), changed=sum(runs.mapped("changed")), posted=sum(runs.mapped("posted")),
            waiting=sum(runs.mapped("waiting")), blocked=sum(runs.mapped("blocked")) + sum(runs.mapped("failed")),
        )  # fmt: skip
        return self._notify(self._with_rest(message), "warning" if any(runs.mapped("blocked")) else "success")

    def _with_rest(self, message):
        """A message about runs, and that they go on."""
        if not any(self.stream_ids.mapped("asked")):
            return message
        return f"{message} {self.env._('There is more: it goes on in the background.')}"

    def action_fetch(self):
        """Fetch what is new without posting: it waits among the orders to review."""
        self.ensure_one()
        self.check_access("write")
        runs = self._sync(post=False, budget=AT_ONCE)
        if failed := runs.filtered("error"):
            return self._notify(failed[0].error, "danger")
        message = self.env._(
            "%(new)s new and %(changed)s changed orders.",
            new=sum(runs.mapped("new")), changed=sum(runs.mapped("changed")),
        )  # fmt: skip
        return self._notify(self._with_rest(message), "success")

    def action_view_to_review(self):
        """Open the store's orders that can be posted."""
        return self._open_orders("ready")

    def action_view_blocked(self):
        """Open the store's orders that somebody must decide about."""
        return self._open_orders("blocked")

    def _open_orders(self, state):
        return self._open("ecommerce_connector.ecommerce_order_action", **{f"search_default_{state}": 1})

    def action_view_sync_logs(self):
        """Open the store's runs."""
        return self._open("ecommerce_connector.ecommerce_sync_log_action")
