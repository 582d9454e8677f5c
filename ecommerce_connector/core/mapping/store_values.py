"""Store values and rates as rules hold and compare them.

Shops, processors and people write one value in several ways: in capitals, with a blank at its end, in the wide letters
and digits of an East Asian keyboard. A rule and what it is compared with go through ``folded`` alike, so that
what is saved is what is found.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
_MOST = Decimal(100)


def plain(text: str) -> str:
    """The text without blanks around it, and with signs that are forms of one another written alike (NFKC)."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def folded(text: str) -> str:
    """What is compared: the plain text, whatever its case."""
    return plain(text).casefold()


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: blanks, or signs without width or shape."""
    return not any(sign.isprintable() and not sign.isspace() for sign in text)


def read_rate(text: str) -> Decimal:
    """A tax rate in percent, written like ``20``, ``5.5`` or ``5.5 %``.

    :raises ValueError: if it is no number, or is none between 0 and 100
    """
    number = plain(text).removesuffix("%").rstrip()
    if not _RATE.fullmatch(number) or Decimal(number) > _MOST:
        raise ValueError(text)
    return Decimal(number)


def rate_text(rate: Decimal) -> str:
    """The rate as rules hold it, without zeros at its end."""
    return f"{rate.normalize():f}"
