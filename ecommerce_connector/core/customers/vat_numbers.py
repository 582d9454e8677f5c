"""VAT numbers as people write them → one form that can be compared."""

from __future__ import annotations

import re

#: Countries whose VAT numbers begin with other letters than their ISO code.
_OTHER_LETTERS = {"GR": "EL", "UK": "GB"}
#: What VAT numbers begin with. The tax numbers of other countries may begin with any letters.
_PREFIXES = frozenset(
    "AT BE BG CH CY CZ DE DK EE EL ES FI FR GB HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK XI".split()
)
#: What Switzerland and Norway write behind a number; it is no part of it.
_ENDINGS = re.compile(r"(?<=\d)(MWST|TVA|IVA|MVA)$")
#: Of a number from elsewhere that happens to begin with a prefix; VAT numbers have more digits.
_FEW_DIGITS = 7


def vat_number(text: str, country: str = "") -> str:
    """A VAT number without blanks and signs, upper case, with the prefix of its country.

    Empty where there is no number in the text ("n/a", "-", zeros only), and where neither the text nor the
    customer's country says whose it is: two countries may give the same digits to two businesses.

    :param text: as the store or a person wrote it: ``"DE 123.456.789"``
    :param country: ISO 3166 code of the customer's country, for numbers without a prefix
    """
    compact = _ENDINGS.sub("", "".join(char for char in text.upper() if char.isascii() and char.isalnum()))
    own = _prefix_of(country)
    prefix, number = _split(compact, own)
    if len(number) < 2 or not re.search(r"[1-9]", number):
        return ""
    return prefix + number if prefix else ""


def _prefix_of(country: str) -> str:
    code = country.strip().upper()
    return _OTHER_LETTERS.get(code, code)


def _split(compact: str, own: str) -> tuple[str, str]:
    """(prefix, number); the customer's own prefix where the text has none."""
    written = _prefix_of(compact[:2])
    rest = compact[2:]
    if written == own and any(char.isdigit() for char in rest):
        return own, rest
    if written in _PREFIXES and sum(char.isdigit() for char in rest) >= (_FEW_DIGITS if own else 2):
        return written, rest
    return own, compact
