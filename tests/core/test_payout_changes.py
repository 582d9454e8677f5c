"""A payout in a second report: what is new, what is missing, and which of the two is kept."""

from dataclasses import replace

from payout_builders import payout_of, transaction

from ecommerce_connector.core.payouts.changes import compare_payouts

ONE, TWO = transaction("txn_1", "10.00", "1.00"), transaction("txn_2", "20.00")


def test_the_same_rows_in_another_order_with_other_texts():
    change = compare_payouts(payout_of(ONE, TWO), payout_of(replace(TWO, description="x", row=7), ONE))

    assert not change.differs and not change.is_fuller
    assert str(change) == "the same rows"


def test_a_fuller_report():
    change = compare_payouts(payout_of(ONE), payout_of(ONE, TWO))

    assert change.differs and change.is_fuller
    assert str(change) == "rows: 1 more (txn_2 20.00); the payout is 29.00 EUR instead of 9.00"


def test_a_report_that_was_cut_off():
    change = compare_payouts(payout_of(ONE, TWO), payout_of(ONE))

    assert change.differs and not change.is_fuller
    assert str(change) == "rows: 1 missing (txn_2 20.00); the payout is 9.00 EUR instead of 29.00"


def test_a_row_with_another_amount():
    change = compare_payouts(payout_of(ONE), payout_of(transaction("txn_1", "10.00", "2.00")))

    assert change.is_fuller
    assert str(change).startswith("rows: 1 changed (txn_1 9.00 net to 8.00); the payout is 8.00")


def test_many_rows_are_counted_not_listed():
    rows = [transaction(f"txn_{at}", "1.00") for at in range(5)]

    assert "5 more (txn_0 1.00, txn_1 1.00, txn_2 1.00 and 2 more)" in str(
        compare_payouts(payout_of(), payout_of(*rows))
    )


def test_the_row_of_the_payout_itself_is_news():
    change = compare_payouts(payout_of(ONE), payout_of(ONE, is_stated=True))

    assert change.is_fuller and not change.differs
    assert str(change) == "it has a row for the payout itself"


def test_a_stated_amount_is_not_given_up_for_a_sum():
    change = compare_payouts(payout_of(ONE, is_stated=True), payout_of(ONE, TWO))

    assert change.differs and not change.is_fuller
