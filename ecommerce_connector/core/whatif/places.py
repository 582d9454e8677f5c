"""Where a planned entry counts in the books: its lines and taxes on accounts, and the customer's side.

Amounts are credit minus debit: revenue, tax owed and a customer's credit are positive; a refund of
them, money received and what a customer owes are negative. All places of an entry come to zero.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from ..currencies import unit
from ..mapping.rulebook import Target
from ..plans import EntryKind, OrderPlan, PlannedEntry, PlannedLine, PlannedMove, PlannedPayment, PlannedTransfer, plain
from ..rounding import ZERO, quantize

#: Parts of one sum in document currency -> the same in company currency.
Convert = Callable[[Sequence[Decimal]], list[Decimal]]
#: What was sold: the Odoo product's id, else the kind and the store's name of it.
Sold = int | tuple[str, str]
#: The account of the customer: which one it is, the contact says, or a customer rule.
CUSTOMER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Items that agree in all of it can be added up.

    :ivar account: id; ``CUSTOMER`` for the contact's own receivable account
    :ivar is_customer: the customer's side of the entry, whatever account a rule gives it
    :ivar tax: of a tax item, the tax's id; 0 for any other item
    :ivar taxes: of what it is the base
    :ivar product: id of the Odoo product, 0 for none
    :ivar analytic: (analytic account ids, percent as text) pairs
    """

    account: int
    is_customer: bool = False
    tax: int = 0
    taxes: tuple[int, ...] = ()
    product: int = 0
    analytic: tuple[tuple[str, str], ...] = ()

    @property
    def all_taxes(self) -> tuple[int, ...]:
        """The taxes whose report it is in."""
        return (self.tax,) if self.tax else self.taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one planned line, tax or payment adds to the books.

    :ivar amount: in document currency, credit positive
    :ivar company: the same in company currency; zero where no rate is known
    :ivar sold: None for what is no line: the customer's side, and money
    """

    place: Place
    amount: Decimal
    company: Decimal
    sold: Sold | None = None


class Ledger(Protocol):
    """What the core cannot know of the accounts that plans lead to."""

    def tax_shares(self, tax: int, *, is_refund: bool) -> Sequence[tuple[int, Decimal]]:
        """(account, share) pairs of a tax's items; account 0: that of the line which is taxed."""

    def clearing_account(self, processor_account: int) -> int:
        """The account on which a processor account's payments are booked."""

    def converter(self, currency: str, on: datetime.date) -> Convert | None:
        """Into company currency, at the rate of a day; None if there is no rate."""


def customer_account(plan: OrderPlan) -> int:
    """The account that a customer rule gives to all entries of an order; ``CUSTOMER`` if none does."""
    ruled = (move.customer_rule.target.account for move in plan.moves if move.customer_rule)
    return next(ruled, None) or CUSTOMER


def entry_items(entry: PlannedEntry, ledger: Ledger, customer: int = CUSTOMER) -> list[Item]:
    """The items of an entry, in the order of its lines; they come to zero.

    :param customer: see ``customer_account``
    """
    place = Place(account=customer, is_customer=True)
    if isinstance(entry, PlannedPayment):
        return _payment_items(entry, ledger, place)
    if isinstance(entry, PlannedTransfer):
        return _transfer_items(entry, ledger, place)
    items = list(_line_items(entry, ledger))
    amount, company = (
        sum(values, ZERO) for values in zip(*((item.amount, item.company) for item in items), strict=True)
    )
    return [*items, Item(place=place, amount=-amount, company=-company)]


def _payment_items(payment: PlannedPayment, ledger: Ledger, customer: Place) -> list[Item]:
    convert = ledger.converter(payment.currency, payment.true_date)
    amount, company = payment.signed, convert([payment.signed])[0] if convert else ZERO
    clearing = Place(account=ledger.clearing_account(payment.rule.target.processor_account or 0))
    if payment.advance:
        customer = Place(account=payment.advance.target.account or CUSTOMER, is_customer=True)
    return [
        Item(place=clearing, amount=-amount, company=-company),
        Item(place=customer, amount=amount, company=company),
    ]


def _transfer_items(transfer: PlannedTransfer, ledger: Ledger, customer: Place) -> list[Item]:
    convert = ledger.converter(transfer.currency, transfer.true_date)
    amount, company = transfer.amount, convert([transfer.amount])[0] if convert else ZERO
    account = Place(account=transfer.rule.target.account or CUSTOMER)
    return [
        Item(place=account, amount=-amount, company=-company),
        Item(place=customer, amount=amount, company=company),
    ]


def _line_items(move: PlannedMove, ledger: Ledger) -> Iterator[Item]:
    is_refund = move.kind is EntryKind.CREDIT_NOTE
    sign = -1 if is_refund else 1
    convert = ledger.converter(move.currency, move.true_date)
    nets, taxes = _in_company_currency(move, convert)
    step = unit(move.currency)
    for index, line in enumerate(move.lines):
        target, sold = line.rule.target, _sold(line)
        ids = tuple(sorted({tax.rule.target.tax or 0 for tax in line.taxes}))
        yield Item(place=_base_place(target, ids), amount=sign * line.net, company=sign * nets[index], sold=sold)
        for at, tax in enumerate(line.taxes):
            tax_id = tax.rule.target.tax or 0
            shares = ledger.tax_shares(tax_id, is_refund=is_refund)
            amounts, company = _shared(tax.amount, shares, step), _shared(taxes[index, at], shares, step)
            for (account, _share), amount, balance in zip(shares, amounts, company, strict=True):
                place = Place(account=account or target.account or CUSTOMER, tax=tax_id)
                yield Item(place=place, amount=sign * amount, company=sign * balance, sold=sold)


def _base_place(target: Target, taxes: tuple[int, ...]) -> Place:
    analytic = tuple((ids, plain(Decimal(percent))) for ids, percent in target.analytic)
    return Place(account=target.account or CUSTOMER, taxes=taxes, product=target.product or 0, analytic=analytic)


def _shared(amount: Decimal, shares: Sequence[tuple[int, Decimal]], step: Decimal) -> list[Decimal]:
    """The parts of a tax; the first takes what rounding leaves, so that they come to all of it."""
    if len(shares) == 1:
        return [amount]
    parts = [quantize(amount * share, step) for _account, share in shares]
    parts[0] += quantize(amount * sum(share for _account, share in shares), step) - sum(parts)
    return parts


def _sold(line: PlannedLine) -> Sold:
    return line.rule.target.product or (line.kind, line.key)


def _in_company_currency(
    move: PlannedMove, convert: Convert | None
) -> tuple[list[Decimal], dict[tuple[int, int], Decimal]]:
    """Nets per line and taxes per (line, place in the line), each sum converted as a whole like the entry's."""
    if convert is None:
        return [ZERO] * len(move.lines), defaultdict(Decimal)
    by_tax: dict[int | None, list[tuple[int, int, Decimal]]] = {}
    for index, line in enumerate(move.lines):
        for at, tax in enumerate(line.taxes):
            by_tax.setdefault(tax.rule.target.tax, []).append((index, at, tax.amount))
    taxes = {}
    for rows in by_tax.values():
        converted = convert([amount for _index, _at, amount in rows])
        taxes.update({(index, at): value for (index, at, _amount), value in zip(rows, converted, strict=True)})
    return convert([line.net for line in move.lines]), taxes
