"""Amounts of money into whole minor units, with the currency that stood beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from leadcrm.core.money import exponent
from leads.importing.keys import word_set
from leads.importing.problems import ValueProblem
from leads.importing.values.numbers import DecimalMark, read_decimal
from leads.importing.values.text import clean_line

# ISO 4217, without funds and metals.
CURRENCY_CODES = word_set(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
_SIGNS = {
    "₹": "INR", "rs.": "INR", "rs": "INR", "€": "EUR", "£": "GBP", "a$": "AUD", "au$": "AUD", "c$": "CAD",
    "ca$": "CAD", "s$": "SGD", "nz$": "NZD", "hk$": "HKD", "mx$": "MXN", "r$": "BRL", "us$": "USD", "$": "USD",
    "¥": "JPY", "円": "JPY", "元": "CNY", "rmb": "CNY", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₫": "VND",
    "₪": "ILS", "₱": "PHP", "₦": "NGN", "฿": "THB", "zł": "PLN", "kč": "CZK", "sfr.": "CHF", "fr.": "CHF",
    "euro": "EUR", "euros": "EUR", "eur.": "EUR", "dollars": "USD", "rupees": "INR", "rupien": "INR", "pounds": "GBP",
}  # fmt: skip
_SCALES = {
    "k": 10**3, "tsd": 10**3, "thousand": 10**3, "l": 10**5, "lac": 10**5, "lacs": 10**5, "lakh": 10**5,
    "lakhs": 10**5, "m": 10**6, "mn": 10**6, "mm": 10**6, "mio": 10**6, "mill": 10**6, "million": 10**6,
    "millions": 10**6, "cr": 10**7, "crore": 10**7, "crores": 10**7, "b": 10**9, "bn": 10**9, "billion": 10**9,
    "mrd": 10**9,
}  # fmt: skip
_PARTS = re.compile(
    r"(?P<before>[^\d+\-()]*?)\s*(?P<sign>[+-]?)\s*(?P<sign_inside>[^\d+\-()\s]*?)\s*"
    r"(?P<number>(?:\d|(?<![^\W\d_])[.,]\d)[\d.,'\u2019 _]*)"
    r"(?P<after>.*)",
    re.DOTALL,
)
# Amounts that can be read in one way only, whatever the column writes.
_PLAIN = re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{1,2}")
# A trillion in the smallest unit: beyond it stand typing mistakes, and the column must hold sums of many.
MOST_MINOR = 10**15
_ACCEPTED = "An amount such as 1,200.50, €1.234,56 or 3 lakh is accepted."


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of ``currency``; ``is_named`` says that the cell itself named the currency."""

    minor: int
    currency: str
    is_named: bool


def parse_currency(text: str) -> str:
    """Return an ISO 4217 code for a code, a sign or a word.

    Raises: ValueProblem.
    """
    text = clean_line(text)
    code = _read_currency(text) or _read_currency(text[:3] if text[3:4] in {" ", "-"} else "")
    if code is None:
        raise ValueProblem("bad_currency", "This is not a currency. A code of three letters such as INR is accepted.")
    return code


def _read_currency(text: str) -> str | None:
    if text.upper() in CURRENCY_CODES:
        return text.upper()
    return _SIGNS.get(text.casefold())


def parse_money(text: str, *, currency: str, mark: DecimalMark = DecimalMark.UNKNOWN) -> Money:
    """Return an amount; ``currency`` is meant where the cell names none.

    Raises: ValueProblem.
    """
    if len(text) < 16 and _PLAIN.fullmatch(text):
        return _money(Decimal(text.replace(",", "")), currency, is_named=False)
    text = clean_line(text).replace("−", "-").rstrip()
    if text.endswith((",-", ".-", ",–", ".–", "/-")):
        text = text[:-2]
    is_negative = text.startswith("(") and text.endswith(")")
    if is_negative:
        text = text[1:-1]
    found = _PARTS.fullmatch(text) if len(text) <= 60 else None
    if not found:
        raise _unreadable()
    words = _words(found["before"]) + _words(found["sign_inside"]) + _words(found["after"])
    named: str | None = None
    scale = 1
    for word in words:
        if (code := _read_currency(word)) and named in {None, code}:
            named = code
        elif (factor := _SCALES.get(word.casefold().strip("."))) and scale == 1:
            scale = factor
        else:
            raise _unreadable()
    digits = found["number"].strip()
    digits = f"0{digits}" if digits[0] in ".," else digits
    number = read_decimal(
        digits,
        mark=_mark_of(digits, mark, scale),
        # Three decimals are common only where the currency has as many.
        prefers_groups=scale == 1 and exponent(named or currency) < 3,
    )
    if number is None:
        raise _unreadable()
    if (is_negative or found["sign"] == "-") and number:
        raise ValueProblem("negative_amount", "The amount is negative; only amounts from 0 are accepted.")
    return _money(number * scale, named or currency, is_named=named is not None)


def _mark_of(number: str, mark: DecimalMark, scale: int) -> DecimalMark:
    """In 1,5k and 1.25 lakh the sign stands before decimals, unless three digits and a comma follow it."""
    if scale == 1 or mark is not DecimalMark.UNKNOWN or ("." in number and "," in number):
        return mark
    return DecimalMark.COMMA if re.fullmatch(r"\d+,\d{1,2}", number.strip()) else DecimalMark.POINT


def _words(text: str) -> list[str]:
    """Split what stands around a number: `` USD``, ``k€``, ``Lakh INR``."""
    words: list[str] = []
    for piece in text.replace("/", " ").split():
        if _read_currency(piece) or piece.casefold().strip(".") in _SCALES:
            words.append(piece)
            continue
        signs = re.findall(r"[^\w\s.]+|\w+\.?", piece)
        words.extend(signs)
    return words


def _unreadable() -> ValueProblem:
    return ValueProblem("bad_amount", f"This is not an amount of money. {_ACCEPTED}")


def _money(number: Decimal, currency: str, *, is_named: bool) -> Money:
    if number > MOST_MINOR:
        raise ValueProblem("amount_too_large", "The amount is too large to be right.")
    minor = int(number.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if minor > MOST_MINOR:
        raise ValueProblem("amount_too_large", "The amount is too large to be right.")
    return Money(minor, currency, is_named)
