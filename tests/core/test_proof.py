"""Checks of the store against the ledger: to the cent, and nothing left out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecommerce_connector.core.proof import Check, broken, compare

D = Decimal


def test_equal_figures_hold() -> None:
    checks = compare(4, "worth", {("1001", "EUR"): D("110.00")}, {("1001", "EUR"): D("110")})
    assert [(check.law, check.name, check.subject, check.currency) for check in checks] == [(4, "worth", "1001", "EUR")]
    assert (checks[0].holds, checks[0].difference, broken(checks)) == (True, 0, [])


@pytest.mark.parametrize(("ledger", "difference"), [("110.01", "0.01"), ("109.99", "-0.01"), ("-110", "-220")])
def test_a_cent_is_a_difference(ledger: str, difference: str) -> None:
    (check,) = compare(4, "worth", {("1001", "EUR"): D("110")}, {("1001", "EUR"): D(ledger)})
    assert (check.holds, check.difference) == (False, D(difference))
    assert broken([check]) == [check]


def test_what_only_one_side_has_is_checked_against_nothing() -> None:
    store = {("1001", "EUR"): D("110"), ("1002", "EUR"): D("0")}
    ledger = {("1001", "USD"): D("110"), ("1003", "EUR"): D("5")}
    rows = [(c.subject, c.currency, c.expected, c.actual, c.holds) for c in compare(5, "open", store, ledger)]
    assert rows == [
        ("1001", "EUR", 110, 0, False),
        ("1001", "USD", 0, 110, False),
        ("1002", "EUR", 0, 0, True),
        ("1003", "EUR", 0, 5, False),
    ]


def test_only_what_does_not_hold_is_broken() -> None:
    good = Check(law=1, name="n", subject="a", currency="EUR", expected=D(1), actual=D(1))
    bad = Check(law=1, name="n", subject="b", currency="EUR", expected=D(1), actual=D(2))
    assert broken([good, bad, good]) == [bad]
    assert compare(1, "n", {}, {}) == []


def test_what_is_not_booked_explains_a_difference_but_is_never_counted_as_booked() -> None:
    store, ledger = {("sales", "EUR"): D("150")}, {("sales", "EUR"): D("110")}
    waiting = {("sales", "EUR"): D("40"), ("refunds", "EUR"): D("5")}
    rows = compare(4, "totals", store, ledger, waiting)
    assert [(c.subject, c.expected, c.actual, c.not_booked, c.difference) for c in rows] == [
        ("refunds", 0, 0, 5, 5),
        ("sales", 150, 110, 40, 0),
    ]
    assert [check.subject for check in broken(rows)] == ["refunds"]
