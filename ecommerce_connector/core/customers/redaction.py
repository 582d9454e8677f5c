"""Personal data taken out of what a store said, so that everything else can still be read.

Only texts and numbers about a person are replaced, by a word of the same standing: an order of a business stays one,
and amounts, taxes, dates, keys and countries are as they came. Doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..canonical import Customer

#: In place of every text about a person.
ERASED = "(erased)"
#: In a path: every field of the object.
ANY = "*"


def redacted(payload: Any, paths: Iterable[tuple[str, ...]], kept: Iterable[tuple[str, ...]] = ()) -> Any:
    """A payload without the personal data at these paths.

    :param paths: names of fields from the outside in; a list is gone through, ``*`` is every field
    :param kept: paths within them that stay as they are
    """
    keep = frozenset(kept)
    for path in paths:
        payload = _at(payload, path, keep, ())
    return payload


def is_erased(customer: Customer) -> bool:
    """Whether a customer's data was taken out of the payload."""
    texts = (customer.name, customer.company, customer.email, customer.phone, customer.vat)
    return any(ERASED in text for text in texts)


def _at(value: Any, path: tuple[str, ...], kept: frozenset[tuple[str, ...]], place: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_at(item, path, kept, place) for item in value]
    if not path:
        return _everything(value, kept, place)
    if not isinstance(value, Mapping):
        return value
    name, *rest = path
    return {
        field: _at(part, tuple(rest), kept, (*place, field)) if name in (ANY, field) else part
        for field, part in value.items()
    }


def _everything(value: Any, kept: frozenset[tuple[str, ...]], place: tuple[str, ...]) -> Any:
    if place in kept or value is None or isinstance(value, bool) or value == "":
        return value
    if isinstance(value, Mapping):
        return {field: _everything(part, kept, (*place, field)) for field, part in value.items()}
    if isinstance(value, list):
        return [_everything(part, kept, place) for part in value]
    return ERASED
