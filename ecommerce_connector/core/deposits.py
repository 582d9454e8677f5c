"""Deposits: an invoice for each payment before the last one, with the taxes of what it pays for.

The final invoice, on the day the order is paid in full, has all lines of the order and deducts the
deposits, so that all invoices together come to the order and to its taxes (case 14). An order that is
cancelled before that has its deposits' invoices only, and what is given back is credited to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from .canonical import Line, MoneyState, StoreDocument, Tender
from .dates import accounting_date
from .lines import ONE, LinePlanner
from .plans import EntryKind, PlannedLine, PlannedMove, plain
from .policy import InvoiceOn
from .rounding import ZERO
from .tax_mix import TaxMix


def paid_in_full(document: StoreDocument) -> Tender | None:
    """The payment with which all of the order is paid; None while something is outstanding."""
    received = ZERO
    for tender in _received(document):
        received += tender.amount
        if received >= document.total:
            return tender
    return None


def _received(document: StoreDocument) -> list[Tender]:
    moved = [tender for tender in document.tenders if tender.state is MoneyState.DONE and tender.amount]
    return sorted(moved, key=lambda tender: (tender.at, tender.external_id))


class Deposits:
    """The deposits of an order: their invoices, and what the final invoice deducts.

    :ivar lines: what the deposits' invoices bill, as lines of a document: a line per group of taxes
    :ivar moves: the invoices
    """

    def __init__(self, planner: LinePlanner) -> None:
        self._planner = planner
        self.lines: list[Line] = []
        self.moves: list[PlannedMove] = []
        self._deductions: list[PlannedLine] = []
        policy, document = planner.policy, planner.document
        if policy.down_payments and policy.invoice_on is InvoiceOn.PAID and document.placed_at and document.lines:
            self._plan(document)

    def _plan(self, document: StoreDocument) -> None:
        last = None if document.cancelled and not self._planner.posted.is_invoiced else paid_in_full(document)
        mix = TaxMix(document.lines, document.unexplained)
        for tender in _received(document):
            if last and (tender.at, tender.external_id) >= (last.at, last.external_id):
                return
            if tender.amount < mix.gross:
                self._invoice(tender, mix)
            elif tender.amount == mix.gross:  # only where it is cancelled: else this would be the last one
                self._add(tender, mix.everything())

    def _invoice(self, tender: Tender, mix: TaxMix) -> None:
        parts = mix.spread(tender.amount, self._planner.document.currency)
        for part in parts:
            mix.take(part)
        self._add(tender, parts)

    def _add(self, tender: Tender, parts: Sequence[Line]) -> None:
        planner, on = self._planner, self._planner.day(tender.at)
        lines = [planned for part in parts for planned in deposit_line(planner, tender.gateway, part, on, "Deposit")]
        if planner.reasons or not lines:
            return
        self.lines += parts
        self._deductions += [_deducted(line, on) for line in lines]
        self.moves.append(
            PlannedMove(
                kind=EntryKind.DOWN_PAYMENT, external_id=tender.external_id, currency=planner.document.currency,
                date=accounting_date(on, planner.policy.first_open_sale_day), true_date=on, lines=tuple(lines),
                facts=(plain(tender.amount), *(_tax_facts(part) for part in parts)),
                customer_rule=planner.customer_rule(on),
            )
        )  # fmt: skip

    @property
    def deductions(self) -> list[PlannedLine]:
        """Lines of the final invoice that take the deposits out of it."""
        return self._deductions

    def block_refunds(self, invoiced_on: date) -> None:
        """A deposit that was given back before the order was paid in full: what is deducted is not known."""
        document = self._planner.document
        for refund in document.refunds if self.moves else ():
            if refund.state is MoneyState.DONE and self._planner.day(refund.at) < invoiced_on:
                self._planner.block(
                    "deposit_given_back",
                    f"Order {document.number}: refund {refund.external_id} of {refund.amount} {document.currency} was "
                    "given back before the order was paid in full; which deposit it is of is not known.",
                    hint="Invoice what is left by hand, and mark the order as corrected.", amount=refund.amount,
                    key=refund.external_id,
                )  # fmt: skip


def deposit_line(planner: LinePlanner, gateway: str, part: Line, on: date, description: str) -> list[PlannedLine]:
    """A part of a deposit on the account of advances, with its taxes; empty if it is blocked."""
    rule = planner.resolve("advance", gateway, on, part.net)
    taxes = planner.taxes(tuple(tax for tax in part.taxes if tax.remitted_by_seller), on)
    marketplace = planner.marketplace_taxes(part, on)
    if rule is None or taxes is None:
        return []
    planned = PlannedLine(
        rule=rule, kind="advance", key=gateway, description=description, quantity=ONE, net=part.net, taxes=taxes
    )
    return [planned, *marketplace]


def _deducted(line: PlannedLine, on: date) -> PlannedLine:
    taxes = tuple(replace(tax, amount=-tax.amount) for tax in line.taxes)
    return replace(line, description=f"Less the deposit of {on}", net=-line.net, taxes=taxes)


def _tax_facts(part: Line) -> tuple[object, ...]:
    return tuple((tax.code, plain(tax.rate), plain(tax.amount), tax.remitted_by_seller) for tax in part.taxes)
