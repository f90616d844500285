"""One function for each column: from the text of a cell to a value, or None where the cell says nothing.

They are made once for a file, because a million rows go through them; columns whose cells repeat remember what they
have read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any

from leads.choices import CustomFieldType
from leads.exporting.cells import unguard
from leads.importing.fields import TARGETS, Kind, Target
from leads.importing.keys import plain_key
from leads.importing.mapping import ColumnPlan
from leads.importing.values import (
    DateOrder,
    StatusWord,
    ValueProblem,
    check_length,
    clean_block,
    clean_line,
    find_country,
    is_custom_placeholder,
    is_placeholder,
    parse_boolean,
    parse_choice,
    parse_company_size,
    parse_currency,
    parse_day,
    parse_integer,
    parse_ip_address,
    parse_link,
    parse_moment,
    parse_money,
    parse_object,
    parse_price_level,
    parse_rating,
    parse_score,
    parse_service_tier,
    parse_tags,
    read_decimal,
    read_outreach_status,
    read_source,
    read_status,
    split_name,
)

Reader = Callable[[str], Any]

# Distinct cells remembered for a column. Columns with more of them gain nothing, and memory stays small.
CACHED = 4096
CUSTOM_TEXT_LIMIT = 5_000
REFERENCE_LIMIT = 254


class BadValue(StrEnum):
    """What happens to a row when one of its values cannot be used."""

    REFUSE_ROW = "refuse_row"
    SKIP_VALUE = "skip_value"


@dataclass(frozen=True, slots=True)
class MapOptions:
    """What holds for the whole import.

    ``zone`` is the organisation's time zone, for moments without one. ``phone_region`` is the country of numbers
    without a country code, when the row names no country. ``day_first`` decides where the sample of a column does
    not. ``status_words`` are words that the person has translated, ``stage_statuses`` the statuses of the stages,
    both by the key of ``plain_key``. With ``now`` given, what has happened cannot lie in the future.
    """

    zone: tzinfo = UTC
    currency: str = "INR"
    phone_region: str | None = None
    day_first: bool = True
    now: datetime | None = None
    on_bad_value: BadValue = BadValue.REFUSE_ROW
    status_words: Mapping[str, str] = field(default_factory=dict)
    stage_statuses: Mapping[str, str] = field(default_factory=dict)


def _order(plan: ColumnPlan, options: MapOptions) -> DateOrder:
    if plan.date_order in {DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST}:
        return plan.date_order
    # In a column that contradicts itself, each cell that can be read in one way only is read so.
    return DateOrder.AMBIGUOUS if options.day_first else DateOrder.MONTH_FIRST


def _past(moment: datetime, now: datetime | None) -> datetime:
    # A day of grace: files are written in other time zones than they are read in.
    if now is not None and moment > now + timedelta(days=1):
        raise ValueProblem("in_future", "This lies in the future, but says when something has happened.")
    return moment


def _lines(target: Target) -> Reader:
    limit, kind = target.limit, target.kind

    def read(cell: str) -> str | None:
        text = clean_line(cell)
        if is_placeholder(text, kind):
            return None
        return text if len(text) <= limit else check_length(text, limit)

    return read


def _blocks(target: Target) -> Reader:
    limit = target.limit

    def read(cell: str) -> str | None:
        text = clean_block(cell)
        return None if is_placeholder(text, Kind.BLOCK) else check_length(text, limit)

    return read


def _countries(plan: ColumnPlan, target: Target) -> Reader:
    """Return a reader of ``(name, code)``; a name that is not known stays as it is, with no code."""

    def read(cell: str) -> tuple[str, str] | None:
        text = clean_line(cell)
        is_code = plan.has_codes and text == "NA"
        if not is_code and is_placeholder(text, Kind.COUNTRY):
            return None
        found = find_country(text)
        return (found.name, found.code) if found else (check_length(text, target.limit), "")

    return read


def _parsed(kind: Kind, parse: Reader) -> Reader:
    def read(cell: str) -> Any:
        text = clean_line(cell)
        return None if is_placeholder(text, kind) else parse(text)

    return read


def _statuses(options: MapOptions) -> Reader:
    def parse(text: str) -> StatusWord | str:
        if chosen := options.status_words.get(plain_key(text)):
            return StatusWord(chosen, None)
        return read_status(text) or text

    return _parsed(Kind.STATUS, parse)


# Kinds whose cells repeat so often that a look into a table beats reading them again.
_REPEATING = {
    Kind.COUNTRY, Kind.COMPANY_SIZE, Kind.SERVICE_TIER, Kind.SOURCE, Kind.STATUS, Kind.OUTREACH_STATUS, Kind.CONVERTED,
    Kind.REFERENCE, Kind.DAY, Kind.MOMENT, Kind.PAST_MOMENT, Kind.CLOSE_DAY, Kind.CURRENCY, Kind.INTEGER, Kind.SCORE,
    Kind.RATING, Kind.PRICE_LEVEL, Kind.BOOLEAN, Kind.CHOICE, Kind.TAGS, Kind.MONEY,
}  # fmt: skip
_REPEATING_LINES = {
    "industry", "business_type", "city", "state", "job_title", "campaign", "utm_source", "utm_medium", "utm_campaign",
    "timeframe", "budget", "lost_reason", "external_source", "current_booking_tool", "response_time", "follow_up_stage",
    "first_name", "last_name", "postal_code",
}  # fmt: skip


def reader_for(plan: ColumnPlan, options: MapOptions) -> Reader:
    """Return the function that reads the cells of one column."""
    if plan.custom_key is not None:
        read = _custom(plan, options)
        repeats = plan.custom_type is not CustomFieldType.TEXT
    else:
        target = TARGETS[plan.target]
        read = _target_reader(plan, target, options)
        repeats = target.kind in _REPEATING or target.name in _REPEATING_LINES
    guarded = _unguarded(read)
    return lru_cache(maxsize=CACHED)(guarded) if repeats else guarded


def _unguarded(read: Reader) -> Reader:
    """Take off the apostrophe with which an export protects a cell."""

    def read_cell(cell: str) -> Any:
        return read(unguard(cell)) if cell[0] == "'" else read(cell)

    return read_cell


def _target_reader(plan: ColumnPlan, target: Target, options: MapOptions) -> Reader:
    kind = target.kind
    order, zone, now = _order(plan, options), options.zone, options.now
    low, high = target.low or 0, target.high or 0
    readers: dict[Kind, Callable[[], Reader]] = {
        Kind.NAME: lambda: _lines(target),
        Kind.LINE: lambda: _lines(target),
        Kind.KEY: lambda: _lines(target),
        Kind.BLOCK: lambda: _blocks(target),
        # The rest of these two depends on the row: see steps.
        Kind.EMAIL: lambda: _parsed(kind, _as_it_is),
        Kind.PHONE: lambda: _parsed(kind, _as_it_is),
        Kind.FULL_NAME: lambda: _parsed(kind, lambda text: (text, split_name(text))),
        Kind.LINK: lambda: _parsed(kind, lambda text: parse_link(text, limit=target.limit)),
        Kind.COUNTRY: lambda: _countries(plan, target),
        Kind.ADDRESS: lambda: _blocks(target),
        Kind.COMPANY_SIZE: lambda: _parsed(
            kind, lambda text: check_length(parse_company_size(text).stored, target.limit)
        ),
        Kind.SERVICE_TIER: lambda: _parsed(kind, parse_service_tier),
        Kind.SOURCE: lambda: _parsed(kind, lambda text: (text, *read_source(text))),
        Kind.STATUS: lambda: _statuses(options),
        Kind.OUTREACH_STATUS: lambda: _parsed(kind, lambda text: read_outreach_status(text) or text),
        Kind.CONVERTED: lambda: _parsed(kind, parse_boolean),
        Kind.REFERENCE: lambda: _parsed(kind, lambda text: check_length(text, REFERENCE_LIMIT)),
        Kind.MOMENT: lambda: _parsed(kind, lambda text: parse_moment(text, order=order, zone=zone)),
        Kind.PAST_MOMENT: lambda: _parsed(kind, lambda text: _past(parse_moment(text, order=order, zone=zone), now)),
        Kind.CLOSE_DAY: lambda: _parsed(kind, lambda text: parse_moment(text, order=order, zone=zone)),
        Kind.DAY: lambda: _parsed(kind, lambda text: parse_day(text, order=order)),
        Kind.CURRENCY: lambda: _parsed(kind, parse_currency),
        Kind.INTEGER: lambda: _parsed(kind, lambda text: parse_integer(text, low=low, high=high)),
        Kind.SCORE: lambda: _parsed(kind, lambda text: parse_score(text, low=low, high=high)),
        Kind.RATING: lambda: _parsed(kind, lambda text: parse_rating(text, low=low, high=high)),
        Kind.PRICE_LEVEL: lambda: _parsed(kind, parse_price_level),
        Kind.BOOLEAN: lambda: _parsed(kind, parse_boolean),
        Kind.CHOICE: lambda: _parsed(kind, lambda text: parse_choice(text, target.name)),
        Kind.TAGS: lambda: lambda cell: parse_tags(cell, limit=target.limit),
        Kind.JSON: lambda: _parsed_whole(lambda text: parse_object(text, limit=target.limit)),
        Kind.CUSTOM_JSON: lambda: _parsed_whole(lambda text: parse_object(text, limit=target.limit)),
        Kind.IP_ADDRESS: lambda: _parsed(kind, parse_ip_address),
    }
    return readers[kind]()


def money_reader(plan: ColumnPlan, currency: str) -> Reader:
    """Return the reader of a column of amounts in a currency that is known only with the row."""
    read = _parsed(Kind.MONEY, lambda text: parse_money(text, currency=currency, mark=plan.decimal_mark))
    return lru_cache(maxsize=CACHED)(_unguarded(read))


def _as_it_is(text: str) -> str:
    return text


def _parsed_whole(parse: Reader) -> Reader:
    def read(cell: str) -> Any:
        text = clean_block(cell)
        return None if text in {"", "{}", "[]", "null", "None", "NULL"} else parse(text)

    return read


def _custom(plan: ColumnPlan, options: MapOptions) -> Reader:
    order = _order(plan, options)

    def number(text: str) -> int | float:
        found = read_decimal(text.removesuffix("%").rstrip(), mark=plan.decimal_mark)
        if found is None:
            raise ValueProblem("bad_number", "This is not a number.")
        return int(found) if found == found.to_integral_value() else float(found)

    parsers: dict[CustomFieldType, Reader] = {
        CustomFieldType.TEXT: lambda text: check_length(text, CUSTOM_TEXT_LIMIT),
        CustomFieldType.NUMBER: number,
        CustomFieldType.DATE: lambda text: parse_day(text, order=order).isoformat(),
        CustomFieldType.BOOLEAN: parse_boolean,
        CustomFieldType.URL: parse_link,
    }
    parse = parsers[plan.custom_type]

    def read(cell: str) -> Any:
        text = clean_block(cell)
        return None if is_custom_placeholder(text) else parse(text)

    return read
