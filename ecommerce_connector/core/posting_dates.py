"""Which event gives an entry its day, where a store wants another than the connector's own choice.

A plan is made first, with the days on which rules and taxes are looked up; then its entries get the days that the
store wants. So the choice of a day never changes what is booked, only when. An invoice whose event has not happened yet
waits, and money waits with it as an advance; one that is posted keeps what it has. An entry whose day of import is not
known, because its order is not stored yet, keeps its own. A credit note is never dated before the invoice that it
credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from .canonical import StoreDocument
from .dates import accounting_date, local_date
from .deliveries import is_delivery
from .deposits import paid_in_full
from .plans import EntryKind, OrderPlan, PlannedMove, PlannedPayment, PlannedTransfer
from .policy import CreditNoteDate, InvoiceDate, PaymentDate, Policy
from .posted import Posted
from .terms import due_date, is_on_terms
from .undelivered import delivered_at, needs_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """When the connector first stored what the store says: days in the store's time zone.

    :ivar order: the order; None if it is not stored
    :ivar payments: id of a payment → the day on which it was first stored as money that moved
    :ivar refunds: the same for refunds
    """

    order: date | None = None
    payments: Mapping[str, date] = field(default_factory=dict)
    refunds: Mapping[str, date] = field(default_factory=dict)


UNKNOWN = Imported()


def why_invoice_waits(document: StoreDocument, policy: Policy, posted: Posted) -> str:
    """A sentence if the invoice's date depends on what has not happened yet; empty if it does not."""
    if posted.is_invoiced:
        return ""
    if policy.invoice_date is InvoiceDate.PAID and document.total and not is_on_terms(document, policy):
        return "" if paid_in_full(document) else "It is not paid in full, and its invoice has the date of that."
    if policy.invoice_date is InvoiceDate.FULFILLED and needs_delivery(document):
        return "" if delivered_at(document) else "It has not left as a whole, and its invoice has the date of that."
    return ""


def redated(plan: OrderPlan, document: StoreDocument, policy: Policy, imported: Imported) -> OrderPlan:
    """The plan with the days that the store wants."""
    own = (InvoiceDate.EVENT, CreditNoteDate.REFUNDED, PaymentDate.MOVED)
    if (policy.invoice_date, policy.credit_note_date, policy.payment_date) == own:
        return plan
    return _Redating(plan, document, policy, imported).plan()


class _Redating:
    """Gives the entries of one plan other days."""

    def __init__(self, plan: OrderPlan, document: StoreDocument, policy: Policy, imported: Imported) -> None:
        self._plan, self._document, self._policy, self._imported = plan, document, policy, imported
        self._invoices = {
            move.external_id: self._invoice_day(move) for move in plan.moves if move.kind is EntryKind.INVOICE
        }
        self._payments = {payment.key: self._payment_day(payment) for payment in plan.payments}

    def plan(self) -> OrderPlan:
        """The plan with its new days."""
        return replace(
            self._plan,
            moves=tuple(self._move(move) for move in self._plan.moves),
            payments=tuple(self._payment(payment) for payment in self._plan.payments),
            transfers=tuple(self._transfer(transfer) for transfer in self._plan.transfers),
        )

    # === Days === #

    def _invoice_day(self, move: PlannedMove) -> date:
        wanted = self._policy.invoice_date
        if wanted is InvoiceDate.IMPORTED:
            return self._imported.order or move.true_date
        if is_delivery(move.key):
            return move.true_date  # what left has its own day
        document, at = self._document, None
        if wanted is InvoiceDate.PLACED:
            at = document.placed_at
        elif wanted is InvoiceDate.PAID and (last := paid_in_full(document)):
            at = last.at
        elif wanted is InvoiceDate.FULFILLED:
            at = delivered_at(document)
        return local_date(at, self._policy.zone) if at else move.true_date

    def _payment_day(self, payment: PlannedPayment) -> date:
        if self._policy.payment_date is PaymentDate.MOVED:
            return payment.true_date
        known = self._imported.payments if payment.kind is EntryKind.PAYMENT else self._imported.refunds
        return known.get(payment.external_id, payment.true_date)

    def _refund_day(self, note_id: str, own: date) -> date:
        """A refund of several invoices has several credit notes: their ids begin with the refund's."""
        if self._policy.credit_note_date is CreditNoteDate.REFUNDED:
            return own
        days = self._imported.refunds
        found = [key for key in days if note_id == key or note_id.startswith(f"{key}@")]
        return days[max(found, key=len)] if found else own

    # === Entries === #

    def _move(self, move: PlannedMove) -> PlannedMove:
        if move.kind is EntryKind.INVOICE:
            day = self._invoices[move.external_id]
        elif move.kind is EntryKind.CREDIT_NOTE:
            day = max(self._refund_day(move.external_id, move.true_date), self._credited(move) or date.min)
        elif self._policy.invoice_date is InvoiceDate.IMPORTED:
            day = self._imported.payments.get(move.external_id, move.true_date)
        else:
            day = move.true_date
        due = due_date(self._document, self._policy, day) if move.due else None
        return replace(move, true_date=day, date=accounting_date(day, self._policy.first_open_sale_day), due=due)

    def _credited(self, note: PlannedMove) -> date | None:
        if note.reverses:
            return self._invoices.get(note.reverses)
        return min(self._invoices.values(), default=None)

    def _payment(self, payment: PlannedPayment) -> PlannedPayment:
        day = self._payments[payment.key]
        return replace(payment, true_date=day, date=accounting_date(day, self._policy.first_open_day))

    def _transfer(self, entry: PlannedTransfer) -> PlannedTransfer:
        day = entry.true_date
        if entry.kind is EntryKind.COMPENSATION:
            day = self._refund_day(entry.external_id, day)
        else:
            day = max([*self._used_by(entry.external_id), *self._used_of(entry.external_id)], default=day)
        return replace(entry, true_date=day, date=accounting_date(day, self._policy.first_open_day))

    def _used_by(self, external_id: str) -> list[date]:
        """Days of the invoices that an advance may be used by: the one that its id names, or all."""
        named = [day for key, day in self._invoices.items() if external_id.endswith(f"@{key}")]
        return named or list(self._invoices.values())

    def _used_of(self, external_id: str) -> list[date]:
        """Days of the payments that an advance may be."""
        return [
            day for (kind, key), day in self._payments.items()
            if external_id == f"{kind.value}:{key}" or external_id.startswith(f"{kind.value}:{key}@")
        ]  # fmt: skip
