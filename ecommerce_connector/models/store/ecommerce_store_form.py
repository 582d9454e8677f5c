from odoo import api, fields, models

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
    auto_sync = fields.Boolean(
        string="Fetch Automatically", tracking=True, copy=False,
        help="A scheduled action fetches what is new every 15 minutes.",
    )  # fmt: skip
    cursor_ids = fields.One2many("ecommerce.sync.cursor", "store_id", string="Streams")
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

    @api.model_create_multi
    def create(self, vals_list):
        stores = super().create(vals_list)
        stores._toggle_cron()
        return stores

    def write(self, vals):
        result = super().write(vals)
        if {"active", "auto_sync", "state"} & set(vals):
            self._toggle_cron()
        return result

    @api.model
    def _domain_to_sync(self):
        """The stores the scheduled action fetches. One that failed stays among them: it may answer again."""
        return [("auto_sync", "=", True), ("state", "!=", "draft")]

    def _toggle_cron(self):
        """Run the scheduled action only while there is a store to fetch."""
        cron = self.env.ref("ecommerce_connector.ir_cron_sync", raise_if_not_found=False)
        # sudo: scheduled actions belong to the system, and stores of other companies count too.
        wanted = bool(self.sudo().search_count(self._domain_to_sync(), limit=1))
        if cron and cron.sudo().active != wanted:
            cron.sudo().active = wanted

    # === Buttons === #

    def action_sync(self):
        """Fetch what is new and post what is complete; tells what came of it."""
        self.ensure_one()
        self.check_access("write")
        self._require_set_up()
        runs = self._sync(post=True)
        if failed := runs.filtered("error"):
            return self._notify(failed[0].error, "danger")
        message = self.env._(
            "%(new)s new and %(changed)s changed orders: %(posted)s posted, %(waiting)s with nothing to book yet, "
            "%(blocked)s blocked.",
            new=sum(runs.mapped("new")), changed=sum(runs.mapped("changed")), posted=sum(runs.mapped("posted")),
            waiting=sum(runs.mapped("waiting")), blocked=sum(runs.mapped("blocked")) + sum(runs.mapped("failed")),
        )  # fmt: skip
        return self._notify(message, "warning" if any(runs.mapped("blocked")) else "success")

    def action_fetch(self):
        """Fetch what is new without posting: it waits among the orders to review."""
        self.ensure_one()
        self.check_access("write")
        runs = self._sync(post=False)
        if failed := runs.filtered("error"):
            return self._notify(failed[0].error, "danger")
        message = self.env._(
            "%(new)s new and %(changed)s changed orders.",
            new=sum(runs.mapped("new")), changed=sum(runs.mapped("changed")),
        )  # fmt: skip
        return self._notify(message, "success")

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
