"""Fees that a processor bills after the month in which they arose (case 33c)."""

from __future__ import annotations

from decimal import Decimal

from ..rounding import quantize


def estimate(volume: Decimal, count: int, percent: Decimal, fixed: Decimal, step: Decimal) -> Decimal:
    """What is to be expected for a month.

    :param volume: of payments received in the month
    :param count: how many they are
    :param percent: of the volume
    :param fixed: for each payment
    :param step: the currency's unit
    """
    return quantize(volume * percent / 100 + count * fixed, step)
