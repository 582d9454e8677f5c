"""What payout reports call the money of an order."""

from ...core.evidence import order_key
from ...core.plans import PlannedPayment


def reference_tokens(order):
    """An order's number and id, as they are compared."""
    return {order_key(name) for name in (order.number or "", order.external_id) if name}


def planned_tokens(planned):
    """Ids of the new payments of a PlannedOrder, and what its order is known by; empty if no money is new."""
    payments = [entry for entry in planned.comparison.new if isinstance(entry, PlannedPayment)]
    if not payments:
        return set()
    names = (planned.document.number, planned.document.external_id)
    return {payment.transaction_id for payment in payments if payment.transaction_id} | {
        order_key(name) for name in names if name
    }


def row_tokens(row):
    """The same of a balance transaction."""
    ids = {row.source_id, row.external_id, row.charge_id, row.payment_intent_id}
    return {token for token in (*ids, order_key(row.order_reference or "")) if token}
