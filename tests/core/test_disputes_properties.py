"""Random histories of disputes, told in any order and repeatedly: the ledger ends the same, and nothing stays open."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dispute_builders import LOSSES, POLICY, RULES, D, decided, row
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.currencies import unit
from ecommerce_connector.core.disputes.movements import Movement, dispute_ids
from ecommerce_connector.core.disputes.planning import LossRole, plan_dispute
from ecommerce_connector.core.disputes.standing import DisputeFacts, Outcome
from ecommerce_connector.core.disputes.taxes import BookedTax, BookedTaxes
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.rounding import total
from ecommerce_connector.core.settlements import BalanceTransaction

ENDS = ("won", "lost", "partly_lost", "lost_after_partly_returned", "won_after_lost")
cents = st.integers(2, 20_000).map(lambda units: D(units) / 100)


@dataclass
class History:
    """Disputes of one charge, from the first withdrawal to the end.

    :ivar rows: balance transactions
    :ivar outcomes: dispute → what was decided
    :ivar lost: dispute → what is lost in the end
    """

    rows: list[BalanceTransaction] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    lost: dict[str, Decimal] = field(default_factory=dict)

    @property
    def fees(self) -> Decimal:
        return total([tx.fee for tx in self.rows])


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One to three chargebacks on a charge; the processor names disputes, or the charge alone."""
    history, is_named = History(), draw(st.booleans())
    for number in range(draw(st.integers(1, 3))):
        key = f"du_{number}" if is_named else ("ch_1" if not number else f"ch_1 #{number + 1}")
        source, day = f"du_{number}" if is_named else "", 3 * number + 1
        amount, end = draw(cents), draw(st.sampled_from(ENDS))
        history.rows.append(
            row(f"w{number}", str(-amount), source, "ch_1", day=day, fee=draw(st.sampled_from(("0", "15"))))
        )
        back = {"won": amount, "won_after_lost": amount, "lost": D(0)}.get(end)
        if back is None:
            back = D(draw(st.integers(1, int(amount * 100) - 1))) / 100
        if back:
            history.rows.append(
                row(f"r{number}", str(back), source, "ch_1", day=day + 1, fee=draw(st.sampled_from(("0", "-15"))))
            )
        lost = history.lost[key] = amount - back
        relief = draw(st.booleans())
        if end == "partly_lost":
            history.outcomes[key] = decided("partly_lost", str(lost), tax_relief=relief)
        elif end != "won":
            history.outcomes[key] = decided("lost", tax_relief=relief)
    return history


taxes = st.lists(cents, min_size=1, max_size=3).map(
    lambda nets: BookedTaxes(
        bases=tuple(((at,), net) for at, net in enumerate(nets)),
        taxes=tuple(BookedTax(tax=at, label="Tax payable", amount=net / 5) for at, net in enumerate(nets)),
    )
)


class Ledger:
    """Books events one by one, as payouts and decisions come in: each dispute is planned anew every time."""

    def __init__(self, booked_taxes: BookedTaxes) -> None:
        self.balances: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.entries: Counter[str] = Counter()
        self._taxes = booked_taxes
        self._rows: dict[str, BalanceTransaction] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._losses: dict[str, tuple[Decimal, bool, list[tuple[str, Decimal]]]] = {}
        self._known: set[str] = set()

    def post(self, tx: BalanceTransaction) -> None:
        """A payout with this row; a report that is imported again adds nothing."""
        if tx.external_id not in self._rows:
            self._rows[tx.external_id] = tx
            self._book([("Disputed funds", -tx.gross), ("Fees", tx.fee), ("In transit", tx.net)])
        self._follow()

    def decide(self, key: str, outcome: Outcome) -> None:
        """What the store says, or says again."""
        self._outcomes[key] = outcome
        self._follow()

    def _follow(self) -> None:
        rows = list(self._rows.values())
        keys = dispute_ids(rows)
        self._known |= {*keys, *self._outcomes}
        for key in self._known:
            of_dispute = [tx for tx, of in zip(rows, keys, strict=True) if of == key]
            self._bring_in_line(key, of_dispute)

    def _bring_in_line(self, key: str, rows: list[BalanceTransaction]) -> None:
        movements = tuple(
            Movement(key=tx.external_id, amount=-tx.gross, on=date(2026, 1, 20), is_booked=True) for tx in rows
        )
        facts = DisputeFacts(
            external_id=key, currency="EUR", movements=movements, outcome=self._outcomes.get(key)
        )  # fmt: skip
        plan = plan_dispute(facts, RULES, POLICY, self._taxes)
        if plan.status is PlanStatus.BLOCKED:
            return
        loss, relief, lines = self._losses.get(key, (D(0), False, []))
        if (loss, relief) == (plan.loss, plan.tax_relief and bool(plan.loss)):
            return
        self._book([(account, -amount) for account, amount in lines])
        new = [(line.target.label, line.amount) for line in plan.lines]
        self._book(new)
        self.entries[key] += 1
        self._losses[key] = (plan.loss, plan.tax_relief and bool(plan.loss), new)

    def _book(self, items: list[tuple[str, Decimal]]) -> None:
        assert total([amount for _account, amount in items]) == 0
        for account, amount in items:
            self.balances[account] += amount


