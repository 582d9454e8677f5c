import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import groupby

from ..store.store_lock import StoreBusy

_logger = logging.getLogger(__name__)

#: Until a stream is tried again of a store that another worker reads.
BUSY_PAUSE = timedelta(minutes=1)


class EcommerceStore(models.Model):
    """When a store is read by itself, and the scheduled action that does so."""

    _inherit = "ecommerce.store"

    auto_sync = fields.Boolean(
        string="Fetch Automatically", tracking=True, copy=False,
        help="A scheduled action fetches what is new, as often as the page Sync says.",
    )  # fmt: skip
    stream_ids = fields.One2many("ecommerce.sync.stream", "store_id", string="Streams")
    quiet_from = fields.Float(
        string="Quiet Hours From", tracking=True,
        help="Nothing is fetched by itself from this time of day on (the store's time zone). The same time twice: no "
        "quiet hours. What happened meanwhile is fetched afterwards.",
    )  # fmt: skip
    quiet_to = fields.Float(string="Quiet Hours Until", tracking=True)
    keep_runs_days = fields.Integer(
        string="Keep Runs", tracking=True, help="Days after which runs leave the sync log; 0: never."
    )

    _keep_runs_days_bounds = models.Constraint(
        "CHECK (keep_runs_days = 0 OR keep_runs_days >= 30)", "Runs are kept for 30 days at least."
    )

    @api.constrains("quiet_from", "quiet_to")
    def _check_quiet_hours(self):
        for store in self:
            if not (0 <= store.quiet_from < 24 and 0 <= store.quiet_to < 24):
                raise ValidationError(
                    self.env._("%(store)s: quiet hours begin and end between 00:00 and 23:59.", store=store.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        stores = super().create(vals_list)
        stores._complete_streams()
        stores._toggle_cron()
        return stores

    def write(self, vals):
        result = super().write(vals)
        if "platform" in vals:
            self._complete_streams()
        if {"quiet_from", "quiet_to", "timezone"} & set(vals):
            self.stream_ids._plan_anew()
        if {"active", "auto_sync", "state"} & set(vals):
            self._toggle_cron()
        return result

    def _complete_streams(self):
        """Every stream of the platform has a record, so that its pace can be set before it is read."""
        known = self._get_platforms()
        for store in self.filtered(lambda store: store.platform in known):
            for stream in known[store.platform].streams:
                self.env["ecommerce.sync.stream"]._of(store, stream)

    # === Scheduled actions === #

    @api.model
    def _domain_to_sync(self):
        """The stores the scheduled action fetches. One that failed stays among them: it may answer again."""
        return [("auto_sync", "=", True), ("state", "!=", "draft")]

    def _toggle_cron(self):
        """Run the scheduled action only while there is a store to fetch."""
        cron = self.env.ref("ecommerce_connector.ir_cron_sync", raise_if_not_found=False)
        # sudo: scheduled actions belong to the system, and stores of other companies count too.
        wanted = bool(
            self.sudo().search_count(self._domain_to_sync(), limit=1)
            or self.env["ecommerce.sync.stream"].sudo().search_count([("asked", "!=", False)], limit=1)
        )
        if cron and cron.sudo().active != wanted:
            cron.sudo().active = wanted
        self._trigger_sync()

    @api.model
    def _trigger_sync(self):
        """Wake the scheduled action when the next stream is due; its own interval is only the net below."""
        cron = self.env.ref("ecommerce_connector.ir_cron_sync", raise_if_not_found=False)
        now = fields.Datetime.now()
        # sudo: see _toggle_cron.
        streams = self.env["ecommerce.sync.stream"].sudo()
        if not cron or not cron.sudo().active:
            return
        due = streams.search(streams._domain_automatic())
        if due:
            at = min(stream.next_run_at or now for stream in due)
            cron.sudo()._trigger(at=max(at, now))

    @api.model
    def _cron_sync(self):
        """Fetch the streams that are due, of the stores that are fetched automatically."""
        now = fields.Datetime.now()
        due = self.env["ecommerce.sync.stream"].search(self.env["ecommerce.sync.stream"]._domain_due(now))
        due = due._wait_while_quiet(now).sorted(
            lambda stream: (stream.store_id.sequence, stream.store_id.id, stream.id)
        )
        work = groupby(due, lambda stream: (stream.store_id, stream._posts()))
        work = [(store, post, [stream.stream for stream in streams]) for (store, post), streams in work]
        for number, (store, post, streams) in enumerate(work, start=1):
            store._sync_by_schedule(streams, post)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(work) - number):
                break
        self._toggle_cron()

    def _sync_by_schedule(self, streams, post):
        """Fetch some streams, and try them again later if they cannot be."""
        error = self._keep_others_going(lambda: self._sync(post=post, streams=streams))
        if not error:
            return
        for stream in self.stream_ids.sudo().filtered(lambda stream: stream.stream in streams):  # sudo: see _failed
            if isinstance(error, StoreBusy):
                stream.next_run_at = fields.Datetime.now() + BUSY_PAUSE
            else:
                stream._failed(str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}")

    def _keep_others_going(self, work):
        """Do something for one store of many; an error is logged and its work given back, the others go on.

        :return: the error, None if there was none
        """
        try:
            work()
        except UserError as error:  # read by somebody else just now, or not set up
            _logger.warning("Store %s is left out: %s", self.name, error)
            return error
        except Exception as error:  # a defect met by one store
            _logger.exception("Store %s cannot be synced", self.name)
            self._rollback_unless_testing()
            return error
        return None
