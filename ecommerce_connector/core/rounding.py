"""Exact splitting of amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def total(amounts: Sequence[Decimal]) -> Decimal:
    """Sum of amounts, ``Decimal(0)`` for none (the builtin would give the int 0)."""
    return sum(amounts, ZERO)


def quantize(amount: Decimal, unit: Decimal) -> Decimal:
    """Round half up (away from zero) to a multiple of ``unit``."""
    return amount.quantize(unit, ROUND_HALF_UP)


def allocate(amount: Decimal, weights: Sequence[Decimal], unit: Decimal = Decimal("0.01")) -> list[Decimal]:
    """Split ``amount`` pro rata to ``weights``; the shares sum to it exactly (largest remainder).

    Equal remainders go to the larger weight, then to the earlier one, so the result does not
    depend on anything but the arguments.

    :param amount: a multiple of ``unit``, of either sign
    :param weights: of one sign, at least one not zero
    :raises ValueError: if the weights sum to zero or have mixed signs, or ``amount`` is finer than ``unit``
    """
    whole = total(weights)
    if not whole or any(weight * whole < 0 for weight in weights):
        raise ValueError("weights must have one sign and not all be zero")
    if amount % unit:
        raise ValueError(f"{amount} is not a multiple of {unit}")
    exact = [amount * weight / whole for weight in weights]
    shares = [value.quantize(unit, ROUND_DOWN) for value in exact]
    step = unit.copy_sign(amount)
    missing = int((amount - total(shares)) / step)
    order = sorted(range(len(exact)), key=lambda i: (-abs(exact[i] - shares[i]), -abs(weights[i]), i))
    for index in order[:missing]:
        shares[index] += step
    return shares


def round_to_sum(amounts: Sequence[Decimal], target: Decimal, step: Decimal) -> list[Decimal] | None:
    """Round each amount down or up to a multiple of ``step`` so that they sum to ``target``.

    The largest remainders are rounded up; equal ones in favor of the larger amount, then the
    earlier. None if no choice of down and up gives the target.
    """
    rounded = [amount.quantize(step, ROUND_FLOOR) for amount in amounts]
    rests = [amount - floor for amount, floor in zip(amounts, rounded, strict=True)]
    missing = (target - total(rounded)) / step
    if missing % 1 or not 0 <= missing <= sum(1 for rest in rests if rest):
        return None
    order = sorted(range(len(amounts)), key=lambda i: (-rests[i], -abs(amounts[i]), i))
    for index in order[: int(missing)]:
        rounded[index] += step
    return rounded
