"""Lines of an order or a refund → planned lines, with the rule that decides each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from .canonical import Line, LineKind, StoreDocument, TaxLine
from .dates import local_date
from .days import said
from .discounts import Contra, contra_lines
from .errors import MappingAmbiguous, MappingMissing
from .gift_cards import shares
from .mapping.facts import BUSINESS, CONSUMER, Facts
from .mapping.rulebook import Rule, Rulebook
from .plans import PlannedLine, PlannedTax, PlannedTransfer
from .policy import Policy
from .posted import NOTHING, Posted
from .reasons import Reason

ONE = Decimal(1)
_Groups = tuple[tuple[str, str], ...]


class LinePlanner:
    """Finds the rules of an order's lines and collects the reasons where there are none."""

    def __init__(self, document: StoreDocument, rulebook: Rulebook, policy: Policy, posted: Posted = NOTHING) -> None:
        self.document = document
        self.posted = posted
        self.rulebook = rulebook
        self.policy = policy
        place = document.customer.destination
        #: What every question of this order shares.
        self.facts = Facts(
            currency=document.currency, country=place.country or None, state=place.state.upper() or None,
            customer=BUSINESS if document.customer.is_business else CONSUMER,
        )  # fmt: skip
        #: The day whose tax rules hold: a refund gives back the taxes of the sale, whatever rules hold by then.
        self.sold_on: date | None = None
        self.reasons: list[Reason] = []
        self.notices: list[Reason] = []
        self.transfers: list[PlannedTransfer] = []

    def day(self, at: datetime) -> date:
        """The local day of an instant."""
        return local_date(at, self.policy.zone)

    def block(
        self, code: str, message: str, *, hint: str, amount: Decimal | None = None, key: str | None = None
    ) -> None:
        """Add a reason why nothing of this order can be booked."""
        self.reasons.append(Reason(code=code, message=message, hint=hint, amount=amount, key=key))

    def notice(
        self, code: str, message: str, *, hint: str = "", amount: Decimal | None = None, key: str | None = None
    ) -> None:
        """Add something a person should know."""
        self.notices.append(Reason(code=code, message=message, hint=hint, amount=amount, key=key))

    def resolve(
        self, kind: str, key: str, on: date, amount: Decimal, *, facts: Facts | None = None, groups: _Groups = ()
    ) -> Rule | None:
        """The rule for a store value; without one the plan is blocked."""
        try:
            return self.rulebook.resolve(kind, key, on, facts or self.facts, groups)
        except (MappingMissing, MappingAmbiguous) as error:
            code = "mapping_missing" if isinstance(error, MappingMissing) else "mapping_ambiguous"
            self.block(code, error.message, hint=error.hint, amount=amount, key=f"{kind}:{key}")
            return None

    def find(self, kind: str, key: str, on: date, *, facts: Facts | None = None, groups: _Groups = ()) -> Rule | None:
        """The rule for a store value, None without one; two equal ones block."""
        try:
            return self.rulebook.find(kind, key, on, facts or self.facts, groups)
        except MappingAmbiguous as error:
            self.block("mapping_ambiguous", error.message, hint=error.hint, key=f"{kind}:{key}")
            return None

    def line(self, line: Line, on: date, *, returned: bool = False) -> list[PlannedLine]:
        """A line of the order or of a refund; empty if it is blocked or amounts to nothing."""
        if not line.net and not line.discount and not any(tax.amount for tax in line.taxes):
            return []
        is_return = returned and line.kind is LineKind.PRODUCT
        rule = self.find("return", line.key, on, groups=line.groups) if is_return else None
        rule = rule or self._revenue_rule(line, on)
        own = tuple(tax for tax in line.taxes if tax.remitted_by_seller)
        taxes = self._own_tax(rule, own) or self.taxes(own, on)
        marketplace = self.marketplace_taxes(line, on)
        if rule is None or taxes is None:
            return []
        planned = PlannedLine(
            rule=rule, kind=line.kind.value, key=line.key, description=line.description,
            quantity=line.quantity, net=line.net, taxes=taxes, suspense=not rule.id,
        )  # fmt: skip
        goods, *contras = contra_lines(planned, self._gross_discounts(line, on), self.document.currency)
        if line.cards:
            goods = replace(goods, cards=shares(line.cards, goods.net, goods.gross, self.document.currency))
        return [goods, *contras, *marketplace]

    @staticmethod
    def _own_tax(rule: Rule | None, taxes: tuple[TaxLine, ...]) -> tuple[PlannedTax, ...] | None:
        """The line's single tax as the line's own rule books it, if it says."""
        if rule is None or rule.target.tax is None or len(taxes) != 1:
            return None
        (tax,) = taxes
        return (PlannedTax(rule=rule, code=tax.code, rate=tax.rate, amount=tax.amount),)

    def _gross_discounts(self, line: Line, on: date) -> list[Contra]:
        """The discounts of a line that are shown on an account of their own; the others only lower the revenue."""
        found = []
        for discount in line.discounts:
            facts = replace(self.facts, funder=discount.funder.value)
            rule = self.find("discount", discount.code, on, facts=facts)
            if rule and rule.target.gross_discount and discount.amount:
                found.append(Contra(rule=rule, code=discount.code, amount=discount.amount))
        return found

    def taxes(self, taxes: tuple[TaxLine, ...], on: date) -> tuple[PlannedTax, ...] | None:
        """The taxes of a line; None if one of them has no rule."""
        found = [(self._tax_rule("tax", tax, on), tax) for tax in taxes]
        if any(rule is None for rule, _tax in found):
            return None
        return tuple(
            PlannedTax(rule=rule, code=tax.code, rate=tax.rate, amount=tax.amount) for rule, tax in found if rule
        )

    def tax_facts(self, tax: TaxLine) -> Facts:
        """What rules can look at of a tax."""
        return replace(self.facts, rate=tax.rate, included=tax.included, remitter=tax.remitter.value)

    def _tax_rule(self, kind: str, tax: TaxLine, on: date) -> Rule | None:
        return self.resolve(kind, tax.code, self.sold_on or on, tax.amount, facts=self.tax_facts(tax))

    def marketplace_taxes(self, line: Line, on: date) -> list[PlannedLine]:
        """Tax that a marketplace remits is charged to the customer but is not our tax: its own account."""
        planned = []
        for tax in line.taxes:
            if tax.remitted_by_seller or not tax.amount:
                continue
            if rule := self._tax_rule("marketplace_tax", tax, on):
                planned.append(
                    PlannedLine(
                        rule=rule, kind="marketplace_tax", key=tax.code, description=tax.code,
                        quantity=ONE, net=tax.amount,
                    )
                )  # fmt: skip
        return planned

    def customer_rule(self, on: date) -> Rule | None:
        """The rule for the customer's receivable account and fiscal position; without one the contact's own hold."""
        return self.find("customer", self.facts.country or "", on)

    def rounding(self, amount: Decimal, on: date) -> list[PlannedLine]:
        """The store's rounding as a line of its own."""
        currency = self.document.currency
        rule = self.resolve("rounding", currency, on, amount) if amount else None
        if rule is None:
            return []
        return [
            PlannedLine(
                rule=rule, kind="rounding", key=currency, description="Rounding difference", quantity=ONE, net=amount
            )
        ]

    def rounding_of_order(self, rest: Decimal, on: date) -> list[PlannedLine]:
        """What the order's lines lack of its total, as a line of its own; more than the cap blocks it."""
        if not rest:
            return []
        if abs(rest) > self.policy.rounding_cap_in(self.document.currency):
            self.block(
                "does_not_add_up",
                f"Order {self.document.number}: lines and taxes come to {self.document.total - rest} "
                f"{self.document.currency}, the store's total is {self.document.total}: {rest} is not explained.",
                hint="Check the order in the store; nothing is booked until its figures agree.", amount=rest,
            )  # fmt: skip
            return []
        return self.rounding(rest, on)

    def _revenue_rule(self, line: Line, on: date) -> Rule | None:
        kind = line.kind.value
        if kind not in self.policy.suspended_kinds or self.policy.suspense is None:
            return self.resolve(kind, line.key, on, line.net, groups=line.groups)
        known_reasons = len(self.reasons)
        rule = self.find(kind, line.key, on, groups=line.groups)
        if rule is None and len(self.reasons) == known_reasons:
            self.notice(
                "unmapped",
                f"No {kind.replace('_', ' ')} rule covers {line.key!r} on {said(on)}; "
                f"it waits on {self.policy.suspense.label}.",
                hint="Add a mapping rule for it.", amount=line.net, key=f"{kind}:{line.key}",
            )  # fmt: skip
            rule = Rule(id=0, kind=kind, target=self.policy.suspense)
        return rule
