"""A marketplace that is the supplier by law: what it charges as tax is between it and the customer.

In the European Union, and elsewhere, a marketplace can be deemed to buy the goods and to sell them on.
The seller's sale is then to the marketplace, without tax, and what the marketplace pays for it is the
price without tax (case 28b). So the tax is taken out of the document before anything is planned; a
marketplace that only collects the tax for the seller's sale is another matter (case 26).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from .canonical import Line, MoneyState, Refund, Remitter, StoreDocument, Tender
from .errors import PayloadError
from .rounding import ZERO, total


def as_supplied(document: StoreDocument) -> StoreDocument:
    """The order as a sale to the marketplace: without the tax that the marketplace remits.

    The tax is taken out of the payments, the latest first, and out of each refund that lists it.

    :raises PayloadError: if what was paid or given back is less than the tax in it
    """
    taken = _remitted(document.lines)
    refunds = tuple(_without_tax(document, refund) for refund in document.refunds)
    if not taken and refunds == document.refunds:
        return document
    return replace(
        document, lines=_untaxed(document.lines), total=document.total - taken, refunds=refunds,
        tenders=_paid_without(document, taken), tax_totals=(), presentment=None,
    )  # fmt: skip


def _remitted(lines: Sequence[Line]) -> Decimal:
    return total([tax.amount for line in lines for tax in line.taxes if tax.remitter is Remitter.MARKETPLACE])


def _untaxed(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(
        replace(line, taxes=tuple(tax for tax in line.taxes if tax.remitter is not Remitter.MARKETPLACE))
        for line in lines
    )


def _paid_without(document: StoreDocument, tax: Decimal) -> tuple[Tender, ...]:
    """The payments less the tax; what is not paid yet lowers it last."""
    outstanding = max(document.total - document.captured, ZERO)
    left = max(tax - outstanding, ZERO) if document.captured else ZERO
    paid: dict[str, Tender] = {}
    for tender in sorted(document.tenders, key=lambda tender: (tender.at, tender.external_id), reverse=True):
        part = min(left, tender.amount) if tender.state is MoneyState.DONE else ZERO
        left -= part
        paid[tender.external_id] = replace(tender, amount=tender.amount - part)
    return tuple(paid[tender.external_id] for tender in document.tenders)


def _without_tax(document: StoreDocument, refund: Refund) -> Refund:
    tax = _remitted(refund.lines)
    if not refund.lines and refund.amount:  # an amount alone gives back the order's own share of tax
        worth, charged = document.total, _remitted(document.lines)
        if charged and refund.amount != worth:
            raise PayloadError(
                f"order {document.number}, refund {refund.external_id}",
                f"it gives back {refund.amount} without lines, and the marketplace is the supplier: how much of it is "
                "the marketplace's tax is not known",
                hint="Give the lines of the refund.",
            )
        tax = charged
    if tax > refund.amount:
        raise PayloadError(
            f"order {document.number}, refund {refund.external_id}",
            f"it gives back {refund.amount}, less than the tax of {tax} in its lines",
        )
    return replace(refund, lines=_untaxed(refund.lines), amount=refund.amount - tax)
