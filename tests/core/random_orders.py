"""Random orders and refunds for property tests; the same on every machine and in every run."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from builders import at
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ecommerce_connector.core.canonical import (
    Line,
    LineKind,
    MoneyState,
    Refund,
    Remitter,
    StoreDocument,
    TaxLine,
    Tender,
)
from ecommerce_connector.core.currencies import unit

#: No database, no clock: what fails in CI fails here.
stable = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    max_examples=1000 if os.environ.get("EC_TEST_FULL") else 50,
)  # fmt: skip

CURRENCIES = ("EUR", "JPY", "KWD")
#: (code, rate) of the taxes that a line can bear together.
TAXES = (
    (),
    (("VAT", "20"),),
    (("VAT", "5.5"),),
    (("VAT", "0"),),
    (("State", "4"), ("City", "4.875")),
    (("GST", "5"), ("QST", "9.5")),
)
#: Taxes that are charged on the net and on the taxes before them.
ON_TAXES = frozenset({"QST"})
MARKETPLACE = (("Marketplace", "8.25"),)
KINDS = (LineKind.PRODUCT, LineKind.PRODUCT, LineKind.SHIPPING, LineKind.FEE, LineKind.TIP, LineKind.GIFT_CARD)


def money(draw, currency: str, low: int = 0, high: int = 50_000) -> Decimal:
    """A whole number of the currency's units."""
    return draw(st.integers(low, high)) * unit(currency)


@st.composite
def lines(draw, currency: str, number: int, marketplace: bool = False) -> Line:
    """A line whose taxes the store rounded somehow; one in six is a credit within the sale."""
    step = unit(currency)
    net = money(draw, currency) * draw(st.sampled_from((1, 1, 1, 1, 1, -1)))
    taxes = []
    for code, rate in MARKETPLACE if marketplace else draw(st.sampled_from(TAXES)):
        base = net + (sum(tax.amount for tax in taxes) if code in ON_TAXES else 0)
        exact = (base * Decimal(rate) / 100).quantize(step, ROUND_HALF_UP)
        off = step * draw(st.sampled_from((-1, 0, 0, 0, 1))) if exact else 0
        taxes.append(
            TaxLine(
                code=code,
                rate=Decimal(rate),
                amount=exact + off,
                remitter=Remitter.MARKETPLACE if marketplace else Remitter.SELLER,
            )
        )
    return Line(
        external_id=f"line-{number}", kind=draw(st.sampled_from(KINDS)) if net >= 0 else LineKind.FEE,
        key=f"SKU-{draw(st.integers(1, 4))}", description="something", quantity=Decimal(draw(st.integers(1, 9))),
        net=net, discount=money(draw, currency, high=500), taxes=tuple(taxes),
    )  # fmt: skip


@st.composite
def orders(draw, most_off: int = 0, refundable: bool = False) -> StoreDocument:
    """An order paid by one to three tenders, not always in full.

    :param most_off: units by which the store's total may differ from its lines
    :param refundable: paid in full
    """
    currency = draw(st.sampled_from(CURRENCIES))
    sold = [draw(lines(currency, number)) for number in range(draw(st.integers(1, 6)))]
    if draw(st.booleans()):
        sold.append(draw(lines(currency, len(sold), marketplace=True)))
    total = sum((line.gross for line in sold), Decimal(0)) + unit(currency) * draw(st.integers(-most_off, most_off))
    if total <= 0:  # more credits than goods: one line more
        missing = 100 * unit(currency) - total
        sold.append(
            Line(
                external_id="more", kind=LineKind.PRODUCT, key="SKU-9", description="", quantity=Decimal(1), net=missing
            )
        )
        total += missing
    paid = total if refundable else total * draw(st.sampled_from((1, 1, 2))) - money(draw, currency, high=100)
    tenders = draw(_tenders(currency, max(paid, unit(currency))))
    return StoreDocument(
        external_id="77", number="S-77", currency=currency, placed_at=at("2026-03-01 09:00"),
        updated_at=at("2026-06-01 09:00"), lines=tuple(sold), total=total, tenders=tenders,
    )  # fmt: skip


