from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...core.dates import UTC
from ...core.sync.cadence import pause
from ...core.sync.progress import Progress
from ...platforms.base import ORDERS, Cursor
from ..ledger.days import said_day
from ..ledger.instants import aware, utc
from ..store.store_lock import StoreBusy, reading

#: How long a backfill holds its store before the regular readings get their turn.
TURN = timedelta(minutes=5)
#: What people decide about a backfill, before it starts.
DECIDED_BY_PEOPLE = frozenset({"date_from", "date_to", "post"})
OVER = ("done", "cancelled")


class EcommerceBackfill(models.Model):
    """A range of days that is read again, or for the first time, beside the regular readings.

    It goes on where it stopped: after a pause, an error or a restart. What is stored already and
    did not change does nothing.
    """

    _name = "ecommerce.backfill"
    _description = "E-commerce Backfill"
    _inherit = ["mail.thread"]
    _order = "id desc"

    store_id = fields.Many2one(
        "ecommerce.store", required=True, ondelete="cascade", index=True, domain=[("has_connection", "=", True)]
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    date_from = fields.Date(
        string="Changed From", required=True, tracking=True,
        help="Orders that were placed, or changed last, on this day or later (the store's time zone).",
    )  # fmt: skip
    date_to = fields.Date(string="Changed To", tracking=True, help="The last day; empty: up to now.")
    post = fields.Boolean(tracking=True, help="Otherwise the orders wait for review.")
    state = fields.Selection(
        [
            ("draft", "New"), ("running", "Running"), ("paused", "Paused"), ("failed", "Tried Again"), ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        string="Status", default="draft", required=True, readonly=True, index=True, tracking=True,
    )  # fmt: skip
    next_run_at = fields.Datetime(string="Next Try", readonly=True)
    error = fields.Text(readonly=True)
    failures = fields.Integer(readonly=True)

    # === Progress === #
    started_at = fields.Datetime(readonly=True)
    until = fields.Datetime(readonly=True, help="Where it ends (UTC), set when it is started.")
    reached_at = fields.Datetime(string="Stored up to", readonly=True)
    reached_id = fields.Char(readonly=True)
    total = fields.Integer(string="Orders in the Store", readonly=True, help="As the store says; 0: it does not say.")
    seconds = fields.Float(string="Seconds Read", readonly=True)
    run_ids = fields.One2many("ecommerce.sync.log", "backfill_id", string="Runs", readonly=True)
    fetched = fields.Integer(compute="_compute_counts")
    # Not "new": that is a method of every model, which forms need.
    new_count = fields.Integer(compute="_compute_counts", string="New")
    changed = fields.Integer(compute="_compute_counts")
    posted = fields.Integer(compute="_compute_counts")
    blocked = fields.Integer(compute="_compute_counts")
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    time_left = fields.Char(compute="_compute_progress")
    is_live = fields.Boolean(compute="_compute_is_live")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for backfill in self:
            if backfill.date_to and backfill.date_to < backfill.date_from:
                raise ValidationError(self.env._("The last day of a backfill is before its first."))

    @api.depends("store_id.name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for backfill in self:
            days = [said_day(backfill.env, day) for day in (backfill.date_from, backfill.date_to) if day]
            backfill.display_name = " · ".join(filter(None, [backfill.store_id.name, " – ".join(days)]))

    @api.depends("state")
    def _compute_is_live(self):
        for backfill in self:
            backfill.is_live = backfill.state in ("running", "failed")

    @api.depends("run_ids.fetched", "run_ids.posted")
    def _compute_counts(self):
        for backfill in self:
            for name in ("fetched", "changed", "posted"):
                backfill[name] = sum(backfill.run_ids.mapped(name))
            backfill.new_count = sum(backfill.run_ids.mapped("new"))
            backfill.blocked = sum(run.blocked + run.failed for run in backfill.run_ids)

    @api.depends("state", "reached_at", "total", "seconds", "run_ids.fetched")
    def _compute_progress(self):
        for backfill in self:
            if backfill.state in ("draft", "done") or not backfill.until:
                backfill.progress, backfill.time_left = (100.0 if backfill.state == "done" else 0.0), False
                continue
            known = backfill._progress()
            backfill.progress = round(known.fraction * 100, 1)
            backfill.time_left = backfill._said_time(known.seconds_left) if backfill.state == "running" else False

    def _progress(self):
        return Progress(
            begin=self._begin(), end=aware(self.until), reached=aware(self.reached_at) if self.reached_at else None,
            done=self.fetched, total=self.total or None, seconds=self.seconds,
        )  # fmt: skip

    def _said_time(self, seconds):
        if seconds is None:
            return self.env._("not known yet")
        if seconds < 90:
            return self.env._("about %s seconds", seconds)
        if seconds < 5400:
            return self.env._("about %s minutes", round(seconds / 60))
        return self.env._("about %s hours", round(seconds / 3600, 1))

    def _begin(self):
        """The first instant of its first day, aware."""
        return self._midnight(self.date_from)

    def _midnight(self, day):
        return datetime.combine(day, time(), tzinfo=self.store_id._policy_zone()).astimezone(UTC)

    # === Rights === #

    def write(self, vals):
        """What a backfill reached is written by the connector; its range stays once it is started."""
        if not self.env.su:
            if set(vals) - DECIDED_BY_PEOPLE - {"message_follower_ids", "store_id"}:
                raise AccessError(self.env._("How far a backfill came is evidence; use its buttons."))
            if DECIDED_BY_PEOPLE & set(vals) and any(backfill.state != "draft" for backfill in self):
                raise UserError(self.env._("The range of a backfill stays once it is started. Make another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_new(self):
        if any(backfill.state != "draft" for backfill in self):
            raise UserError(self.env._("A backfill that was started is evidence. Cancel it instead."))

    # === Buttons === #

    def action_start(self):
        """Read the range in the background."""
        self.ensure_one()
        self.check_access("write")
        store = self.store_id
        if not store.has_connection or store.state == "draft":
            raise UserError(self.env._("%(store)s is not connected: check its connection first.", store=store.name))
        if self.post:
            store._require_set_up()
        end = utc(self._midnight(self.date_to + timedelta(days=1))) if self.date_to else datetime.max
        # sudo: people start it, and the connector says where it ends.
        now = fields.Datetime.now()
        self.sudo().write({"state": "running", "started_at": now, "until": min(end, now)})
        self._trigger()

    def action_pause(self):
        """Stop after the page that is being read."""
        self._decide("paused", ("running", "failed"))

    def action_resume(self):
        """Go on where it stopped."""
        self._decide("running", ("paused", "failed"))
        self._trigger()

    def action_cancel(self):
        """Stop for good; what was read stays."""
        self._decide("cancelled", ("draft", "running", "paused", "failed"))

    def _decide(self, state, allowed):
        self.check_access("write")
        for backfill in self.filtered(lambda backfill: backfill.state in allowed):
            backfill.sudo().write({"state": state, "next_run_at": False})  # sudo: see action_start

    def action_view_runs(self):
        """Open its runs."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_sync_log_action") | {
            "domain": [("backfill_id", "=", self.id)], "context": {},
        }  # fmt: skip

    # === Scheduled action === #

    def _trigger(self, at=None):
        # sudo: scheduled actions belong to the system.
        self.env.ref("ecommerce_connector.ir_cron_backfill").sudo()._trigger(at=at)

    @api.model
    def _cron_backfill(self):
        """Give each backfill that is running a turn; those that are not done get the next one soon."""
        now = fields.Datetime.now()
        waiting = self.search(
            [("state", "in", ("running", "failed")), "|", ("next_run_at", "=", False), ("next_run_at", "<=", now)],
            order="write_date, id",
        )  # fmt: skip
        for number, backfill in enumerate(waiting, start=1):
            error = backfill.store_id._keep_others_going(backfill._work)
            if error and not isinstance(error, StoreBusy):
                backfill._failed(str(error))
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(waiting) - number):
                break
        if left := self.search([("state", "in", ("running", "failed"))]):
            due = [backfill.next_run_at or fields.Datetime.now() + timedelta(seconds=5) for backfill in left]
            self._trigger(at=min(due))

    def _work(self, turn=TURN):
        """Read on for one turn.

        :param timedelta turn: no page is begun after it
        """
        self.ensure_one()
        store, begun = self.store_id, fields.Datetime.now()
        backfill = self.sudo()  # sudo: see action_start
        with reading(store):
            start = Cursor(
                changed_at=aware(self.reached_at) if self.reached_at else self._begin(), until=aware(self.until)
            )
            run = store._begin_run(
                self.kind, backfill_id=self.id, cursor_from=utc(start.changed_at), cursor_from_id=self.reached_id
            )
            last = [fields.Datetime.now()]

            def stored(page):
                now = fields.Datetime.now()
                backfill._advance(page, (now - last[0]).total_seconds())
                last[0] = now
                backfill.invalidate_recordset(["state"])  # somebody may have paused it meanwhile
                return now - begun >= turn or backfill.state not in ("running", "failed")

            ended = []
            error = store._read(
                ORDERS, start, run, post=self.post, before=self._before_storing,
                stored=lambda page: ended.append(stored(page)) or ended[-1],
            )  # fmt: skip
            run.write({"cursor_to": self.reached_at, "cursor_to_id": self.reached_id})
            run.finish(error=str(error) if error else None)
            if error:
                self._failed(str(error))
            elif not (ended and ended[-1]):
                backfill.write({"state": "done", "error": False, "failures": 0, "next_run_at": False})
                self._after_all()
            elif self.state == "failed":
                backfill.write({"state": "running", "error": False, "failures": 0, "next_run_at": False})
            store._commit_unless_testing()

    def _advance(self, page, seconds):
        """Remember a stored page."""
        vals = {"seconds": self.seconds + seconds}
        if page.total and not self.total:
            vals["total"] = page.total
        if page.cursor.changed_at:
            vals |= {"reached_at": utc(page.cursor.changed_at), "reached_id": page.cursor.external_id}
        self.write(vals)

    def _failed(self, error):
        """It is tried again by itself, less and less often; not if somebody paused or cancelled it meanwhile.

        Who does so while a page is being stored makes that page's transaction fail: the decision counts, not the error.
        """
        self.invalidate_recordset(["state"])
        if self.state not in ("running", "failed"):
            return
        failures = self.failures + 1
        next_run_at = fields.Datetime.now() + pause(failures)
        # sudo: see action_start
        self.sudo().write({"state": "failed", "error": error, "failures": failures, "next_run_at": next_run_at})
