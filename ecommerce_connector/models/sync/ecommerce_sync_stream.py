from datetime import time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core.dates import zone
from ...core.reasons import Reason
from ...core.sync.cadence import GIVE_UP_AFTER, Cadence, Every, QuietHours, pause
from ...platforms.base import Cursor
from ..ledger.instants import aware, utc

#: Re-read this much before the cursor: "changed after" filters are coarse and clocks differ.
OVERLAP = timedelta(minutes=10)
#: What people decide about a stream. How far it is read is written by the connector alone.
DECIDED_BY_PEOPLE = frozenset({"cadence", "minutes", "at_hour", "paused"})
#: The exception of a stream that fails again and again.
FAILING = "stream_failing"


def clock(hours):
    """A time of day as the screens have it, in hours, as a ``time``."""
    minutes = round((hours or 0.0) * 60) % (24 * 60)
    return time(minutes // 60, minutes % 60)


class EcommerceSyncStream(models.Model):
    """One stream of a store: how often it is read, and how far it has been read."""

    _name = "ecommerce.sync.stream"
    _description = "E-commerce Sync Stream"
    _order = "store_id, id"

    store_id = fields.Many2one("ecommerce.store", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    stream = fields.Selection(selection="_selection_stream", required=True, readonly=True)

    # === Cadence === #
    cadence = fields.Selection(
        [("minutes", "Every … minutes"), ("hourly", "Hourly"), ("daily", "Daily"), ("manual", "By hand")],
        string="Read", default="minutes", required=True,
        help="Only if the store is fetched automatically. By hand: only with the buttons of the store.",
    )  # fmt: skip
    minutes = fields.Integer(default=15, help="Between the beginnings of two runs, 5 at least.")
    at_hour = fields.Float(
        string="At",
        help="Time of day in the time zone of the store. Of a stream that is read hourly, its minute counts.",
    )
    paused = fields.Boolean(help="Nothing is read by itself until the pause ends; then all that was missed.")
    next_run_at = fields.Datetime(
        string="Next Run", readonly=True, index=True, help="Empty: as soon as possible, unless it is read by hand."
    )

    asked = fields.Selection(
        [("post", "Fetch and post"), ("review", "Fetch for review")], readonly=True,
        help="What a button asked for and is still going on in the background.",
    )  # fmt: skip

    # === Cursor === #
    changed_at = fields.Datetime(string="Stored up to", readonly=True, help="Every change up to here is stored.")
    external_id = fields.Char(readonly=True)

    # === Errors === #
    failures = fields.Integer(string="Failures in a Row", readonly=True)
    last_error = fields.Text(readonly=True)

    _unique_stream = models.UniqueIndex("(store_id, stream)", "A stream is read once.")
    _minutes_bounds = models.Constraint(
        "CHECK (minutes BETWEEN 5 AND 10080)", "A stream is read every 5 minutes at most, and once a week at least."
    )

    @api.model
    def _selection_stream(self):
        """The streams that platforms can have."""
        return [("orders", self.env._("Orders")), ("refunds", self.env._("Refunds"))]

    @api.constrains("at_hour")
    def _check_at_hour(self):
        for stream in self:
            if not 0 <= stream.at_hour < 24:
                raise ValidationError(
                    self.env._("%(stream)s: enter a time of day between 00:00 and 23:59.", stream=stream.display_name)
                )

    @api.depends("store_id.name", "stream")
    def _compute_display_name(self):
        labels = dict(self._fields["stream"]._description_selection(self.env))
        for stream in self:
            stream.display_name = f"{stream.store_id.name}: {labels.get(stream.stream, stream.stream)}"

    def write(self, vals):
        """People set the pace; how far a stream has been read is the connector's."""
        if set(vals) - DECIDED_BY_PEOPLE and not self.env.su:
            raise AccessError(
                self.env._("How far a stream has been read is evidence; you can set how often it is read.")
            )
        result = super().write(vals)
        if DECIDED_BY_PEOPLE & set(vals):
            self._plan_anew()
        return result

    # === Cadence === #

    def _cadence(self):
        """The pace, in the store's time zone and with its quiet hours."""
        self.ensure_one()
        store = self.store_id
        return Cadence(
            every=Every(self.cadence), zone=zone(store.timezone), minutes=self.minutes, at=clock(self.at_hour),
            quiet=QuietHours(start=clock(store.quiet_from), end=clock(store.quiet_to)),
        )  # fmt: skip

    def _plan_anew(self):
        """Find the next run after the pace was changed: a pace of minutes or hours goes on from the last run."""
        now = aware(fields.Datetime.now())
        for stream in self.sudo():  # sudo: the next run follows from what people may decide
            begun = stream._last_begun()
            due = stream._cadence().next_after(begun or now)
            never_read = stream.cadence != "daily" and not begun
            stream.next_run_at = utc(due) if due and not never_read else False
        self.store_id._trigger_sync()

    def _last_begun(self):
        """When the last run of the stream began, aware; None if it was never read."""
        last = self.env["ecommerce.sync.log"].search(
            [("store_id", "=", self.store_id.id), ("stream", "=", self.stream)], order="id desc", limit=1
        )
        return aware(last.started_at) if last else None

    @api.model
    def _domain_automatic(self):
        """The streams that the scheduled action reads."""
        return [
            ("store_id.active", "=", True), ("store_id.state", "!=", "draft"), "|", ("asked", "!=", False),
            "&", "&", ("paused", "=", False), ("cadence", "!=", "manual"), ("store_id.auto_sync", "=", True),
        ]  # fmt: skip

    @api.model
    def _domain_due(self, now):
        """Those of them that are due.

        :param datetime now: naive UTC
        """
        return [*self._domain_automatic(), "|", ("next_run_at", "=", False), ("next_run_at", "<=", now)]

    def _posts(self):
        """Whether what is new is posted by the scheduled action: as a button asked, or as the store does by itself."""
        self.ensure_one()
        return self.asked == "post" if self.asked else self.store_id.auto_post

    def _wait_while_quiet(self, now):
        """Put streams that are due in the quiet hours of their store off until these end.

        :param datetime now: naive UTC
        :return: the others, which can be read now
        """
        ready = self.browse()
        for stream in self:
            allowed = utc(stream._cadence().allowed(aware(now)))
            if allowed > now and not stream.asked:
                stream.sudo().next_run_at = allowed  # sudo: see _plan_anew
            else:
                ready |= stream
        return ready

    # === Results === #

    def _succeeded(self, begun):
        """Plan the next run after one that went through, and close what was said of failures.

        :param datetime begun: naive UTC, when the run began
        """
        self.ensure_one()
        due = self._cadence().next_after(aware(begun))
        had_failed = self.failures >= GIVE_UP_AFTER
        self.write({"next_run_at": utc(due) if due else False, "failures": 0, "last_error": False, "asked": False})
        if had_failed:
            self._tell_failures()

    def _go_on_later(self, post):
        """Have the scheduled action read on: a button's time was over before the stream was.

        :param bool post: as the button was asked
        """
        self.write({"asked": "post" if post else "review", "next_run_at": fields.Datetime.now()})
        self.store_id._toggle_cron()

    def _failed(self, error):
        """Plan to try again after a failure: soon at first, then less often; a person is told if it goes on.

        What a button asked for is gone on with, too, until a person is told.
        """
        self.ensure_one()
        failures, now = self.failures + 1, fields.Datetime.now()
        due = self._cadence().retry_after(aware(now), failures)
        asked = self.asked if failures < GIVE_UP_AFTER else False
        next_run_at = now + pause(failures) if asked else utc(due) if due else False
        self.write({"next_run_at": next_run_at, "failures": failures, "last_error": error, "asked": asked})
        if failures >= GIVE_UP_AFTER:
            self._tell_failures()

    def _tell_failures(self):
        """One exception for each stream of the store that goes on failing; none when it works again."""
        store = self.store_id
        reasons = [
            Reason(
                code=FAILING, key=stream.stream,
                message=self.env._(
                    "%(stream)s could not be read %(count)s times in a row: %(error)s", stream=stream.display_name,
                    count=stream.failures, error=stream.last_error,
                ),
                hint=self.env._(
                    "Check the connection on the store's form. It is tried again by itself; nothing is lost meanwhile."
                ),
            )
            for stream in store.stream_ids if stream.failures >= GIVE_UP_AFTER
        ]  # fmt: skip
        self.env["ecommerce.exception"]._sync(
            store, {store: [(reason, "1") for reason in reasons]}, company=store.company_id, codes=[FAILING]
        )

    # === Cursor === #

    def _of(self, store, stream):
        """The record of a stream, made on first use; with sudo, for nobody writes cursors by hand."""
        streams = self.sudo()  # sudo: fetching checks the right on the store before
        found = streams.search([("store_id", "=", store.id), ("stream", "=", stream)])
        return found or streams.create({"store_id": store.id, "stream": stream})

    def _start(self):
        """Where to read from: the overlap before what is stored.

        :rtype: Cursor
        """
        self.ensure_one()
        if not self.changed_at:
            return Cursor()
        return Cursor(changed_at=aware(self.changed_at) - OVERLAP)

    def _advance(self, cursor):
        """Remember a fully stored page; a cursor never goes back."""
        self.ensure_one()
        if cursor.changed_at is None:
            return
        reached = utc(cursor.changed_at)
        if not self.changed_at or reached > self.changed_at:
            self.write({"changed_at": reached, "external_id": cursor.external_id})
