"""Splitting amounts: nothing is lost, nothing appears."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.rounding import ZERO, allocate, quantize, total

D = Decimal
UNITS = st.sampled_from([D("1"), D("0.01"), D("0.001")])
WEIGHTS = st.lists(st.integers(0, 10**7).map(lambda cents: D(cents) / 100), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("amount", "weights", "unit", "shares"),
    [
        ("10.00", "1 1 1", "0.01", "3.34 3.33 3.33"),
        ("-10.00", "1 1 1", "0.01", "-3.34 -3.33 -3.33"),
        ("0.02", "1 1 1", "0.01", "0.01 0.01 0.00"),
        ("0.05", "10 20 10", "0.01", "0.01 0.03 0.01"),  # 1.25, 2.5, 1.25: the largest remainder
        ("0.02", "1 3", "0.01", "0.00 0.02"),  # half a cent each: the larger weight
        ("0.01", "20 20", "0.01", "0.01 0.00"),  # of equal weights the earlier
        ("100", "1 2", "1", "33 67"),
        ("1.000", "1 1 1", "0.001", "0.334 0.333 0.333"),
        ("7.00", "0 5 0", "0.01", "0.00 7.00 0.00"),
        ("0.00", "3 4", "0.01", "0.00 0.00"),
        ("9.00", "-1 -2", "0.01", "3.00 6.00"),
    ],
)
def test_shares(amount: str, weights: str, unit: str, shares: str) -> None:
    assert allocate(D(amount), [D(weight) for weight in weights.split()], D(unit)) == [D(s) for s in shares.split()]


@stable
@given(units=st.integers(-(10**9), 10**9), weights=WEIGHTS, unit=UNITS)
def test_shares_sum_to_the_amount_and_are_within_a_unit_of_their_part(
    units: int, weights: list[Decimal], unit: Decimal
) -> None:
    amount = units * unit
    shares = allocate(amount, weights, unit)
    assert total(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert share % unit == 0
        assert share * amount >= 0
        assert abs(share - amount * weight / total(weights)) < unit
        assert weight or not share


@stable
@given(units=st.integers(-(10**6), 10**6), weights=WEIGHTS, unit=UNITS, order=st.randoms(use_true_random=False))
def test_each_weight_gets_the_same_in_any_order(units: int, weights: list[Decimal], unit: Decimal, order) -> None:
    shuffled = list(weights)
    order.shuffle(shuffled)
    one = Counter(zip(weights, allocate(units * unit, weights, unit), strict=True))
    other = Counter(zip(shuffled, allocate(units * unit, shuffled, unit), strict=True))
    assert one == other


@stable
@given(units=st.integers(0, 10**6), weights=WEIGHTS, unit=UNITS)
def test_giving_back_is_the_mirror_of_taking(units: int, weights: list[Decimal], unit: Decimal) -> None:
    assert allocate(-units * unit, weights, unit) == [-share for share in allocate(units * unit, weights, unit)]


@stable
@given(weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any), data=st.data())
def test_no_share_is_greater_than_its_weight_when_less_than_all_is_split(weights: list[int], data) -> None:
    """What refunds rely on: no tax is given back that was not charged."""
    parts = [D(weight) / 100 for weight in weights]
    amount = D(data.draw(st.integers(0, sum(weights)))) / 100
    assert all(share <= part for share, part in zip(allocate(amount, parts), parts, strict=True))
    assert allocate(total(parts), parts) == parts


@pytest.mark.parametrize(
    ("amount", "weights", "message"),
    [
        ("1.00", [], "weights must have one sign and not all be zero"),
        ("1.00", ["0", "0"], "weights must have one sign and not all be zero"),
        ("1.00", ["1", "-1"], "weights must have one sign and not all be zero"),
        ("1.00", ["2", "-1"], "weights must have one sign and not all be zero"),
        ("1.001", ["1"], "1.001 is not a multiple of 0.01"),
    ],
)
def test_what_cannot_be_split(amount: str, weights: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allocate(D(amount), [D(weight) for weight in weights])


@pytest.mark.parametrize(
    ("amount", "unit", "rounded"),
    [("0.005", "0.01", "0.01"), ("-0.005", "0.01", "-0.01"), ("2.675", "0.01", "2.68"), ("0.5", "1", "1")],
)
def test_half_is_rounded_away_from_zero(amount: str, unit: str, rounded: str) -> None:
    assert quantize(D(amount), D(unit)) == D(rounded)


def test_sum_of_nothing_is_a_decimal() -> None:
    assert total([]) == ZERO
    assert isinstance(total([]), Decimal)


@pytest.mark.parametrize(("cap", "currency", "expected"), [
    ("0.05", "EUR", "0.05"), ("0.05", "JPY", "1"), ("0.05", "KWD", "0.05"), ("0", "JPY", "0"), ("2", "JPY", "2"),
])  # fmt: skip
def test_the_cap_is_at_least_one_unit_unless_there_is_none(cap, currency, expected):
    policy = Policy(zone=ZoneInfo("UTC"), rounding_cap=Decimal(cap))
    assert policy.rounding_cap_in(currency) == Decimal(expected)
