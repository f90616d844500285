"""Texts, words for nothing, names and lists: what stays of a cell."""

import pytest

from leads.importing.fields import Kind
from leads.importing.values import (
    ValueProblem,
    check_length,
    clean_block,
    clean_line,
    is_custom_placeholder,
    is_placeholder,
    parse_address,
    parse_ip_address,
    parse_object,
    parse_tags,
    split_name,
)
from tests.leads.importing.samples import refusal


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Acme   Corp ", "Acme Corp"),
        ("Ac\u200bme\ufeff", "Acme"),
        ("A\u00a0B\u3000C\tD\nE", "A B C D E"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b\x07c", "abc"),
        ("Jose\u0301", "José"),
        ("half \ud800 pair", "half pair"),
        ("नि\u200dर्मला", "नि\u200dर्मला"),
        ("Ad\u200cmin", "Admin"),
        ("\u2066hidden\u2069", "hidden"),
    ],
)
def test_lines_lose_what_nobody_sees(raw, clean):
    assert clean_line(raw) == clean


def test_blocks_keep_their_lines():
    assert clean_block(" one \r\n\r\n\r\n\r\ntwo\x00 \r three ") == "one\n\ntwo\nthree"


def test_too_long_a_text_is_refused_with_the_limit():
    assert check_length("x" * 10, 10)
    with pytest.raises(ValueProblem, match="11 characters; at most 10 fit"):
        check_length("x" * 11, 10)


@pytest.mark.parametrize(
    "cell",
    ["", "-", "--", "—", "...", "?", "N/A", "n/a", "#N/A", "null", "NULL", "(null)", "None", "nan", "undefined",
     "Select",
     "-- Select --", "unknown", "Not provided", "(blank)", "#REF!"],
)  # fmt: skip
def test_words_for_nothing_are_nothing(cell):
    assert is_placeholder(cell, Kind.LINE)


@pytest.mark.parametrize("cell", ["Null", "Na", "Nil", "Nan", "Select", "O"])
def test_names_that_look_like_nothing_are_names(cell):
    assert not is_placeholder(cell, Kind.NAME)


@pytest.mark.parametrize("cell", ["None", "null", "NULL", "nan", "N/A", "unknown", "-"])
def test_what_machines_write_is_no_name(cell):
    assert is_placeholder(cell, Kind.NAME)


@pytest.mark.parametrize("cell", ["Selected", "Unknown Worlds", "Nullsoft", "0", "No", "A-", "+1", "N", "@home"])
def test_words_that_only_begin_like_nothing_stay(cell):
    assert not is_placeholder(cell, Kind.LINE)


def test_unknown_is_an_engagement_level_and_none_an_outreach_status():
    assert not is_placeholder("unknown", Kind.CHOICE)
    assert not is_placeholder("none", Kind.OUTREACH_STATUS)


def test_custom_fields_keep_words_that_may_be_answers():
    assert not is_custom_placeholder("Unknown")
    assert not is_custom_placeholder("Not applicable to me")
    assert is_custom_placeholder("Select")
    assert is_custom_placeholder("#N/A")


@pytest.mark.parametrize(
    ("cell", "first", "last", "sure"),
    [
        ("Ada Lovelace", "Ada", "Lovelace", True), ("Lovelace, Ada", "Ada", "Lovelace", True),
        ("Dr. Ada Lovelace", "Ada", "Lovelace", True), ("John A. Smith", "John A.", "Smith", True),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven", True), ("Maria de la Cruz", "Maria", "de la Cruz", True),
        ("John Smith Jr.", "John", "Smith Jr.", True), ("Jean-Luc Picard", "Jean-Luc", "Picard", True),
        ("M Sharma", "M", "Sharma", True), ("Mary Ann Smith", "Mary Ann", "Smith", False), ("Ada", "Ada", "", False),
        ("Mr. Sharma", "", "Sharma", False), ("王小明", "王小明", "", False), ("Acme Sales 24", "Acme Sales",
        "24", False),
    ],
)  # fmt: skip
def test_full_names_are_split_and_doubt_is_admitted(cell, first, last, sure):
    name = split_name(cell)
    assert (name.first, name.last, name.is_sure) == (first, last, sure)


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("a, b ,a,A", ("a", "b")), ("hot; very, very hot", ("hot", "very, very hot")), ("x|y", ("x", "y")),
     ('["a", "b"]', ("a", "b")),
     ('{a,"b c"}', ("a", "b c")), ("#hot", ("hot",)), ("", ()), ("null", ()), ("{}", ()), ("[broken", ("[broken",))],
)  # fmt: skip
def test_tags_in_many_forms(cell, tags):
    assert parse_tags(cell) == tags


def test_tags_have_limits():
    assert refusal(parse_tags, "x" * 61, limit=60) == "too_long"
    assert refusal(parse_tags, ",".join(map(str, range(60)))) == "too_many_tags"


def test_objects_are_json_that_the_database_can_store():
    assert parse_object('{"a": {"b": ["\\u0000x", 1]}}', limit=100) == {"a": {"b": ["x", 1]}}
    for cell in ("[1]", "x", '{"a": NaN}', "{" * 5_000, '"x"'):
        assert refusal(parse_object, cell, limit=10_000) == "bad_json"
    assert refusal(parse_object, '{"a": ' * 30 + "1" + "}" * 30, limit=10_000) == "bad_json"
    assert refusal(parse_object, '{"a": "' + "x" * 200 + '"}', limit=100) == "too_long"


def test_addresses_are_streets_or_objects():
    assert parse_address("1 High St\nLondon") == {"street": "1 High St, London"}
    assert parse_address('{"street": "1 High St", "postalCode": "N1", "country": "UK", "x": 1}') == {
        "street": "1 High St",
        "postal_code": "N1",
        "country": "UK",
    }
    assert parse_address("{not json") == {"street": "{not json"}


def test_ip_addresses_lose_the_part_that_names_a_connection():
    assert parse_ip_address("203.0.113.77") == "203.0.113.0"
    assert parse_ip_address("2001:db8:1234:5678::1") == "2001:db8:1234::"
    assert refusal(parse_ip_address, "300.1.1.1") == "bad_ip_address"
