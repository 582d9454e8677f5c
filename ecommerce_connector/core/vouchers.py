"""Single-purpose vouchers: taxed when they are sold, so that what they pay for is not taxed again.

The invoice has the order's lines with their taxes, and deducts the voucher with the tax that was due when it was
sold: Dr liability, Dr tax. What is left of the tax is that of the rest of the order. A refund to a voucher gives
back the other way round. The rules of kind ``voucher`` say which gateways these are; one that is limited to a tax
rate is for vouchers that were taxed at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .canonical import Line, LineKind, MoneyState, Refund, StoreDocument, TaxLine, Tender
from .gift_cards import shares
from .lines import ONE, LinePlanner
from .mapping.rulebook import Rule
from .plans import PlannedLine, plain
from .rounding import ZERO, total
from .tax_mix import TaxMix

VOUCHER = "voucher"
_Taxes = tuple[TaxLine, ...]


def is_voucher(planner: LinePlanner, gateway: str, on: date) -> bool:
    """Whether a gateway stands for vouchers that were taxed when they were sold."""
    rates = planner.rulebook.rates(VOUCHER)
    return any(planner.find(VOUCHER, gateway, on, facts=replace(planner.facts, rate=rate)) for rate in rates)


@dataclass(frozen=True, slots=True)
class _Goods:
    """What of an order a voucher can pay for."""

    rule: Rule
    lines: tuple[Line, ...]


class Vouchers:
    """The vouchers that pay for an order, as lines of its invoice.

    :ivar redeemed: payments by voucher whose value was taken
    """

    def __init__(self, planner: LinePlanner) -> None:
        self._planner = planner
        self.redeemed = tuple(_by_voucher(planner, planner.document.tenders))

    @property
    def amount(self) -> Decimal:
        """What they pay for, with tax."""
        return total([tender.amount for tender in self.redeemed])

    @property
    def facts(self) -> tuple[object, ...]:
        """What the store says of them; nothing without vouchers."""
        return tuple((VOUCHER, tender.gateway, plain(tender.amount)) for tender in self.redeemed)

    def deductions(self) -> list[PlannedLine]:
        """Lines of the invoice that take the vouchers out of it, with their tax."""
        planner, planned = self._planner, []
        mixes: dict[_Taxes, TaxMix] = {}
        for tender in self.redeemed:
            on = planner.day(tender.at)
            goods = _goods(planner, tender, on)
            if goods is None:
                continue
            mix = mixes.setdefault(_bare(goods.lines[0].taxes), TaxMix(goods.lines))
            if tender.amount > mix.gross:
                _block_above(planner, tender, mix.gross)
                continue
            for part in mix.spread(tender.amount, _currency(planner)):
                mix.take(part)
                planned += _line(planner, goods.rule, tender, part, on)
        return planned


def given_back(planner: LinePlanner, refund: Refund, lines: Sequence[PlannedLine], on: date) -> list[PlannedLine]:
    """What takes a refund to a voucher out of its credit note: the value is on the voucher again, and its tax with it.

    The mirror of what the note credits, so nothing is left of either.
    """
    if not lines or not is_voucher(planner, refund.gateway, on):
        return []
    taxes = {tuple((tax.rule.id, tax.code, tax.rate) for tax in line.taxes) for line in lines if line.taxes}
    gross = total([line.gross for line in lines])
    rate = next((line.taxes[0].rate for line in lines if len(line.taxes) == 1), None)
    rule = _rule_at(planner, refund.gateway, on, rate)
    if len(taxes) > 1 or rule is None or gross != refund.amount:
        _block_unclear(planner, f"refund {refund.external_id}", refund.amount, refund.external_id)
        return []
    own = next((line.taxes for line in lines if line.taxes), ())
    sums = [total([line.taxes[at].amount for line in lines if line.taxes]) for at in range(len(own))]
    net = total([line.net for line in lines])
    cards = shares((refund.card,), -net, -gross, _currency(planner)) if refund.card else ()
    return [
        PlannedLine(
            rule=rule, kind=VOUCHER, key=refund.gateway, description="Given back on a voucher", quantity=ONE, net=-net,
            taxes=tuple(replace(tax, amount=-amount) for tax, amount in zip(own, sums, strict=True)), cards=cards,
        )
    ]  # fmt: skip


def kept_by_voucher(planner: LinePlanner) -> Decimal:
    """What vouchers paid of an order and was not given back on them, booked or not: none of it is money."""
    paid = _by_voucher(planner, planner.document.tenders)
    back = _by_voucher(planner, planner.document.refunds)
    return total([tender.amount for tender in paid]) - total([refund.amount for refund in back])


def block_kept(planner: LinePlanner) -> bool:
    """A cancelled order whose vouchers were not given back: what is credited would be the customer's money."""
    document, kept = planner.document, kept_by_voucher(planner)
    if kept <= 0:
        return False
    planner.block(
        "voucher_not_given_back",
        f"Order {document.number}: it is cancelled, but {kept} {document.currency} that a voucher paid was not given "
        "back on it.",
        hint="Give it back in the store, so that the voucher has its value again.", amount=kept,
        key=document.external_id,
    )  # fmt: skip
    return True


