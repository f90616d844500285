"""Phone numbers: many spellings, one form; and the quick way against the library it stands for."""

import random

import phonenumbers
import pytest

from leads.importing.values import ValueProblem, parse_phone
from leads.importing.values.phones import _international, _national

REGIONS = (
    "IN",
    "US",
    "DE",
    "GB",
    "FR",
    "IT",
    "ES",
    "NL",
    "BR",
    "JP",
    "AU",
    "SE",
    "PL",
    "CA",
    "MX",
    "RU",
    "CH",
    "AT",
    "SG",
    "AE",
    "ZA",
)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("+919812345678", "+919812345678"), ("98123 45678", "+919812345678"), ("098123-45678", "+919812345678"),
        ("919812345678", "+919812345678"), ("0091 98123 45678", "+919812345678"), ("+44 (0)20 7946 0958",
        "+442079460958"),
        ("+1 (415) 555-2671", "+14155552671"), ("tel:+49-30-123456", "+4930123456"), ("p:+919812345678",
        "+919812345678"),
        ("Mobile: 98123 45678", "+919812345678"), ("'+919812345678", "+919812345678"), ("９８１２３４５６７８",
        "+919812345678"),
        ("9812345678.0", "+919812345678"), ("9.812345678E+09", "+919812345678"), ("+39 06 1234567", "+39061234567"),
        ("022-2345 6789", "+912223456789"), ("9,812,345,678", "+919812345678"), ("\u200b+919812345678\u202c",
        "+919812345678"),
    ],
)  # fmt: skip
def test_numbers_in_many_spellings(cell, number):
    assert parse_phone(cell, region="IN").number == number


def test_extensions_and_further_numbers_are_kept_aside():
    found = parse_phone("+1 415 555 2671 ext. 89", region="IN")
    assert (found.number, found.extension) == ("+14155552671", "89")
    found = parse_phone("+91-98123-45678;ext=12", region="IN")
    assert (found.number, found.extension) == ("+919812345678", "12")
    for cell in (
        "98123 45678 / 98123 45679",
        "98123 45678, 98123 45679",
        "98123 45678; 98123 45679",
        "9812345678 or 9812345679",
    ):
        assert parse_phone(cell, region="IN").others == ("+919812345679",)
    assert parse_phone("n/a 12; 98123 45678", region="IN").number == "+919812345678"


@pytest.mark.parametrize(
    "cell", ["", "abc", "12", "0", "+999123456789", "+91 98", "+91 98123 45678 99 99 99", "☎", "()"]
)
def test_what_is_no_number_is_refused_with_a_sentence(cell):
    with pytest.raises(ValueProblem) as caught:
        parse_phone(cell, region="IN")
    assert caught.value.code == "bad_phone"
    assert "country code" in caught.value.message


def test_a_number_that_a_spreadsheet_shortened_is_named_as_such():
    with pytest.raises(ValueProblem, match="spreadsheet shortened") as caught:
        parse_phone("9.19812E+11", region="IN")
    assert caught.value.code == "damaged_phone"


def test_the_country_of_the_row_decides_on_numbers_without_a_code():
    assert parse_phone("030 123456", region="DE").number == "+4930123456"
    with pytest.raises(ValueProblem, match="no country code"):
        parse_phone("030 123456")


def of_library(digits: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_the_quick_way_agrees_with_the_library_on_international_numbers():
    chance = random.Random(20261120)
    codes = list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    quick = 0
    for _ in range(4_000):
        digits = f"{chance.choice(codes)}" + "".join(chance.choices("0123456789", k=chance.randrange(4, 13)))
        try:
            found = _international(digits)
        except ValueProblem:
            assert of_library("+" + digits, None) is None, digits
            continue
        if found is not None:
            quick += 1
            assert found == of_library("+" + digits, None), digits
    assert quick > 1_000


def test_the_quick_way_agrees_with_the_library_on_national_numbers():
    chance = random.Random(20261121)
    quick = 0
    for _ in range(8_000):
        region = chance.choice(REGIONS)
        digits = chance.choice(["", "0"]) + "".join(chance.choices("0123456789", k=chance.randrange(6, 12)))
        if (found := _national(digits, region)) is not None:
            quick += 1
            assert found == of_library(digits, region), (region, digits)
    assert quick > 1_000
