"""Orders that are invoiced as they ship: an invoice per delivery, and credit notes of the invoice they give back.

Money that came before a delivery waits as an advance, and each invoice uses what it needs of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .canonical import Line, Refund, StoreDocument
from .dates import accounting_date
from .deliveries import Deliveries, Delivery, is_delivery, ships
from .lines import LinePlanner
from .plans import EntryKind, PlannedLine, PlannedMove, PlannedPayment, PlannedTransfer
from .policy import InvoiceOn, Policy
from .posted import Posted
from .refunds import CANCELLED, adjustment_lines, compensate, credit_note, refund_facts
from .rounding import ZERO, total
from .sale_facts import sale_facts
from .tax_mix import TaxMix
from .terms import due_date
from .vouchers import Vouchers

#: External id of the use of what is left of an advance when nothing is left to deliver.
REST = "rest"


def is_by_shipment(document: StoreDocument, policy: Policy, posted: Posted) -> bool:
    """Whether an order is invoiced as it ships; one that is invoiced already goes on as it began."""
    if document.placed_at is None or not any(ships(line) for line in document.lines):
        return any(is_delivery(key) for key in posted.keys)
    if posted.is_invoiced:
        return any(is_delivery(key) for key in posted.keys)
    return policy.invoice_on is InvoiceOn.FULFILMENT


class ShipmentInvoices:
    """Plans the invoices and credit notes of such an order.

    :ivar deliveries: what was delivered when
    :ivar moves: invoices in turn, then credit notes
    """

    def __init__(self, planner: LinePlanner) -> None:
        self._planner = planner
        self.deliveries = Deliveries(planner.document, planner.posted.keys)
        self._mixes: dict[str, TaxMix] = {}
        self._days: dict[str, date] = {}
        self.moves: list[PlannedMove] = []
        self._block_vouchers()
        for delivery in self.deliveries.invoices:
            self._invoice(delivery)
        turns = {key: turn for turn, key in enumerate(self.deliveries.turns)}
        for refund in sorted(
            planner.document.refunds, key=lambda item: turns.get((EntryKind.CREDIT_NOTE, item.external_id), -1)
        ):
            self._credit(refund)
        if planner.document.cancelled:
            self._credit_rest()

    @property
    def first_day(self) -> date | None:
        """The day of the first invoice."""
        return min(self._days.values(), default=None)

    # === Invoices === #

    def _block_vouchers(self) -> None:
        planner = self._planner
        if redeemed := Vouchers(planner).amount:
            planner.block(
                "voucher_by_shipment",
                f"Order {planner.document.number}: {redeemed} {planner.document.currency} are paid by a voucher that "
                "was taxed when it was sold, and the order is invoiced as it ships: which invoice it pays is not "
                "known.",
                hint="Invoice it by hand, and mark the order as corrected.", amount=redeemed,
                key=planner.document.external_id,
            )  # fmt: skip

    def _invoice(self, delivery: Delivery) -> None:
        planner, on = self._planner, self._planner.day(delivery.at)
        self._days[delivery.external_id] = planner.sold_on = on
        mix = self._mixes[delivery.external_id] = TaxMix(delivery.lines, delivery.rounding)
        lines = [planned for line in delivery.lines for planned in planner.line(line, on)]
        for part in delivery.deductions:
            lines += self._deducted(part, on)
            mix.take(part)
        lines += planner.rounding_of_order(delivery.rounding, on)
        if delivery.left < 0 and mix.gross < 0:
            self._block_negative(delivery, mix.gross)
        if planner.reasons or not lines:
            return
        self.moves.append(
            PlannedMove(
                kind=EntryKind.INVOICE, external_id=delivery.external_id, currency=planner.document.currency,
                date=accounting_date(on, planner.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
                due=due_date(planner.document, planner.policy, on),
                facts=sale_facts((*delivery.lines, *delivery.deductions), delivery.rounding),
                customer_rule=planner.customer_rule(on),
            )
        )  # fmt: skip

    def _deducted(self, part: Line, on: date) -> list[PlannedLine]:
        """What was given back before this delivery, or kept of it."""
        key = "amount_only" if part.gross >= 0 else "withheld"
        what = "Given back before delivery" if part.gross >= 0 else "Withheld from a refund"
        return [
            replace(
                line, net=-line.net, taxes=tuple(replace(tax, amount=-tax.amount) for tax in line.taxes)
            ) for line in adjustment_lines(self._planner, key, what, part, on)
        ]  # fmt: skip

    def _block_negative(self, delivery: Delivery, gross: Decimal) -> None:
        document = self._planner.document
        if not delivery.deductions:
            self._planner.block(
                "delivery_below_zero",
                f"Order {document.number}: the deductions that go with the delivery of "
                f"{self._days[delivery.external_id]} are {-gross} {document.currency} more than its goods.",
                hint="No invoice is below zero. Book it by hand and mark the order as corrected.", amount=-gross,
                key=delivery.external_id,
            )  # fmt: skip
            return
        self._planner.block(
            "refund_before_delivery",
            f"Order {document.number}: {-gross} {document.currency} more was given back before the delivery "
            f"of {self._days[delivery.external_id]} than it is worth.",
            hint="State in the store which lines the refund is of, or book it by hand and mark the order as corrected.",
            amount=-gross, key=delivery.external_id,
        )  # fmt: skip

    # === Credit notes === #

    def _credit(self, refund: Refund) -> None:
        for place, credit in enumerate(self.deliveries.credits.get(refund.external_id, ())):
            note_id = refund.external_id if not place else f"{refund.external_id}@{credit.invoice}"
            part = replace(refund, external_id=note_id, lines=credit.lines)
            self._note(part, credit.amount, credit.invoice, refund_facts(refund) if not place else None)
        if excess := self.deliveries.excess.get(refund.external_id):
            compensate(self._planner, refund, excess)

    def _credit_rest(self) -> None:
        """What no refund credits of an order that is cancelled after it was invoiced."""
        document = self._planner.document
        for place, delivery in enumerate(self.deliveries.invoices):
            mix = self._mixes[delivery.external_id]
            if mix.gross <= 0:
                continue
            cancelled = Refund(
                external_id=CANCELLED if not place else f"{CANCELLED}@{delivery.external_id}", gateway="",
                amount=mix.gross, at=document.cancelled_at or document.updated_at, reason="Cancelled",
                lines=delivery.lines if total([line.gross for line in delivery.lines]) == mix.gross else (),
            )  # fmt: skip
            self._note(cancelled, mix.gross, delivery.external_id, None)

    def _note(self, refund: Refund, amount: Decimal, invoice: str, facts: tuple[object, ...] | None) -> None:
        planner = self._planner
        planner.sold_on = self._days[invoice]
        notes = credit_note(planner, refund, amount, self._mixes[invoice], facts)
        self.moves += [replace(note, reverses=invoice) for note in notes]

    # === Advances === #

    def use_advances(self, payments: Sequence[PlannedPayment]) -> list[PlannedTransfer]:
        """Entries that let each invoice use what it needs of the money that was paid in advance.

        What is left of it when nothing is left to deliver is the customer's.
        """
        early = [payment for payment in payments if payment.advance]
        pools = [_Pool(payment, payment.signed) for payment in early if payment.kind is EntryKind.PAYMENT]
        for given in (payment for payment in early if payment.kind is EntryKind.REFUND_PAYMENT):
            _draw(pools, given.amount)
        found = []
        invoices = [move for move in self.moves if move.kind is EntryKind.INVOICE]
        for move in invoices:
            for payment, taken in _draw(pools, move.total):
                found.append(self._use(payment, taken, move.external_id, max(move.true_date, payment.true_date)))
        keys = {key for key in self._planner.posted.keys if key[0] is EntryKind.ADVANCE_USED}
        for payment, left in _draw(pools, total([pool.left for pool in pools])):
            use = self._use(payment, left, REST, max(self._days.values(), default=payment.true_date))
            if use.key in keys or (invoices and not self.deliveries.unshipped):
                found.append(use)
        return found

    def _use(self, payment: PlannedPayment, amount: Decimal, invoice: str, on: date) -> PlannedTransfer:
        assert payment.advance  # only such are in a pool
        return PlannedTransfer(
            kind=EntryKind.ADVANCE_USED, external_id=f"{payment.kind.value}:{payment.external_id}@{invoice}",
            rule=payment.advance, currency=payment.currency, amount=amount, true_date=on,
            date=accounting_date(on, self._planner.policy.first_open_day),
        )  # fmt: skip


@dataclass(slots=True)
class _Pool:
    """What is left of a payment in advance."""

    payment: PlannedPayment
    left: Decimal


def _draw(pools: list[_Pool], amount: Decimal) -> list[tuple[PlannedPayment, Decimal]]:
    """Take an amount out of what is left of payments, the first one first."""
    taken = []
    for pool in pools:
        if (part := min(pool.left, amount)) > ZERO:
            pool.left -= part
            amount -= part
            taken.append((pool.payment, part))
    return taken
