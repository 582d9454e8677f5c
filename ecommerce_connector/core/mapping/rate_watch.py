"""Tax rates that the store charges, against the taxes that rules lead to: what changed without anybody's rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..canonical import StoreDocument
from ..errors import MappingAmbiguous
from ..lines import LinePlanner
from ..policy import Policy
from .rulebook import Rule, Rulebook


@dataclass(slots=True, kw_only=True)
class OtherRate:
    """A rate that the store charges, and that is not the rate of the tax it is booked as.

    :ivar rule: the tax rule that decides
    :ivar charged: by the store, in percent
    :ivar booked: of the tax the rule leads to, in percent
    :ivar since: first day it was charged, among the orders looked at
    :ivar keys: SKUs and shipping methods that bear it
    :ivar orders: how many orders bear it
    """

    rule: Rule
    charged: Decimal
    booked: Decimal
    since: date
    keys: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)


def other_rates(
    documents: Iterable[StoreDocument], rulebook: Rulebook, policy: Policy, tax_rates: Mapping[int, Decimal | None]
) -> list[OtherRate]:
    """Rates charged that differ from those of the taxes they are booked as, by rule and rate.

    Taxes that stand for many rates (a sales tax "as charged") have none and are never named.

    :param tax_rates: rate in percent of each tax that rules lead to; None: it has none of its own
    """
    found: dict[tuple[int, Decimal], OtherRate] = {}
    for document in documents:
        planner = LinePlanner(document, rulebook, policy)
        on = planner.day(document.placed_at or document.updated_at)
        for line in document.lines:
            for tax in line.taxes:
                if tax.rate is None or not tax.amount or not tax.remitted_by_seller:
                    continue
                try:
                    rule = rulebook.find("tax", tax.code, on, planner.tax_facts(tax))
                except MappingAmbiguous:
                    continue  # told when the order is planned
                booked = tax_rates.get(rule.target.tax) if rule and rule.target.tax else None
                if rule is None or booked is None or booked == tax.rate:
                    continue
                item = found.setdefault(
                    (rule.id, tax.rate), OtherRate(rule=rule, charged=tax.rate, booked=booked, since=on)
                )
                item.since = min(item.since, on)
                item.keys.add(line.key)
                item.orders.add(document.external_id)
    return sorted(found.values(), key=lambda item: (item.rule.id, item.charged))
