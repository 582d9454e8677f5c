import logging
from functools import reduce
from itertools import islice

from odoo import fields, models, modules
from odoo.exceptions import UserError

from ...core.deemed_supply import as_supplied
from ...core.errors import ConnectorError
from ...core.presented import as_presented
from ...platforms import payload as payloads
from ...platforms.base import ORDERS, Cursor
from ..orders.amending import Amending
from ..orders.batch_posting import BatchPosting
from ..orders.order_planning import OrderPlanning
from ..orders.order_staging import OrderStaging
from ..store.store_lock import reading

_logger = logging.getLogger(__name__)

#: Records that are stored, planned and posted before the next ones are taken.
PAGE = 500


class EcommerceStore(models.Model):
    """Fetching, staging and posting: what buttons, scheduled actions and the command line call."""

    _inherit = "ecommerce.store"

    # === Reading === #

    def _document_reader(self):
        """A function payload → StoreDocument, without any connection."""
        self.ensure_one()
        platform = self._get_platforms()[self.platform]
        in_zone = self._policy_zone()
        steps = [as_presented] if self.order_currency == "presentment" else []
        steps += [as_supplied] if self.deemed_supplier else []
        return lambda payload: reduce(
            lambda document, step: step(document), steps, platform.order_document(payload, in_zone)
        )

    def _document(self, event):
        """A stored event as a canonical document.

        :raises PayloadError: if it contradicts itself
        """
        return self._document_reader()(payloads.loads(event.payload))

    def _stored_documents(self, orders):
        """Documents of stored orders, and the errors of those that cannot be read.

        :rtype: tuple[dict, dict]
        """
        read, documents, broken = self._document_reader(), {}, {}
        for order in orders:
            try:
                documents[order] = read(payloads.loads(order.event_id.payload))
            except ConnectorError as error:
                broken[order] = error
        return documents, broken

    # === Fetching === #

    def _fetch_records(self, *, cursor=None, limit=None, stream=ORDERS, transport=None):
        """Records of a stream, without storing anything: for previews.

        :param Cursor cursor: from where; None: from the beginning
        :param int limit: at most so many; None: all
        :rtype: list[RawRecord]
        """
        self.ensure_one()
        records = {}
        for page in self._platform(transport).fetch(stream, cursor or Cursor(), page_size=min(limit or 100, 100)):
            for record in page.records:
                records[record.external_id] = record
                if limit and len(records) >= limit:
                    return list(records.values())
        return list(records.values())

    def _sync(self, *, post=True, streams=None, budget=None):
        """Fetch every stream from its cursor, store what is new, post it.

        A page is stored and its cursor moved in one transaction, so an interruption loses nothing.

        :param bool post: False: orders are only planned and wait for review
        :param timedelta budget: after it no page is begun, and the scheduled action goes on; None: read to the end
        :return: the runs
        :rtype: ecommerce.sync.log
        """
        self.ensure_one()
        self.check_access("write")  # what is stored is written with sudo
        runs = self.env["ecommerce.sync.log"]
        until = fields.Datetime.now() + budget if budget is not None else None
        with reading(self):
            self._close_interrupted_runs()
            for stream in streams or self._get_platforms()[self.platform].streams:
                runs |= self._sync_stream(stream, post=post, until=until)
        return runs

    def _close_interrupted_runs(self):
        """Runs that a crash left open; with the store's lock in hand, none of them can still be running."""
        interrupted = self.env["ecommerce.sync.log"].search([("store_id", "=", self.id), ("state", "=", "running")])
        if interrupted:
            # sudo: nobody writes runs by hand.
            interrupted.sudo().finish(error=self.env._("Interrupted; the next run goes on from the last stored page."))

    def _sync_stream(self, stream, *, post, until=None):
        progress = self.env["ecommerce.sync.stream"]._of(self, stream)
        if stream != ORDERS and not progress.changed_at:
            self._begin_after_orders(progress)
        run = self._begin_run(stream, cursor_from=progress.changed_at, cursor_from_id=progress.external_id)
        over = []

        def stored(page):
            progress._advance(page.cursor)
            over[:] = [until is not None and fields.Datetime.now() >= until]
            return over[0]

        error = self._read(stream, progress._start(), run, post=post, stored=stored)
        run.write({"cursor_to": progress.changed_at, "cursor_to_id": progress.external_id})
        if error:
            _logger.warning("Store %s, %s: %s", self.name, stream, error)
            self.write({"state": "error", "state_message": str(error)})
            progress._failed(str(error))
        else:
            progress._succeeded(run.started_at)
            if any(over):
                progress._go_on_later(post)
            if self.state == "error":
                self.write({"state": "connected", "state_message": False})
        run.finish(error=str(error) if error else None)
        self._commit_unless_testing()
        return run

    def _begin_run(self, stream, **values):
        """A new run of the sync log, seen by everybody at once."""
        # sudo: nobody writes runs by hand; the acting user is kept as user_id.
        run = self.env["ecommerce.sync.log"].sudo().create({"store_id": self.id, "stream": stream, **values})
        self._commit_unless_testing()
        return run

    def _read(self, stream, cursor, run, *, post, stored, before=None):
        """Fetch pages, and store and post each of them before the next one; what it took is counted in the run.

        :param stored: called with each page that is stored, in its transaction; what it answers with True ends it
        :param before: called with each page before it is stored
        :return: the error that ended it, None if there was none
        """
        platform = None
        try:
            platform = self._platform()
            for page in platform.fetch(stream, cursor):
                if before:
                    before(page)
                self._process(page.records, run, post=post)
                enough = stored(page)
                self._commit_unless_testing()
                if enough:
                    break
        except ConnectorError as error:
            return error
        finally:
            if platform:
                run._count_transport(platform.transport.stats)
        return None

    def _begin_after_orders(self, progress):
        """A stream of later changes begins where the first reading of all orders began: they had the rest."""
        first = self.env["ecommerce.sync.log"].search(
            [("store_id", "=", self.id), ("stream", "=", ORDERS), ("state", "=", "done"), ("cursor_from", "=", False)],
            order="id", limit=1,
        )  # fmt: skip
        if first:
            progress.changed_at = first.started_at

    def _process(self, records, run, *, post):
        """Stage records and post them, or only plan them for review.

        :return: the orders that are new or changed
        """
        staged = OrderStaging(self, run).stage(records)
        run.count(fetched=len(records), new=staged.new, changed=staged.changed, unchanged=staged.unchanged)
        posting = BatchPosting(self, run)
        if post:
            posting.post(staged.documents, staged.broken)
        else:
            posting.review(staged.documents, staged.broken)
        run.count(**posting.counts)
        return self.env["ecommerce.order"].union(*staged.documents, *staged.broken)

    def _fetch_one(self, external_id):
        """Fetch one order again, and post what is new in it if the store posts automatically."""
        self.ensure_one()
        self.check_access("write")  # what is stored is written with sudo
        try:
            record = self._platform().fetch_one(external_id)
        except ConnectorError as error:
            raise UserError(str(error)) from error
        with reading(self):
            run = self._begin_run("single")
            self._process([record], run, post=self.auto_post)
            run.finish()

    # === Posting === #

    def _post_orders(self, orders):
        """Plan stored orders again and post what is complete.

        :return: counts: posted, waiting, blocked, failed
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("write")  # what is stored is written with sudo
        self._require_set_up()
        run = self._begin_run("posting")
        posting = BatchPosting(self, run)
        for start in range(0, len(orders), 1000):  # payloads are large: not all in memory at once
            documents, broken = self._stored_documents(orders[start : start + 1000])
            posting.post(documents, broken)
        run.count(**posting.counts)
        run.finish()
        return posting.counts

    def _accept(self, records, *, post=True):
        """Store and post reviewed records: what the import wizard accepts.

        :param iterable records: RawRecord objects
        :param bool post: False: they are only stored, and wait with their exceptions
        :rtype: ecommerce.sync.log
        """
        self.ensure_one()
        self.check_access("write")  # what is stored is written with sudo
        if post:
            self._require_set_up()
        with reading(self):
            run = self._begin_run("review")
            records = iter(records)
            # Page by page: a file of a year's orders must not be in memory at once.
            while page := list(islice(records, PAGE)):
                orders = self._process(page, run, post=post)
                if post:
                    self._post_stored(page, orders, run)
            run.finish()
        return run

    def _post_stored(self, records, processed, run):
        """Post the orders among the records that were stored before, unchanged, and are not posted yet."""
        stored = self.env["ecommerce.order"].search(
            [
                ("store_id", "=", self.id), ("external_id", "in", [record.external_id for record in records]),
                ("id", "not in", processed.ids), ("state", "!=", "posted"),
            ]
        )  # fmt: skip
        posting = BatchPosting(self, run)
        posting.post(*self._stored_documents(stored))
        run.count(**posting.counts)

    def _preview(self, records):
        """Plans of records that are not stored.

        :return: (record, PlannedOrder or the error that makes it unreadable) pairs
        :rtype: list
        """
        self.ensure_one()
        read, readable, errors = self._document_reader(), [], {}
        for record in records:
            try:
                readable.append((record, read(record.payload)))
            except ConnectorError as error:
                errors[record.external_id] = error
        planning = OrderPlanning(self)
        plans = planning.plan([document for _record, document in readable])
        planned = {record.external_id: plan for (record, _document), plan in zip(readable, plans, strict=True)}
        if any(plan.comparison.conflicts for plan in plans):
            amending = Amending(self, planning)
            orders = self.env["ecommerce.order"].search(
                [("store_id", "=", self.id), ("external_id", "in", list(planned))]
            )
            planned |= {order.external_id: amending.foreseen(order, planned[order.external_id]) for order in orders}
        return [(record, planned.get(record.external_id) or errors[record.external_id]) for record in records]

    def _rollback_unless_testing(self):
        if not modules.module.current_test:
            self.env.cr.rollback()

    def _commit_unless_testing(self):
        self.env.flush_all()
        if not modules.module.current_test:
            # A page and its cursor are one transaction; see _sync.
            self.env.cr.commit()  # pylint: disable=invalid-commit