@st.composite
def _tenders(draw, currency: str, paid: Decimal) -> tuple[Tender, ...]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        amount = min(paid, money(draw, currency, low=1)) if number < 2 else paid
        found.append(_tender(draw, number, amount))
        paid -= amount
    if paid:
        found.append(_tender(draw, 9, paid))
    found.append(
        replace(found[0], external_id="never", state=draw(st.sampled_from((MoneyState.FAILED, MoneyState.VOIDED))))
    )
    return tuple(tender for tender in found if tender.amount)


def _tender(draw, number: int, amount: Decimal) -> Tender:
    when = at("2026-03-01 09:05") + timedelta(minutes=draw(st.integers(0, 5000)))
    gateway = draw(st.sampled_from(("card", "gift card")))
    return Tender(external_id=f"pay-{number}", gateway=gateway, amount=amount, at=when)


# === REFUNDS === #


@dataclass
class _Left:
    """What of an order can still be given back."""

    lines: dict[str, Line]
    amount: Decimal

    def part(self, draw, currency: str) -> Line | None:
        """Part of a line, or the rest of it; never more than is left of its net and taxes."""
        candidates = [line for line in self.lines.values() if 0 < line.gross <= self.amount and line.net > 0]
        if not candidates:
            return None
        line = draw(st.sampled_from(candidates))
        if draw(st.booleans()):
            line = replace(
                line, net=draw(_up_to(line.net, currency)),
                taxes=tuple(replace(tax, amount=draw(_up_to(tax.amount, currency))) for tax in line.taxes),
            )  # fmt: skip
        return replace(line, quantity=Decimal(1), discount=Decimal(0)) if line.gross else None

    def take(self, lines: list[Line], amount: Decimal) -> None:
        for line in lines:
            left = self.lines[line.external_id]
            taxes = [replace(a, amount=a.amount - b.amount) for a, b in zip(left.taxes, line.taxes, strict=True)]
            self.lines[line.external_id] = replace(left, net=left.net - line.net, taxes=tuple(taxes))
        self.amount -= amount


def _up_to(most: Decimal, currency: str) -> st.SearchStrategy[Decimal]:
    if most <= 0:
        return st.just(most)
    return st.integers(0, int(most / unit(currency))).map(lambda count: count * unit(currency))


@st.composite
def refunded_orders(draw, kinds: tuple[str, ...] = ("lines", "amount", "mixed"), whole: bool = False) -> StoreDocument:
    """A paid order with up to five refunds, each within what is left of it.

    :param whole: a last refund gives back all that is left
    """
    document = draw(orders(most_off=3, refundable=True))
    currency = document.currency
    left = _Left({line.external_id: line for line in document.lines}, document.total)
    refunds = []
    for number in range(draw(st.integers(0 if whole else 1, 5))):
        kind = draw(st.sampled_from(kinds))
        part = None if kind == "amount" else left.part(draw, currency)
        credited = [part] if part else []
        gross = part.gross if part else Decimal(0)
        if not part and "amount" not in kinds:
            continue
        extra = Decimal(0)
        if kind != "lines":  # more than the lines, or less: something is withheld
            low, high = (-int(gross / unit(currency)), int((left.amount - gross) / unit(currency)))
            extra = draw(st.integers(low if kind == "mixed" else 0, high)) * unit(currency)
        refunds.append(_refund(draw, number, currency, gross + extra, credited))
        left.take(credited, gross + extra)
    if whole:
        refunds.append(_refund(draw, 8, currency, left.amount, []))
    return replace(document, refunds=tuple(refunds))


def _refund(draw, number: int, currency: str, amount: Decimal, credited: list[Line]) -> Refund:
    reduced = money(draw, currency, high=500) if draw(st.booleans()) else Decimal(0)
    return Refund(
        external_id=f"ref-{number}", gateway="card", amount=amount + reduced, already_reduced=reduced,
        at=at("2026-04-01 10:00") + timedelta(days=number), lines=tuple(credited),
    )  # fmt: skip
