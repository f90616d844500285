"""Days and moments in the many ways that people and programs write them.

Whether 03/04/2024 is in March or in April is decided once for a column, from a sample, never cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from leads.importing.problems import ValueProblem
from leads.importing.values.text import clean_line


class DateOrder(StrEnum):
    """How a column writes its days; AMBIGUOUS when nothing in the sample tells, MIXED when it contradicts itself."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    AMBIGUOUS = "ambiguous"
    MIXED = "mixed"


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene gennaio gen janeiro januari",
            "feb february februar fevrier fevr fev febrero febbraio fevereiro februari",
            "mar march mrz marz mars marzo marco maart mrt",
            "apr april avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "jun june juni juin junio giugno giu junho",
            "jul july juli juillet juil julio luglio lug julho",
            "aug august aout agosto ago augustus augusti",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october okt oktober octobre octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december dez dezember decembre diciembre dic dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_ACCENTS = str.maketrans("éèûäç", "eeuac")

_TIME = (
    r"(?:[\sT,]+(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2}(?::?\d{2})?|[+-]\d{2})?(?:\s*\([^)]*\))?)?"
)
_NUMBERS = re.compile(r"(\d{1,4})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{1,4})\.?" + _TIME, re.IGNORECASE)
_WEEKDAY = re.compile(
    # Any word before a day in figures, unless it is a month; before a month only what a comma or English tells.
    r"^(?!(?:mar|may|mai|sep|set)\b)(?:[^\W\d_]{2,10})\.?,?\s+(?=\d)|^[^\W\d_]{3,10},\s+"
    r"|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s+",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]*(?:of|de)?\s*([^\W\d_]{3,10})\.?,?[\s/-]*(?:de\s+)?(\d{4}|\d{2})" + _TIME,
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"([^\W\d_]{3,10})\.?[\s/-]*(\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s/-]+)(\d{4})" + _TIME, re.IGNORECASE
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?Z?)?")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d{1,12}))?")
_EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_ACCEPTED = "Write dates as 2024-03-31."
FIRST_YEAR, LAST_YEAR = 1900, 2199


def detect_date_order(samples: Iterable[str]) -> DateOrder:
    """Say whether the numeric dates of a column start with the day or with the month."""
    day_first = month_first = seen = 0
    for sample in samples:
        found = _NUMBERS.fullmatch(sample.strip())
        if not found or len(found[1]) > 2:
            continue
        seen += 1
        one, two = int(found[1]), int(found[2])
        day_first += one > 12 >= two
        month_first += two > 12 >= one
    if day_first and month_first:
        return DateOrder.MIXED
    if day_first:
        return DateOrder.DAY_FIRST
    if month_first:
        return DateOrder.MONTH_FIRST
    return DateOrder.AMBIGUOUS


def parse_moment(text: str, *, order: DateOrder, zone: tzinfo) -> datetime:
    """Return the moment with its time zone; one without a zone is meant in ``zone``, a day begins at midnight.

    Raises: ValueProblem.
    """
    moment = _moment(text, order)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def parse_day(text: str, *, order: DateOrder) -> date:
    """Return the day as it is written, whatever time or zone follows it.

    Raises: ValueProblem.
    """
    return _moment(text, order).date()


def _moment(text: str, order: DateOrder) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _read(clean_line(text), order)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _out_of_range()
    return moment


def _out_of_range() -> ValueProblem:
    return ValueProblem("date_out_of_range", f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.")


def _read(text: str, order: DateOrder) -> datetime:
    if not text.isascii():
        text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
    if len(text) > 80:
        raise ValueProblem("bad_date", f"This is not a date. {_ACCEPTED}")
    try:
        moment = _read_numbers(text, order) or _read_words(text) or _read_bare_number(text)
    except (ValueError, OverflowError):
        raise ValueProblem("bad_date", f"There is no such day or time. {_ACCEPTED}") from None
    if moment is None:
        raise ValueProblem("bad_date", f"This is not a date. {_ACCEPTED}")
    return moment


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 69 else 1900)


def _read_numbers(text: str, order: DateOrder) -> datetime | None:
    found = _NUMBERS.fullmatch(text) or _NUMBERS.fullmatch(_WEEKDAY.sub("", text))
    if not found:
        return None
    one, two, three = found[1], found[2], found[3]
    if len(one) >= 3:
        return _at(found, _year(one), int(two), int(three))
    if len(three) not in {2, 4}:
        return None
    day, month = (two, one) if order is DateOrder.MONTH_FIRST else (one, two)
    if int(month) > 12 >= int(day) and order is not DateOrder.AMBIGUOUS:
        raise ValueProblem(
            "date_order",
            f"{int(month)} is no month: the dates of this column were taken to start with the "
            f"{'month' if order is DateOrder.MONTH_FIRST else 'day'}. {_ACCEPTED}",
        )
    if int(month) > 12 >= int(day):
        day, month = month, day
    return _at(found, _year(three), int(month), int(day))


def _read_words(text: str) -> datetime | None:
    for candidate in (text, _WEEKDAY.sub("", text)):
        if found := _DAY_MONTH.fullmatch(candidate):
            day, name, year = found[1], found[2], found[3]
        elif found := _MONTH_DAY.fullmatch(candidate):
            name, day, year = found[1], found[2], found[3]
        else:
            continue
        month = _MONTHS.get(name.casefold().translate(_ACCENTS))
        if month:
            return _at(found, _year(year), month, int(day))
    return None


def _at(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    part = found.groupdict()
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("hour")
        hour = hour % 12 + (12 if part["half"][0] in "pP" else 0)
    microsecond = int((part["fraction"] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(part["zone"]))


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    text = text.upper().removeprefix("GMT").removeprefix("UTC")
    if text in {"", "Z"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-offset if text[0] == "-" else offset)


def _read_bare_number(text: str) -> datetime | None:
    """Read what databases and spreadsheets write: 20240331, a serial day, seconds since 1970."""
    if (found := _COMPACT.fullmatch(text)) and FIRST_YEAR <= int(found[1]) <= LAST_YEAR and 1 <= int(found[2]) <= 12:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=None)  # noqa: DTZ001 — the caller knows the zone
    if found := _SERIAL.fullmatch(text):
        whole = datetime(1899, 12, 30) + timedelta(days=int(found[1]))  # noqa: DTZ001 — the caller knows the zone
        seconds = round(float(f"0.{found[2] or 0}") * 86_400)
        return whole + timedelta(seconds=seconds)
    if found := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    return None
