"""Fees of payments that summaries have booked with the sale: what is posted of them. Reads only."""

from collections import defaultdict

from ...core.payouts.plans import Accrued
from ..ledger.amounts import amount_of
from ..ledger.entry_state import obstacle

#: Kind of the postings.
FEE = "fee"


def fee_key(row):
    """External id of the posting of a balance transaction's fee: payouts are discarded and read again, ids stay."""
    return f"{row.processor_account_id.id}:{row.external_id}"


def postings_of(rows):
    """Postings of fees, by balance transaction.

    :rtype: dict
    """
    found = defaultdict(rows.env["ecommerce.posting"].browse)
    keys = {fee_key(row): row for row in rows}
    if keys:
        domain = [
            ("processor_account_id", "in", rows.processor_account_id.ids), ("kind", "=", FEE),
            ("external_id", "in", list(keys)),
        ]  # fmt: skip
        for posting in rows.env["ecommerce.posting"].search(domain, order="id"):
            found[keys[posting.external_id]] |= posting
    return found


def clearing_items(postings):
    """Items on clearing of fees that are booked: what has no mapping rule is the processor account's own."""
    return postings.row_ids.filtered(lambda row: not row.rule_id).line_id


class BookedFees:
    """What is booked of the fees of a payout.

    :ivar accrued: external id of a balance transaction → Accrued tuples that the payout's entry is to settle
    :ivar obstacles: external id → why one cannot be settled
    :ivar balances: item's id → its company balance, debit positive
    """

    def __init__(self, rows):
        self.accrued, self.obstacles, self.balances = defaultdict(list), {}, {}
        for row, postings in postings_of(rows).items():
            for item in clearing_items(postings):
                if problem := obstacle(item, row.processor_account_id.clearing_account_id):
                    self.obstacles[row.external_id] = problem
                amount = amount_of(item.amount_currency, item.currency_id)
                self.accrued[row.external_id].append(Accrued(item.id, -amount))
                self.balances[item.id] = amount_of(item.balance, row.company_id.currency_id)
