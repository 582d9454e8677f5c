"""The one place where exact amounts meet the ORM's floats."""

from decimal import Decimal

from ...core.currencies import exponent


def decimal_of(value, places):
    """A float of the ORM as the decimal that people see.

    :param int places: decimal places the value is stored with
    """
    return Decimal(f"{value:.{places}f}")


def rate_of(value):
    """An exchange rate of the ORM with all the digits it has."""
    return Decimal(repr(value))


def amount_of(value, currency):
    """A monetary float of the ORM as an exact amount of a currency.

    :param res.currency currency: gives the minor unit (ISO 4217)
    """
    return decimal_of(value, exponent(currency.name))


def float_of(amount):
    """An exact amount for the ORM; a float holds 15 digits, more than any amount of money has."""
    return float(amount)
