"""What is proposed for the end of a period."""

from datetime import date
from decimal import Decimal as D

import pytest

from ecommerce_connector.core.period_end.breakage import foreseen
from ecommerce_connector.core.period_end.entry import Entry, Part, entries
from ecommerce_connector.core.period_end.fees import estimate

CENT = D("0.01")
JANUARY_31, FEBRUARY_1, MARCH_1 = date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)


@pytest.mark.parametrize(
    ("redeemed", "percent", "recognized", "balance", "expected"),
    [
        ("90.00", "10", "0", "100.00", "10.00"),
        ("45.00", "10", "0", "100.00", "5.00"),
        ("90.00", "10", "5.00", "100.00", "5.00"),
        ("90.00", "10", "12.00", "100.00", "0"),
        ("90.00", "10", "0", "4.00", "4.00"),
        ("90.00", "10", "0", "-4.00", "0"),
        ("10.00", "12.5", "0", "100.00", "1.43"),
        ("90.00", "0", "0", "100.00", "0"),
    ],
)
def test_breakage_in_proportion_to_redemptions(redeemed, percent, recognized, balance, expected):
    assert foreseen(D(redeemed), D(percent), D(recognized), D(balance), CENT) == D(expected)


def test_fees_of_volume_and_count():
    assert estimate(D("1000.00"), 3, D("1.25"), D("0.10"), CENT) == D("12.80")
    assert estimate(D("0"), 0, D("1.25"), D("0.10"), CENT) == 0
    assert estimate(D("1000"), 3, D("1.25"), D("0"), D(1)) == D(13)


def part(account, balance, back=FEBRUARY_1):
    return Part(account=account, balance=D(balance), reversed_on=back)


def test_entry_and_what_takes_it_back():
    assert entries(JANUARY_31, [part(2, "60.00"), part(1, "30.00"), part(2, "10.00")], 9) == (
        Entry(day=JANUARY_31, items=((1, D(30)), (2, D(70)), (9, D(-100)))),
        Entry(day=FEBRUARY_1, items=((1, D(-30)), (2, D(-70)), (9, D(100)))),
    )


def test_parts_that_are_taken_back_on_several_days():
    first, *back = entries(JANUARY_31, [part(1, "-30.00"), part(1, "-12.00", MARCH_1)], 9)
    assert first == Entry(day=JANUARY_31, items=((1, D(-42)), (9, D(42))))
    assert back == [
        Entry(day=FEBRUARY_1, items=((1, D(30)), (9, D(-30)))), Entry(day=MARCH_1, items=((1, D(12)), (9, D(-12)))),
    ]  # fmt: skip


def test_what_stays_and_what_comes_to_nothing():
    assert entries(JANUARY_31, [part(1, "5.00", None)], 9) == (
        Entry(day=JANUARY_31, items=((1, D(5)), (9, D(-5)))),
    )  # fmt: skip
    assert entries(JANUARY_31, [part(1, "5.00"), part(1, "-5.00")], 9) == ()
    assert entries(JANUARY_31, [], 9) == ()
    balanced = entries(JANUARY_31, [part(1, "5.00"), part(2, "-5.00")], 9)
    assert balanced[0].items == ((1, D(5)), (2, D(-5)))


def test_every_entry_is_balanced():
    found = entries(JANUARY_31, [part(1, "5.01"), part(2, "-3.02", MARCH_1), part(3, "0.33", None)], 9)
    assert len(found) == 3
    assert all(sum(balance for _account, balance in entry.items) == 0 for entry in found)
