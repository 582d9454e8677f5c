"""Countries whose taxes are booked as charged, on one tax, instead of one per rate.

In the United States a store charges the rates of states, counties, cities and districts: hundreds,
and others next quarter. A tax of Odoo for each would say nothing that the store's own report by
jurisdiction does not say better. Elsewhere a rate is what a tax return asks for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

#: The tax that stands for all rates of such a country, and what it is called on invoices.
AS_CHARGED, ON_INVOICES = "Sales tax as charged by the store", "Sales tax"
#: Different rates in one country from which they are many. No value added tax has as many: Canada, whose provinces
#: have their own, comes to eight.
MANY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyRates:
    """A store's policy.

    :ivar countries: ISO 3166 codes of those whose taxes are booked as charged in any case
    :ivar by_count: so are those of every other country with many rates
    """

    countries: frozenset[str] = frozenset()
    by_count: bool = True

    def among(self, charged: Iterable[tuple[str, Decimal | None]]) -> frozenset[str]:
        """The countries whose taxes are booked as charged.

        :param charged: (destination, rate) of taxes with an amount. One without a destination is never booked as
            charged: a rule for a country could not cover it
        """
        rates: defaultdict[str, set[Decimal]] = defaultdict(set)
        for country, rate in charged:
            if country and rate:
                rates[country].add(rate)
        many = {country for country, found in rates.items() if self.by_count and len(found) >= MANY}
        return self.countries | many
