"""What leaves a balance in a foreign currency is worth what the books carry it at.

So a balance that is empty in its own currency is empty in the company's (law 15), in whatever order it went up and
down, and also where it went below zero in between.
"""

from __future__ import annotations

from decimal import Decimal

from .rounding import quantize


def moved(amount: Decimal, at_rate: Decimal, held: Decimal, worth: Decimal, step: Decimal) -> Decimal:
    """What a movement on a balance is worth in the company's currency, debit positive like all amounts here.

    :param amount: of the movement, not zero
    :param at_rate: what it is worth at the rate of its own day, exact or rounded
    :param held: on the balance before it, in the currency of ``amount``
    :param worth: of that, in the company's currency
    :param step: what to round to
    """
    if not held or (amount < 0) is (held < 0):
        return quantize(at_rate, step)
    if abs(amount) < abs(held):
        return quantize(worth * amount / held, step)
    # All of it leaves; what goes beyond nothing is new, at the rate of the day.
    return quantize(at_rate * (amount + held) / amount, step) - worth
