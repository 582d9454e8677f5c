"""The stored orders of a period, read in portions: for reports that look at each of them once. Reads only."""

from datetime import datetime, time, timedelta

from odoo.fields import Domain

from ..ledger.instants import utc

#: Orders whose payloads are in memory at once.
AT_ONCE = 500


class OrderPeriod:
    """Days in a store's time zone.

    :param date first: the first day
    :param date last: the last day
    """

    def __init__(self, store, first, last):
        self.store = store
        self.first, self.last = first, last
        zone = store._policy_zone()
        #: When it begins, and when it is over, as the ORM stores instants.
        self.start = utc(datetime.combine(first, time.min, zone))
        self.end = utc(datetime.combine(last + timedelta(days=1), time.min, zone))

    def portions(self, planning):
        """Orders that were placed, booked or refunded in the period, with all their entries.

        What was read of a portion is forgotten after it: memory must not grow with the number of orders.

        :param OrderPlanning planning: of the store
        :return: documents by order, errors by order, and what is posted for them
        :rtype: Iterator[tuple[dict, dict, ecommerce.posting]]
        """
        orders = self.store.env["ecommerce.order"].search(self._domain(), order="id")
        for start in range(0, len(orders), AT_ONCE):
            portion = orders[start : start + AT_ONCE]
            portion.fetch(["event_id", "external_id"])
            portion.event_id.fetch(["payload"])
            documents, broken = self.store._stored_documents(portion)
            postings = planning.postings([document.external_id for document in documents.values()])
            yield documents, broken, postings
            for records in (portion.event_id, portion, postings.move_id, postings):
                records.invalidate_recordset(flush=False)

    def _domain(self):
        return Domain("store_id", "=", self.store.id) & (
            (Domain("placed_at", ">=", self.start) & Domain("placed_at", "<", self.end))
            | Domain("posting_ids", "any", [("true_date", ">=", self.first), ("true_date", "<=", self.last)])
            | Domain("refund_ids", "any", [("refunded_at", ">=", self.start), ("refunded_at", "<", self.end)])
        )
