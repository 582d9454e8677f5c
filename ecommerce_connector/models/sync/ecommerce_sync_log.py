from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: Context key of the retention; nobody but it has the right to delete runs anyway.
BY_RETENTION = "ecommerce_forget_runs"


class EcommerceSyncLog(models.Model):
    """One execution of a fetch or a posting, with its counts."""

    _name = "ecommerce.sync.log"
    _description = "E-commerce Sync Run"
    _order = "id desc"
    _rec_name = "display_name"

    store_id = fields.Many2one("ecommerce.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    stream = fields.Selection(
        [
            ("orders", "Orders"), ("refunds", "Refunds"), ("backfill", "Backfill"), ("check", "Completeness check"),
            ("single", "One order"), ("review", "Review"), ("posting", "Posting"),
        ],
        required=True, readonly=True,
    )  # fmt: skip
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        string="Status",
        default="running",
        readonly=True,
        index=True,
    )
    is_running = fields.Boolean(compute="_compute_is_running")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)
    started_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    duration = fields.Float(compute="_compute_duration", store=True, string="Seconds")
    fetched = fields.Integer(readonly=True)
    new = fields.Integer(readonly=True)
    changed = fields.Integer(readonly=True)
    unchanged = fields.Integer(readonly=True)
    planned = fields.Integer(string="To Review", readonly=True, help="Complete, and not posted by this run.")
    posted = fields.Integer(readonly=True)
    waiting = fields.Integer(readonly=True)
    blocked = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    requests = fields.Integer(readonly=True)
    retries = fields.Integer(readonly=True)
    waited = fields.Float(
        string="Seconds Waited", readonly=True, help="Between tries, because the store asked for it or did not answer."
    )
    # Not an integer: a first run can receive more bytes than 32 bits count.
    bytes_received = fields.Float(digits=(16, 0), readonly=True)
    cursor_from = fields.Datetime(readonly=True)
    cursor_from_id = fields.Char(readonly=True)
    cursor_to = fields.Datetime(readonly=True)
    cursor_to_id = fields.Char(readonly=True)
    error = fields.Text(readonly=True)
    order_ids = fields.One2many("ecommerce.order", "run_id", string="Orders Handled Last")
    left_count = fields.Integer(compute="_compute_left_count", string="Left Over", help="Orders that it did not post.")
    event_ids = fields.One2many("ecommerce.event", "sync_log_id", string="Received")

    @api.depends("state")
    def _compute_is_running(self):
        for log in self:
            log.is_running = log.state == "running"

    @api.depends("started_at", "ended_at")
    def _compute_duration(self):
        for log in self:
            log.duration = (log.ended_at - log.started_at).total_seconds() if log.ended_at else 0.0

    @api.depends("store_id.name", "stream", "started_at")
    def _compute_display_name(self):
        streams = dict(self._fields["stream"]._description_selection(self.env))
        for log in self:
            log.display_name = f"{log.store_id.name}: {streams.get(log.stream)} {log.started_at}"

    def count(self, **counts):
        """Add to the counts of the run."""
        self.ensure_one()
        self.write({name: self[name] + number for name, number in counts.items() if number})

    def _count_transport(self, stats):
        """Add what the talk with the store took.

        :param TransportStats stats: of a transport that was used for this run only
        """
        self.count(
            requests=stats.requests, retries=stats.retries, bytes_received=stats.bytes, waited=round(stats.waited, 3)
        )

    def finish(self, error=None):
        """Close the run.

        :param str error: why it failed; None if it went through
        """
        self.write({"state": "failed" if error else "done", "ended_at": fields.Datetime.now(), "error": error or False})

    @api.ondelete(at_uninstall=False)
    def _unlink_by_retention_only(self):
        if not self.env.context.get(BY_RETENTION):
            raise UserError(
                self.env._("Sync runs are evidence and cannot be deleted. See 'Keep Runs' on the store's form.")
            )

    @api.model
    def _cron_forget(self):
        """Remove runs that are older than their store keeps them; what they received stays."""
        for store in self.env["ecommerce.store"].search([("keep_runs_days", ">", 0)]):
            oldest = fields.Datetime.now() - timedelta(days=store.keep_runs_days)
            old = self.search([("store_id", "=", store.id), ("started_at", "<", oldest), ("state", "!=", "running")])
            old.sudo().with_context(**{BY_RETENTION: True}).unlink()  # sudo: no group may delete runs

    # === Left over === #

    def _domain_left(self):
        """The orders that these runs handled last and did not post."""
        return [("run_id", "in", self.ids), *self.env["ecommerce.order"]._domain_left_over()]

    @api.depends("order_ids.state", "order_ids.summary_on")
    def _compute_left_count(self):
        left = self.env["ecommerce.order"]._read_group(self._domain_left(), ["run_id"], ["__count"])
        counts = {run.id: count for run, count in left}
        for log in self:
            log.left_count = counts.get(log.id, 0)

    # === Buttons === #

    def action_run_again(self):
        """Do what this run did not get done: read on from the last stored page, and post the orders it left over."""
        self.ensure_one()
        store = self.store_id
        store.check_access("write")
        if self.state == "failed" and self.stream in store.stream_ids.mapped("stream"):
            runs = store._sync(post=store.auto_post, streams=[self.stream])
            if failed := runs.filtered("error"):
                return store._notify(failed[0].error, "danger")
        left = self.env["ecommerce.order"].search(self._domain_left())
        counts = store._post_orders(left) if left else {"posted": 0}
        return store._notify(
            self.env._("%(posted)s of %(count)s orders posted.", posted=counts["posted"], count=len(left))
            if left else self.env._("Nothing was left over."),
            "success" if counts["posted"] == len(left) else "warning",
        )  # fmt: skip

    def action_view_left(self):
        """Open the orders that this run handled last and did not post."""
        return self._open_orders(self._domain_left())

    def action_view_events(self):
        """Open the orders that this run received or handled."""
        return self._open_orders(["|", ("event_id.sync_log_id", "=", self.id), ("run_id", "=", self.id)])

    def _open_orders(self, domain):
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action") | {
            "domain": domain, "context": {},
        }  # fmt: skip
