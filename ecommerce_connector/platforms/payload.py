"""Reading and keeping payloads without losing a digit.

``simplejson`` reads and writes ``Decimal`` natively; the standard library can read but not write
it, and a payload must be stored as it came.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

from ..core.errors import PayloadError


def loads(text: str | bytes) -> Any:
    """Decode JSON with every non-integer number as ``Decimal``.

    :raises ValueError: if it is not JSON
    """
    return simplejson.loads(text, use_decimal=True)


def dumps(payload: Any) -> str:
    """Encode in a canonical form: sorted keys, no white space, the digits as they came."""
    return simplejson.dumps(
        payload, use_decimal=True, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    )


def indented(text: str) -> str:
    """A stored payload for people: one field a line, the digits as they came."""
    return simplejson.dumps(loads(text), use_decimal=True, indent=2, ensure_ascii=False)


def decimal(value: Any, where: str) -> Decimal:
    """An amount from a payload: text, integer or ``Decimal``.

    :param where: the document and field, for the error
    :raises PayloadError: for anything that is not a finite number
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise PayloadError(where, f"{value!r} is not an amount")
    try:
        amount = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise PayloadError(where, f"{value!r} is not an amount") from None
    if not amount.is_finite():
        raise PayloadError(where, f"{value!r} is not an amount")
    return amount


def integer(value: Any, where: str) -> int:
    """A whole number from a payload.

    :raises PayloadError: for anything else
    """
    number = decimal(value, where)
    # A huge exponent is written in a few bytes but would be a number of megabytes.
    if number.adjusted() > 30 or number != number.to_integral_value():
        raise PayloadError(where, f"{value!r} is not a whole number")
    return int(number)
