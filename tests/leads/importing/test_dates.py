"""Days and moments in the ways that people and programs write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from leads.importing.values import (
    DateOrder,
    detect_date_order,
    parse_day,
    parse_moment,
)
from tests.leads.importing.samples import refusal

INDIA = ZoneInfo("Asia/Kolkata")


NOON = datetime(2024, 1, 5, 12, 0, tzinfo=INDIA)
MIDNIGHT = datetime(2024, 1, 5, tzinfo=INDIA)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2024-01-05", MIDNIGHT),
        ("2024-01-05T12:00", NOON),
        ("2024-01-05 06:30:00Z", NOON),
        ("2024-01-05T06:30:00.000+0000", NOON),
        ("2024/1/5", MIDNIGHT),
        ("5.1.2024", MIDNIGHT),
        ("05/01/24", MIDNIGHT),
        ("05-01-2024 12:00", NOON),
        ("5/1/2024 12:00:00 PM", NOON),
        ("5/1/2024 12:00 a.m.", MIDNIGHT),
        ("5 Jan 2024", MIDNIGHT),
        ("5th of January, 2024", MIDNIGHT),
        ("Jan 5, 2024", MIDNIGHT),
        ("5-Jan-24", MIDNIGHT),
        ("Fri, 05 Jan 2024 06:30:00 +0000", NOON),
        ("Fri Jan 05 2024 12:00:00 GMT+0530 (India Standard Time)", NOON),
        ("5. Januar 2024", MIDNIGHT),
        ("5 de enero de 2024", MIDNIGHT),
        ("5 février 2024", datetime(2024, 2, 5, tzinfo=INDIA)),
        ("20240105", MIDNIGHT),
        ("20240105120000", NOON),
        ("45296", MIDNIGHT),
        ("45296.5", NOON),
        ("1704436200", NOON),
        ("1704436200000", NOON),
        ("٢٠٢٤-٠١-٠٥", MIDNIGHT),
    ],
)
def test_moments_are_understood(cell, moment):
    assert parse_moment(cell, order=DateOrder.DAY_FIRST, zone=INDIA) == moment


@pytest.mark.parametrize(
    "cell",
    ["tomorrow", "2024-02-30", "2024-13-01", "31/04/2024", "0000-00-00", "12:30", "2024", "5", "1/2", "32 Jan 2024",
     "25:00", "2024-01-05 25:00", "5 Foo 2024", "1.2.3.4", "9" * 30, "2024-01-05T12:00+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(cell):
    assert refusal(parse_moment, cell, order=DateOrder.AMBIGUOUS, zone=UTC) == "bad_date"


@pytest.mark.parametrize("cell", ["1899-12-31", "2200-01-01", "9999-12-31", "0001-01-01"])
def test_years_that_cannot_be_right_are_refused(cell):
    assert refusal(parse_day, cell, order=DateOrder.AMBIGUOUS) == "date_out_of_range"


def test_the_order_of_a_column_is_decided_from_its_sample():
    assert detect_date_order(["03/04/2024", "25/12/2023"]) is DateOrder.DAY_FIRST
    assert detect_date_order(["03/04/2024", "12/25/2023"]) is DateOrder.MONTH_FIRST
    assert detect_date_order(["03/04/2024", "01/02/2023"]) is DateOrder.AMBIGUOUS
    assert detect_date_order(["13/04/2024", "04/13/2024"]) is DateOrder.MIXED
    assert detect_date_order(["2024-01-02", "n/a"]) is DateOrder.AMBIGUOUS


def test_the_order_decides_what_a_cell_means():
    assert parse_day("03/04/2024", order=DateOrder.DAY_FIRST) == date(2024, 4, 3)
    assert parse_day("03/04/2024", order=DateOrder.MONTH_FIRST) == date(2024, 3, 4)


def test_a_cell_against_the_order_of_its_column_is_refused_rather_than_turned():
    assert refusal(parse_day, "25/12/2024", order=DateOrder.MONTH_FIRST) == "date_order"
    assert refusal(parse_day, "12/25/2024", order=DateOrder.DAY_FIRST) == "date_order"
    assert parse_day("12/25/2024", order=DateOrder.AMBIGUOUS) == date(2024, 12, 25)


def test_a_day_is_the_day_that_is_written_whatever_its_zone():
    assert parse_day("2024-01-05T23:30:00-08:00", order=DateOrder.AMBIGUOUS) == date(2024, 1, 5)
