from odoo import api, fields, models


class EcommerceSyncLog(models.Model):
    """One execution of a fetch or a posting, with its counts."""

    _name = "ecommerce.sync.log"
    _description = "E-commerce Sync Run"
    _order = "id desc"
    _rec_name = "display_name"

    store_id = fields.Many2one("ecommerce.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    stream = fields.Selection(
        [("orders", "Orders"), ("refunds", "Refunds"), ("review", "Review"), ("posting", "Posting")],
        required=True, readonly=True,
    )  # fmt: skip
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        string="Status",
        default="running",
        readonly=True,
        index=True,
    )
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)
    started_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    duration = fields.Float(compute="_compute_duration", store=True, string="Seconds")
    fetched = fields.Integer(readonly=True)
    new = fields.Integer(readonly=True)
    changed = fields.Integer(readonly=True)
    unchanged = fields.Integer(readonly=True)
    posted = fields.Integer(readonly=True)
    waiting = fields.Integer(readonly=True)
    blocked = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    requests = fields.Integer(readonly=True)
    retries = fields.Integer(readonly=True)
    # Not an integer: a first run can receive more bytes than 32 bits count.
    bytes_received = fields.Float(digits=(16, 0), readonly=True)
    cursor_from = fields.Datetime(readonly=True)
    cursor_to = fields.Datetime(readonly=True)
    error = fields.Text(readonly=True)
    event_ids = fields.One2many("ecommerce.event", "sync_log_id", string="Received")

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

    def finish(self, error=None):
        """Close the run.

        :param str error: why it failed; None if it went through
        """
        self.write({"state": "failed" if error else "done", "ended_at": fields.Datetime.now(), "error": error or False})

    def action_view_events(self):
        """Open the records this run received."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action") | {
            "domain": [("event_id.sync_log_id", "=", self.id)], "context": {},
        }  # fmt: skip
