"""Exact numbers in, rounded decimals out: everything is computed in fractions and rounded once, half up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def rounded(value: Fraction, places: int) -> Decimal:
    """Return ``value`` with ``places`` decimals, halves away from zero."""
    scaled = abs(value) * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    number = Decimal(whole).scaleb(-places)
    return -number if value < 0 and whole else number


def exact(value: Decimal | Fraction | int) -> Fraction:
    """Return ``value`` as a fraction.

    Raises: ValueError for what is no number (NaN, infinity).
    """
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("Not a finite number.")
    return Fraction(value)
