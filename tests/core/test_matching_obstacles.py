"""Payments that the ledger has, but not so that a payout could settle them."""

from decimal import Decimal

import pytest
from payout_builders import payment, transaction

from ecommerce_connector.core.payouts.matching import MatchStatus, match_transactions

DRAFT = {"obstacle": "its entry PAY/1 is a draft", "open_amount": Decimal(0)}


def one(tx, *payments):
    (row,) = match_transactions([tx], payments).rows
    return row


@pytest.mark.parametrize(
    ("state", "difference"),
    [(DRAFT, "5"), ({"obstacle": "only 2 of its 5 EUR is open", "open_amount": Decimal(2)}, "3")],
)
def test_an_obstacle_is_named_with_what_the_ledger_lacks(state, difference):
    row = one(transaction("txn_1", "5", source_id="ch_1"), payment(1, "5", transaction_id="ch_1", **state))

    assert (row.status, row.payment.id, row.difference) == (MatchStatus.DIFFERENT, 1, Decimal(difference))
    assert row.reasons[1] == f"the payment, 5 EUR, Jan 16, 2026 cannot be settled: {state['obstacle']}"


def test_a_settled_payment_is_a_duplicate_whatever_else_is_wrong_with_it():
    row = one(
        transaction("txn_1", "5", source_id="ch_1"), payment(1, "5", transaction_id="ch_1", matched_to="po_0", **DRAFT)
    )

    assert row.status is MatchStatus.DUPLICATE


def test_a_whole_payment_is_taken_before_a_draft():
    tx = transaction("txn_1", "5", order_reference="1001")
    row = one(tx, payment(1, "5", order_number="1001", **DRAFT), payment(2, "5", order_number="1001"))

    assert (row.status, row.payment.id) == (MatchStatus.MATCHED, 2)


def test_amount_and_day_alone_do_not_lead_to_a_draft():
    row = one(transaction("txn_1", "5"), payment(1, "5", **DRAFT))

    assert (row.status, row.payment) == (MatchStatus.MISSING_IN_LEDGER, None)


def test_what_the_ledger_lacks_is_not_missing_at_the_processor():
    half = payment(2, "5", obstacle="only 2 of its 5 EUR is open", open_amount=Decimal(2))

    assert match_transactions([], [payment(1, "5", **DRAFT), half]).missing_at_processor == (half,)
