"""Reading and keeping payloads without losing a digit.

``simplejson`` reads and writes ``Decimal`` natively; the standard library can read but not write
it, and a payload must be stored as it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import simplejson

from ..core.errors import PayloadError

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def loads(text: str | bytes, *, unique: bool = False) -> Any:
    """Decode JSON with every non-integer number as ``Decimal``.

    :param unique: refuse an object that has a field twice; otherwise the last one counts
    :raises ValueError: if it is not JSON
    """
    return simplejson.loads(text, use_decimal=True, object_pairs_hook=_unique if unique else None)


def _unique(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(fields)
    if len(found) < len(fields):
        names = [name for name, _value in fields]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def dumps(payload: Any) -> str:
    """Encode in a canonical form: sorted keys, no white space, the digits as they came."""
    text = _encode(payload, ascii_only=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair is JSON, but no UTF-8: kept as its escape
        return _encode(payload, ascii_only=True)
    return text


def _encode(payload: Any, *, ascii_only: bool) -> str:
    return simplejson.dumps(
        payload, use_decimal=True, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only, default=str
    )


def indented(text: str) -> str:
    """A stored payload for people: one field a line, the digits as they came."""
    return simplejson.dumps(loads(text), use_decimal=True, indent=2, ensure_ascii=False)


def in_fixed_order(value: Any) -> Any:
    """The same answer with its lists sorted by id, or by content where there is none.

    Some stores give the lists within an order in any order, differently from query to query; a
    payload must not look changed for that.
    """
    if isinstance(value, Mapping):
        return {name: in_fixed_order(part) for name, part in value.items()}
    if isinstance(value, list):
        return sorted((in_fixed_order(part) for part in value), key=_place)
    return value


def _place(item: Any) -> tuple[int, str, str]:
    # By length first: ids are numbers or of equal length, and 10 comes after 9.
    row_id = _row_id(item)
    return len(row_id), row_id, "" if row_id else dumps(item)


def _row_id(item: Any) -> str:
    found = item.get("id") if isinstance(item, Mapping) else None
    return str(found) if isinstance(found, (str, int)) else ""


def decimal(value: Any, where: str) -> Decimal:
    """An amount from a payload: text, integer or ``Decimal``.

    :param where: the document and field, for the error
    :raises PayloadError: for anything that is not a finite number
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise PayloadError(where, f"{value!r} is not an amount")
    # Python alone would also read "1_000", digits of other scripts and "Infinity".
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise PayloadError(where, f"{value!r} is not an amount")
    amount = Decimal(value.strip() if isinstance(value, str) else value)
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
