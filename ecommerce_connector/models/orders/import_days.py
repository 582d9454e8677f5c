"""When the connector first stored what a store says: from the stored versions of its orders. Reads only."""

from ...core.canonical import MoneyState
from ...core.dates import local_date
from ...core.errors import ConnectorError
from ...core.policy import CreditNoteDate, InvoiceDate, PaymentDate
from ...core.posting_dates import UNKNOWN, Imported
from ...platforms import payload as payloads
from ..ledger.instants import aware


class ImportDays:
    """The days of one store, in its time zone.

    :param ecommerce.store store: whose orders they are
    :param Policy policy: nothing is read unless it dates something by its import
    """

    def __init__(self, store, policy):
        self.store = store
        self.env = store.env
        self.zone = policy.zone
        self.of_money = (
            policy.credit_note_date is CreditNoteDate.IMPORTED or policy.payment_date is PaymentDate.IMPORTED
            or policy.invoice_date is InvoiceDate.IMPORTED
        )  # fmt: skip

    def of(self, external_ids):
        """External id of an order → its days; what is not stored is left out.

        :rtype: dict[str, Imported]
        """
        if not self.of_money:
            return {}
        events = self.env["ecommerce.event"].search_fetch(
            [("store_id", "=", self.store.id), ("kind", "=", "order"), ("external_id", "in", list(external_ids))],
            ["external_id", "create_date"], order="version",
        )  # fmt: skip
        read = self.store._document_reader()
        return {key: self._days(versions, read) for key, versions in events.grouped("external_id").items()}

    def _days(self, versions, read):
        payments, refunds = {}, {}
        for event in versions:
            try:
                document = read(payloads.loads(event.payload))
            except ConnectorError:
                continue  # nothing was known from this version
            day = self._day(event)
            for known, money in ((payments, document.tenders), (refunds, document.refunds)):
                for item in money:
                    if item.state is MoneyState.DONE:
                        known.setdefault(item.external_id, day)
        return Imported(order=self._day(versions[0]), payments=payments, refunds=refunds)

    def _day(self, event):
        return local_date(aware(event.create_date), self.zone)


def imported(days, document):
    """The days of one order; unknown for one that is not stored.

    :rtype: Imported
    """
    return days.get(document.external_id, UNKNOWN)
