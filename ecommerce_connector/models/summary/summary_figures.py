"""What postings that are in summaries book, read from their rows. Reads only.

Where entries of orders are told by their ids, such a posting is told by a number below zero: its entry is that of
many orders.
"""

from collections import defaultdict
from decimal import Decimal

from ..ledger.amounts import amount_of
from ..ledger.entry_state import holds

ZERO = Decimal(0)


def unit_of(posting):
    """What tells an entry of an order: its id, or of a posting in a summary a number below zero."""
    return -posting.id if posting.summary_id else posting.move_id.id


class SummaryFigures:
    """Rows of some postings, of entries that stand only.

    :param postings: those that are in no summary are left out
    """

    def __init__(self, postings):
        self.env = postings.env
        summarized = postings.filtered("summary_id")
        # What was reversed is in the books no more; the proof names it, and which orders it stops.
        standing = summarized.move_id.filtered(holds)
        ids = summarized.filtered(lambda posting: posting.move_id in standing).ids
        self.rows = self.env["ecommerce.summary.row"].search_fetch(
            [("posting_id", "in", ids)],
            ["posting_id", "line_id", "account_id", "tax_line_id", "currency_id", "amount", "is_customer"], order="id",
        ) if ids else self.env["ecommerce.summary.row"]  # fmt: skip

    @property
    def lines(self):
        """Journal items of customers that are open, or were.

        :rtype: account.move.line
        """
        return self.rows.filtered("is_customer").line_id

    def terms(self, left):
        """What postings do to the customer's receivable account.

        :param dict left: what is open of a journal item, by its id
        :return: (unit, currency code, amount, open) of each
        """
        for row in self.rows:
            if row.is_customer and row.account_id.account_type == "asset_receivable":
                yield (
                    -row.posting_id.id, row.currency_id.name, amount_of(row.amount, row.currency_id),
                    left.get(row.line_id.id, ZERO),
                )  # fmt: skip

    def taxes(self, units):
        """Amounts of tax items of postings, by tax and currency; debit positive."""
        found = defaultdict(Decimal)
        for row in self.rows:
            if row.tax_line_id and -row.posting_id.id in units:
                found[row.tax_line_id, row.currency_id] += amount_of(row.amount, row.currency_id)
        return found
