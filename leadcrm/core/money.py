"""Money: whole minor units with an ISO 4217 currency, shown as Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Digits after the point, where it is not two (ISO 4217 list one).
EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}
SYMBOLS = {"INR": "₹", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "AUD": "A$", "CAD": "C$", "BRL": "R$"}
CURRENCIES = sorted({*EXPONENTS, *SYMBOLS, "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "SGD", "AED", "SAR",
                     "ZAR", "NZD", "MXN", "IDR", "MYR", "THB", "PHP", "LKR", "BDT", "NPR", "ILS", "TRY", "CNY",
                     "HKD"})  # fmt: skip


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


def to_decimal(minor: int | None, currency: str) -> Decimal | None:
    """Return the amount in major units, or None."""
    return None if minor is None else Decimal(minor).scaleb(-exponent(currency))


def to_minor(amount: Decimal | None, currency: str) -> int | None:
    """Return the amount in minor units, rounded half up."""
    if amount is None:
        return None
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def group_digits(digits: str, currency: str) -> str:
    """Group thousands; rupees are grouped as lakh and crore."""
    if currency not in {"INR", "NPR", "LKR", "BDT"} or len(digits) <= 3:
        return f"{int(digits):,}"
    head, tail = digits[:-3], digits[-3:]
    parts = []
    while len(head) > 2:
        parts.append(head[-2:])
        head = head[:-2]
    return ",".join([head, *reversed(parts), tail])


def show(minor: int | None, currency: str) -> str:
    """Return the amount for people: symbol, grouping, decimals only when there are any."""
    if minor is None:
        return ""
    scale = 10 ** exponent(currency)
    whole, rest = divmod(abs(minor), scale)
    text = group_digits(str(whole), currency)
    if rest:
        text += "." + str(rest).rjust(exponent(currency), "0")
    symbol = SYMBOLS.get(currency, currency + " ")
    return f"{'-' if minor < 0 else ''}{symbol}{text}"


def show_short(minor: int, currency: str) -> str:
    """Return a rounded amount for a column head: ₹12.4L, ₹3.1Cr, €206k, €1.2m."""
    amount = abs(minor) / 10 ** exponent(currency)
    sign, symbol = "-" if minor < 0 else "", SYMBOLS.get(currency, currency + " ")
    steps = [(1e7, "Cr"), (1e5, "L"), (1e3, "k")] if currency == "INR" else [(1e9, "bn"), (1e6, "m"), (1e3, "k")]
    for size, suffix in steps:
        if amount >= size:
            short = f"{amount / size:.1f}".removesuffix(".0") if amount < size * 100 else f"{amount / size:.0f}"
            return f"{sign}{symbol}{short}{suffix}"
    return f"{sign}{symbol}{amount:.0f}"
