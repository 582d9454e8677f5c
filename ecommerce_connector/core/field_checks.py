"""What any field of a document must hold, whoever sent it; each message names the field."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from .currencies import is_currency, unit
from .errors import PayloadError
from .texts import UNSTORABLE

# Powers of ten. No order is worth the most, sums beyond would not be exact; what is below the least is
# no figure of a store, and neither sums nor prices could be computed with it.
_MOST, _LEAST_AMOUNT, _LEAST_NUMBER = 15, -100, -6


def check_amount(where: str, amount: Decimal, currency: str | None = None) -> None:
    if not isinstance(amount, Decimal):
        raise PayloadError(where, f"{amount!r} is not an exact decimal amount")
    # Of a huge exponent not even the absolute value can be taken.
    if not amount.is_finite() or (amount and not _LEAST_AMOUNT <= amount.adjusted() < _MOST):
        raise PayloadError(where, f"{amount:.3g} is not an amount of money")
    if currency is not None and amount % unit(currency):
        raise PayloadError(where, f"{amount} has more decimals than {currency} has")


def check_number(where: str, number: Decimal) -> None:
    """Check a quantity or a rate, whose decimals no currency bounds."""
    check_amount(where, number)
    if number and number.adjusted() < _LEAST_NUMBER:
        raise PayloadError(where, f"{number:.3g} is too small a number")


def check_rate(where: str, rate: Decimal | None) -> None:
    """Check an exchange rate, if there is one."""
    if rate is None:
        return
    check_number(where, rate)
    if rate <= 0:
        raise PayloadError(where, f"{rate} is not an exchange rate")


def check_texts(document: Any, where: str = "") -> None:
    for name in document.__slots__:
        text = getattr(document, name)
        if isinstance(text, str) and UNSTORABLE.search(text):
            field = "id" if name == "external_id" else name.replace("_", " ")
            raise PayloadError(
                f"{where}, {field}" if where else field, f"{text!r} has a character that cannot be stored"
            )


def check_currency(where: str, code: str) -> None:
    if not is_currency(code):
        raise PayloadError(where, f"{code!r} is not an ISO 4217 currency code")


def check_aware(where: str, at: datetime) -> None:
    if at.tzinfo is None:
        raise PayloadError(where, f"the time {at} has no time zone")


def check_unique(what: str, ids: list[str], within: str = "") -> None:
    seen: set[str] = set()
    for external_id in ids:
        if not external_id or external_id in seen:
            problem = f"the {what} is listed twice" if external_id else "its id is empty"
            raise PayloadError(f"{within}{what} {external_id}".rstrip(), problem)
        seen.add(external_id)
