"""What was found in a sample of a store's orders; see ``survey``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..errors import MappingAmbiguous
from ..mapping.facts import NO_FACTS, Facts
from ..mapping.rulebook import KEY, Rule, Rulebook

#: The order in which findings are listed.
KINDS = (
    "product", "gift_card", "shipping", "fee", "tip", "duty", "donation", "discount", "tax", "marketplace_tax",
    "gateway", "refund_adjustment", "rounding", "advance", "compensation", "payout_fee", "dispute", "dispute_fee",
    "dispute_loss", "reserve", "payout_other",
)  # fmt: skip
#: What every store meets sooner or later, whatever the sample shows.
EXPECTED = ("refund_adjustment", "rounding", "advance", "compensation", "payout_fee", "dispute_loss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What planning asks the rulebook; see ``Rulebook.find``."""

    kind: str
    key: str
    on: date
    facts: Facts = NO_FACTS
    groups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing in the sample that one rule can cover.

    :ivar kind: the kind of rule
    :ivar match_on: what the rule matches on, see ``mapping.Rule``
    :ivar value: the rule's pattern
    :ivar rate: tax rate in percent; None where the store states none, or for what is no tax
    :ivar currency: the rule is limited to it (gateways)
    :ivar country: the rule is limited to it (an untaxed sale that means something else at home)
    :ivar remitter: the rule is limited to it, where it is not the seller
    :ivar included: whether the tax was in the prices; None: both, or not said
    :ivar orders: how many orders it is in
    :ivar lines: how many lines, payments or balance transactions
    :ivar amounts: (currency, amount) pairs
    :ivar samples: numbers of orders it is in
    :ivar examples: store values in a group, or the descriptions of a value
    :ivar rates: tax rates of its lines, of goods and of taxes
    :ivar countries: where they went, empty text where the order does not say
    :ivar customers: who bought, ``business`` or ``consumer``
    :ivar charged: a tax was charged: an amount other than zero
    :ivar is_gift_card: a product that is a gift card by its name
    :ivar asked: the questions that planning asks
    """

    kind: str
    match_on: str = KEY
    value: str = "*"
    rate: Decimal | None = None
    currency: str | None = None
    country: str | None = None
    remitter: str | None = None
    included: bool | None = None
    orders: int = 0
    lines: int = 0
    amounts: tuple[tuple[str, Decimal], ...] = ()
    samples: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    rates: tuple[Decimal | None, ...] = ()
    countries: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    charged: bool = False
    is_gift_card: bool = False
    asked: tuple[Question, ...] = ()

    @property
    def is_all_rates(self) -> bool:
        """Whether it stands for all taxes of a country where they are booked as charged."""
        return self.kind == "tax" and self.value == "*" and self.rate is None and self.country is not None

    def rules(self, rulebook: Rulebook, today: date) -> tuple[Rule, ...]:
        """The rules that book it already; empty unless every question is answered.

        :param today: the day to ask about what the sample did not have
        :raises MappingAmbiguous: never: what two rules fit equally well counts as not covered
        """
        asked = self.asked or (Question(kind=self.kind, key="", on=today),)
        found: dict[Rule, None] = {}
        for question in asked:
            try:
                rule = rulebook.find(question.kind, question.key, question.on, question.facts, question.groups)
            except MappingAmbiguous:
                return ()
            if rule is None:
                return ()
            found[rule] = None
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All findings of a sample.

    :ivar orders: how many orders it has; test orders are left out
    :ivar days: the first and the last day of its orders
    """

    orders: int
    currencies: tuple[str, ...]
    days: tuple[date, date] | None
    findings: tuple[Finding, ...]
