"""What is computed for the end of a period, before it is stored."""

from dataclasses import dataclass, field
from typing import Any

from ...core.errors import MappingMissing
from ..ledger.days import said_day


@dataclass(kw_only=True)
class ProposalDraft:
    """One proposal.

    :ivar company: res.company
    :ivar owner: ecommerce.store or ecommerce.processor.account
    :ivar day: the period's last day
    :ivar currency: res.currency of the amounts
    :ivar counterpart: account.account that balances the entry; empty where the entries have their own
    :ivar lines: values of ``ecommerce.period.proposal.line``; their ``balance`` is a Decimal, debit positive
    :ivar sources: account.move that it is computed from
    :ivar problems: what is missing before it can be accepted, sentences
    :ivar can_be_typed: it is proposed without an amount, too: a person types it
    :ivar is_of_the_rest: it has only what no proposal of its kind that is decided on has
    """

    kind: str
    company: Any
    owner: Any
    day: Any
    currency: Any
    counterpart: Any
    sources: Any
    lines: list = field(default_factory=list)
    explanation: str = ""
    problems: list = field(default_factory=list)
    can_be_typed: bool = False
    is_of_the_rest: bool = False

    def key(self):
        """What there is one proposal for."""
        is_store = self.owner._name == "ecommerce.store"
        return {
            "company_id": self.company.id, "kind": self.kind, "day": self.day, "currency_id": self.currency.id,
            "store_id": self.owner.id if is_store else False,
            "processor_account_id": False if is_store else self.owner.id,
        }  # fmt: skip

    def domain(self):
        """Finds the stored proposal."""
        return [(name, "=", value) for name, value in self.key().items()]

    def is_empty(self):
        """Nothing to propose."""
        return not self.can_be_typed and not any(line["balance"] for line in self.lines)


def why_no_rule(env, error, day):
    """Why no rule says how something is booked, in the words of the screens.

    :param ConnectorError error: of the rules
    :rtype: str
    """
    if not isinstance(error, MappingMissing):
        return str(error)
    kinds = dict(env["ecommerce.mapping.rule"]._fields["kind"]._description_selection(env))
    return env._(
        "No mapping rule “%(kind)s” covers “%(value)s” on %(day)s. Add one, then compute the proposals again.",
        kind=kinds[error.kind], value=error.key, day=said_day(env, day),
    )  # fmt: skip
