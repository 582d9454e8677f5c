"""Short ways to write disputes, their movements and their plans in tests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from payout_builders import PARIS, transaction

from ecommerce_connector.core.disputes.document import Dispute, DisputeState
from ecommerce_connector.core.disputes.movements import Movement
from ecommerce_connector.core.disputes.planning import DisputePlan, DisputePolicy, plan_dispute
from ecommerce_connector.core.disputes.standing import DisputeFacts, Outcome
from ecommerce_connector.core.disputes.taxes import BookedTax, BookedTaxes
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.settlements import TransactionKind

D = Decimal
DAY = date(2026, 4, 20)
LOSSES = Rule(id=21, kind="dispute_loss", pattern="*", target=Target(label="Chargeback losses", account=5))
RULES = Rulebook([LOSSES])
POLICY = DisputePolicy(disputed=Target(label="Disputed funds", account=6))
#: The invoice of the cases: 100 and 10 % tax.
TAXED = BookedTaxes(bases=(((1,), D(100)),), taxes=(BookedTax(tax=1, label="Tax payable", amount=D(10)),))


def dispute(state: str = "opened", **more) -> Dispute:
    """A chargeback of 110.00 EUR."""
    values = {
        "external_id": "du_1", "state": DisputeState(state), "at": datetime(2026, 4, 20, tzinfo=PARIS),
        "amount": D(110), "currency": "EUR", "charge_id": "ch_1",
    } | more  # fmt: skip
    return Dispute(**values)


def taken(amount: str, key: str = "w", *, booked: bool = True, on: date = date(2026, 4, 1)) -> Movement:
    """Disputed money that was withdrawn, or given back if it is negative."""
    return Movement(key=key, amount=D(amount), on=on, is_booked=booked)


def given_back(amount: str, key: str = "r", **more) -> Movement:
    return taken(f"-{amount}", key, **more)


def decided(state: str, lost: str | None = None, *, on: date = DAY, **more) -> Outcome:
    return Outcome(state=DisputeState(state), on=on, lost=None if lost is None else D(lost), **more)


def facts(*movements: Movement, outcome: Outcome | None = None, **more) -> DisputeFacts:
    values = {"external_id": "du_1", "currency": "EUR"} | more
    return DisputeFacts(movements=movements, outcome=outcome, **values)


def plan(*movements: Movement, outcome: Outcome | None = None, rules=RULES, policy=POLICY, booked=None, **more):
    """The plan of a dispute with these movements."""
    return plan_dispute(facts(*movements, outcome=outcome, **more), rules, policy, booked)


def entry(planned: DisputePlan) -> list[tuple[str, str]]:
    """The planned entry: (account, amount)."""
    return [(line.target.label, f"{line.amount:.2f}") for line in planned.lines]


def codes(planned: DisputePlan) -> list[str]:
    return [reason.code for reason in planned.reasons]


def row(external_id: str, gross: str, source: str = "", charge: str = "", *, day: int = 16, **more):
    """A balance transaction of a dispute."""
    kind = TransactionKind.DISPUTE if D(gross) < 0 else TransactionKind.DISPUTE_REVERSAL
    return transaction(
        external_id, gross, kind=kind, source_id=source, charge_id=charge,
        at=datetime(2026, 1, day, 12, tzinfo=PARIS), **more,
    )  # fmt: skip
