"""A sample of a store's orders for the set-up assistant: read, looked at and forgotten; nothing is stored."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice

from ..core.errors import ConnectorError
from ..platforms.base import ORDERS, Cursor
from ..platforms.file import read_records

#: A request must not take longer than a web server allows; what was read until then is the sample.
SECONDS = 60
#: The period is read in parts, the latest first: platforms list the oldest change first.
PARTS = 3
#: Payouts whose balance transactions show what the processors charge.
PAYOUTS = 50


@dataclass
class Sample:
    """What was read.

    :ivar unreadable: why orders could not be read, one text per order
    :ivar is_older: the period had no orders, so older ones were read
    :ivar is_cut: reading was stopped because it took too long
    """

    documents: list = field(default_factory=list)
    unreadable: list = field(default_factory=list)
    is_older: bool = False
    is_cut: bool = False


class MappingSampler:
    """Reads samples of one store."""

    def __init__(self, store, days, most):
        """
        :param int days: of the period that ends now
        :param int most: orders in a sample
        """
        self.store = store
        self.days = days
        self.most = most
        self.deadline = time.monotonic() + SECONDS
        self.is_cut = False

    def of_connection(self):
        """Orders that changed in the period, over the network.

        :rtype: Sample
        :raises ConnectorError: if the store refuses or does not answer
        """
        platform, now = self.store._platform(), datetime.now(timezone.utc)
        part, records = timedelta(days=self.days) / PARTS, {}
        for number in range(PARTS):
            until = now - part * number if number else None
            share = -(-(self.most - len(records)) // (PARTS - number))
            cursor = Cursor(changed_at=now - part * (number + 1), until=until)
            records |= self._fetch(platform, cursor, share)
        older = not records
        if older:
            records = self._fetch(platform, Cursor(), self.most)
        sample = self._read(record.payload for record in records.values())
        sample.is_older, sample.is_cut = older and bool(records), self.is_cut
        return sample

    def _fetch(self, platform, cursor, most):
        found = {}
        if most <= 0 or self.is_cut:
            return found
        for page in platform.fetch(ORDERS, cursor, page_size=min(most, 100)):
            for record in page.records:
                found[record.external_id] = record
                if len(found) >= most:
                    return found
            if time.monotonic() > self.deadline:
                self.is_cut = True
                return found
        return found

    def of_stored(self):
        """Stored orders that were placed in the period; the latest ones if there are none.

        :rtype: Sample
        """
        orders, mine = self.store.env["ecommerce.order"], ("store_id", "=", self.store.id)
        since = datetime.now() - timedelta(days=self.days)
        found = orders.search([mine, ("placed_at", ">=", since)], order="placed_at desc, id desc", limit=self.most)
        older = not found
        found = found or orders.search([mine], order="placed_at desc, id desc", limit=self.most)
        documents, broken = self.store._stored_documents(found)
        return Sample(list(documents.values()), [str(error) for error in broken.values()], older and bool(found))

    def of_file(self, name, content):
        """The first orders of a file.

        :rtype: Sample
        :raises ConnectorError: if it is no file of orders
        """
        return self._read(record.payload for record in islice(read_records(name, content), self.most))

    def _read(self, payloads):
        sample, read = Sample(), self.store._document_reader()
        for payload in payloads:
            try:
                sample.documents.append(read(payload))
            except ConnectorError as error:
                sample.unreadable.append(str(error))
        return sample

    def transactions(self):
        """Balance transactions of the company's latest payouts.

        :rtype: list[BalanceTransaction]
        """
        payouts = self.store.env["ecommerce.payout"].search(
            [("company_id", "=", self.store.company_id.id)], order="paid_on desc, id desc", limit=PAYOUTS
        )
        return [transaction for payout in payouts for transaction in payout._as_core().transactions]
