"""Minor units of the world's currencies.

Source: ISO 4217, list one (active codes). Locale libraries are no substitute: they give the
digits people write (CLDR: 0 for IQD), not the units a processor counts in (ISO: 3).
"""

from __future__ import annotations

from decimal import Decimal

from .errors import PayloadError

_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENTS: dict[str, int] = {code: 2 for code in _TWO.split()}
_EXPONENTS |= dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_EXPONENTS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_EXPONENTS |= dict.fromkeys("CLF UYW".split(), 4)
_UNITS = {code: Decimal(1).scaleb(-exponent) for code, exponent in _EXPONENTS.items()}


def is_currency(code: str) -> bool:
    """Whether ``code`` is an active ISO 4217 code, upper case."""
    return code in _EXPONENTS


def exponent(code: str) -> int:
    """Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD.

    :raises PayloadError: for a code that is not in ISO 4217
    """
    try:
        return _EXPONENTS[code]
    except KeyError:
        raise PayloadError("currency", f"{code!r} is not an ISO 4217 currency code") from None


def unit(code: str) -> Decimal:
    """Smallest amount of a currency: ``Decimal("0.01")`` for EUR.

    :raises PayloadError: for a code that is not in ISO 4217
    """
    exponent(code)
    return _UNITS[code]


def from_minor(amount: int, code: str) -> Decimal:
    """An amount counted in minor units (cents) as an amount in major units."""
    return Decimal(amount).scaleb(-exponent(code))
