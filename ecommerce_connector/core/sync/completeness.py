"""What a store has in a span of time against what is held here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..rounding import ZERO

#: The last digits of a number that count, and what stands before and after them.
_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$")
#: A jump over more than so many numbers is another series, not a gap.
LONGEST_GAP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One order as it is listed, by the store or here.

    :ivar total: signed as in the document, in its currency
    """

    external_id: str
    number: str
    currency: str
    total: Decimal


@dataclass(slots=True)
class Tally:
    """Orders of one currency.

    :ivar store_total: what the store says they are worth
    :ivar held_total: what was held here before anything was fetched for it
    """

    store_count: int = 0
    store_total: Decimal = ZERO
    held_count: int = 0
    held_total: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison found.

    :ivar tallies: by currency
    :ivar missing: numbers of orders that are not held here
    :ivar different: numbers of orders that are held with another total or currency
    """

    tallies: Mapping[str, Tally]
    missing: tuple[str, ...]
    different: tuple[str, ...]


def compare(listed: Iterable[Listed], held: Mapping[str, Listed]) -> Comparison:
    """Count and sum both sides, and name what differs.

    :param listed: what the store lists, each order once
    :param held: by id in the store, of these orders
    """
    tallies: dict[str, Tally] = {}
    missing, different = [], []
    for order in listed:
        tally = tallies.setdefault(order.currency, Tally())
        tally.store_count += 1
        tally.store_total += order.total
        ours = held.get(order.external_id)
        if ours is None:
            missing.append(order.number)
            continue
        own = tallies.setdefault(ours.currency, Tally())
        own.held_count += 1
        own.held_total += ours.total
        if (ours.currency, ours.total) != (order.currency, order.total):
            different.append(order.number)
    return Comparison(tallies=tallies, missing=tuple(missing), different=tuple(different))


def number_gaps(numbers: Iterable[str]) -> tuple[str, ...]:
    """Numbers that a series of consecutive numbers leaves out, in their order.

    What stands around the last digits makes a series of its own: ``#1001``, ``EU-17``. Numbers of
    one series can have leading zeros, if they have the same length.

    :return: single numbers, and ranges as ``#1004–#1007``
    """
    series: dict[tuple[str, str, int], set[int]] = {}
    for number in numbers:
        if found := _NUMBER.match(number):
            before, digits, after = found.groups()
            width = len(digits) if digits.startswith("0") else 0
            series.setdefault((before, after, width), set()).add(int(digits))
    gaps = []
    for (before, after, width), known in sorted(_with_longer(series).items()):
        ordered = sorted(known)
        for low, high in zip(ordered, ordered[1:], strict=False):
            if 1 < high - low <= LONGEST_GAP:
                first, last = (f"{before}{value:0{width}d}{after}" for value in (low + 1, high - 1))
                gaps.append(first if first == last else f"{first}–{last}")
    return tuple(gaps)


def _with_longer(series: Mapping[tuple[str, str, int], set[int]]) -> dict[tuple[str, str, int], set[int]]:
    """Series of leading zeros go on where the digits fill their length: 0999, 1000."""
    result = {key: set(known) for key, known in series.items()}
    for before, after, width in [key for key in series if key[2]]:
        plain = result.get((before, after, 0), set())
        longer = {value for value in plain if len(str(value)) == width}
        result[(before, after, width)] |= longer
        plain -= longer
    return {key: known for key, known in result.items() if known}
