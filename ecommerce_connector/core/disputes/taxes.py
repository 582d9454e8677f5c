"""The tax in what is lost, in the proportion of the order's entries as they are booked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..rounding import ZERO, allocate, total


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTax:
    """What is booked of one tax.

    :ivar tax: the shell's id of it
    """

    tax: int
    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTaxes:
    """What an order's invoices less its credit notes come to, as booked, in the order's currency.

    :ivar bases: (ids of the taxes that are charged on it, net) pairs
    :ivar refused: why no relief can be booked although there are taxes; empty if it can
    """

    bases: tuple[tuple[tuple[int, ...], Decimal], ...]
    taxes: tuple[BookedTax, ...] = ()
    refused: str = ""

    @property
    def total(self) -> Decimal:
        """All of it."""
        return total([net for _taxes, net in self.bases]) + total([tax.amount for tax in self.taxes])

    @property
    def is_one_sided(self) -> bool:
        """Whether an amount can be spread over it."""
        parts = [net for _taxes, net in self.bases] + [tax.amount for tax in self.taxes]
        return self.total > ZERO and all(part >= ZERO for part in parts)

    def split(self, amount: Decimal, unit: Decimal) -> BookedTaxes:
        """An amount with tax, split as these are; the parts sum to it exactly (largest remainder).

        :param amount: in any currency, a multiple of ``unit``
        :raises ValueError: if these are not one-sided
        """
        weights = [net for _taxes, net in self.bases] + [tax.amount for tax in self.taxes]
        shares = allocate(amount, weights, unit)
        count = len(self.bases)
        return BookedTaxes(
            bases=tuple((taxes, share) for (taxes, _net), share in zip(self.bases, shares[:count], strict=True)),
            taxes=tuple(
                BookedTax(tax=tax.tax, label=tax.label, amount=share)
                for tax, share in zip(self.taxes, shares[count:], strict=True)
            ),
        )

    def base_of(self, tax: int) -> Decimal:
        """What a tax is charged on."""
        return total([net for taxes, net in self.bases if tax in taxes])
