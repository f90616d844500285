"""Numbers, money, yes and no."""

from decimal import Decimal

import pytest

from leads.importing.values import (
    DecimalMark,
    detect_decimal_mark,
    parse_boolean,
    parse_currency,
    parse_integer,
    parse_money,
    parse_percentage,
    parse_price_level,
    parse_rating,
    parse_score,
    read_decimal,
)
from tests.leads.importing.samples import refusal


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("1200", "INR", 120_000), ("1,200", "INR", 120_000), ("$1,200.50", "USD", 120_050), ("€1.234,56",
        "EUR", 123_456),
        ("₹1,20,000", "INR", 12_000_000), ("1.2k", "INR", 120_000), ("3 lakh", "INR", 30_000_000), ("₹ 3.5 Cr",
        "INR", 3_500_000_000),
        ("1,5k €", "EUR", 150_000), ("2 Mio. EUR", "EUR", 200_000_000), ("$1.5 million", "USD", 150_000_000),
        ("1 234,56 €", "EUR", 123_456), ("1\u202f234,56\u00a0€", "EUR", 123_456), ("CHF 1'234.50", "CHF", 123_450),
        ("USD 1,200", "USD", 120_000), ("1200 usd", "USD", 120_000), ("¥120,000", "JPY", 120_000), ("KWD 1.234",
        "KWD", 1_234),
        ("Rs. 5,000/-", "INR", 500_000), ("12,-", "INR", 1_200), ("1.234", "INR", 123_400), ("1.234.567,89",
        "INR", 123_456_789),
        ("0", "INR", 0), (".5", "INR", 50), ("0.005", "INR", 1), ("CA$ 5", "CAD", 500),
        ("1 lakh", "INR", 10_000_000),
    ],
)  # fmt: skip
def test_amounts_become_minor_units(cell, currency, minor):
    money = parse_money(cell, currency="INR")
    assert (money.currency, money.minor) == (currency, minor)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("-5", "negative_amount"), ("(1,200)", "negative_amount"), ("€ -5", "negative_amount"), ("10k-20k", "bad_amount"),
     ("about 500", "bad_amount"), ("five", "bad_amount"), ("1,2,3", "bad_amount"), ("$ € 5", "bad_amount"), ("",
     "bad_amount"),
     ("1e400", "bad_amount"), ("9" * 20, "amount_too_large"), ("5 5 k k", "bad_amount")],
)  # fmt: skip
def test_amounts_that_cannot_be_right_are_refused(cell, code):
    assert refusal(parse_money, cell, currency="INR") == code


def test_the_decimal_mark_of_a_column_decides_what_cannot_be_told_from_a_cell():
    assert detect_decimal_mark(["1.234", "5,50", "17"]) is DecimalMark.COMMA
    assert detect_decimal_mark(["1.234", "5.50", "17"]) is DecimalMark.POINT
    assert detect_decimal_mark(["1,234", "1.234", "17"]) is DecimalMark.UNKNOWN
    assert parse_money("1.234", currency="EUR", mark=DecimalMark.POINT).minor == 123
    assert parse_money("1,234", currency="EUR", mark=DecimalMark.COMMA).minor == 123
    assert parse_money("10.005", currency="EUR", mark=DecimalMark.POINT).minor == 1_001
    assert parse_money("1.234", currency="EUR", mark=DecimalMark.COMMA).minor == 123_400
    assert read_decimal("1.234") == Decimal("1.234")


def test_currencies_are_codes_signs_and_words():
    assert [parse_currency(cell) for cell in ("inr", "₹", "EUR", "euros", "A$", "USD - US Dollar")] == [
        "INR", "INR", "EUR", "EUR", "AUD", "USD",
    ]  # fmt: skip
    assert refusal(parse_currency, "ABC") == "bad_currency"


def test_integers_are_whole_and_within_their_limits():
    assert [parse_integer(cell, low=0, high=9_999) for cell in ("12", "12.0", "1,234", "1.234", "1 234")] == [
        12, 12, 1234, 1234, 1234,
    ]  # fmt: skip
    assert refusal(parse_integer, "12.5", low=0, high=100) == "bad_number"
    assert refusal(parse_integer, "many", low=0, high=100) == "bad_number"
    assert refusal(parse_integer, "101", low=0, high=100) == "out_of_range"
    assert refusal(parse_integer, "-1", low=0, high=100) == "out_of_range"


def test_ratings_scores_percentages_and_price_levels():
    assert [parse_rating(cell) for cell in ("4.5", "4,5", "4.5/5", "4.5 stars", "★★★★")] == [
        Decimal("4.50"), Decimal("4.50"), Decimal("4.50"), Decimal("4.50"), Decimal("4.00"),
    ]  # fmt: skip
    assert refusal(parse_rating, "5.1") == "out_of_range"
    assert refusal(parse_rating, "good") == "bad_number"
    assert [parse_score(cell) for cell in ("85", "85 %", "85/100", "84.5")] == [85, 85, 85, 85]
    assert refusal(parse_score, "101") == "out_of_range"
    assert refusal(parse_score, "Might be") == "bad_number"
    assert parse_percentage("45.5 %") == Decimal("45.5")
    assert refusal(parse_percentage, "101") == "out_of_range"
    assert refusal(parse_percentage, "half") == "bad_number"
    assert [parse_price_level(cell) for cell in ("2", "$$", "€€€", "PRICE_LEVEL_MODERATE", "Expensive", "free")] == [
        2, 2, 3, 2, 3, None,
    ]  # fmt: skip
    assert refusal(parse_price_level, "5") == "out_of_range"


@pytest.mark.parametrize("cell", ["yes", "Y", "TRUE", "1", "x", "ja", "Sí", "✓", "on", "oui"])
def test_yes_in_many_forms(cell):
    assert parse_boolean(cell) is True


@pytest.mark.parametrize("cell", ["no", "N", "False", "0", "nein", "✗", "off", "non"])
def test_no_in_many_forms(cell):
    assert parse_boolean(cell) is False


def test_anything_else_is_neither_yes_nor_no():
    assert refusal(parse_boolean, "perhaps") == "bad_boolean"
