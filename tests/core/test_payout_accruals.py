"""Fees that a summary has booked with the sale: the payout's entry books them no second time."""

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from payout_builders import payment, payout_of, transaction

from ecommerce_connector.core.mapping.rulebook import InputTax, Rule, Rulebook, Target
from ecommerce_connector.core.payouts.accruals import fee_of_sale
from ecommerce_connector.core.payouts.matching import match_transactions
from ecommerce_connector.core.payouts.planning import plan_payout
from ecommerce_connector.core.payouts.plans import Accrued, PayoutPolicy
from ecommerce_connector.core.payouts.text import to_text
from ecommerce_connector.core.payouts.valuation import Books, days_with_rates, value
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.rounding import total
from ecommerce_connector.core.settlements import TransactionKind

POLICY = PayoutPolicy(clearing=Target(label="PSP", account=1), in_transit=Target(label="In transit", account=2))
FEES = Rule(id=10, kind="payout_fee", pattern="*", target=Target(label="Fees", account=10))
RULES = Rulebook([FEES])
PAID = date(2026, 1, 20)


def plan(payout, accrued, rules=RULES):
    payments = [payment(at, str(tx.gross), currency=tx.currency) for at, tx in enumerate(payout.transactions, 1)]
    return plan_payout(payout, match_transactions(payout.transactions, payments), rules, POLICY, accrued=accrued)


def entry(planned):
    assert planned.status is PlanStatus.COMPLETE, planned.reasons
    return [(line.role.value, line.target.label, str(line.amount), line.accrual_id) for line in planned.lines]


def test_case_35_what_is_left_of_a_payout():
    payout = payout_of(transaction("t1", "60.00", "1.90"), transaction("t2", "50.00", "1.59"))
    planned = plan(payout, {"t1": [Accrued(71, D("1.90"))], "t2": [Accrued(72, D("1.59"))]})
    assert entry(planned) == [
        ("clearing", "PSP", "-60.00", None), ("clearing", "PSP", "-50.00", None),
        ("accrued", "PSP", "1.90", 71), ("accrued", "PSP", "1.59", 72),
        ("in_transit", "In transit", "106.51", None),
    ]  # fmt: skip
    assert "processor account, settles the fee that a summary has booked" in to_text(planned)
    assert "fee of charge t1, booked in a summary" in to_text(planned)


def test_a_fee_that_another_report_states_otherwise_is_booked_by_what_it_differs():
    payout = payout_of(transaction("t1", "60.00", "2.10"), transaction("t2", "50.00"))
    planned = plan(payout, {"t1": [Accrued(71, D("1.90"))], "t2": [Accrued(72, D("1.59"))]})
    assert [line for line in entry(planned) if line[0] == "fee"] == [("fee", "Fees", "-1.39", None)]
    assert sum(line.amount for line in planned.lines) == 0


def test_no_rule_is_needed_for_what_is_booked():
    payout = payout_of(transaction("t1", "60.00", "1.90"))
    assert plan(payout, {"t1": [Accrued(71, D("1.90"))]}, Rulebook([])).status is PlanStatus.COMPLETE
    assert plan(payout, {}, Rulebook([])).status is PlanStatus.BLOCKED


def test_a_fee_leaves_clearing_with_the_value_that_it_has_there():
    payout = payout_of(transaction("t1", "60.00", "1.90", currency="USD"), currency="USD")
    planned = plan(payout, {"t1": [Accrued(71, D("1.90"))]})
    known = Books(currency="EUR", rate=lambda _code, _day: D("1.25"), carried={1: D("50.00")}, accrued={71: D("-1.70")})
    assert [str(worth) for worth in value(planned, known).lines] == ["-50.00", "1.70", "46.48"]
    assert days_with_rates(planned) == {"USD": PAID}


def test_the_fee_of_a_sale():
    (line,) = fee_of_sale(transaction("t1", "60.00", "1.90"), PAID, RULES)
    assert (line.target.label, line.amount, line.rule) == ("Fees", D("1.90"), FEES)
    assert fee_of_sale(transaction("t1", "60.00"), PAID, RULES) == ()
    assert fee_of_sale(transaction("t1", "60.00", "1.90"), PAID, Rulebook([])) == ()
    dispute = transaction("t1", "-60.00", "15.00", kind=TransactionKind.DISPUTE)
    assert fee_of_sale(dispute, PAID, RULES) == (), "it is no sale's: the payout books it"


def test_the_fee_of_a_sale_with_input_tax():
    taxed = Target(label="Fees", account=10, tax=5, input_tax=InputTax(label="VAT", rate=D(20), reverse_charge=False))
    rules = Rulebook([Rule(id=10, kind="payout_fee", pattern="*", target=taxed)])
    lines = fee_of_sale(transaction("t1", "60.00", "1.20"), PAID, rules)
    assert [(line.role.value, line.amount, line.base) for line in lines] == [
        ("fee", D("1.00"), D(0)), ("tax", D("0.20"), D("1.00"))
    ]  # fmt: skip


CENTS = st.integers(-500, 500).map(lambda cents: D(cents) / 100)


@given(
    st.lists(st.tuples(st.integers(1, 9000), CENTS, st.lists(CENTS.filter(bool), max_size=2)), min_size=1, max_size=6)
)
def test_fees_are_booked_once_whatever_was_booked_before(rows):
    transactions = [
        transaction(f"t{at}", str(D(gross) / 100), str(fee)) for at, (gross, fee, _known) in enumerate(rows)
    ]
    accrued = {
        f"t{at}": [Accrued(100 * at + number, amount) for number, amount in enumerate(known)]
        for at, (_gross, _fee, known) in enumerate(rows)
    }
    planned = plan(payout_of(*transactions), accrued)
    if planned.status is PlanStatus.BLOCKED:  # a payout that moves nothing
        return
    booked = total([line.amount for line in planned.lines if line.role.value == "fee"])
    before = total([amount for _gross, _fee, known in rows for amount in known])
    assert booked + before == total([fee for _gross, fee, _known in rows])
    assert total([line.amount for line in planned.lines]) == 0
    settled = [line.accrual_id for line in planned.lines if line.role.value == "accrued"]
    assert sorted(settled) == sorted(item.item for items in accrued.values() for item in items)
