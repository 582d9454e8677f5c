"""Orders in summaries that changed in the store afterwards: an entry of the difference, with its rows.

As for invoices, see ``AmendmentExecutor``; the entry points back to the summary that has the order.
"""

from ...core.plans import EntryKind
from ...core.rounding import total
from ...core.summary_days import SummaryKey
from ..ledger.amendment_executor import CORRECTION, AmendmentExecutor
from ..ledger.amounts import amount_of
from ..ledger.move_values import MoveValues
from .prepared import PreparedEntry, PreparedOrder
from .summary_executor import SummaryExecutor
from .summary_rows import RowMaker


class SummaryAmendments(AmendmentExecutor):
    """What is posted is read from rows; the difference of each document is an entry of its own."""

    def _book(self, order, changes):
        executor = SummaryExecutor(self.store)
        receivable = executor._receivable_account(order)
        booked = [change for change in changes if change.document]
        for change, values in zip(booked, self._corrections(order, booked), strict=True):
            self._book_one(order, change, values, receivable)
        self._create(self._versions(order, changes))
        order.invalidate_recordset(["posting_ids", "summary_row_ids"])
        return executor

    def _book_one(self, order, change, values, receivable):
        document = change.document
        payout = change.posting.summary_id.payout_id.id or 0
        executor = SummaryExecutor(self.store, SummaryKey(document.true_date, payout))
        products = {line.rule.target.product for line in document.lines} - {False, None}
        builder = MoveValues(
            executor.store, executor.taxes, executor.facts, self.env["product.product"].browse(products)
        )
        currency = executor.currency(document.currency)
        partner = order.partner_id.id, receivable or order.partner_id.property_account_receivable_id.id
        signed = -document.total if document.kind is EntryKind.CREDIT_NOTE else document.total
        entry = PreparedEntry(
            key=document.key, date=document.date, label=f"{order.number} {document.label}", due=document.true_date,
            total=signed, rows=RowMaker(executor, builder, {}).rows(order, document, partner),
            values=values | {"rate": str(document.rate or executor.rate(currency, document.true_date))},
        )  # fmt: skip
        item = PreparedOrder(
            order=order, partner_id=order.partner_id.id, entries=[entry], continues=True, is_whole=True
        )
        amended = change.posting.summary_id.move_id
        written = executor.book(CORRECTION, [(item, entry)], currency, document.date, corrected=amended)
        executor._link_rows([(item, entry)], written)

    def _credited(self, order, posting):
        """From the rows of the credit note, of what amends it, and of their corrections."""
        found = order.posting_ids.filtered(
            lambda row: row.external_id == posting.external_id and row.kind in (posting.kind, CORRECTION)
        )
        rows, currency = found.row_ids, order.currency_id
        customer, taxes = rows.filtered("is_customer"), rows.filtered("tax_line_id")
        return (
            -total([amount_of(row.amount, currency) for row in customer]),
            total([amount_of(row.amount, currency) for row in taxes]),
        )
