"""What a store has against what is held here."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.sync.completeness import Listed, Tally, compare, number_gaps


def order(number, total="10.00", currency="EUR"):
    return Listed(external_id=f"id-{number}", number=number, currency=currency, total=Decimal(total))


def test_counts_and_sums_by_currency_and_names_what_differs():
    listed = [order("1", "10.00"), order("2", "20.10"), order("3", "5.00", "USD"), order("4", "7.00")]
    held = {"id-1": order("1", "10.00"), "id-3": order("3", "5.50", "USD"), "id-4": order("4", "7.00", "GBP")}
    found = compare(listed, held)
    assert found.missing == ("2",)
    assert found.different == ("3", "4")
    assert found.tallies == {
        "EUR": Tally(3, Decimal("37.10"), 1, Decimal("10.00")),
        "USD": Tally(1, Decimal("5.00"), 1, Decimal("5.50")),
        "GBP": Tally(0, Decimal("0.00"), 1, Decimal("7.00")),
    }


def test_what_is_held_alike_is_no_finding():
    listed = [order(str(number)) for number in range(5)]
    found = compare(listed, {item.external_id: item for item in listed})
    assert (found.missing, found.different) == ((), ())
    assert found.tallies == {"EUR": Tally(5, Decimal("50.00"), 5, Decimal("50.00"))}


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        (["#1001", "#1002", "#1003"], ()),
        (["#1003", "#1001"], ("#1002",)),
        (["#1001", "#1008", "#1003"], ("#1002", "#1004–#1007")),
        (["EU-1", "EU-3", "US-1", "US-2"], ("EU-2",)),
        (["0998", "0999", "1000", "1002"], ("1001",)),
        (["000000098", "000000101"], ("000000099–000000100",)),
        # A magazine that begins another series at 100000 has not lost 98,000 orders.
        (["1999", "100000", "100002"], ("100001",)),
        (["W-abc", "W-abd", ""], ()),
        (["1001-1", "1001-3"], ("1001-2",)),
    ],
)
def test_gaps_in_numbers(numbers, gaps):
    assert number_gaps(numbers) == gaps


@given(st.sets(st.integers(1, 300), min_size=2), st.randoms())
def test_gaps_and_numbers_make_the_whole_series(known, random):
    numbers = [f"#{value}" for value in known]
    random.shuffle(numbers)
    left_out = set()
    for gap in number_gaps(numbers):
        first, _separator, last = gap.replace("#", "").partition("–")
        left_out |= set(range(int(first), int(last or first) + 1))
    assert left_out == set(range(min(known), max(known) + 1)) - known
