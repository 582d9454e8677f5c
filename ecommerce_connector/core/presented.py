"""An order turned into the currency that its customer paid in, for stores that book in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from .canonical import Discount, Line, Refund, StoreDocument, TaxLine, Tender
from .errors import PayloadError
from .gift_cards import Card
from .presentment import LineAmounts, Presentment, RefundAmounts
from .rounding import ZERO

_HINT = "Let the shop state it, or book the store's orders in the store's currency: on the store's form."


def as_presented(document: StoreDocument) -> StoreDocument:
    """The order in the customer's currency, each amount as the store states it; its own amounts become evidence.

    An order without another currency stays as it is.

    :raises PayloadError: naming the first amount that is not stated; one that is zero need not be
    """
    stated = document.presentment
    if stated is None:
        return document
    try:
        return _Presenter(stated).turn(document)
    except PayloadError as error:
        raise PayloadError(f"order {document.number}, {error.where}", error.problem, hint=error.hint) from None


class _Presenter:
    """Looks up each amount, or names what is missing."""

    def __init__(self, stated: Presentment) -> None:
        self._stated = stated

    def turn(self, document: StoreDocument) -> StoreDocument:
        stated = self._stated
        return replace(
            document, currency=stated.currency, total=self._amount(stated.total, document.total, "total"),
            lines=self._lines(document.lines, stated.lines),
            tenders=tuple(self._tender(tender) for tender in document.tenders),
            refunds=tuple(self._refund(refund) for refund in document.refunds),
            exchange_rate=stated.exchange_rate,
            tax_totals=(),  # the store's summary is in its own currency
            presentment=Presentment(
                currency=document.currency, total=document.total, exchange_rate=document.exchange_rate,
                payments={tender.external_id: tender.amount for tender in document.tenders},
                refunds={refund.external_id: RefundAmounts(amount=refund.amount) for refund in document.refunds},
            ),
        )  # fmt: skip

    def _amount(self, stated: Decimal | None, own: Decimal, where: str) -> Decimal:
        if stated is not None:
            return stated
        if own == ZERO:
            return ZERO
        raise PayloadError(
            where, f"its amount in {self._stated.currency}, in which orders of the store are booked, is not stated",
            hint=_HINT,
        )  # fmt: skip

    def _tender(self, tender: Tender) -> Tender:
        stated = self._stated.payments.get(tender.external_id)
        amount = self._amount(stated, tender.amount, f"payment {tender.external_id}")
        return replace(tender, amount=amount, exchange_rate=None)  # that was of the other currency

    def _refund(self, refund: Refund) -> Refund:
        stated, where = self._stated.refunds.get(refund.external_id, RefundAmounts()), f"refund {refund.external_id}"
        return replace(
            refund, exchange_rate=None, amount=self._amount(stated.amount, refund.amount, where),
            already_reduced=self._amount(stated.already_reduced, refund.already_reduced, f"{where}, already reduced"),
            lines=self._lines(refund.lines, stated.lines, f"{where}, "),
        )  # fmt: skip

    def _lines(self, lines: Sequence[Line], stated: Mapping[str, LineAmounts], within: str = "") -> tuple[Line, ...]:
        return tuple(
            self._line(line, stated.get(line.external_id, LineAmounts()), f"{within}line {line.external_id}")
            for line in lines
        )

    def _line(self, line: Line, stated: LineAmounts, where: str) -> Line:
        taxes = tuple(
            self._tax(tax, _at(stated.taxes, index), f"{where} ({line.key}), tax {tax.code}")
            for index, tax in enumerate(line.taxes)
        )
        discounts = tuple(
            self._discount(part, _at(stated.discounts, index), f"{where} ({line.key}), discount {part.code}")
            for index, part in enumerate(line.discounts)
        )
        discount = sum((part.amount for part in discounts), ZERO) if discounts else stated.discount
        net = self._amount(stated.net, line.net, f"{where} ({line.key}), net")
        return replace(
            line, net=net, taxes=taxes, cards=self._cards(line, net, f"{where} ({line.key})"),
            discount=self._amount(discount, line.discount, f"{where} ({line.key}), discount"), discounts=discounts,
        )  # fmt: skip

    def _cards(self, line: Line, net: Decimal, where: str) -> tuple[Card, ...]:
        """Gift cards of a line: the only one has all of it; what each of several has is stated in one currency only."""
        if len(line.cards) == 1 and line.cards[0].amount is not None:
            return (replace(line.cards[0], amount=net),)
        return tuple(
            replace(card, amount=self._amount(None, card.amount, f"{where}, gift card {card.external_id}"))
            if card.amount is not None
            else card
            for card in line.cards
        )

    def _tax(self, tax: TaxLine, stated: Decimal | None, where: str) -> TaxLine:
        return replace(tax, amount=self._amount(stated, tax.amount, where))

    def _discount(self, part: Discount, stated: Decimal | None, where: str) -> Discount:
        return replace(part, amount=self._amount(stated, part.amount, where))


def _at(amounts: Sequence[Decimal], index: int) -> Decimal | None:
    return amounts[index] if index < len(amounts) else None
