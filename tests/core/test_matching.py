"""Which payment a balance transaction settles."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payout_builders import PARIS, payment, transaction

from ecommerce_connector.core.payouts.matching import MatchStatus, match_transactions
from ecommerce_connector.core.settlements import TransactionKind

MATCHED, DIFFERENT, MISSING, DUPLICATE, NONE = (
    MatchStatus.MATCHED,
    MatchStatus.DIFFERENT,
    MatchStatus.MISSING_IN_LEDGER,
    MatchStatus.DUPLICATE,
    MatchStatus.NO_COUNTERPART,
)


def one(tx, *payments):
    """The row of a single transaction."""
    (row,) = match_transactions([tx], payments).rows
    return row


def outcome(transactions, payments, **options):
    """Status and payment id by balance transaction, as short text."""
    rows = match_transactions(transactions, payments, **options).rows
    return [f"{row.status.value} {row.payment.id if row.payment else '-'}" for row in rows]


# By the processor's ids


@pytest.mark.parametrize(
    ("fields", "transaction_id", "score", "reason"),
    [
        ({"source_id": "ch_1"}, "ch_1", 100, "same id ch_1 and amount"),
        ({}, "txn_1", 100, "same id txn_1 and amount"),
        ({"source_id": "py_1", "charge_id": "ch_1"}, "ch_1", 95, "same charge ch_1 and amount"),
        ({"source_id": "ch_1", "payment_intent_id": "pi_1"}, "pi_1", 95, "same charge pi_1 and amount"),
    ],
)
def test_ids_decide_first(fields, transaction_id, score, reason):
    row = one(
        transaction("txn_1", "110", order_reference="1001", **fields),
        payment(1, "110", order_number="1001"),
        payment(2, "110", transaction_id=transaction_id, order_number="1001", date=date(2026, 3, 1)),
    )

    assert (row.status, row.payment.id, row.score, row.difference) == (MATCHED, 2, score, Decimal(0))
    assert row.reasons == (reason,)


def test_partial_refunds_by_their_own_ids():
    refunds = [
        transaction(f"txn_{at}", "-10", source_id=f"re_{at}", charge_id="ch_1", payment_intent_id="pi_1")
        for at in (1, 2, 3)
    ]
    payments = [payment(at, "-10", transaction_id=f"re_{at}") for at in (3, 1, 2)]

    assert outcome(refunds, payments) == ["matched 1", "matched 2", "matched 3"]


def test_partial_refunds_of_a_charge_by_amount_then_by_date():
    at = [datetime(2026, 1, day, 12, tzinfo=PARIS) for day in (10, 14, 18)]
    refunds = [
        transaction("txn_1", "-10", source_id="re_1", charge_id="ch_1", at=at[2]),
        transaction("txn_2", "-10", source_id="re_2", charge_id="ch_1", at=at[0]),
        transaction("txn_3", "-25", source_id="re_3", charge_id="ch_1", at=at[1]),
    ]
    payments = [
        payment(1, "110", transaction_id="ch_1", date=date(2026, 1, 9)),
        payment(2, "-10", transaction_id="ch_1", date=date(2026, 1, 10)),
        payment(3, "-25", transaction_id="ch_1", date=date(2026, 1, 18)),
        payment(4, "-10", transaction_id="ch_1", date=date(2026, 1, 18)),
    ]

    assert outcome(refunds, payments) == ["matched 4", "matched 2", "matched 3"]


def test_equal_refunds_of_a_charge_go_to_the_nearest_date():
    refunds = [
        transaction(f"txn_{day}", "-10", charge_id="ch_1", at=datetime(2026, 1, day, 12, tzinfo=PARIS))
        for day in (14, 18)
    ]
    payments = [payment(day, "-10", transaction_id="ch_1", date=date(2026, 1, 32 - day)) for day in (14, 18)]

    assert outcome(refunds, payments) == ["matched 18", "matched 14"]


def test_the_order_tells_payments_of_one_intent_apart():
    charges = [transaction(f"txn_{at}", "5", payment_intent_id="pi_1", order_reference=str(at)) for at in (1, 2)]
    payments = [payment(at, "5", transaction_id="pi_1", order_number=str(3 - at)) for at in (1, 2)]

    assert outcome(charges, payments) == ["matched 2", "matched 1"]


def test_a_refund_whose_payment_has_another_refunds_id_is_missing():
    row = one(
        transaction("txn_1", "-10", source_id="re_1", charge_id="ch_1", order_reference="1001"),
        payment(1, "-10", transaction_id="re_2", order_number="1001"),
    )

    assert (row.status, row.payment) == (MISSING, None)
    assert row.reasons == (
        "no refund in the ledger has id re_1 or charge ch_1 or order 1001 or this amount and date alone",
    )


# By order


@pytest.mark.parametrize("known", [{"order_number": "#1001"}, {"order_external_id": "1001"}])
def test_the_order_and_the_amount(known):
    row = one(
        transaction("txn_1", "110", source_id="ch_1", order_reference="1001"),
        payment(1, "110", date=date(2025, 12, 1), transaction_id="pi_7", **known),
        payment(2, "110", order_number="1002"),
    )

    assert (row.status, row.payment.id, row.score) == (MATCHED, 1, 80)
    assert row.reasons == ("same order 1001 and amount",)


def test_two_equal_payments_of_an_order_go_to_two_charges():
    charges = [transaction("txn_1", "55", order_reference="1001"), transaction("txn_2", "55", order_reference="1001")]
    payments = [payment(2, "55", order_number="1001"), payment(1, "55", order_number="1001")]

    assert outcome(charges, payments) == ["matched 1", "matched 2"]


def test_the_order_with_another_amount_is_a_difference_only_if_nothing_else_can_be_it():
    charge = transaction("txn_1", "110", order_reference="1001")

    row = one(charge, payment(1, "100", order_number="1001"))
    assert (row.status, row.payment.id, row.difference, row.score) == (DIFFERENT, 1, Decimal(10), 40)

    assert one(charge, payment(1, "100", order_number="1001"), payment(2, "5", order_number="1001")).status is MISSING


def test_one_payment_of_another_amount_is_not_guessed_between_two_charges_of_the_order():
    charges = [transaction(f"txn_{at}", f"{at}0", order_reference="1001") for at in (1, 2)]

    assert outcome(charges, [payment(1, "15", order_number="1001")]) == ["missing_in_ledger -"] * 2


# By amount and date


def test_amount_and_date_if_unique_both_ways():
    row = one(
        transaction("txn_1", "110"),
        payment(1, "110", date=date(2026, 1, 19), order_number="1001"),
        payment(2, "110", date=date(2026, 1, 20)),
        payment(3, "110", currency="USD"),
        payment(4, "-110"),
    )

    assert (row.status, row.payment.id, row.score) == (MATCHED, 1, 50)
    assert row.reasons == ("same amount within 3 days, and nothing else fits",)


def test_amount_and_date_is_not_enough_for_two_payments_or_two_charges():
    assert outcome([transaction("txn_1", "9")], [payment(1, "9"), payment(2, "9")]) == ["missing_in_ledger -"]
    assert outcome([transaction("txn_1", "9"), transaction("txn_2", "9")], [payment(1, "9")]) == [
        "missing_in_ledger -",
        "missing_in_ledger -",
    ]


def test_a_payment_seen_by_an_undecided_charge_is_not_given_to_another():
    at = [datetime(2026, 1, day, 12, tzinfo=PARIS) for day in (10, 15)]
    charges = [transaction("txn_1", "9", at=at[0]), transaction("txn_2", "9", at=at[1])]
    # The first sees payments 1 and 2, the second only payment 2.
    payments = [payment(1, "9", date=date(2026, 1, 9)), payment(2, "9", date=date(2026, 1, 12))]

    assert outcome(charges, payments) == ["missing_in_ledger -", "missing_in_ledger -"]


def test_an_id_or_an_order_of_its_own_rules_amount_and_date_out():
    assert one(transaction("txn_1", "9", source_id="ch_1"), payment(1, "9", transaction_id="ch_2")).status is MISSING
    assert one(transaction("txn_1", "9", order_reference="1"), payment(1, "9", order_number="2")).status is MISSING
    assert one(transaction("txn_1", "9", order_reference="1"), payment(1, "9")).status is MATCHED
    assert one(transaction("txn_1", "9", source_id="ch_1"), payment(1, "9", transaction_id="888")).status is MATCHED


# Different


@pytest.mark.parametrize(
    ("fields", "difference", "reason"),
    [
        ({"amount": "100"}, "10.00", "the processor has 110.00 EUR, the ledger 100 EUR: a difference of 10.00"),
        ({"amount": "-110"}, "220.00", "the processor has 110.00 EUR, the ledger -110 EUR: the other direction"),
        (
            {"amount": "110", "currency": "USD"},
            None,
            "the processor has 110.00 EUR, the ledger 110 USD: another currency",
        ),
    ],
)
def test_the_same_id_with_other_money_is_a_difference(fields, difference, reason):
    row = one(transaction("txn_1", "110.00", source_id="ch_1"), payment(1, transaction_id="ch_1", **fields))

    assert (row.status, row.payment.id) == (DIFFERENT, 1)
    assert row.difference == (Decimal(difference) if difference else None)
    assert row.reasons == ("same id ch_1", reason)


def test_a_charge_does_not_take_the_payment_of_its_refund():
    rows = [
        transaction("txn_1", "110", source_id="ch_1"),
        transaction("txn_2", "-110", source_id="re_1", charge_id="ch_1"),
    ]
    payments = [payment(1, "-110", transaction_id="ch_1")]

    assert outcome(rows, payments) == ["missing_in_ledger -", "matched 1"]


def test_a_refund_of_another_amount_of_the_same_charge():
    row = one(transaction("txn_1", "-12", source_id="re_1", charge_id="ch_1"), payment(1, "-10", transaction_id="ch_1"))

    assert (row.status, row.difference, row.score) == (DIFFERENT, Decimal(-2), 60)


# Duplicates


def test_the_same_balance_transaction_twice():
    rows = match_transactions(
        [transaction("txn_1", "5", row=9), transaction("txn_1", "5", row=2)], [payment(1, "5"), payment(2, "7")]
    ).rows

    assert [row.status for row in rows] == [DUPLICATE, MATCHED]
    assert rows[0].reasons == ("balance transaction txn_1 is listed twice, first in row 2",)


def test_the_same_charge_twice():
    first = transaction("txn_1", "5", source_id="ch_1")
    again = transaction("txn_2", "5", source_id="ch_1", at=datetime(2026, 1, 17, tzinfo=PARIS))

    rows = match_transactions([again, first], [payment(1, "5", transaction_id="ch_1")]).rows

    assert [row.status for row in rows] == [DUPLICATE, MATCHED]
    assert rows[0].reasons == ("charge ch_1 is listed twice, first as balance transaction txn_1",)


def test_two_refunds_known_only_by_their_charge_are_two_refunds():
    refunds = [transaction(f"txn_{at}", "-5", source_id="ch_1", charge_id="ch_1") for at in (1, 2)]
    payments = [payment(1, "-5", transaction_id="ch_1"), payment(2, "-5", transaction_id="ch_1")]

    assert outcome(refunds, payments) == ["matched 1", "matched 2"]


def test_a_dispute_and_its_reversal_are_no_duplicates():
    rows = [
        transaction("txn_1", "-5", kind=TransactionKind.DISPUTE, source_id="du_1"),
        transaction("txn_2", "5", kind=TransactionKind.DISPUTE_REVERSAL, source_id="du_1"),
    ]

    assert outcome(rows, []) == ["no_counterpart -", "no_counterpart -"]


def test_a_payment_that_another_payout_settled():
    row = one(
        transaction("txn_1", "5", source_id="ch_1"),
        payment(1, "5", transaction_id="ch_1", order_number="1001", matched_to="payout po_0"),
    )

    assert (row.status, row.payment.id) == (DUPLICATE, 1)
    assert row.reasons[1] == "the payment of order 1001, 5 EUR, Jan 16, 2026 is already settled by payout po_0"


def test_a_payment_whose_clearing_line_is_reconciled():
    row = one(transaction("txn_1", "5", source_id="ch_1"), payment(1, "5", transaction_id="ch_1", open=False))

    assert row.status is DUPLICATE
    assert row.reasons[1].endswith("is already settled by another entry")


def test_an_open_payment_is_taken_before_a_settled_one():
    charge = transaction("txn_1", "5", order_reference="1001")
    settled = payment(1, "5", order_number="1001", matched_to="po_0")

    assert outcome([charge], [settled, payment(2, "5", order_number="1001")]) == ["matched 2"]
    assert outcome([charge], [settled]) == ["duplicate 1"]


def test_a_second_refund_is_not_the_settled_first_one():
    refund = transaction("txn_2", "-5", source_id="re_2", charge_id="ch_1", order_reference="1001")

    assert outcome([refund], [payment(1, "-5", transaction_id="ch_1", matched_to="po_0")]) == ["missing_in_ledger -"]
    assert outcome([refund], [payment(1, "-5", order_number="1001", matched_to="po_0")]) == ["missing_in_ledger -"]


def test_a_transaction_that_another_payout_contains():
    rows = match_transactions([transaction("txn_1", "5")], [payment(1, "5")], already_in={"txn_1": "po_0"}).rows

    assert (rows[0].status, rows[0].payment) == (DUPLICATE, None)
    assert rows[0].reasons == ("balance transaction txn_1 is already in payout po_0",)


# What needs no payment, and what has none


@pytest.mark.parametrize(
    "kind", [kind for kind in TransactionKind if kind.value not in ("charge", "refund", "refund_failure")]
)
def test_other_kinds_need_no_payment(kind):
    row = one(transaction("txn_1", "-5", kind=kind, source_id="x"), payment(1, "-5", transaction_id="x"))

    assert (row.status, row.payment, row.score) == (NONE, None, 0)


def test_a_charge_of_nothing_needs_no_payment():
    assert one(transaction("txn_1", "0", fee="0.30")).status is NONE


def test_a_failed_refund_does_not_take_the_payment_of_its_charge():
    failure = transaction(
        "txn_1", "55", kind=TransactionKind.REFUND_FAILURE, source_id="re_1", charge_id="ch_1", order_reference="1"
    )

    row = one(
        failure, payment(1, "55", transaction_id="ch_1", order_number="1"), payment(2, "-55", transaction_id="re_1")
    )
    assert (row.status, row.reasons) == (
        MISSING,
        ("refund re_1 failed and its money came back, which the ledger does not know",),
    )

    assert one(failure, payment(3, "55", transaction_id="re_1")).payment.id == 3


def test_open_payments_that_the_processor_does_not_have():
    result = match_transactions(
        [transaction("txn_1", "5", source_id="ch_1"), transaction("txn_2", "8", source_id="ch_2")],
        [
            payment(1, "5", transaction_id="ch_1"),
            payment(2, "6", date=date(2026, 1, 20)),
            payment(3, "7", date=date(2026, 1, 3)),
            payment(4, "7", date=date(2026, 1, 21)),
            payment(5, "7", open=False),
            payment(6, "7", matched_to="po_0"),
            payment(7, "9", transaction_id="ch_2"),
        ],
        until=date(2026, 1, 20),
    )

    assert [p.id for p in result.missing_at_processor] == [3, 2]
    assert [row.transaction.external_id for row in result.with_status(DIFFERENT)] == ["txn_2"]


def test_payments_need_distinct_ids():
    with pytest.raises(ValueError, match="two ledger payments have the same id"):
        match_transactions([], [payment(1, "5"), payment(1, "6")])


def test_many_equal_amounts_stay_fast():
    charges = [transaction(f"txn_{at}", "9.99", source_id=f"ch_{at}") for at in range(5000)]
    payments = [payment(at, "9.99", transaction_id=f"pi_{at}") for at in range(5000)]

    assert set(outcome(charges, payments)) == {"missing_in_ledger -"}


# Laws

AMOUNTS = st.sampled_from(["5", "9", "-5", "-9"])
IDS = st.sampled_from(["", "ch_1", "ch_2", "re_1", "re_2", "pi_1", "X1"])
ORDERS = st.sampled_from(["", "1", "2"])
DAYS = st.integers(1, 12)


@st.composite
def transactions_and_payments(draw):
    transactions = [
        transaction(
            f"txn_{draw(st.integers(1, 6))}",
            draw(AMOUNTS),
            kind=draw(st.sampled_from([*([TransactionKind.CHARGE, TransactionKind.REFUND] * 3), *TransactionKind])),
            source_id=draw(IDS),
            charge_id=draw(IDS),
            order_reference=draw(ORDERS),
            at=datetime(2026, 1, draw(DAYS), 12, tzinfo=ZoneInfo("UTC")),
            row=at,
        )
        for at in range(draw(st.integers(0, 7)))
    ]
    payments = [
        payment(
            at,
            draw(AMOUNTS),
            transaction_id=draw(IDS),
            order_number=draw(ORDERS),
            date=date(2026, 1, draw(DAYS)),
            currency=draw(st.sampled_from(["EUR", "EUR", "EUR", "USD"])),
            open=draw(st.sampled_from([True, True, False])),
            matched_to=draw(st.sampled_from([None, None, "po_0"])),
        )
        for at in range(draw(st.integers(0, 7)))
    ]
    return transactions, payments


@settings(deadline=None)
@given(transactions_and_payments(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_payments_does_not_matter(case, random):
    transactions, payments = case
    shuffled, shuffled_payments = list(transactions), list(payments)
    random.shuffle(shuffled)
    random.shuffle(shuffled_payments)

    result = match_transactions(transactions, payments)
    again = match_transactions(shuffled, shuffled_payments)

    assert {row.transaction.row: row for row in result.rows} == {row.transaction.row: row for row in again.rows}
    assert result.missing_at_processor == again.missing_at_processor
    assert [row.transaction for row in result.rows] == transactions


@settings(deadline=None)
@given(transactions_and_payments())
def test_no_payment_is_used_twice_and_none_is_forgotten(case):
    transactions, payments = case

    result = match_transactions(transactions, payments)

    used = [row.payment.id for row in result.rows if row.payment]
    assert len(used) == len(set(used))
    missing = {p.id for p in result.missing_at_processor}
    assert not missing & set(used)
    assert missing | set(used) >= {p.id for p in payments if p.is_free}


@settings(deadline=None)
@given(transactions_and_payments())
def test_matched_means_equal_and_free(case):
    for row in match_transactions(*case).rows:
        assert row.reasons and 0 <= row.score <= 100
        if row.status is MATCHED:
            assert row.payment.is_free and row.difference == 0
            assert (row.payment.amount, row.payment.currency) == (row.transaction.gross, row.transaction.currency)
        elif row.status in (MISSING, NONE):
            assert row.payment is None