def told(history: History, order: list[int], booked_taxes: BookedTaxes) -> Ledger:
    """The ledger after these events, by their numbers."""
    events = [*history.rows, *history.outcomes.items()]
    ledger = Ledger(booked_taxes)
    for at in order:
        event = events[at]
        if isinstance(event, BalanceTransaction):
            ledger.post(event)
        else:
            ledger.decide(*event)
    return ledger


@st.composite
def orders(draw: st.DrawFn) -> tuple[History, list[int]]:
    """A history and the numbers of its events, each at least once."""
    history = draw(histories())
    count = len(history.rows) + len(history.outcomes)
    repeated = draw(st.lists(st.integers(0, count - 1), max_size=5))
    return history, draw(st.permutations([*range(count), *repeated]))


@stable
@given(told_in_order=orders(), booked_taxes=taxes)
def test_any_order_ends_in_the_same_ledger(told_in_order: tuple[History, list[int]], booked_taxes: BookedTaxes) -> None:
    history, order = told_in_order
    count = len(history.rows) + len(history.outcomes)
    ledger, straight = told(history, order, booked_taxes), told(history, list(range(count)), booked_taxes)
    assert {name: amount for name, amount in ledger.balances.items() if amount} == {
        name: amount for name, amount in straight.balances.items() if amount
    }


@stable
@given(told_in_order=orders(), booked_taxes=taxes)
def test_nothing_stays_open_and_everything_is_accounted_for(
    told_in_order: tuple[History, list[int]], booked_taxes: BookedTaxes
) -> None:
    history, order = told_in_order
    found = told(history, order, booked_taxes).balances
    lost = total(list(history.lost.values()))
    assert found["Disputed funds"] == 0
    assert found["Fees"] == history.fees
    assert found["In transit"] == -lost - history.fees
    assert found["Chargeback losses"] + found["Tax payable"] == lost
    if not any(outcome.tax_relief for outcome in history.outcomes.values()):
        assert found["Tax payable"] == 0


@stable
@given(amount=cents, booked_taxes=taxes)
def test_tax_relief_is_the_orders_share_to_the_cent(amount: Decimal, booked_taxes: BookedTaxes) -> None:
    facts = DisputeFacts(
        external_id="du_1", currency="EUR", outcome=decided("lost", tax_relief=True),
        movements=(Movement(key="w", amount=amount, on=date(2026, 1, 20), is_booked=True),),
    )  # fmt: skip
    plan = plan_dispute(facts, RULES, POLICY, booked_taxes)
    given_back = [line for line in plan.lines if line.role is LossRole.TAX]
    assert plan.loss == amount
    for line in given_back:
        (booked,) = [tax for tax in booked_taxes.taxes if tax.tax == line.tax]
        assert abs(line.amount - amount * booked.amount / booked_taxes.total) < unit("EUR")
    assert {line.rule for line in plan.lines if line.role is not LossRole.DISPUTED} == {LOSSES}
