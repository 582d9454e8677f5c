"""The amounts of an order in its other currency: what the customer saw, where the store keeps its books in its own.

Shopify calls them presentment money and shop money. One of the two is the order's currency, in which it is booked; the
other is evidence: a processor's report may state either. What a store does not state is absent here; nothing is ever
computed from a rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .errors import PayloadError
from .field_checks import check_amount, check_currency, check_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAmounts:
    """One line; its discounts and taxes stand in the order of the line's own, or are empty."""

    net: Decimal | None = None
    discount: Decimal | None = None
    discounts: tuple[Decimal, ...] = ()
    taxes: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAmounts:
    """One refund; positive, like the refund's own amounts."""

    amount: Decimal | None = None
    already_reduced: Decimal | None = None
    lines: Mapping[str, LineAmounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentment:
    """What of an order is stated in its other currency.

    :ivar currency: ISO 4217, another one than the order's
    :ivar exchange_rate: units of it for one of the company's currency on the order's day
    :ivar lines: line id → its amounts
    :ivar payments: payment id → its amount
    :ivar refunds: refund id → its amounts
    """

    currency: str
    total: Decimal | None = None
    exchange_rate: Decimal | None = None
    lines: Mapping[str, LineAmounts] = field(default_factory=dict)
    payments: Mapping[str, Decimal] = field(default_factory=dict)
    refunds: Mapping[str, RefundAmounts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_currency("presentment, currency", self.currency)
        self._check("total", self.total)
        check_rate("presentment, exchange rate", self.exchange_rate)
        for external_id, amount in self.payments.items():
            self._check(f"payment {external_id}", amount)
        self._check_lines(self.lines)
        for external_id, refund in self.refunds.items():
            self._check(f"refund {external_id}, amount", refund.amount)
            self._check(f"refund {external_id}, already reduced", refund.already_reduced)
            self._check_lines(refund.lines, f"refund {external_id}, ")

    def _check_lines(self, lines: Mapping[str, LineAmounts], within: str = "") -> None:
        for external_id, line in lines.items():
            for name, amounts in (
                ("net", (line.net,)), ("discount", (line.discount,)), ("discounts", line.discounts),
                ("taxes", line.taxes),
            ):  # fmt: skip
                for amount in amounts:
                    self._check(f"{within}line {external_id}, {name}", amount)

    def _check(self, where: str, amount: Decimal | None) -> None:
        if amount is not None:
            check_amount(f"presentment, {where}", amount, self.currency)

    def check_currency_differs(self, currency: str) -> None:
        """Refuse the order's own currency: then there are two statements of one amount."""
        if self.currency == currency:
            raise PayloadError("presentment, currency", f"it is {currency} like the order's")