def block_deposits(planner: LinePlanner, vouchers: Vouchers) -> None:
    """An order with invoices of deposits and a voucher: which of them bears which tax is not known."""
    document = planner.document
    planner.block(
        "voucher_with_deposits",
        f"Order {document.number}: {vouchers.amount} {document.currency} are paid by voucher, and deposits of it are "
        "invoiced.",
        hint="Invoice it by hand, and mark the order as corrected.", amount=vouchers.amount, key=document.external_id,
    )  # fmt: skip


def _by_voucher(planner: LinePlanner, all_money: Iterable[Tender | Refund]) -> list[Tender | Refund]:
    if not planner.rulebook.rates(VOUCHER):
        return []
    moved = [money for money in all_money if money.state is MoneyState.DONE and money.amount]
    moved.sort(key=lambda money: (money.at, money.external_id))
    return [money for money in moved if is_voucher(planner, money.gateway, planner.day(money.at))]


def _goods(planner: LinePlanner, tender: Tender | Refund, on: date) -> _Goods | None:
    """The lines that a voucher can pay for: those that bear its tax; None if that is not clear, and it blocks."""
    groups: dict[_Taxes, list[Line]] = {}
    for line in planner.document.lines:
        if line.kind is not LineKind.GIFT_CARD and all(tax.remitted_by_seller for tax in line.taxes):
            groups.setdefault(_bare(line.taxes), []).append(line)
    # Goods without a tax are what a voucher pays for only if nothing of the order bears one.
    taxed = {taxes: lines for taxes, lines in groups.items() if any(line.tax for line in lines)} or groups
    found = []
    for taxes, lines in taxed.items():
        rule = _rule_at(planner, tender.gateway, on, taxes[0].rate if len(taxes) == 1 else None)
        if rule:
            found.append(_Goods(rule, tuple(lines)))
    if len(found) == 1:
        return found[0]
    _block_unclear(planner, f"payment {tender.external_id}", tender.amount, tender.external_id)
    return None


def _rule_at(planner: LinePlanner, gateway: str, on: date, rate: Decimal | None) -> Rule | None:
    return planner.find(VOUCHER, gateway, on, facts=replace(planner.facts, rate=rate))


def _line(planner: LinePlanner, rule: Rule, tender: Tender | Refund, part: Line, on: date) -> list[PlannedLine]:
    taxes = planner.taxes(part.taxes, on)
    if taxes is None:
        return []
    cards = shares((tender.card,), -part.net, -part.gross, _currency(planner)) if tender.card else ()
    return [
        PlannedLine(
            rule=rule, kind=VOUCHER, key=tender.gateway, description="Paid by a voucher", quantity=ONE, net=-part.net,
            taxes=tuple(replace(tax, amount=-tax.amount) for tax in taxes), cards=cards,
        )
    ]  # fmt: skip


def _bare(taxes: _Taxes) -> _Taxes:
    return tuple(replace(tax, amount=ZERO) for tax in taxes)


def _currency(planner: LinePlanner) -> str:
    return planner.document.currency


def _order(document: StoreDocument) -> str:
    return f"Order {document.number}"


def _block_above(planner: LinePlanner, tender: Tender | Refund, left: Decimal) -> None:
    planner.block(
        "voucher_above_goods",
        f"{_order(planner.document)}: payment {tender.external_id} of {tender.amount} {_currency(planner)} is by "
        f"voucher, but only {left} of the order bear the voucher's tax.",
        hint="Check in the store what the voucher paid for; limit the voucher rule to the tax rate it was sold at.",
        amount=tender.amount - left, key=tender.external_id,
    )  # fmt: skip


def _block_unclear(planner: LinePlanner, what: str, amount: Decimal, key: str) -> None:
    planner.block(
        "voucher_tax_unclear",
        f"{_order(planner.document)}: {what} of {amount} {_currency(planner)} is by voucher, and which tax was due "
        "when the voucher was sold is not clear from the order.",
        hint="Limit the voucher rule to the tax rate that these vouchers were sold at.", amount=amount, key=key,
    )  # fmt: skip
