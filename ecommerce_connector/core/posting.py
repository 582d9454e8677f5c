"""Order + rulebook + policy → plan.

Pure and deterministic: the same order, rules and policy always give the same plan, so it can be
previewed, explained and replayed. What cannot be planned exactly is blocked with all its reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from .advances import advance_rule, use_advances
from .by_shipment import ShipmentInvoices, is_by_shipment
from .canonical import MoneyState, Refund, StoreDocument, Tender
from .dates import accounting_date
from .deliveries import Deliveries
from .deposits import Deposits, paid_in_full
from .errors import PlanUnbalanced
from .lines import LinePlanner
from .mapping.rulebook import Rulebook
from .plans import EntryKind, EventKey, OrderPlan, PlannedMove, PlannedPayment, PlanStatus
from .policy import InvoiceOn, Policy
from .posted import NOTHING, Posted
from .posting_dates import UNKNOWN, Imported, redated, why_invoice_waits
from .reasons import merged
from .refunds import plan_credit_notes
from .rounding import ZERO, total
from .sale_facts import sale_facts
from .terms import due_date, is_on_terms
from .vouchers import Vouchers, block_deposits, is_voucher


def plan_order(
    document: StoreDocument, rulebook: Rulebook, policy: Policy, *, posted: Posted = NOTHING,
    imported: Imported = UNKNOWN,
) -> OrderPlan:  # fmt: skip
    """Everything to book for an order: invoice, credit notes, payments and refunds of money.

    Entries that are already posted are in the plan too; ``changes.compare`` tells which are new.

    :param posted: what of the order is posted already
    :param imported: when the connector first stored what the store says; for stores whose entries have these days
    """
    return redated(_OrderPlanner(document, rulebook, policy, posted).plan(), document, policy, imported)


class _OrderPlanner(LinePlanner):
    """Plans one order."""

    def plan(self) -> OrderPlan:
        document = self.document
        if document.is_test:
            return self._result(waiting="It is a test order: nothing is booked.")
        if is_by_shipment(document, self.policy, self.posted):
            return self._by_shipment()
        invoiced_on = self.sold_on = self._invoice_date()
        deposits = Deposits(self)
        invoices = self._invoice(invoiced_on, deposits) if invoiced_on else []
        credit_notes = plan_credit_notes(self, deposits, invoiced=invoiced_on is not None)
        moves = [*deposits.moves, *invoices, *credit_notes]
        payments = self._payments()
        if invoiced_on:
            self.transfers += use_advances(self, payments, invoiced_on)
        if not self.reasons:
            self._watch_money(moves, payments)
        if not moves and not payments and not self.reasons:
            return self._result(waiting=self._why_nothing())
        return self._result(moves, payments)

    def _by_shipment(self) -> OrderPlan:
        shipments = ShipmentInvoices(self)
        deliveries, moves = shipments.deliveries, shipments.moves
        self.sold_on = shipments.first_day
        payments = self._payments()
        self.transfers += shipments.use_advances(payments)
        if not self.reasons:
            self._check_deliveries(deliveries, moves)
            self._watch_money(moves, payments, deliveries.unshipped_total)
        if not moves and not payments and not self.reasons:
            return self._result(waiting=self._why_nothing())
        return self._result(moves, payments, turns=tuple(deliveries.turns))

    def _check_deliveries(self, deliveries: Deliveries, moves: Sequence[PlannedMove]) -> None:
        """All invoices and what is still to come are what the store says of the order.

        :raises PlanUnbalanced: else
        """
        document = self.document
        invoiced = total([move.total for move in moves if move.kind is EntryKind.INVOICE])
        accounted = invoiced + deliveries.unshipped_total + total(list(deliveries.never_left.values()))
        if accounted != document.total and not document.cancelled:
            raise PlanUnbalanced(f"Order {document.number}: planned {accounted}, the store says {document.total}.")

    def _result(
        self,
        moves: list[PlannedMove] | None = None,
        payments: list[PlannedPayment] | None = None,
        waiting: str = "",
        turns: tuple[EventKey, ...] = (),
    ) -> OrderPlan:
        if waiting:
            self.notice("nothing_to_book", waiting)
        status = PlanStatus.WAITING if waiting else PlanStatus.BLOCKED if self.reasons else PlanStatus.COMPLETE
        booked = status is PlanStatus.COMPLETE
        return OrderPlan(
            document_id=self.document.external_id, number=self.document.number, currency=self.document.currency,
            status=status, moves=tuple(moves or ()) if booked else (), payments=tuple(payments or ()) if booked else (),
            transfers=tuple(self.transfers) if booked else (),
            reasons=merged(self.reasons), notices=merged(self.notices), turns=turns,
        )  # fmt: skip

    def _invoice_date(self) -> date | None:
        """The true date of the invoice; None while there is nothing to invoice."""
        document = self.document
        if document.placed_at is None or not document.lines or (document.cancelled and not self.posted.is_invoiced):
            return None
        if why_invoice_waits(document, self.policy, self.posted):
            return None
        if self.policy.invoice_on is InvoiceOn.ORDER or not document.total or is_on_terms(document, self.policy):
            return self.day(document.placed_at)
        if self.policy.invoice_on is InvoiceOn.PAID:
            last = paid_in_full(document)
            return self.day(last.at) if last else None
        captured = [tender.at for tender in document.tenders if tender.state is MoneyState.DONE and tender.amount]
        if not captured and self.posted.is_invoiced:
            return self.day(document.placed_at)
        return self.day(min(captured)) if captured else None

    def _invoice(self, on: date, deposits: Deposits) -> list[PlannedMove]:
        document = self.document
        deposits.block_refunds(on)
        lines = [planned for line in document.lines for planned in self.line(line, on)]
        lines += self.rounding_of_order(document.unexplained, on)
        lines += deposits.deductions
        vouchers = Vouchers(self)
        lines += vouchers.deductions()
        if deposits.moves and vouchers.redeemed:
            block_deposits(self, vouchers)
        if self.reasons or not lines:
            return []
        move = PlannedMove(
            kind=EntryKind.INVOICE, external_id=document.external_id, currency=document.currency,
            date=accounting_date(on, self.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
            due=due_date(document, self.policy, on),
            facts=(
                *sale_facts(document.lines, document.unexplained), *(each.facts for each in deposits.moves),
                *vouchers.facts,
            ),
            customer_rule=self.customer_rule(on),
        )  # fmt: skip
        invoiced = move.total + total([deposit.total for deposit in deposits.moves]) + vouchers.amount
        if invoiced != document.total:
            raise PlanUnbalanced(f"Order {document.number}: planned {invoiced}, the store says {document.total}.")
        return [move]

    def _payments(self) -> list[PlannedPayment]:
        document = self.document
        received = self._moved(EntryKind.PAYMENT, document.tenders)
        return received + self._moved(EntryKind.REFUND_PAYMENT, document.refunds)

    def _moved(self, kind: EntryKind, all_money: Sequence[Tender | Refund]) -> list[PlannedPayment]:
        """What has moved, in the order it did."""
        moved = [money for money in all_money if money.state is MoneyState.DONE and money.amount]
        moved.sort(key=lambda money: (money.at, money.external_id))
        planned = [self._payment(kind, money) for money in moved]
        return [payment for payment in planned if payment]

    def _payment(self, kind: EntryKind, money: Tender | Refund) -> PlannedPayment | None:
        on = self.day(money.at)
        if is_voucher(self, money.gateway, on):
            return None  # no money: it is a line of the invoice or of the credit note
        rule = self.resolve("gateway", money.gateway, on, money.amount)
        if rule is None:
            return None
        return PlannedPayment(
            kind=kind, external_id=money.external_id, currency=self.document.currency, rule=rule, gateway=money.gateway,
            date=accounting_date(on, self.policy.first_open_day), true_date=on, at=money.at,
            amount=money.amount, transaction_id=money.transaction_id, advance=advance_rule(self, kind, money, on),
            card=money.card,
        )  # fmt: skip

    def _watch_money(
        self, moves: Sequence[PlannedMove], payments: Sequence[PlannedPayment], to_come: Decimal = ZERO
    ) -> None:
        """Name money that is neither ours for a sale, now or to come, nor given back."""
        document = self.document
        invoiced = to_come + total([-m.total if m.kind is EntryKind.CREDIT_NOTE else m.total for m in moves])
        credit = total([payment.signed for payment in payments]) - invoiced
        compensated = total([entry.amount for entry in self.transfers if entry.kind is EntryKind.COMPENSATION])
        credit += compensated
        for refund in document.refunds:
            if refund.state is MoneyState.PENDING:
                to_credit = refund.amount - refund.already_reduced if moves else ZERO
                self._watch_pending(refund, with_credit_note=bool(to_credit))
                credit -= refund.amount - to_credit
        if document.refunded - compensated > document.captured:
            self._watch_debit(document.refunded - compensated - document.captured)
        if credit > 0:
            self._watch_credit(credit)

    def _watch_pending(self, refund: Refund, *, with_credit_note: bool) -> None:
        what = "its credit note and its payment are" if with_credit_note else "its payment is"
        self.notice(
            "refund_pending",
            f"Order {self.document.number}: refund {refund.external_id} of {refund.amount} {self.document.currency} is "
            f"pending; {what} booked when the money moves.",
            hint="Settle it in the store, or wait.", amount=refund.amount, key=refund.external_id,
        )  # fmt: skip

    def _watch_credit(self, credit: Decimal) -> None:
        document = self.document
        if document.placed_at is None:
            code, what = "order_not_placed", "was paid for a cart that is not placed as an order yet"
        elif document.cancelled:
            code, what = "cancelled_but_paid", "was captured for a cancelled order and not given back"
        else:
            code, what = "overpaid", "was paid beyond what the order is worth"
        self.notice(
            code,
            f"Order {document.number}: {credit} {document.currency} {what}; it stands as a credit of the customer.",
            hint="Refund it in the store, or apply it to another order.", amount=credit, key=document.external_id,
        )  # fmt: skip

    def _watch_debit(self, excess: Decimal) -> None:
        self.notice(
            "refund_above_payment",
            f"Order {self.document.number}: {excess} {self.document.currency} more was given back than received.",
            hint="Check the refunds in the store.", amount=excess, key=self.document.external_id,
        )  # fmt: skip

    def _why_nothing(self) -> str:
        document = self.document
        held = [tender for tender in document.tenders if tender.state in (MoneyState.AUTHORIZED, MoneyState.PENDING)]
        if document.cancelled:
            return "It was cancelled before any money was captured: nothing to book."
        if document.placed_at is None:
            return "It is a cart, not an order yet: nothing to book."
        if held:
            amount = total([tender.amount for tender in held])
            return f"{amount} {document.currency} is authorized or pending, nothing is captured: no entry."
        if is_by_shipment(document, self.policy, self.posted):
            return "Nothing of it was shipped yet, and no money is captured: no entry."
        if waits := why_invoice_waits(document, self.policy, self.posted):
            return waits
        if document.captured and self.policy.invoice_on is InvoiceOn.PAID:
            return "It is not paid in full yet."
        if document.total != ZERO:
            return "It is not paid yet: no entry until money is captured."
        return "It is worth nothing: no entry."
