"""The entry of a payout: cases 12, 13, 13n, 16, 22, 23 and 25 of the specification, and what blocks it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payout_builders import PARIS, payment, payout_of, transaction

from ecommerce_connector.core.errors import PlanUnbalanced
from ecommerce_connector.core.mapping.rulebook import InputTax, Rule, Rulebook, Target
from ecommerce_connector.core.payouts import planning as payouts
from ecommerce_connector.core.payouts.matching import match_transactions
from ecommerce_connector.core.payouts.planning import plan_payout
from ecommerce_connector.core.payouts.plans import LineRole, PayoutLine, PayoutPolicy
from ecommerce_connector.core.payouts.shares import missed_as
from ecommerce_connector.core.payouts.text import to_text
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.settlements import TransactionKind
from ecommerce_connector.processors import ReportFile, read_report

K = TransactionKind
REPORTS = Path(__file__).parent / "reports"
CLEARING = Target(label="Stripe clearing", account=1)
IN_TRANSIT = Target(label="Payouts in transit", account=2)
POLICY = PayoutPolicy(clearing=CLEARING, in_transit=IN_TRANSIT)


def rule(id, kind, label, pattern="*", **fields):
    return Rule(id=id, kind=kind, pattern=pattern, target=Target(label=label, account=id), **fields)


FEES = rule(10, "payout_fee", "Processing fees")
DISPUTE_FEES = rule(11, "payout_fee", "Dispute fees", "dispute*")
DISPUTED = rule(12, "dispute", "Disputed funds")
RESERVE = rule(13, "reserve", "Stripe reserve")
OTHER = rule(14, "payout_other", "Payout suspense", "other_adjustment")
RULES = Rulebook([FEES, DISPUTE_FEES, DISPUTED, RESERVE, OTHER])


def plan(payout, *payments, rules=RULES, policy=POLICY, **options):
    return plan_payout(payout, match_transactions(payout.transactions, payments), rules, policy, **options)


def entry(planned):
    """The lines as (role, account, amount, payment)."""
    assert planned.status is PlanStatus.COMPLETE, planned.reasons
    return [(line.role.value, line.target.label, str(line.amount), line.payment_id) for line in planned.lines]


# The worked cases


def test_case_13_charge_fee_and_payout():
    planned = plan(payout_of(transaction("txn_1", "110.00", "3.49")), payment(7, "110"))

    assert entry(planned) == [
        ("clearing", "Stripe clearing", "-110.00", 7),
        ("fee", "Processing fees", "3.49", None),
        ("in_transit", "Payouts in transit", "106.51", None),
    ]
    assert [line.rule for line in planned.lines] == [None, FEES, None]
    assert [line.transaction_ids for line in planned.lines] == [("txn_1",), ("txn_1",), ()]
    assert planned.date == planned.true_date == date(2026, 1, 20)


def test_case_13n_a_negative_payout():
    planned = plan(payout_of(transaction("txn_1", "-40.00")), payment(7, "-40"))

    assert entry(planned) == [
        ("clearing", "Stripe clearing", "40.00", 7),
        ("in_transit", "Payouts in transit", "-40.00", None),
    ]


def test_case_16_a_refund_with_part_of_the_fee_given_back():
    planned = plan(payout_of(transaction("txn_1", "-55.00", "-1.00")), payment(7, "-55"))

    assert entry(planned) == [
        ("clearing", "Stripe clearing", "55.00", 7),
        ("fee", "Processing fees", "-1.00", None),
        ("in_transit", "Payouts in transit", "-54.00", None),
    ]


def test_case_22_a_chargeback_and_its_fee():
    planned = plan(payout_of(transaction("txn_1", "-110.00", "15.00", kind=K.DISPUTE)))

    assert entry(planned) == [
        ("dispute", "Disputed funds", "110.00", None),
        ("fee", "Dispute fees", "15.00", None),
        ("in_transit", "Payouts in transit", "-125.00", None),
    ]


def test_case_23_a_chargeback_won_with_its_fee():
    planned = plan(payout_of(transaction("txn_1", "110.00", "-15.00", kind=K.DISPUTE_REVERSAL)))

    assert entry(planned) == [
        ("dispute", "Disputed funds", "-110.00", None),
        ("fee", "Dispute fees", "-15.00", None),
        ("in_transit", "Payouts in transit", "125.00", None),
    ]


def test_disputed_money_comes_back_from_where_it_is():
    """A newer rule leads elsewhere, and a rule for won chargebacks too: the account of the withdrawal counts."""
    old = rule(9, "dispute", "Disputed funds until 2025")
    won = rule(8, "dispute", "Chargebacks won", "dispute_reversal")
    payout = payout_of(
        transaction("txn_1", "110.00", kind=K.DISPUTE_REVERSAL), transaction("txn_2", "-20.00", kind=K.DISPUTE),
        transaction("txn_3", "5.00", kind=K.DISPUTE_REVERSAL),
    )  # fmt: skip
    planned = plan(payout, rules=Rulebook([FEES, DISPUTED, won]), withdrawn_by={"txn_1": old})

    assert entry(planned)[:3] == [
        ("dispute", "Disputed funds until 2025", "-110.00", None),
        ("dispute", "Disputed funds", "20.00", None),
        ("dispute", "Chargebacks won", "-5.00", None),
    ]
    assert planned.rules == {8, 9, 12}


def test_fees_of_disputes_may_have_a_rule_of_their_own():
    rules = Rulebook([FEES, DISPUTED, rule(15, "dispute_fee", "Chargeback costs")])
    planned = plan(
        payout_of(
            transaction("txn_1", "-110.00", "15.00", kind=K.DISPUTE), transaction("txn_2", "110.00", "3.49"),
        ), payment(7, "110"), rules=rules,
    )  # fmt: skip

    assert entry(planned)[2:] == [
        ("fee", "Chargeback costs", "15.00", None),
        ("fee", "Processing fees", "3.49", None),
        ("in_transit", "Payouts in transit", "-18.49", None),
    ]


def taxed_fees(rate, reverse_charge=False):
    tax = InputTax(label="VAT on services", rate=Decimal(rate), reverse_charge=reverse_charge)
    return Rulebook(
        [Rule(id=16, kind="payout_fee", target=Target(label="Processing fees", account=10, tax=5, input_tax=tax))]
    )


def test_the_input_tax_in_a_fee():
    planned = plan(payout_of(transaction("txn_1", "110.00", "3.49")), payment(7, "110"), rules=taxed_fees("20"))

    assert entry(planned)[1:] == [
        ("fee", "Processing fees", "2.91", None),
        ("tax", "VAT on services", "0.58", None),
        ("in_transit", "Payouts in transit", "106.51", None),
    ]
    assert [(line.tax, str(line.base)) for line in planned.lines[1:3]] == [(5, "0"), (5, "2.91")]


def test_reverse_charge_on_a_fee_owes_and_reclaims():
    planned = plan(payout_of(transaction("txn_1", "110.00", "3.49")), payment(7, "110"), rules=taxed_fees("21", True))

    assert entry(planned)[1:] == [
        ("fee", "Processing fees", "3.49", None),
        ("tax", "VAT on services", "0.73", None),
        ("tax", "VAT on services", "-0.73", None),
        ("in_transit", "Payouts in transit", "106.51", None),
    ]


def test_the_input_tax_in_a_fee_that_is_given_back():
    planned = plan(payout_of(transaction("txn_1", "-55.00", "-1.20")), payment(7, "-55"), rules=taxed_fees("20"))

    assert entry(planned)[1:3] == [
        ("fee", "Processing fees", "-1.00", None),
        ("tax", "VAT on services", "-0.20", None),
    ]


def test_a_fee_too_small_for_tax_bears_none():
    planned = plan(payout_of(transaction("txn_1", "5.00", "0.02")), payment(7, "5"), rules=taxed_fees("20"))

    assert entry(planned)[1:] == [
        ("fee", "Processing fees", "0.02", None),
        ("in_transit", "Payouts in transit", "4.98", None),
    ]


def test_case_25_a_reserve_held_and_released():
    hold = transaction("txn_1", "-50.00", kind=K.RESERVE_HOLD)
    release = transaction("txn_2", "30.00", kind=K.RESERVE_RELEASE)

    assert entry(plan(payout_of(hold, release))) == [
        ("reserve", "Stripe reserve", "50.00", None),
        ("reserve", "Stripe reserve", "-30.00", None),
        ("in_transit", "Payouts in transit", "-20.00", None),
    ]


# Fees and the rest


def test_fees_are_one_line_per_rule():
    planned = plan(
        payout_of(
            transaction("txn_1", "110.00", "3.49"),
            transaction("txn_2", "60.00", "1.10"),
            transaction("txn_3", "-0.50", kind=K.FEE, raw_kind="network_cost"),
            transaction("txn_4", "0", "2.00", kind=K.FEE, raw_kind="fee"),
        ),
        payment(1, "110"),
        payment(2, "60"),
        rules=Rulebook([FEES, rule(15, "payout_fee", "Network costs", "network_cost")]),
    )

    assert [(line.target.label, str(line.amount), line.label, line.transaction_ids) for line in
            planned.with_role(LineRole.FEE)] == [
        ("Processing fees", "6.59", "fees: charge ×2, fee ×1", ("txn_1", "txn_2", "txn_4")),
        ("Network costs", "0.50", "fees: network_cost ×1", ("txn_3",)),
    ]  # fmt: skip
    assert len(planned.with_role(LineRole.CLEARING)) == 2


def test_fees_that_cancel_out_leave_no_line():
    planned = plan(
        payout_of(
            transaction("txn_1", "-1.00", kind=K.FEE), transaction("txn_2", "1.00", kind=K.FEE), transaction("t3", "5")
        ),
        payment(1, "5"),
    )

    assert [line.role.value for line in planned.lines] == ["clearing", "in_transit"]


def test_a_known_adjustment_goes_by_its_rule():
    planned = plan(payout_of(transaction("txn_1", "4.20", kind=K.ADJUSTMENT, raw_kind="other_adjustment")))

    assert entry(planned)[0] == ("suspense", "Payout suspense", "-4.20", None)
    assert planned.lines[0].rule == OTHER


def test_a_failed_payout_that_came_back_leaves_in_transit():
    returned = transaction("txn_1", "40.00", kind=K.PAYOUT, raw_kind="payout_reversal", source_id="po_0")

    planned = plan(payout_of(returned, transaction("txn_2", "5.00")), payment(1, "5"))

    assert entry(planned) == [
        ("clearing", "Stripe clearing", "-5.00", 1),
        ("in_transit", "Payouts in transit", "-40.00", None),
        ("in_transit", "Payouts in transit", "45.00", None),
    ]
    assert planned.lines[1].label == "returned payout po_0"


def test_a_payout_of_nothing_has_no_line_in_transit():
    planned = plan(
        payout_of(transaction("txn_1", "5.00"), transaction("txn_2", "-5.00")), payment(1, "5"), payment(2, "-5")
    )

    assert [line.role.value for line in planned.lines] == ["clearing", "clearing"]


def test_the_rules_of_the_day_decide():
    rules = Rulebook(
        [
            rule(1, "payout_fee", "Old fees", date_to=date(2026, 1, 19)),
            rule(2, "payout_fee", "New fees", date_from=date(2026, 1, 20)),
            rule(3, "payout_fee", "Dollar fees", currency="USD"),
        ]
    )

    planned = plan(payout_of(transaction("txn_1", "5", "1")), payment(1, "5"), rules=rules)

    assert planned.with_role(LineRole.FEE)[0].target.label == "New fees"


def test_a_locked_period_moves_the_entry_and_keeps_the_true_date():
    policy = PayoutPolicy(clearing=CLEARING, in_transit=IN_TRANSIT, first_open_day=date(2026, 2, 1))

    planned = plan(payout_of(transaction("txn_1", "5")), payment(1, "5"), policy=policy)

    assert (planned.date, planned.true_date) == (date(2026, 2, 1), date(2026, 1, 20))
    assert "Feb 1, 2026 (paid Jan 20, 2026, period locked): complete" in to_text(planned)


# What blocks


def test_everything_that_blocks_is_said_at_once():
    rows = (
        transaction("txn_1", "110.00", "3.49", source_id="ch_1", order_reference="1001", row=2),
        transaction("txn_2", "60.00", source_id="ch_2", row=3),
        transaction("txn_3", "5.00", source_id="ch_3", row=4),
        transaction("txn_4", "-7.00", kind=K.UNKNOWN, raw_kind="brand_new_thing", row=5),
        transaction("txn_5", "-8.00", kind=K.UNKNOWN, raw_kind="brand_new_thing", row=6),
    )

    planned = plan(
        payout_of(*rows, amount=Decimal("160.00")),
        payment(2, "50", transaction_id="ch_2", order_number="1002"),
        payment(3, "5", transaction_id="ch_3", order_number="1003", matched_to="payout po_0"),
        rules=Rulebook([]),
    )

    assert (planned.status, planned.lines) == (PlanStatus.BLOCKED, ())
    assert [(r.code, r.key, r.amount and str(r.amount)) for r in planned.reasons] == [
        ("payout_incomplete", "po_1", "3.49"),
        ("missing_in_ledger", "txn_1", "110.00"),
        ("different", "txn_2", "60.00"),
        ("duplicate", "txn_3", "5.00"),
        ("mapping_missing", "payout_fee:charge", "3.49"),
        ("mapping_missing", "payout_other:brand_new_thing", "15.00"),
    ]
    assert str(planned.reasons[1]) == (
        "Payout po_1: charge ch_1, order 1001, 110.00 EUR (row 2), is missing in the ledger: "
        "no payment in the ledger has id ch_1 or order 1001 or this amount and date alone. "
        "Import the order or the refund, or accept it: it then stays open on clearing."
    )
    assert planned.reasons[2].message == (
        "Payout po_1: charge ch_2, 60.00 EUR (row 3), differs from the ledger: same id ch_2; "
        "the processor has 60.00 EUR, the ledger 50 EUR: a difference of 10.00."
    )
    assert str(planned.reasons[5]) == (
        "Payout po_1: No payout other rule covers 'brand_new_thing' in EUR on Jan 20, 2026. "
        "Waiting for it: 15.00 EUR in txn_4, txn_5. Add a mapping rule for it, then retry."
    )
    assert [reason.cause for reason in planned.reasons[3:]] == [
        "",
        "No payout fee rule covers 'charge' in EUR on Jan 20, 2026.",
        "No payout other rule covers 'brand_new_thing' in EUR on Jan 20, 2026.",
    ]


def test_a_blocked_plan_tells_which_rules_answered():
    rows = (
        transaction("txn_1", "110.00", "3.49"),
        transaction("txn_2", "-20.00", "15.00", kind=K.DISPUTE),
        transaction("txn_3", "-7.00", kind=K.UNKNOWN, raw_kind="brand_new_thing"),
    )
    rules = Rulebook([FEES, rule(11, "dispute_fee", "Dispute fees"), DISPUTED])

    blocked = plan(payout_of(*rows), payment(7, "110"), rules=rules)
    complete = plan(payout_of(*rows[:2]), payment(7, "110"), rules=rules)

    answered = {("payout_fee:charge", 10), ("payout_fee:dispute", 11), ("dispute:dispute", 12)}
    assert (blocked.status, blocked.decided) == (PlanStatus.BLOCKED, answered)
    assert (complete.status, complete.decided) == (PlanStatus.COMPLETE, answered)


@pytest.mark.parametrize(
    ("kind", "missed"), [("dispute_fee", "payout_fee"), ("payout_fee", "payout_fee"), ("tip", "tip")]
)
def test_the_kind_that_is_missed(kind, missed):
    """The fee of a dispute is told to lack a fee rule: a rule for dispute fees is an answer, too."""
    assert missed_as(kind) == missed
    if kind != "tip":
        row = transaction("txn_1", "-20.00", "15.00", kind=K.DISPUTE)
        without, there = Rulebook([DISPUTED]), Rulebook([DISPUTED, rule(11, kind, "Fees")])
        assert [reason.key for reason in plan(payout_of(row), rules=without).reasons] == [f"{missed}:dispute"]
        assert not plan(payout_of(row), rules=there).reasons


def test_closed_periods_are_not_crossed():
    """An entry with a tax is read by the tax report, too: it waits for that period to be open."""
    taxed = Target(label="Fees", account=10, tax=5, input_tax=InputTax(label="20 %", rate=Decimal(20)))
    policy = PayoutPolicy(
        clearing=CLEARING, in_transit=IN_TRANSIT, first_open_day=date(2026, 2, 1), first_open_tax_day=date(2026, 4, 1)
    )
    payout, paid = payout_of(transaction("txn_1", "110.00", "3.60")), payment(7, "110")

    days = [
        plan(payout, paid, rules=Rulebook([fees]), policy=policy)
        for fees in (FEES, Rule(id=10, kind="payout_fee", target=taxed))
    ]

    assert [(planned.date, planned.true_date) for planned in days] == [
        (date(2026, 2, 1), date(2026, 1, 20)),
        (date(2026, 4, 1), date(2026, 1, 20)),
    ]


def test_a_report_that_does_not_add_up():
    planned = plan(payout_of(transaction("txn_1", "5"), amount=Decimal("7.00")), payment(1, "5"))

    (reason,) = planned.reasons
    assert (reason.code, reason.amount) == ("payout_incomplete", Decimal("2.00"))
    assert reason.message == (
        "Payout po_1 is 7.00 EUR, but its transactions add up to 5.00 EUR: a difference of 2.00 EUR."
    )


def test_a_payout_without_transactions():
    (reason,) = plan(payout_of(amount=Decimal("7.00"))).reasons

    assert (reason.code, reason.amount) == ("payout_empty", Decimal("7.00"))


def test_a_payout_that_moves_no_money():
    fees = (transaction("txn_1", "-1.00", kind=K.FEE), transaction("txn_2", "1.00", kind=K.FEE))

    planned = plan(payout_of(*fees, transaction("txn_3", "0")))

    assert (planned.status, planned.lines) == (PlanStatus.BLOCKED, ())
    assert [str(reason) for reason in planned.reasons] == [
        "Payout po_1 moves no money: there is nothing to book. Archive it."
    ]


def test_two_rules_that_fit_equally_well():
    twins = Rulebook([rule(1, "payout_fee", "A"), rule(2, "payout_fee", "B")])

    (reason,) = plan(payout_of(transaction("txn_1", "5", "1")), payment(1, "5"), rules=twins).reasons

    assert (reason.code, reason.key) == ("mapping_ambiguous", "payout_fee:charge")
    assert "Make one of them more specific, or end it." in str(reason)


def test_a_fee_row_of_another_payout_blocks_too():
    payout = payout_of(transaction("txn_1", "-5", kind=K.FEE))
    matches = match_transactions(payout.transactions, [], already_in={"txn_1": "po_0"})

    planned = plan_payout(payout, matches, RULES, POLICY)

    assert [reason.code for reason in planned.reasons] == ["duplicate"]


@pytest.mark.parametrize(
    "payments",
    [
        (),
        (payment(1, "4", transaction_id="ch_1"),),
        (payment(1, "5", transaction_id="ch_1", matched_to="po_0"),),
    ],
)
def test_what_a_person_accepted_stays_open_on_clearing(payments):
    payout = payout_of(transaction("txn_1", "5.00", source_id="ch_1"))
    assert plan(payout, *payments).status is PlanStatus.BLOCKED

    planned = plan(payout, *payments, accept_open=frozenset({"txn_1"}))

    assert entry(planned)[0] == ("clearing", "Stripe clearing", "-5.00", None)
    assert "stays open, accepted" in to_text(planned)


def test_matches_of_another_payout_are_refused():
    matches = match_transactions([transaction("txn_2", "5")], [])

    with pytest.raises(ValueError, match="the matches are not those of payout po_1"):
        plan_payout(payout_of(transaction("txn_1", "5")), matches, RULES, POLICY)


def test_an_entry_that_does_not_balance_is_never_returned(monkeypatch):
    monkeypatch.setattr(payouts, "fee_lines", lambda rule, parts, currency: [PayoutLine(
        role=LineRole.FEE, target=rule.target, rule=rule, amount=Decimal("9"), label="wrong"
    )])  # fmt: skip

    with pytest.raises(PlanUnbalanced, match="The entry of payout po_1 is off by 8.00 EUR"):
        plan(payout_of(transaction("txn_1", "5.00", "1.00")), payment(1, "5"))


# From the file to the text


def report_plans():
    file = ReportFile(name="stripe_january.csv", content=(REPORTS / "stripe_january.csv").read_bytes())
    _format, report = read_report(file, zone=PARIS)
    payments = [
        payment(1, "110", transaction_id="pi_1", order_number="1001", date=date(2026, 1, 16)),
        payment(2, "60", transaction_id="ch_2", order_number="1002", date=date(2026, 1, 17)),
        payment(3, "-55", transaction_id="re_1", order_number="1001", date=date(2026, 1, 18)),
        payment(4, "95", order_number="1003", date=date(2026, 1, 23)),
    ]
    return [plan(payout, *payments) for payout in report.payouts]


EXPECTED = """\
Payout po_1, stripe, 109.91 EUR, Jan 20, 2026: complete
  Account             Text                               Debit  Credit  Why
  Stripe clearing     charge ch_1, order 1001                   110.00  settles payment 1
  Stripe clearing     charge ch_2, order 1002                    60.00  settles payment 2
  Stripe clearing     refund re_1, order 1001            55.00          settles payment 3
  Processing fees     fees: charge ×2, network_cost ×1    5.09          payout fee '*' → Processing fees (rule 10)
  Payouts in transit  payout po_1                       109.91          processor account
  Total                                                 170.00  170.00  EUR

