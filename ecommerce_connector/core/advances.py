"""Money that came before anything was sold: it waits on an account of advances, until an invoice uses it.

Without a rule for advances such money is a credit on the customer's receivable account, which the
invoice is reconciled with. Cases 20 and 14 (where no tax is due on advances).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from .canonical import Refund, Tender
from .dates import accounting_date
from .lines import LinePlanner
from .mapping.rulebook import Rule
from .plans import EntryKind, PlannedPayment, PlannedTransfer
from .policy import InvoiceOn


def advance_rule(planner: LinePlanner, kind: EntryKind, money: Tender | Refund, on: date) -> Rule | None:
    """The rule for money that has no sale yet; None if it belongs on the receivable account."""
    is_posted_so = planner.posted.advances.get((kind, money.external_id))
    if is_posted_so:
        return planner.resolve("advance", money.gateway, on, money.amount)
    if is_posted_so is None and (_is_invoiced_deposit(planner) or _is_on_receivable(planner)):
        return None
    sold_on = planner.sold_on
    # An order that the store emptied after its invoice has none planned: its money is the customer's all the same.
    is_early = not planner.posted.is_invoiced if sold_on is None else kind is EntryKind.PAYMENT and on < sold_on
    if is_posted_so is None and is_early:
        return planner.find("advance", money.gateway, on)
    return None


def _is_on_receivable(planner: LinePlanner) -> bool:
    """Whether what was received is on the receivable account, all of it: what else moves before a sale goes there."""
    received = [waits for (kind, _key), waits in planner.posted.advances.items() if kind is EntryKind.PAYMENT]
    return planner.sold_on is None and bool(received) and not any(received)


def _is_invoiced_deposit(planner: LinePlanner) -> bool:
    """Whether what comes before the sale gets an invoice of its own, which it settles."""
    policy = planner.policy
    return policy.down_payments and policy.invoice_on is InvoiceOn.PAID and planner.document.placed_at is not None


def use_advances(planner: LinePlanner, payments: Iterable[PlannedPayment], sold_on: date) -> list[PlannedTransfer]:
    """Entries that let an invoice use what was paid in advance, on the day of the invoice.

    :param sold_on: the day of the invoice
    """
    return [_use(planner, payment, payment.advance, sold_on) for payment in payments if payment.advance]


def _use(planner: LinePlanner, payment: PlannedPayment, rule: Rule, sold_on: date) -> PlannedTransfer:
    on = max(sold_on, payment.true_date)
    return PlannedTransfer(
        kind=EntryKind.ADVANCE_USED, external_id=f"{payment.kind.value}:{payment.external_id}", rule=rule,
        currency=payment.currency, amount=payment.signed, true_date=on,
        date=accounting_date(on, planner.policy.first_open_day),
    )  # fmt: skip
