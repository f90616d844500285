"""What a sample of a column's cells says about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from leads.choices import CustomFieldType
from leads.importing.fields import TARGETS, Kind
from leads.importing.mapping import ColumnPlan
from leads.importing.problems import ValueProblem
from leads.importing.values import (
    DateOrder,
    detect_date_order,
    detect_decimal_mark,
    find_country,
    is_custom_placeholder,
    parse_company_size,
    parse_day,
    parse_moment,
    read_boolean,
    read_decimal,
    read_status,
)
from leads.importing.values.countries import BY_CODE
from leads.importing.values.statuses import is_outreach_word as is_outreach_word

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_PHONE = re.compile(r"(?=(?:\D*\d){7,15}\D*$)\+?[\d(][\d\s()./-]{5,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?")
_LINK = re.compile(r"(?:https?://|www\.)\S+\.\S+", re.IGNORECASE)
_LINKEDIN = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/(?:in|pub|company|sales)/\S+", re.IGNORECASE)
_COMPANY = re.compile(
    r".*[\s,](?:inc|ltd|llc|llp|gmbh|ag|s\.?a\.?|b\.?v\.?|ab|co|corp|corporation|company|pvt|limited|plc|oy|as|kg|srl|spa|"
    r"group|holdings?|technologies|solutions|industries|enterprises)\.?",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"(?:mr|mrs|ms|miss|dr|prof|herr|frau|mx|sir)\.?", re.IGNORECASE)
_JSON = re.compile(r"\s*\{.*\}\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column in the sample that hold something."""

    values: tuple[str, ...]
    is_unknown: bool

    @classmethod
    def of(cls, cells: Sequence[str]) -> Cells:
        values = tuple(cell for raw in cells if (cell := raw.strip()) and not is_custom_placeholder(cell))
        return cls(values, is_unknown=not cells)

    @property
    def is_empty(self) -> bool:
        return not self.values

    def share(self, test: Callable[[str], object]) -> float:
        return sum(1 for value in self.values if test(value)) / len(self.values) if self.values else 0.0

    def any(self, test: Callable[[str], object]) -> bool:
        return any(test(value) for value in self.values)


def is_company_name(cell: str) -> bool:
    return _COMPANY.fullmatch(cell) is not None


def is_status(cell: str) -> bool:
    return read_status(cell) is not None


def is_country(cell: str) -> bool:
    return find_country(cell) is not None


def has_comma(cell: str) -> bool:
    return "," in cell


def is_number(cell: str) -> bool:
    return read_decimal(cell) is not None


def is_day(cell: str) -> bool:
    try:
        parse_day(cell, order=DateOrder.AMBIGUOUS)
    except ValueProblem:
        return False
    # Years, counts and keys are read as days when they stand alone; a date has separators.
    return not cell.isdecimal() or len(cell) == 8


def _has_digits(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) >= 6


def _is_rating(cell: str) -> bool:
    number = read_decimal(cell)
    return number is not None and 0 <= number <= 5


def _is_amount(cell: str) -> bool:
    return any(map(str.isdigit, cell))


_CHECKS: dict[Kind, Callable[[str], object]] = {
    Kind.EMAIL: _EMAIL.search,
    Kind.PHONE: _has_digits,
    Kind.MOMENT: is_day,
    Kind.PAST_MOMENT: lambda cell: is_day(cell) or cell.isdecimal(),
    Kind.DAY: is_day,
    Kind.CLOSE_DAY: is_day,
    Kind.MONEY: _is_amount,
    Kind.INTEGER: is_number,
    Kind.SCORE: lambda cell: is_number(cell.removesuffix("%")),
    Kind.RATING: _is_rating,
    Kind.BOOLEAN: lambda cell: read_boolean(cell) is not None,
    Kind.CONVERTED: lambda cell: read_boolean(cell) is not None,
    Kind.JSON: _JSON.fullmatch,
    Kind.CUSTOM_JSON: _JSON.fullmatch,
    Kind.COMPANY_SIZE: lambda cell: parse_company_size(cell).band,
    Kind.STATUS: is_status,
    Kind.COUNTRY: is_country,
}
# Columns whose words differ so much that unknown ones say little.
_FORGIVING = {Kind.COMPANY_SIZE: 0.2, Kind.STATUS: 0.0, Kind.COUNTRY: 0.0, Kind.PHONE: 0.3, Kind.EMAIL: 0.2}


