"""Rules that hold for any text whatever: nothing crashes, nothing changes when it is read a second time."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.exporting.cells import safe_cell, unguard
from leads.importing.fields import Kind
from leads.importing.values import (
    DateOrder,
    DecimalMark,
    ValueProblem,
    band_of,
    clean_block,
    clean_line,
    detect_date_order,
    detect_decimal_mark,
    find_country,
    is_custom_placeholder,
    is_placeholder,
    parse_address,
    parse_boolean,
    parse_choice,
    parse_company_size,
    parse_currency,
    parse_day,
    parse_email,
    parse_integer,
    parse_ip_address,
    parse_link,
    parse_moment,
    parse_money,
    parse_object,
    parse_percentage,
    parse_phone,
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

# Any text, surrogates included, and text made of the signs that the parsers look at.
ANYTHING = st.text(st.characters(codec=None), max_size=60)
TELLING = st.text(
    st.sampled_from("0123456789.,;:-+/ ()@'\"$€₹kK%eETZxX\u200b\u00a0\n\t\x00aämzAM<>={}[]|#~"), max_size=40
)
TEXT = st.one_of(ANYTHING, TELLING)

FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "clean_line": clean_line,
    "clean_block": clean_block,
    "email": parse_email,
    "phone": lambda text: parse_phone(text, region="IN"),
    "phone without region": parse_phone,
    "link": parse_link,
    "company size": parse_company_size,
    "moment": lambda text: parse_moment(text, order=DateOrder.DAY_FIRST, zone=UTC),
    "day": lambda text: parse_day(text, order=DateOrder.AMBIGUOUS),
    "money": lambda text: parse_money(text, currency="INR"),
    "money with comma": lambda text: parse_money(text, currency="KWD", mark=DecimalMark.COMMA),
    "currency": parse_currency,
    "decimal": read_decimal,
    "integer": lambda text: parse_integer(text, low=0, high=100),
    "score": parse_score,
    "rating": parse_rating,
    "percentage": parse_percentage,
    "price level": parse_price_level,
    "boolean": parse_boolean,
    "tier": parse_service_tier,
    "choice": lambda text: parse_choice(text, "engagement_level"),
    "country": find_country,
    "status": read_status,
    "outreach": read_outreach_status,
    "source": read_source,
    "tags": parse_tags,
    "object": lambda text: parse_object(text, limit=1_000),
    "address": parse_address,
    "ip": parse_ip_address,
    "name": split_name,
    "order": lambda text: detect_date_order([text]),
    "mark": lambda text: detect_decimal_mark([text]),
    "custom placeholder": is_custom_placeholder,
    "placeholder": lambda text: [is_placeholder(text, kind) for kind in Kind],
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_no_text_crashes_a_reader(name, text):
    try:
        FUNCTIONS[name](text)
    except ValueProblem as problem:
        assert problem.code
        assert problem.message.endswith(".")


def once_and_again(read: Callable[[str], str | None], text: str) -> None:
    try:
        first = read(text)
    except ValueProblem:
        return
    if first is not None:
        assert read(first) == first


IDEMPOTENT: dict[str, Callable[[str], str | None]] = {
    "line": clean_line,
    "block": clean_block,
    "email": lambda text: parse_email(text).address,
    "phone": lambda text: parse_phone(text, region="IN").number,
    "link": parse_link,
    "size": lambda text: parse_company_size(text).stored,
    "country": lambda text: found.name if (found := find_country(text)) else None,
    "status": lambda text: found.status if (found := read_status(text)) else None,
    "source": lambda text: read_source(text)[0],
    "tier": parse_service_tier,
    "choice": lambda text: parse_choice(text, "verification_status"),
    "currency": parse_currency,
    "ip": parse_ip_address,
    "day": lambda text: parse_day(text, order=DateOrder.DAY_FIRST).isoformat(),
    "moment": lambda text: parse_moment(text, order=DateOrder.DAY_FIRST, zone=UTC).isoformat(),
    "tags": lambda text: safe_cell(parse_tags(unguard(text))),
    "score": lambda text: str(parse_score(text)),
    "rating": lambda text: str(parse_rating(text)),
    "street": lambda text: parse_address(text).get("street"),
}


@pytest.mark.parametrize("name", IDEMPOTENT)
@settings(max_examples=200, deadline=None)
@given(text=TEXT)
def test_what_was_read_once_is_read_the_same_again(name, text):
    once_and_again(IDEMPOTENT[name], text)


@given(text=TEXT)
def test_clean_text_holds_nothing_that_the_database_refuses(text):
    for clean in (clean_line(text), clean_block(text)):
        assert "\0" not in clean
        clean.encode("utf-8")
    assert "\n" not in clean_line(text)


@given(
    st.integers(1, 10_000_000),
    st.sampled_from(["{:d}", "{:,d}", "about {:d} people", "{:d} employees", "~{:d}", "{:d}.0"]),
)
def test_every_number_of_people_has_the_band_of_the_number(count, form):
    assert parse_company_size(form.format(count)).band == band_of(count)


@given(st.integers(0, 10**13), st.sampled_from([("{}", "."), ("₹{}", "."), ("{} €", ","), ("$ {}", ".")]))
def test_amounts_with_two_decimals_are_exact(minor, form):
    pattern, mark = form
    whole, rest = divmod(minor, 100)
    grouped = f"{whole:,}".replace(",", "." if mark == "," else ",")
    cell = pattern.format(f"{grouped}{mark}{rest:02d}")
    assert parse_money(cell, currency="INR").minor == minor


@given(st.decimals(-(10**9), 10**9, places=3))
def test_plain_decimals_are_read_as_they_are(number):
    assert read_decimal(format(number, "f"), mark=DecimalMark.POINT) == number
    assert read_decimal(format(number, "f").replace(".", ","), mark=DecimalMark.COMMA) == number


@given(st.dates(date(1900, 1, 2), date(2199, 12, 30)), st.times())
def test_moments_survive_iso_and_both_orders(day, time):
    moment = datetime.combine(day, time.replace(microsecond=0), UTC)
    assert parse_moment(moment.isoformat(), order=DateOrder.AMBIGUOUS, zone=UTC) == moment
    for order, form in ((DateOrder.DAY_FIRST, "%d/%m/%Y %H:%M:%S"), (DateOrder.MONTH_FIRST, "%m-%d-%Y %I:%M:%S %p")):
        assert parse_moment(moment.strftime(form), order=order, zone=UTC) == moment


def test_a_decimal_is_never_a_float():
    assert read_decimal("0.1") == Decimal("0.1")