Payout po_2, stripe, -40.00 EUR, Jan 27, 2026: complete
  Account             Text                      Debit  Credit  Why
  Stripe clearing     charge ch_3, order 1003           95.00  settles payment 4
  Disputed funds      dispute du_1             110.00          dispute '*' → Disputed funds (rule 12)
  Stripe reserve      reserve hold txn_7         8.00          reserve '*' → Stripe reserve (rule 13)
  Dispute fees        fees: dispute ×1          15.00          payout fee 'dispute*' → Dispute fees (rule 11)
  Processing fees     fees: charge ×1            2.00          payout fee '*' → Processing fees (rule 10)
  Payouts in transit  payout po_2                       40.00  processor account
  Total                                        135.00  135.00  EUR
"""


def test_the_plan_a_bookkeeper_reads():
    assert "\n".join(to_text(planned) for planned in report_plans()) == EXPECTED


def test_a_blocked_plan_as_text():
    planned = plan(payout_of(transaction("txn_1", "5.00", source_id="ch_1")))

    assert to_text(planned) == (
        "Payout po_1, stripe, 5.00 EUR, Jan 20, 2026: blocked\n"
        "  ! Payout po_1: charge ch_1, 5.00 EUR, is missing in the ledger: no payment in the ledger has id ch_1 or "
        "this amount and date alone. Import the order or the refund, or accept it: it then stays open on clearing.\n"
    )


# Laws

CENTS = st.decimals(min_value=-999, max_value=999, places=2)
KINDS = st.sampled_from(list(TransactionKind))


@settings(deadline=None)
@given(st.lists(st.tuples(KINDS, CENTS, CENTS), min_size=1, max_size=12), st.booleans())
def test_an_entry_is_balanced_and_leaves_nothing_out(rows, is_short):
    transactions = tuple(
        transaction(f"txn_{at}", str(gross), str(fee), kind=kind, source_id=f"id_{at}")
        for at, (kind, gross, fee) in enumerate(rows)
    )
    payments = [payment(at, str(tx.gross), transaction_id=tx.source_id) for at, tx in enumerate(transactions)]
    everything = Rulebook([FEES, DISPUTED, RESERVE, rule(1, "payout_other", "Other")])
    payout = payout_of(*transactions)
    if is_short:
        payout = payout_of(*transactions, amount=payout.amount + Decimal("0.01"))

    planned = plan(payout, *payments, rules=everything)

    if planned.status is PlanStatus.BLOCKED:
        assert not planned.lines
        assert [reason.code for reason in planned.reasons] == ["payout_incomplete" if is_short else "payout_empty"]
        return
    assert not is_short
    assert sum(line.amount for line in planned.lines) == 0
    assert all(line.amount for line in planned.lines)
    in_transit = sum(line.amount for line in planned.with_role(LineRole.IN_TRANSIT))
    returned = sum(tx.gross for tx in transactions if tx.kind is K.PAYOUT)
    assert in_transit == payout.amount - returned
    settled = [line.payment_id for line in planned.lines if line.payment_id is not None]
    assert len(settled) == len(set(settled))
    clearing = sum(line.amount for line in planned.with_role(LineRole.CLEARING))
    assert clearing == -sum(tx.gross for tx in transactions if tx.kind in (K.CHARGE, K.REFUND, K.REFUND_FAILURE))