def check(target: str, cells: Cells) -> tuple[float, str]:
    """Return a factor for the confidence in a target by its cells, and why where they contradict it."""
    if cells.is_empty:
        return 0.9, ""
    if target == "job_title" and cells.share(_SALUTATION.fullmatch) > 0.5:
        return 0.0, "These are salutations."
    if target in {"full_name", "first_name", "last_name", "company"}:
        if cells.share(_EMAIL.fullmatch) > 0.6:
            return 0.0, "These are e-mail addresses."
        if cells.share(is_number) > 0.8:
            return 0.2, "These are numbers."
    if target == "external_id" and len(set(cells.values)) < len(cells.values) * 0.9:
        return 0.3, "The cells repeat, so they identify nothing."
    if target == "website" and cells.share(_LINKEDIN.match) > 0.5:
        return 0.2, "These links lead to LinkedIn."
    if target == "linkedin_url" and cells.share(_LINKEDIN.match) < 0.5 <= cells.share(_LINK.match):
        return 0.3, "These links lead elsewhere."
    test = _CHECKS.get(TARGETS[target].kind)
    if test is None:
        return 1.0, ""
    share = cells.share(test)
    if share < _FORGIVING.get(TARGETS[target].kind, 0.5):
        return 0.3, "The cells do not look like it."
    return (1.0, "") if share >= 0.8 else (0.85, "")


def guess(cells: Cells) -> Iterator[tuple[str, float, str]]:
    """Yield targets that the cells alone suggest, each with the share of cells that speak for it."""
    if len(cells.values) == 0:
        return
    for target, test, least, why in (
        ("email", _EMAIL.fullmatch, 0.6, "Most cells are e-mail addresses."),
        ("linkedin_url", _LINKEDIN.match, 0.6, "Most cells are links to LinkedIn."),
        (
            "website",
            lambda cell: _LINK.fullmatch(cell) and not _LINKEDIN.match(cell),
            0.6,
            "Most cells are web addresses.",
        ),
    ):
        share = cells.share(test)
        if share >= least:
            yield target, share, why
    if len(cells.values) >= 3:
        share = cells.share(_is_phone)
        if share >= 0.8:
            yield "phone", share * 0.8, "Most cells look like phone numbers."
        share = cells.share(lambda cell: len(cell) > 3 and is_country(cell))
        if share >= 0.8:
            yield "country", share * 0.9, "Most cells are names of countries."


def _is_phone(cell: str) -> bool:
    # A bare row of digits may be any kind of number; phones betray themselves by how they are grouped.
    return (
        _PHONE.fullmatch(cell) is not None
        and not is_day(cell)
        and (cell[0] == "+" or not cell.isdecimal())
        and (sum(map(str.isdigit, cell)) >= 8 and not re.fullmatch(r"[\d.,]+", cell))
    )


def custom_type(cells: Cells) -> CustomFieldType:
    """Return the type that fits every cell of the sample, text where none does."""
    if cells.is_empty:
        return CustomFieldType.TEXT
    if cells.share(lambda cell: read_boolean(cell) is not None and not cell.isdecimal()) == 1:
        return CustomFieldType.BOOLEAN
    # Numbers that begin with 0 are keys, and would lose it.
    if (
        cells.share(lambda cell: is_number(cell) and not (cell[0] == "0" and cell[1:2].isdecimal()) and len(cell) < 15)
        == 1
    ):
        return CustomFieldType.NUMBER
    if cells.share(lambda cell: is_day(cell) and not cell.isdecimal() and _is_midnight(cell)) == 1:
        return CustomFieldType.DATE
    if cells.share(_LINK.fullmatch) == 1:
        return CustomFieldType.URL
    return CustomFieldType.TEXT


def _is_midnight(cell: str) -> bool:
    try:
        moment = parse_moment(cell, order=DateOrder.AMBIGUOUS, zone=UTC)
    except ValueProblem:
        return False
    return not (moment.hour or moment.minute or moment.second)


_DATED = {Kind.MOMENT, Kind.PAST_MOMENT, Kind.DAY, Kind.CLOSE_DAY}
_NUMERIC = {Kind.MONEY, Kind.INTEGER, Kind.SCORE, Kind.RATING}


def with_formats(plan: ColumnPlan, cells: Cells) -> ColumnPlan:
    """Return the plan with the formats that the sample shows."""
    kind = TARGETS[plan.target].kind if plan.target in TARGETS else None
    if kind in _DATED or plan.custom_type is CustomFieldType.DATE:
        return replace(plan, date_order=detect_date_order(cells.values))
    if kind in _NUMERIC or plan.custom_type is CustomFieldType.NUMBER:
        return replace(plan, decimal_mark=detect_decimal_mark(cells.values))
    if kind is Kind.COUNTRY:
        codes = cells.share(lambda cell: len(cell) == 2 and cell.isupper() and cell in BY_CODE)
        return replace(plan, has_codes=codes >= 0.8)
    return plan
