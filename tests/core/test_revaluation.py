"""Open balances in foreign currencies at the end of a period."""

from decimal import Decimal as D

from ecommerce_connector.core.revaluation import OpenBalance, by_currency, revalue, totals

RATES = {"USD": D("1.25"), "JPY": D("160")}


def balance(amount, carried, *, account=1, currency="USD", what="clearing"):
    return OpenBalance(account=account, what=what, currency=currency, amount=D(amount), carried=D(carried))


def figures(*balances):
    return [(line.value, line.difference, line.to_post) for line in revalue(balances, "EUR", RATES.get)]


def test_gain_and_loss():
    assert figures(balance("100.00", "78.00"), balance("100.00", "82.50", account=2)) == [
        (D("80.00"), D("2.00"), D("2.00")),
        (D("80.00"), D("-2.50"), D("-2.50")),
    ]


def test_what_we_owe():
    assert figures(balance("-100.00", "-78.00")) == [(D("-80.00"), D("-2.00"), D("-2.00"))]


def test_rounded_to_the_companys_currency():
    assert figures(balance("1000", "6.00", currency="JPY")) == [(D("6.25"), D("0.25"), D("0.25"))]
    (line,) = revalue([balance("10.01", "9.00")], "JPY", RATES.get)
    assert line.value == D("8")


def test_without_a_rate_nothing_is_valued():
    (line,) = revalue([balance("5.00", "4.00", currency="CHF")], "EUR", RATES.get)
    assert (line.rate, line.value, line.difference) == (None, None, 0)


def test_nothing_open_is_left_out():
    assert revalue([balance("0.00", "0.00")], "EUR", RATES.get) == ()


def test_empty_in_its_currency_but_not_in_the_companys():
    (line,) = revalue([balance("0.00", "3.10")], "EUR", RATES.get)
    assert (line.is_stranded, line.difference, line.to_post) == (True, D("-3.10"), 0)
    assert by_currency([line]) == {}


def test_one_entry_for_each_currency():
    lines = revalue(
        [
            balance("100.00", "78.00"), balance("10.00", "8.00", account=2), balance("1000", "6.00", currency="JPY"),
            balance("-50.00", "-42.00", account=3),
        ], "EUR", RATES.get,
    )  # fmt: skip
    groups = by_currency(lines)
    assert {code: [line.balance.account for line in group] for code, group in groups.items()} == {
        "USD": [1, 3], "JPY": [1],
    }  # fmt: skip


def test_totals_of_accounts():
    lines = revalue(
        [balance("100.00", "78.00"), balance("1000", "6.00", currency="JPY"), balance("5.00", "4.00", currency="CHF")],
        "EUR", RATES.get,
    )  # fmt: skip
    assert totals(lines) == {1: (D("84.00"), D("86.25"), D("2.25"))}
