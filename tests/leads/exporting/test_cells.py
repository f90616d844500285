"""Cells that no spreadsheet runs, and nothing lost on the way back."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.exporting.cells import guard, safe_cell, unguard, workbook_cell
from leads.importing.values import parse_phone, parse_tags


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","x")', "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1",
        "\u00a0=1", "\u200b=1",
        "＝1+1", "＋1", "－1", "＠x", "=", "-", "+", "@", "--x", "+cmd|' /C calc'!A0", "-2+3", "+91 98123 45678",
        "'=1", "''+x",
        "\ufeff=1", "−1+1", "|x", "\x00=1", "\t", "-1e5x", "=\n",
    ],
)  # fmt: skip
def test_what_could_be_a_formula_is_marked_as_text(text):
    assert guard(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    ["+919812345678", "+14155552671", "-12.5", "+3", "-0,5", "42", "Acme", "a=b", "O'Brien", "'quoted'", "",
     "ada@example.com", "1-2",
     "10.5%", "’tis", "日本", "…", "(x)", "#1", "é-"],
)  # fmt: skip
def test_what_is_no_formula_stays_as_it_is(text):
    assert guard(text) == text


@given(st.text(max_size=20))
def test_the_way_back_loses_nothing(text):
    assert unguard(guard(text)) == text


@given(st.text(st.sampled_from("'=+-@\t\r\n ＝＋A1.,\u200b"), max_size=8))
def test_the_way_back_loses_nothing_of_hostile_text(text):
    assert unguard(guard(text)) == text
    assert guard(unguard(guard(text))) == guard(text)


@given(st.text(st.sampled_from("'=+-@\t\r\n ＝＋－＠A1.,"), min_size=1, max_size=8))
def test_no_cell_begins_with_a_formula_sign_unless_it_is_a_number_or_a_phone(text):
    cell = guard(text)
    if cell[0] in "=+-@\t\r\n＝＋－＠":
        assert cell.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdigit()


def test_a_phone_comes_back_as_the_same_phone():
    cell = safe_cell("+919812345678")
    assert cell == "+919812345678"
    assert parse_phone(unguard(cell), region="US").number == "+919812345678"


def test_values_have_plain_texts():
    assert [safe_cell(value) for value in (None, True, False, 12, Decimal("1200.50"), date(2024, 1, 5), ["a",
    "=b"], "x")] == [
        "", "yes", "no", "12", "1200.50", "2024-01-05", "a; =b", "x",
    ]  # fmt: skip
    assert safe_cell(datetime(2024, 1, 5, 12, tzinfo=UTC)) == "2024-01-05T12:00:00+00:00"
    assert safe_cell(Decimal("1E+3")) == "1000"
    assert safe_cell(["=a", "b"]) == "'=a; b"


def test_workbooks_keep_numbers_and_days_and_get_guarded_text():
    assert workbook_cell(12) == 12
    assert workbook_cell(date(2024, 1, 5)) == date(2024, 1, 5)
    assert workbook_cell(datetime(2024, 1, 5, 12, tzinfo=UTC)) == "2024-01-05T12:00:00+00:00"
    assert workbook_cell("=1+1") == "'=1+1"
    assert workbook_cell("a\x0bb\ud800") == "ab"
    assert workbook_cell("x" * 40_000) == "x" * 32_767
    assert workbook_cell(None) is None


def test_a_workbook_written_with_these_cells_opens_with_text_and_no_formula(tmp_path):
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Leads")
    sheet.append([workbook_cell(value) for value in ("=1+1", "+919812345678", 12, "a\x00b")])
    path = tmp_path / "out.xlsx"
    workbook.save(path)
    cells = next(openpyxl.load_workbook(path).active.iter_rows())
    assert [(cell.data_type, cell.value) for cell in cells] == [
        ("s", "'=1+1"),
        ("s", "+919812345678"),
        ("n", 12),
        ("s", "ab"),
    ]


@given(st.lists(st.text(st.sampled_from("ab ;,|'=[]{}\"\n\\#-"), min_size=1, max_size=6), max_size=4))
def test_tags_come_back_as_they_were(names):
    tags = parse_tags(json.dumps(names))
    assert parse_tags(unguard(safe_cell(tags))) == tags
