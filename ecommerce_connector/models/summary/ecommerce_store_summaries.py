import logging
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.dates import UTC, local_date
from ...core.summary import Mode
from ..combined.combined_posting import CombinedPosting
from ..orders.batch_posting import BatchPosting
from ..store.store_lock import reading
from .summary_posting import SummaryPosting

_logger = logging.getLogger(__name__)


class EcommerceStore(models.Model):
    """Summary posting: one entry for all orders of a day."""

    _inherit = "ecommerce.store"

    posting_mode_ids = fields.One2many(
        "ecommerce.summary.mode", "store_id", string="Posting Modes",
        help="From which day on orders are booked with an invoice each, with one for all orders of a customer in a "
        "day, week or month, or added up to a summary per day or payout. Without any: an invoice each.",
    )  # fmt: skip
    summary_journal_id = fields.Many2one(
        "account.journal", check_company=True, domain="[('type', '=', 'general')]", tracking=True,
        help="Summaries are entries of this journal. It is made when the first is posted.",
    )  # fmt: skip
    summary_due_count = fields.Integer(compute="_compute_summary_due_count", string="Waiting for a Summary")
    summary_count = fields.Integer(compute="_compute_summary_due_count", string="Summaries")
    combined_due_count = fields.Integer(compute="_compute_summary_due_count", string="For a Combined Invoice")
    combined_count = fields.Integer(compute="_compute_summary_due_count", string="Combined Invoices")

    def _compute_summary_due_count(self):
        due, due_combined = self._count_due("summary_on"), self._count_due("combined_on")
        made = defaultdict(int)
        for store, kind, count in self.env["ecommerce.summary"]._read_group(
            [("store_id", "in", self.ids)], ["store_id", "kind"], ["__count"]
        ):
            made[store, kind == "invoice"] += count
        for store in self:
            store.summary_due_count, store.combined_due_count = due.get(store, 0), due_combined.get(store, 0)
            store.summary_count, store.combined_count = made[store, False], made[store, True]

    def _count_due(self, day):
        """Number of orders that wait for something, by store.

        :param str day: field of the day that they wait for
        """
        waiting = [("store_id", "in", self.ids), ("state", "=", "ready"), (day, "!=", False)]
        return dict(self.env["ecommerce.order"]._read_group(waiting, ["store_id"], ["__count"]))

    # === Posting === #

    def _ensure_summary_journal(self):
        if not self.summary_journal_id:
            # sudo: a journal is set-up; whoever books in it needs the right to book.
            self.sudo().summary_journal_id = self.sudo()._ensure_journal(
                "ESUM", "Store summaries", "general", self.env["account.account"]
            )

    def _last_day_over(self):
        """Yesterday, in the store's time zone.

        :rtype: date
        """
        return local_date(datetime.now(UTC), self._policy_zone()) - timedelta(days=1)

    def _post_summaries(self, until=None, payout=None):
        """Post what waits for the summaries of days that are over, or of one payout.

        :param date until: the last day; None: yesterday, in the store's time zone
        :param ecommerce.payout payout: only this one's
        :return: what was done
        :rtype: SummaryPosting
        """
        self._start_posting()
        self._ensure_summary_journal()
        posting = SummaryPosting(self)
        with self._posting_run(posting):
            if payout:
                posting.post_payout(payout)
            else:
                posting.post_until(until or self._last_day_over())
        return posting

    def _post_combined(self, until=None, *, unfinished=False):
        """Post the combined invoices of periods that are over.

        :param date until: the last day; None: yesterday, in the store's time zone
        :param bool unfinished: those of periods that are not over then, too
        :return: what was done
        :rtype: CombinedPosting
        """
        self._start_posting()
        posting = CombinedPosting(self, until or self._last_day_over(), unfinished=unfinished)
        with self._posting_run(posting):
            posting.post_all()
        return posting

    def _start_posting(self):
        self.ensure_one()
        self.check_access("write")  # what is stored is written with sudo
        self._require_set_up()

    @contextmanager
    def _posting_run(self, posting):
        """Hold the store, and write down what came of it."""
        with reading(self):
            # sudo: nobody writes runs by hand; the acting user is kept as user_id.
            run = self.env["ecommerce.sync.log"].sudo().create({"store_id": self.id, "stream": "posting"})
            yield
            run.count(**posting.counts)
            run.finish()

    def _post_what_is_over(self):
        """Post the summaries and the combined invoices of days and periods that are over, where the store has any."""
        modes = {Mode(switch.mode) for switch in self.posting_mode_ids}
        if any(mode.is_added_up for mode in modes) or self.summary_due_count:
            self._post_summaries()
        if any(mode.is_combined for mode in modes):
            self._post_combined()

    @api.model
    def _cron_post_summaries(self):
        """Post the summaries and combined invoices of what is over, of stores that post by themselves."""
        stores = self.search([("auto_post", "=", True), ("posting_mode_ids", "!=", False)])
        for number, store in enumerate(stores, start=1):
            try:
                store._post_what_is_over()
            except UserError as error:  # read by somebody else just now, or not set up: the others go on
                _logger.warning("Summaries of store %s are left out: %s", store.name, error)
            except Exception:  # a defect met by one store must not keep the others from being booked
                _logger.exception("Summaries of store %s cannot be posted", store.name)
                self._rollback_unless_testing()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(stores) - number):
                break

    def _plan_ready(self, orders=None):
        """Plan again what waits to be booked.

        :param orders: only these, of these stores; None: all that is ready
        """
        ready = orders or self.env["ecommerce.order"].search([("store_id", "in", self.ids), ("state", "=", "ready")])
        for store, orders in ready.grouped("store_id").items():
            for start in range(0, len(orders), store.batch_size):
                documents, _broken = store._stored_documents(orders[start : start + store.batch_size])
                BatchPosting(store)._post_batch(documents, execute=False)

    # === Buttons === #

    def action_view_combined(self):
        """Open the store's combined invoices."""
        return self._open("ecommerce_connector.ecommerce_combined_action")

    def action_view_combined_due(self):
        """Open the orders that wait for a combined invoice."""
        return self._open("ecommerce_connector.ecommerce_order_action", search_default_combined_due=1)

    def action_view_summaries(self):
        """Open the store's summaries."""
        return self._open("ecommerce_connector.ecommerce_summary_action")

    def action_view_summary_due(self):
        """Open the orders that wait for a summary."""
        return self._open("ecommerce_connector.ecommerce_order_action", search_default_summary_due=1)
