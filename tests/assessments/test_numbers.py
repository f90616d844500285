"""Numbers are read as people of several countries type them; what is none is refused in words."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from assessments.forms.numbers import NumberField, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200", "1200"), ("1,200", "1200"), ("1.200", "1200"), ("12,00,000", "1200000"), ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"), ("45,5", "45.5"), ("0,125", "0.125"), (" 1 200 ", "1200"), ("₹ 5,00,000", "500000"),
        ("Rs. 500", "500"), ("20 %", "20"), (".5", "0.5"), ("12.", "12"), ("-5", "-5"), ("−5", "-5"), ("٣٤", "34"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written_in_several_countries(text, number):
    assert read_number(text, prefers_groups=True) == Decimal(number)


def test_three_digits_after_a_mark_are_decimals_where_groups_are_unlikely():
    assert read_number("12,500", prefers_groups=False) == Decimal("12.5")


@pytest.mark.parametrize(
    "text", ["1e308", "NaN", "Infinity", "-inf", "0x10", "1.2.3,4.5", "3 lakh", "ten", "--5", "5-"]
)
def test_what_is_no_number_is_none(text):
    assert read_number(text, prefers_groups=True) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter a number."),
        ("1e308", "This is not a number"),
        ("NaN", "This is not a number"),
        ("0", "from 1 to 1,000"),
        ("-3", "from 1 to 1,000"),
        ("9" * 39, "from 1 to 1,000"),
        ("2,5", "a whole number"),
        ("9" * 1_000_000, "too long"),
        ("<script>alert(1)</script>", "This is not a number"),
    ],
)
def test_a_field_says_what_it_accepts(text, message):
    with pytest.raises(ValidationError, match=message):
        NumberField(low=1, high=1_000).clean(text)


def test_a_field_that_may_be_empty_gives_nothing_for_nothing():
    assert NumberField(low=0, high=5, required=False).clean(" ") is None
