"""What came too late for the month in which it happened."""

from datetime import date
from decimal import Decimal as D

import pytest

from ecommerce_connector.core.period_end.cutoff import (
    LateEntry,
    LateItem,
    Nature,
    accrued,
    late_groups,
    month_end,
    months,
)

SHOP, CARDS = ("ecommerce.store", 1), ("ecommerce.processor.account", 1)
REVENUE, TAX, FEES = 400, 251, 620


def late(entry, true="2026-01-20", booked="2026-02-01", *, owner=SHOP, currency="EUR", items=(), **amounts):
    return LateEntry(
        entry=entry, owner=owner, currency=currency, true_date=date.fromisoformat(true),
        booked_on=date.fromisoformat(booked), **{name: D(amount) for name, amount in amounts.items()},
        items=tuple(LateItem(account=account, nature=nature, balance=D(amount)) for account, nature, amount in items),
    )  # fmt: skip


SALE = ((REVENUE, Nature.REVENUE, "-100.00"), (TAX, Nature.TAX, "-20.00"))
RETURN = ((REVENUE, Nature.REVENUE, "30.00"), (TAX, Nature.TAX, "6.00"))


@pytest.mark.parametrize(
    ("day", "end"), [("2026-01-31", "2026-01-31"), ("2026-02-01", "2026-02-28"), ("2028-02-05", "2028-02-29")]
)
def test_month_end(day, end):
    assert month_end(date.fromisoformat(day)) == date.fromisoformat(end)


def test_months_of_a_range():
    found = [str(end) for end in months(date(2025, 12, 15), date(2026, 2, 1))]
    assert found == ["2025-12-31", "2026-01-31", "2026-02-28"]
    assert list(months(date(2026, 1, 1), date(2026, 1, 31))) == [date(2026, 1, 31)]


def test_same_month_is_no_matter_of_cut_off():
    assert late_groups([late(1, true="2026-01-05", booked="2026-01-31")]) == []
    assert [group.entries for group in late_groups([late(1, true="2026-01-31", booked="2026-02-01")])] == [[1]]


def test_sums_of_a_month():
    (group,) = late_groups(
        [late(1, documents="120.00", items=SALE), late(2, documents="-36.00", items=RETURN), late(3, money="84.00")]
    )
    assert (group.last_day, group.owner, group.currency) == (date(2026, 1, 31), SHOP, "EUR")
    assert (len(group.entries), group.documents, group.money) == (3, D("84.00"), D("84.00"))
    assert (group.of(Nature.REVENUE), group.of(Nature.TAX), group.of(Nature.COST)) == (D("70.00"), D("14.00"), 0)


def test_an_entry_of_several_payments_counts_once():
    (group,) = late_groups([late(1, money="10.00"), late(1, money="5.00")])
    assert (group.entries, group.money) == ([1], D("15.00"))


def test_groups_are_by_month_owner_and_currency():
    entries = [
        late(1), late(2, true="2025-12-31"), late(3, currency="USD"), late(4, owner=CARDS),
        late(5, true="2026-01-01", booked="2026-03-01"),
    ]  # fmt: skip
    assert [(str(group.last_day), group.owner, group.currency, group.entries) for group in late_groups(entries)] == [
        ("2025-12-31", SHOP, "EUR", [2]), ("2026-01-31", CARDS, "EUR", [4]), ("2026-01-31", SHOP, "EUR", [1, 5]),
        ("2026-01-31", SHOP, "USD", [3]),
    ]  # fmt: skip


def test_accrued_is_the_result_by_the_day_that_has_it_without_tax():
    fee, back = ((FEES, Nature.COST, "3.00"),), ((FEES, Nature.COST, "-3.00"),)
    entries = [
        late(1, items=SALE), late(2, currency="USD", items=RETURN), late(3, items=fee),
        late(4, items=SALE, booked="2026-03-01"), late(5, items=SALE, booked="2026-01-31"),
    ]  # fmt: skip
    assert accrued(entries) == {
        (REVENUE, date(2026, 2, 1)): D("-70.00"), (REVENUE, date(2026, 3, 1)): D("-100.00"),
        (FEES, date(2026, 2, 1)): D("3.00"),
    }  # fmt: skip
    assert accrued([late(1, items=fee), late(2, items=back)]) == {}
    (group,) = late_groups([late(3, items=fee)])
    assert group.of(Nature.COST) == D("3.00")
