"""Company sizes: free text and numbers into the six bands of the score."""

from __future__ import annotations

import re
from dataclasses import dataclass

BANDS: tuple[tuple[str, int, int], ...] = (
    ("1-10", 1, 10),
    ("11-50", 11, 50),
    ("51-200", 51, 200),
    ("201-500", 201, 500),
    ("501-1000", 501, 1000),
    ("1000+", 1001, 10_000_000),
)
BAND_NAMES = tuple(name for name, _, _ in BANDS)
_NAMED = frozenset(BAND_NAMES)
# Larger figures are founding capital, phone numbers or mistakes: no company has ten million people.
_MOST = BANDS[-1][2]

_NUMBER = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:[,.\s'’\u00a0\u202f]\d{2,3})*[,.\s'’\u00a0\u202f]\d{3}|\d+)(?:[.,](\d{1,2})(?!\d))?"
    r"(?:\s*(k|thousand|lakhs?|mn|million)\b)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:employees|people|staff)?\s*(?:-|–|—|−|‐|‑|~|to|till|until|and|through|bis|à|a|al|až|‥|\.\.\.?|…|/)\s*",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s*[-+]?\s*(?:employee|people|person|staff|fte|head|worker|member|mitarbeit|beschäftigt|employé|emplead|dipendent|"
    r"funcionári|medewerker|anställd|ansatt|team)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:more than|greater than|over|above|exceeding|upwards of|>|mehr als|über|plus de|más de|più di)\s*$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"(?:less than|fewer than|under|below|<|weniger als|unter|moins de|menos de|meno di)\s*$", re.IGNORECASE
)
_AT_MOST = re.compile(r"(?:up to|at most|max\.?|maximum|<=|≤|bis(?: zu)?|jusqu'à|hasta|fino a)\s*$", re.IGNORECASE)
_PLUS = re.compile(
    r"\s*(?:\+|plus\b|or more|and more|and above|and up|& above|and over|oder mehr|et plus|o más)", re.IGNORECASE
)
_ALONE = re.compile(
    r"(?:self[- ]?employed|just me|only me|myself(?: only)?|solo|sole (?:trader|proprietor)|freelancer?|"
    r"one person|1 person)",
    re.IGNORECASE,
)
# What spreadsheets make of 1-10 and 11-50 when they take them for days.
_AS_DATES = {
    "10-jan": "1-10", "jan-10": "1-10", "1-oct": "1-10", "01-oct": "1-10", "oct-01": "1-10", "oct-1": "1-10",
    "nov-50": "11-50", "10. jan": "1-10", "01. okt": "1-10",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompanySize:
    """The band, or None with the text as it stood."""

    band: str | None
    raw: str

    @property
    def stored(self) -> str:
        return self.band or self.raw


def band_of(count: int) -> str | None:
    """Return the band of a number of people, None for one that no company has."""
    if not 1 <= count <= _MOST:
        return None
    return next(name for name, _, high in BANDS if count <= high)


def nearest_band(low: int, high: int) -> str | None:
    """Return the band that shares the most numbers with a range; of equals, the smaller one."""
    if low > high:
        low, high = high, low
    low = max(low, 1)
    if high < 1 or low > _MOST:
        return None
    shared = [(min(high, top) - max(low, bottom) + 1, name) for name, bottom, top in BANDS]
    best = max(size for size, _ in shared)
    return next(name for size, name in shared if size == best)


def parse_company_size(text: str) -> CompanySize:
    """Read a number, a range or a description of a company's size; unreadable text is kept without a band."""
    if text in _NAMED:
        return CompanySize(text, text)
    return CompanySize(_read(text), text)


def _read(text: str) -> str | None:
    if text.isascii() and text.isdecimal():
        return band_of(int(text)) if len(text) <= 8 else None
    if spoiled := _AS_DATES.get(text.casefold()):
        return spoiled
    numbers = list(_NUMBER.finditer(text[:200]))
    if not numbers:
        return "1-10" if _ALONE.search(text[:200]) else None
    if len(numbers) == 2 and _BETWEEN.fullmatch(text, numbers[0].end(), numbers[1].start()):
        low, high = (_value(number) for number in numbers)
        # "1-5k" counts both in thousands.
        if numbers[1][3] and not numbers[0][3] and low < high / 1000:
            low = low * (high // max(1, _value(numbers[1], scaled=False)))
        return None if _is_negative(text, numbers[0]) else nearest_band(low, high)
    if len(numbers) > 1:
        # "Founded 1998, 80 people": the one that counts people.
        numbers = [number for number in numbers if _UNIT.match(text, number.end())]
        if len(numbers) != 1:
            return None
    number = numbers[0]
    if _is_negative(text, number):
        return None
    count = _value(number)
    before = text[: number.start()]
    if _MORE.search(before) or _PLUS.match(text, number.end()):
        return band_of(count + 1) if count else None
    if _LESS.search(before):
        return band_of(count - 1)
    if _AT_MOST.search(before):
        return band_of(count)
    if re.search(r"[$€£₹%]\s*$", before) or re.match(r"\s*(?:%|years|yrs|[$€£₹])", text[number.end() :]):
        return None
    return band_of(count)


def _value(number: re.Match[str], *, scaled: bool = True) -> int:
    digits = re.sub(r"\D", "", number[1])
    value = float(f"{digits[:12]}.{number[2] or 0}")
    if scaled and number[3]:
        unit = number[3].casefold()
        value *= 1_000 if unit in {"k", "thousand"} else 100_000 if unit.startswith("lakh") else 1_000_000
    return int(value)


def _is_negative(text: str, number: re.Match[str]) -> bool:
    before = text[: number.start()].rstrip(" ")
    return before.endswith(("-", "−")) and not before[:-1].rstrip()[-1:].isalnum()
