"""What leaves a foreign balance is worth what it is carried at."""

from decimal import Decimal as D

import pytest

from ecommerce_connector.core.carried import moved

CENT = D("0.01")


@pytest.mark.parametrize(
    ("amount", "at_rate", "held", "worth", "value"),
    [
        ("50.00", "44.643", "0.00", "0.00", "44.64"),  # the first
        ("50.00", "44.643", "20.00", "18.00", "44.64"),  # more of it
        ("-5.00", "-4.464", "20.00", "18.00", "-4.50"),  # a part, at the average
        ("-20.00", "-17.857", "20.00", "18.00", "-18.00"),  # all of it
        ("-50.00", "-44.643", "20.00", "18.00", "-44.79"),  # 18.00, and 30.00 at the day's rate
        ("20.00", "17.857", "-20.00", "-18.00", "18.00"),  # below zero, and back
        ("50.00", "44.643", "-20.00", "-18.00", "44.79"),
        ("-20.00", "-17.857", "20.00", "-1.00", "1.00"),  # whatever it was worth
    ],
)
def test_moved(amount, at_rate, held, worth, value):
    assert moved(D(amount), D(at_rate), D(held), D(worth), CENT) == D(value)


def test_yen():
    assert moved(D("-1.00"), D("-160.4"), D("3.00"), D("500"), D(1)) == D("-167")
