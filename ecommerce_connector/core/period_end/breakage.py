"""Breakage of gift cards that is predictable: recognized in proportion to what is redeemed (IFRS 15.B46, case 07).

If of 100.00 sold 10 % is expected never to be redeemed, 90.00 will be; when all of that is redeemed, all of the 10.00
is income. So of each amount redeemed, percent / (100 - percent) is income.
"""

from __future__ import annotations

from decimal import Decimal

from ..rounding import ZERO, quantize


def foreseen(redeemed: Decimal, percent: Decimal, recognized: Decimal, balance: Decimal, step: Decimal) -> Decimal:
    """What is to be recognized now, never negative and never more than is owed.

    :param redeemed: of all cards, up to the day, positive
    :param percent: of what is sold that is expected never to be redeemed, at least 0 and below 100
    :param recognized: income from breakage and from expired cards so far
    :param balance: what is owed on cards, on the day
    :param step: the currency's unit
    """
    due = quantize(redeemed * percent / (100 - percent), step) - recognized
    return max(ZERO, min(due, balance))
