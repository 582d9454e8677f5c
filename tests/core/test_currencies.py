"""Minor units as processors count them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecommerce_connector.core.currencies import exponent, from_minor, is_currency, unit
from ecommerce_connector.core.errors import PayloadError


@pytest.mark.parametrize(
    ("code", "digits", "smallest"),
    [
        ("EUR", 2, "0.01"), ("USD", 2, "0.01"), ("HUF", 2, "0.01"), ("JPY", 0, "1"), ("KRW", 0, "1"), ("CLP", 0, "1"),
        ("KWD", 3, "0.001"), ("BHD", 3, "0.001"), ("TND", 3, "0.001"), ("IQD", 3, "0.001"), ("CLF", 4, "0.0001"),
    ],
)  # fmt: skip
def test_digits(code: str, digits: int, smallest: str) -> None:
    assert exponent(code) == digits
    assert unit(code) == Decimal(smallest)
    assert str(unit(code)) == smallest


@pytest.mark.parametrize(
    ("cents", "code", "amount"),
    [(12345, "EUR", "123.45"), (-1, "EUR", "-0.01"), (500, "JPY", "500"), (1, "KWD", "0.001")],
)
def test_amounts_in_minor_units(cents: int, code: str, amount: str) -> None:
    assert from_minor(cents, code) == Decimal(amount)


@pytest.mark.parametrize("code", ["eur", "EURO", "", "BTC", "XXX", "DEM"])
def test_what_is_no_currency(code: str) -> None:
    assert not is_currency(code)
    for function in (exponent, unit, lambda text: from_minor(1, text)):
        with pytest.raises(PayloadError, match=f"^currency: '{code}' is not an ISO 4217 currency code.$"):
            function(code)
