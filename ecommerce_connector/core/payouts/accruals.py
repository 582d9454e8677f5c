"""Fees that are booked with the sale, before the entry of their payout.

Where a store's payouts are summed up, the summary has what the processor took for each payment. The
payout's own entry then moves that fee from clearing, and books what is left of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from ..errors import MappingAmbiguous, MappingMissing
from ..mapping.facts import Facts
from ..mapping.rulebook import Rulebook
from ..settlements import BalanceTransaction
from .fees import FeePart, fee_lines
from .matching import needs_counterpart
from .plans import PayoutLine
from .shares import FEE_RULE, key_of


def fee_of_sale(
    transaction: BalanceTransaction, paid_on: date, rulebook: Rulebook, rate: Decimal | None = None
) -> Sequence[PayoutLine]:
    """The lines of what was taken for a payment or refund, by the rules of its payout's day.

    Nothing if it bears no fee, is no payment or refund, or no rule decides it: the plan of the payout says so.

    :param rate: the processor's own rate of the fee, where that is to be used
    """
    if not transaction.fee or not needs_counterpart(transaction):
        return ()
    key = key_of(transaction)
    try:
        rule = rulebook.resolve(FEE_RULE, key, paid_on, Facts(currency=transaction.currency))
    except (MappingMissing, MappingAmbiguous):
        return ()
    part = FeePart(key, transaction.external_id, transaction.fee, transaction.at.date(), rate)
    return tuple(fee_lines(rule, [part], transaction.currency))
