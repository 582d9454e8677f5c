"""Disputes: what is said of them, which movements are whose, where they stand, and how a loss is planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from itertools import permutations

import pytest
from dispute_builders import (
    DAY,
    LOSSES,
    POLICY,
    TAXED,
    D,
    codes,
    decided,
    dispute,
    entry,
    facts,
    given_back,
    plan,
    row,
    taken,
)
from payout_builders import PARIS, payment

from ecommerce_connector.core.disputes.document import DisputeState
from ecommerce_connector.core.disputes.movements import dispute_ids, disputed_payments
from ecommerce_connector.core.disputes.planning import DisputePolicy
from ecommerce_connector.core.disputes.taxes import BookedTax, BookedTaxes
from ecommerce_connector.core.disputes.text import to_text
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.plans import PlanStatus

LATER = datetime(2026, 5, 1, tzinfo=PARIS)
TWINS = Rulebook([LOSSES, replace(LOSSES, id=9)])
RELIEVED = decided("lost", tax_relief=True)
MIXED_SIGNS = BookedTaxes(bases=(((1,), D(100)), ((), D(-5))))

# === The document === #


def test_a_document_of_each_state():
    for state in DisputeState:
        lost = D(40) if state is DisputeState.PARTLY_LOST else None
        assert dispute(state.value, lost=lost).state is state


@pytest.mark.parametrize(
    ("state", "more", "message"),
    [
        ("opened", {"external_id": ""}, "dispute, id: it is empty"),
        ("opened", {"amount": D(0)}, "dispute du_1, amount: 0 is not positive"),
        ("opened", {"amount": D("-1")}, "dispute du_1, amount: -1 is not positive"),
        ("opened", {"amount": D("1.001")}, "amount: 1.001 has more decimals than EUR has"),
        ("opened", {"currency": "EURO"}, "currency: 'EURO' is not an ISO 4217 currency code"),
        ("opened", {"at": datetime(2026, 4, 20)}, "has no time zone"),
        ("lost", {"opened_at": LATER}, "opened at: 2026-05-01 .* is after what followed it"),
        ("lost", {"opened_at": datetime(2026, 4, 1, tzinfo=PARIS), "inquired_at": LATER}, "inquired at: 2026-05-01"),
        ("inquiry", {"opened_at": datetime(2026, 4, 1, tzinfo=PARIS)}, "opened at: an inquiry is no chargeback"),
        ("closed", {"opened_at": datetime(2026, 4, 1, tzinfo=PARIS)}, "opened at: an inquiry is no chargeback"),
        ("lost", {"lost": D(40)}, "lost: it is told, but the dispute is lost, not partly lost"),
        ("partly_lost", {}, "lost: it is missing, and the dispute is partly lost"),
        ("partly_lost", {"lost": D(110)}, "lost: 110 is not a part of the 110 that are disputed"),
        ("partly_lost", {"lost": D(0)}, "lost: 0 is not a part"),
        ("opened", {"reason": "a\0b"}, "reason"),
    ],
)  # fmt: skip
def test_a_document_that_contradicts_itself(state, more, message):
    with pytest.raises(PayloadError, match=message):
        dispute(state, **more)


# === Which movement is of which dispute === #


def test_rows_that_name_their_dispute():
    rows = [row("a", "-110", "du_1", "ch_1"), row("b", "110", "du_1", "ch_1"), row("c", "-110", "du_2", "ch_1")]
    assert dispute_ids(rows) == ["du_1", "du_1", "du_2"]


def test_rows_that_name_the_charge_alone():
    """Each withdrawal is a chargeback of its own; what comes back is of the latest that is still out."""
    rows = [
        row("a", "-110", "ch_1", "ch_1", day=1), row("b", "110", "", "ch_1", day=9),
        row("c", "-110", "", "ch_1", day=12), row("d", "-50", "ch_9", day=3),
        row("e", "-7", order_reference="#1001"), row("f", "7", order_reference="1001", day=20), row("g", "-3"),
    ]  # fmt: skip
    expected = ["ch_1", "ch_1", "ch_1 #2", "ch_9", "order 1001", "order 1001", "g"]
    for order in permutations(range(len(rows))):
        found = dispute_ids([rows[at] for at in order], {"ch_9"})
        assert [found[order.index(at)] for at in range(len(rows))] == expected


def test_what_comes_back_fits_the_amount_that_is_out():
    rows = [row("a", "-70", "", "ch_1", day=1), row("b", "-40", "", "ch_1", day=2), row("c", "70", "", "ch_1", day=3)]
    assert dispute_ids(rows) == ["ch_1", "ch_1 #2", "ch_1"]
    assert dispute_ids([*rows, row("d", "50", "", "ch_1", day=4)])[-1] == "ch_1 #2"
    twins = [row("a", "-70", "", "ch_1", day=1), row("b", "-70", "", "ch_1", day=2), row("c", "70", "", "ch_1", day=3)]
    assert dispute_ids(twins) == ["ch_1", "ch_1 #2", "ch_1 #2"]


def test_money_that_came_back_before_its_withdrawal_is_known():
    back = row("b", "110", "", "ch_1", day=9)
    assert dispute_ids([back]) == ["ch_1"]
    assert dispute_ids([back, row("w", "-110", "", "ch_1", day=12)]) == ["ch_1", "ch_1"]


def test_the_same_row_twice_is_one():
    first, again = row("a", "-110", "", "ch_1"), replace(row("a", "-110", "", "ch_1"), row=99)
    assert dispute_ids([first, again]) == ["ch_1", "ch_1"]


def test_payment_by_the_processors_id_else_by_the_order():
    first, second, refund = (
        payment(1, "110", transaction_id="ch_1", order_number="1001"),
        payment(2, "60", transaction_id="ch_2", order_number="1002"), payment(3, "-60", transaction_id="ch_1"),
    )  # fmt: skip
    unnamed = payment(4, "30", order_number="1003")
    everything = [second, refund, unnamed, first]
    assert disputed_payments(["ch_1", ""], "1002", everything) == (first,)
    assert disputed_payments([""], "#1002", everything) == (second,)
    assert disputed_payments(["ch_9"], "1003", everything) == (unnamed,)
    assert disputed_payments(["ch_9"], "1002", everything) == ()  # it has the id of another charge
    assert disputed_payments([], "", everything) == ()


# === Where it stands === #


@pytest.mark.parametrize(
    ("movements", "outcome", "state"),
    [
        ((), None, "closed"),
        ((), decided("inquiry"), "inquiry"),
        ((), decided("closed"), "closed"),
        ((), decided("lost"), "lost"),
        ((taken("110"),), None, "opened"),
        ((taken("110"),), decided("inquiry"), "opened"),
        ((taken("110"),), decided("closed"), "opened"),
        ((taken("110", booked=False),), None, "opened"),
        ((taken("0"),), None, "opened"),
        ((taken("110"), given_back("110")), None, "won"),
        ((taken("110"), given_back("110")), decided("lost"), "won"),
        ((taken("110"), given_back("50")), None, "opened"),
        ((taken("110"), given_back("50")), decided("lost"), "lost"),
        ((taken("110"), given_back("50")), decided("partly_lost", "60"), "partly_lost"),
        ((taken("110"),), decided("won"), "won"),
        ((taken("110", on=date(2026, 5, 1)),), decided("won"), "opened"),
        ((taken("110"), given_back("110"), taken("110", "w2", on=date(2026, 5, 1))), decided("won"), "opened"),
    ],
)  # fmt: skip
def test_states(movements, outcome, state):
    assert facts(*movements, outcome=outcome).state is DisputeState(state)


def test_figures_count_what_is_booked_once():
    found = facts(taken("110"), taken("110"), given_back("50"), taken("9", "late", booked=False))
    assert (found.withdrawn, found.reinstated, found.disputed, found.pending) == (D(110), D(50), D(60), D(9))


# === Plans === #


def test_case_22_and_23_need_no_entry():
    for planned in (plan(taken("110")), plan(taken("110"), given_back("110")), plan(outcome=decided("inquiry"))):
        assert (planned.status, planned.lines, planned.reasons, planned.notices) == (PlanStatus.WAITING, (), (), ())


def test_case_24a_booked_as_loss():
    planned = plan(taken("110"), outcome=decided("lost"))
    assert entry(planned) == [("Chargeback losses", "110.00"), ("Disputed funds", "-110.00")]
    assert (planned.status, planned.date, planned.true_date) == (PlanStatus.COMPLETE, DAY, DAY)
    assert [line.rule for line in planned.lines] == [LOSSES, None]
    assert (planned.loss, planned.tax_relief, planned.rules) == (D(110), False, {21})


def test_case_24b_with_tax_relief():
    planned = plan(taken("110"), outcome=decided("lost", tax_relief=True), booked=TAXED)
    assert entry(planned) == [("Chargeback losses", "100.00"), ("Tax payable", "10.00"), ("Disputed funds", "-110.00")]
    loss, tax, _disputed = planned.lines
    assert (loss.taxes, tax.tax, tax.base) == ((1,), 1, D(100))
    assert planned.loss == D(110)


def test_only_what_is_still_disputed_is_lost():
    planned = plan(taken("110"), given_back("50"), outcome=decided("lost"))
    assert entry(planned) == [("Chargeback losses", "60.00"), ("Disputed funds", "-60.00")]


def test_partly_lost():
    planned = plan(taken("110"), outcome=decided("partly_lost", "40"))
    assert entry(planned) == [("Chargeback losses", "40.00"), ("Disputed funds", "-40.00")]


def test_tax_relief_is_spread_by_largest_remainder():
    """7 % and 20 % and untaxed shipping; a part that divides into no whole cents."""
    booked = BookedTaxes(
        bases=(((), D(5)), ((1,), D("10")), ((2,), D("20"))),
        taxes=(BookedTax(tax=1, label="7 %", amount=D("0.70")), BookedTax(tax=2, label="20 %", amount=D(4))),
    )
    planned = plan(taken("110"), outcome=decided("partly_lost", "10", tax_relief=True), booked=booked)
    # 10.00 of 39.70: 1.2594 2.5189 5.0378 0.1763 1.0076
    assert entry(planned) == [
        ("Chargeback losses", "1.26"), ("Chargeback losses", "2.52"), ("Chargeback losses", "5.04"),
        ("7 %", "0.17"), ("20 %", "1.01"), ("Disputed funds", "-10.00"),
    ]  # fmt: skip
    assert [line.base for line in planned.lines if line.tax] == [D("2.52"), D("5.04")]


def test_currencies_without_decimals():
    planned = plan(
        taken("1000"), outcome=decided("lost", tax_relief=True), booked=TAXED, currency="JPY",
    )  # fmt: skip
    assert [line.amount for line in planned.lines] == [D(909), D(91), D(-1000)]


def test_lock_dates():
    policy = replace(POLICY, first_open_day=date(2026, 5, 1), first_open_tax_day=date(2026, 6, 1))
    assert plan(taken("110"), outcome=decided("lost"), policy=policy).date == date(2026, 5, 1)
    taxed = plan(taken("110"), outcome=decided("lost", tax_relief=True), policy=policy, booked=TAXED)
    assert (taxed.date, taxed.true_date) == (date(2026, 6, 1), DAY)


def test_rules_match_the_reason():
    fraud = Rule(id=22, kind="dispute_loss", pattern="fraudulent", target=Target(label="Fraud", account=7))
    rules = Rulebook([LOSSES, fraud])
    assert plan(taken("1"), outcome=decided("lost"), rules=rules, reason="fraudulent").rules == {22}
    assert plan(taken("1"), outcome=decided("lost"), rules=rules).rules == {21}


@pytest.mark.parametrize(
    ("movements", "outcome", "more", "expected", "amount"),
    [
        ((given_back("50"),), None, {}, ["dispute_over_reinstated"], "50"),
        ((taken("110"), given_back("150")), None, {}, ["dispute_over_reinstated"], "40"),
        ((taken("110"), given_back("150")), decided("lost"), {}, ["dispute_over_reinstated"], "40"),
        ((taken("110"), given_back("80")), decided("partly_lost", "40"), {}, ["dispute_over_lost"], "10"),
        ((taken("110"), given_back("110")), decided("partly_lost", "40"), {}, ["dispute_over_lost"], "40"),
        ((taken("110"),), decided("lost", disputed=D(100)), {}, ["dispute_amount"], "10"),
        ((taken("110"),), decided("lost"), {"rules": Rulebook([])}, ["mapping_missing"], "110"),
        ((taken("110"),), decided("lost"), {"rules": TWINS}, ["mapping_ambiguous"], "110"),
        ((taken("110"),), decided("lost"), {"policy": DisputePolicy(disputed=None)}, ["dispute_account"], "110"),
        ((taken("110"),), decided("lost"), {"policy": replace(POLICY, obstacle="closed")}, ["dispute_account"], "110"),
        ((taken("110"),), RELIEVED, {}, ["dispute_tax_relief"], "110"),
        ((taken("110"),), RELIEVED, {"booked": replace(TAXED, refused="no")}, ["dispute_tax_relief"], "110"),
        ((taken("110"),), RELIEVED, {"booked": BookedTaxes(bases=())}, ["dispute_tax_relief"], "110"),
        ((taken("110"),), RELIEVED, {"booked": MIXED_SIGNS}, ["dispute_tax_relief"], "110"),
    ],
)  # fmt: skip
def test_blocked_with_the_reason(movements, outcome, more, expected, amount):
    planned = plan(*movements, outcome=outcome, **more)
    assert (planned.status, planned.lines, codes(planned)) == (PlanStatus.BLOCKED, (), expected)
    assert planned.reasons[0].amount == D(amount)


def test_all_reasons_at_once():
    planned = plan(
        taken("110"), outcome=decided("lost", tax_relief=True), rules=Rulebook([]), policy=DisputePolicy(disputed=None)
    )
    assert codes(planned) == ["dispute_account", "mapping_missing", "dispute_tax_relief"]


def test_lost_before_the_withdrawal_is_booked_waits():
    for outcome in (decided("lost"), decided("partly_lost", "40")):
        planned = plan(taken("110", booked=False), outcome=outcome)
        assert (planned.status, planned.lines) == (PlanStatus.WAITING, ())
        assert [notice.code for notice in planned.notices] == ["dispute_not_withdrawn"]


def test_won_before_the_money_came_back_is_told():
    planned = plan(taken("110"), given_back("50"), outcome=decided("won"))
    (notice,) = planned.notices
    assert (planned.status, notice.code, notice.amount) == (PlanStatus.WAITING, "dispute_not_reinstated", D(60))


def test_text():
    planned = plan(taken("110"), outcome=decided("lost", tax_relief=True), booked=TAXED,
                   policy=replace(POLICY, first_open_tax_day=date(2026, 5, 1)))  # fmt: skip
    assert to_text(planned) == (
        "Dispute du_1: lost\n"
        "Lost 110.00 EUR, with tax relief, May 1, 2026 (decided Apr 20, 2026, period locked)\n"
        "  Account            Text                                 Debit  Credit  Why\n"
        "  Chargeback losses  chargeback du_1, lost               100.00          "
        "dispute loss '*' → Chargeback losses (rule 21)\n"
        "  Tax payable        Tax payable, chargeback du_1, lost   10.00          as the order was taxed\n"
        "  Disputed funds     chargeback du_1, lost                       110.00  where the withdrawal is\n"
        "  Total                                                  110.00  110.00  EUR\n"
    )
    assert (
        to_text(plan(given_back("5"))).splitlines()[1].startswith("  ! Dispute du_1: 5.00 EUR was given back, but only")
    )


def test_times_of_other_zones_are_compared_as_instants():
    assert dispute(
        "lost", at=datetime(2026, 4, 20, 10, tzinfo=timezone.utc), opened_at=datetime(2026, 4, 20, 12, tzinfo=PARIS)
    )
