"""Payments in the other currency of their order, as evidence for payout reports."""

from ...core.plans import EntryKind
from ...core.rounding import ZERO


def stated_otherwise(document, entry):
    """What the store says of a payment in the order's other currency, signed; zero if nothing.

    :param StoreDocument document: the order
    :param PlannedPayment entry: one of its payments
    :rtype: Decimal
    """
    stated = document.presentment
    if stated is None:
        return ZERO
    if entry.kind is EntryKind.PAYMENT:
        return stated.payments.get(entry.external_id, ZERO)
    refund = stated.refunds.get(entry.external_id)
    return -refund.amount if refund and refund.amount else ZERO
