"""Numbers, however their digits are grouped; and what is counted, rated or answered with yes and no."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from leads.importing.keys import word_set
from leads.importing.problems import ValueProblem
from leads.importing.values.text import clean_line


class DecimalMark(StrEnum):
    """What separates the decimals in a column; UNKNOWN when nothing in the sample tells."""

    POINT = "point"
    COMMA = "comma"
    UNKNOWN = "unknown"


_SHAPE = re.compile(r"[+-]?\d[\d.,' \u2019_]*")
_POINT_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}\.\d+|[+-]?\d+\.(?:\d{1,2}|\d{4,})|[+-]?0\.\d+")
_COMMA_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d+,(?:\d{1,2}|\d{4,})|[+-]?0,\d+")
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}")
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE][+-]?\d{1,2}")
# Arabic decimal and group signs, spaces that do not break, a true minus.
_SIGNS = str.maketrans("\u066b\u066c\u00a0\u202f\u2212", "., \u0020-")
_LOOSE = re.compile(r"[ '\u2019_]")

_TRUE = word_set(
    "1 true t yes y on x ja j oui o si sí sì s sim v wahr vrai verdadero vero verdadeiro tak da hai ✓ ✔ ☑ ✅ "
    "checked enabled active 是 はい हाँ 1.0 -1"
)
_FALSE = word_set(
    "0 false f no n off nein non não nao nee nej nie falsch faux falso ✗ ✘ ☐ ❌ unchecked disabled inactive 否 "
    "いいえ नहीं 0.0"
)
# Names that programs of Google's write instead of the numbers 1 to 4.
_PRICE_LEVELS = {
    "free": None, "inexpensive": 1, "cheap": 1, "low": 1, "moderate": 2, "medium": 2, "expensive": 3, "high": 3,
    "very expensive": 4, "very high": 4, "luxury": 4,
}  # fmt: skip


def detect_decimal_mark(samples: Iterable[str]) -> DecimalMark:
    """Say how a column writes its decimals, from the cells that can be read in one way only."""
    point = comma = 0
    for sample in samples:
        bare = _LOOSE.sub("", re.sub(r"[^\d.,' \u2019_+-]", "", sample).strip())
        point += _POINT_DECIMAL.fullmatch(bare) is not None
        comma += _COMMA_DECIMAL.fullmatch(bare) is not None
    if point == comma:
        return DecimalMark.UNKNOWN
    return DecimalMark.POINT if point > comma else DecimalMark.COMMA


def read_decimal(text: str, *, mark: DecimalMark = DecimalMark.UNKNOWN, prefers_groups: bool = False) -> Decimal | None:
    """Return the number, None for anything else.

    1.234 alone may be a thousand or a little more than one: ``mark`` decides, then ``prefers_groups``.
    """
    if text.isascii() and text.isdecimal():
        return Decimal(text) if len(text) <= 30 else None
    if not text.isascii():
        text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text).translate(_SIGNS)
    text = text.strip()
    if len(text) > 40:
        return None
    if _SCIENTIFIC.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if not _SHAPE.fullmatch(text):
        return None
    sign = "-" if text[0] == "-" else ""
    text = _LOOSE.sub("", text.lstrip("+-")).strip()
    points, commas = text.count("."), text.count(",")
    if points and commas:
        decimal, group = (".", ",") if text.rindex(".") > text.rindex(",") else (",", ".")
        if text.count(decimal) > 1:
            return None
        text = text.replace(group, "").replace(decimal, ".")
    elif commas:
        grouped = _GROUPED_BY_COMMA.fullmatch(text) is not None
        alone = commas == 1 and mark is DecimalMark.COMMA
        if grouped and not alone and (commas > 1 or mark is DecimalMark.POINT or prefers_groups or text[0] != "0"):
            text = text.replace(",", "")
        elif commas == 1:
            text = text.replace(",", ".")
        else:
            return None
    elif points:
        grouped = _GROUPED_BY_POINT.fullmatch(text) is not None and text[0] != "0"
        if grouped and (points > 1 or mark is DecimalMark.COMMA or (prefers_groups and mark is DecimalMark.UNKNOWN)):
            text = text.replace(".", "")
        elif points > 1:
            return None
    try:
        return Decimal(sign + text)
    except InvalidOperation:
        return None


def parse_integer(text: str, *, low: int, high: int) -> int:
    """Return a whole number within the limits; 12.0 is whole.

    Raises: ValueProblem.
    """
    number = read_decimal(clean_line(text), prefers_groups=True)
    if number is None:
        raise ValueProblem("bad_number", f"This is not a number. A whole number from {low:,} to {high:,} is accepted.")
    if number != number.to_integral_value():
        raise ValueProblem("bad_number", f"This is not a whole number; one from {low:,} to {high:,} is accepted.")
    if not low <= number <= high:
        raise ValueProblem("out_of_range", f"The number must be from {low:,} to {high:,}.")
    return int(number)


def parse_score(text: str, *, low: int = 0, high: int = 100) -> int:
    """Return a score out of ``high``: 85, 85 %, 85/100, or 84.6 rounded half up.

    Raises: ValueProblem.
    """
    bare = clean_line(text).removesuffix("%").rstrip()
    bare = re.sub(rf"\s*(?:/|out of|of)\s*{high}$", "", bare)
    number = read_decimal(bare)
    if number is None:
        raise ValueProblem("bad_number", f"This is not a score. A number from {low} to {high} is accepted.")
    if not low <= number <= high:
        raise ValueProblem("out_of_range", f"The score must be from {low} to {high}.")
    return int(number + Decimal("0.5"))


def parse_rating(text: str, *, low: int = 0, high: int = 5) -> Decimal:
    """Return a rating with two decimals: 4.5, 4,5, 4.5/5, 4.5 stars, ★★★★.

    Raises: ValueProblem.
    """
    text = clean_line(text)
    if text and not text.strip("★☆⭐"):
        number: Decimal | None = Decimal(text.count("★") + text.count("⭐"))
    else:
        bare = re.sub(rf"\s*(?:(?:/|out of|of)\s*{high})?\s*(?:stars?|★|⭐)?$", "", text, flags=re.IGNORECASE)
        number = read_decimal(bare, mark=DecimalMark.COMMA if "," in bare else DecimalMark.POINT)
    if number is None:
        raise ValueProblem(
            "bad_number", f"This is not a rating. A number from {low} to {high} is accepted, such as 4.5."
        )
    if not low <= number <= high:
        raise ValueProblem("out_of_range", f"The rating must be from {low} to {high}.")
    return number.quantize(Decimal("0.01"))


def parse_percentage(text: str) -> Decimal:
    """Return a percentage as a number from 0 to 100: 45, 45 %, 45.5.

    Raises: ValueProblem.
    """
    number = read_decimal(clean_line(text).removesuffix("%").rstrip())
    if number is None:
        raise ValueProblem("bad_number", "This is not a percentage. A number from 0 to 100 is accepted.")
    if not 0 <= number <= 100:
        raise ValueProblem("out_of_range", "The percentage must be from 0 to 100.")
    return number


def parse_price_level(text: str) -> int | None:
    """Return a price level from 1 to 4: 2, $$, €€, PRICE_LEVEL_MODERATE; None for a free place.

    Raises: ValueProblem.
    """
    text = clean_line(text)
    if text and len(set(text)) == 1 and text[0] in "$€£₹¥" and len(text) <= 4:
        return len(text)
    name = text.casefold().replace("_", " ").removeprefix("price level").strip()
    if name in _PRICE_LEVELS:
        return _PRICE_LEVELS[name]
    return parse_integer(name, low=1, high=4)


def read_boolean(text: str) -> bool | None:
    """Return the answer, None for anything but a yes or a no."""
    word = clean_line(text).casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    return None


def parse_boolean(text: str) -> bool:
    """Return a yes or no in any of the usual words, signs and languages.

    Raises: ValueProblem.
    """
    answer = read_boolean(text)
    if answer is None:
        raise ValueProblem("bad_boolean", "This is neither yes nor no. Accepted are yes, no, true, false, 1, 0 and x.")
    return answer
