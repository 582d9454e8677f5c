"""A plan as text that a bookkeeper can read: what previews show and golden tests compare."""

from __future__ import annotations

from decimal import Decimal

from .currencies import exponent
from .days import said
from .deliveries import KEPT, SHIPMENT
from .mapping.rulebook import Rule
from .plans import EntryKind, OrderPlan, PlannedEntry, PlannedLine, PlannedMove, PlannedPayment, PlannedTransfer
from .rounding import ZERO
from .texts import said_value

_TITLES = {
    EntryKind.INVOICE: "Invoice", EntryKind.DOWN_PAYMENT: "Down-payment invoice", EntryKind.CREDIT_NOTE: "Credit note",
}  # fmt: skip


def to_text(plan: OrderPlan) -> str:
    """The whole plan, one entry after the other, ending with what the customer then owes."""
    lines = [f"Order {plan.number}: {plan.status.value}"]
    lines += [f"  ! {reason}" for reason in plan.reasons]
    lines += [f"  i {notice}" for notice in plan.notices]
    for move in plan.moves:
        lines += _move(move)
    lines += [_payment(payment) for payment in plan.payments]
    lines += [_transfer(transfer) for transfer in plan.transfers]
    if plan.moves or plan.payments:
        lines.append(f"Receivable: {money(plan.residual, plan.currency)} {plan.currency}")
    return "\n".join(lines) + "\n"


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency's decimals and thousands separators."""
    return f"{amount + ZERO:,.{exponent(currency)}f}"  # adding zero makes a plain zero of minus zero


def _move(move: PlannedMove) -> list[str]:
    label = " ".join(move.label.split())
    title = _TITLES[move.kind] + _of_delivery(move) + (f" ({label})" if label else "")
    return [
        f"{title}, {_dates(move)}" + (f", due {move.due}" if move.due else ""),
        *[text for line in move.lines for text in _line(line, move.currency)],
        f"  {'':<52} net {money(move.net, move.currency)}, tax {money(move.tax, move.currency)}, "
        f"total {money(move.total, move.currency)} {move.currency}",
    ]


def _of_delivery(move: PlannedMove) -> str:
    """Which delivery an invoice or credit note is of, where the order is invoiced as it ships."""
    delivery = move.reverses or move.external_id
    if delivery.startswith(SHIPMENT):
        return f" of shipment {delivery.removeprefix(SHIPMENT)}"
    return f" of what refund {delivery.removeprefix(KEPT)} kept" if delivery.startswith(KEPT) else ""


def _line(line: PlannedLine, currency: str) -> list[str]:
    what = said_value(line.kind, line.key)
    texts = [f"  {what:<34} {_quantity(line):>6} {money(line.net, currency):>12}  → {_decided(line.rule)}"]
    for tax in line.taxes:
        rate = f" {tax.rate.normalize():f} %" if tax.rate is not None else ""
        name = f"  tax {tax.code}{rate}"
        texts.append(f"  {name:<41} {money(tax.amount, currency):>12}  → {_decided(tax.rule)}")
    return texts


def _decided(rule: Rule) -> str:
    """Where it is booked, and by which rule; a policy that stands in for a rule is not named."""
    if not rule.id:
        return rule.target.label
    # The name is what the rule's screen is called; in tests of the core rules have numbers only.
    return f"{rule.target.label}, by {rule.name}" if rule.name else f"{rule.target.label} (rule {rule.id})"


def _quantity(line: PlannedLine) -> str:
    return f"{line.quantity.normalize():f}"


def _payment(payment: PlannedPayment) -> str:
    title = "Payment" if payment.kind is EntryKind.PAYMENT else "Refund paid"
    reference = f" {payment.transaction_id}" if payment.transaction_id else ""
    return (
        f"{title}, {_dates(payment)}: {payment.gateway}{reference} "
        f"{money(payment.amount, payment.currency)} {payment.currency} → {_decided(payment.rule)}"
        + (f", as an advance on {_decided(payment.advance)}" if payment.advance else "")
    )


def _transfer(transfer: PlannedTransfer) -> str:
    title = "Advance used" if transfer.kind is EntryKind.ADVANCE_USED else "Compensation"
    return (
        f"{title}, {_dates(transfer)}: {money(transfer.amount, transfer.currency)} {transfer.currency} "
        f"→ {_decided(transfer.rule)}"
    )


def _dates(entry: PlannedEntry) -> str:
    late = f" (happened {said(entry.true_date)}, period locked)" if entry.date != entry.true_date else ""
    return f"{said(entry.date)}{late}"
