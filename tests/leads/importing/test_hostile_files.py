"""Broken and hostile files: a clear sentence or a refused row, never a crash, never memory without end."""

import gzip
import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.importing.layout import MAX_COLUMNS, LayoutChoice
from leads.importing.problems import FileProblem, RowProblem
from leads.importing.reading import FileKind, detect_kind, preview, read_rows
from tests.leads.importing.samples import HugeFile, rows_of, shape_of, upload


def test_an_empty_file_says_so():
    for content in (b"", b"\xef\xbb\xbf", b"\n\n\r\n", b" \t , ,\n"):
        with pytest.raises(FileProblem, match="The file is empty"):
            shape_of(content)


def test_a_header_alone_says_so():
    with pytest.raises(FileProblem, match="no rows below"):
        shape_of("email,company\n")


def zip_of(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document"),
        (gzip.compress(b"email,company\na@b.com,Acme\n", mtime=0), "compressed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a picture"),
        (b"SQLite format 3\x00" + bytes(100), "SQLite"),
        (b"PAR1" + bytes(100), "Parquet"),
        (b"{\\rtf1\\ansi hello}", "RTF"),
        (b"\x7fELF" + bytes(100), "a program"),
        (b"<!DOCTYPE html><html><table><tr><td>a</td></tr></table></html>", "web page"),
        (b"\xef\xbb\xbf  <html><body>", "web page"),
        (b"<table><tr><th>email</th></tr></table>", "web page"),
        (b'<?xml version="1.0"?><leads/>', "XML"),
        (b'[{"email": "a@b.com"}]', "JSON"),
        (b'{"leads": []}', "JSON"),
        (b"BEGIN:VCARD\nFN:Ada\nEND:VCARD\n", "vCard"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password",
        ),
        (bytes(range(256)) * 40, "not text"),
        (b"email,company\n" + bytes(5_000), "not text"),
    ],
)
def test_what_is_no_table_is_named(content, says):
    with pytest.raises(FileProblem, match=says):
        shape_of(content)


def test_a_zip_is_left_to_the_workbook_reader():
    assert detect_kind(upload(zip_of("xl/workbook.xml"))) is FileKind.WORKBOOK
    with pytest.raises(FileProblem, match="zip archive or a workbook"):
        shape_of(zip_of("leads.csv"))


def test_ten_thousand_columns_are_refused_with_the_limit():
    header = ",".join(f"c{number}" for number in range(10_000))
    with pytest.raises(FileProblem, match=rf"10,000 columns; at most {MAX_COLUMNS}"):
        shape_of(header + "\n" + "1," * 9_999 + "1\n")


def test_as_many_columns_as_allowed_are_read():
    header = ",".join(f"c{number}" for number in range(MAX_COLUMNS))
    assert len(shape_of(header + "\n" + "1," * (MAX_COLUMNS - 1) + "1\n").headers) == MAX_COLUMNS


def test_an_undecodable_byte_costs_its_row_and_no_other():
    good = "".join(f"Jürgen {number},Köln\n" for number in range(50))
    content = ("name,city\n" + good).encode() + b"Z\xfcrich,Bern\n" + "Zoë,Paris\n".encode()
    rows = rows_of(content)
    assert rows[50] == (52, "undecodable")
    assert rows[51] == (53, ["Zoë", "Paris"])
    assert {notice.code for notice in shape_of(content).warnings} >= {"damaged_characters"}


def test_an_undecodable_byte_beyond_everything_looked_at_costs_its_row():
    content = b"name,city\n" + b"Ada,London\n" * 1_000 + "Jürgen,Köln\n".encode("cp1252")
    layout = preview(upload(content[: content.index(b"J")])).layout
    rows = list(read_rows(upload(content), layout))
    assert isinstance(rows[-1][1], RowProblem)
    assert rows[-1][1].text == "J\ufffdrgen,K\ufffdln"
    assert sum(isinstance(row, RowProblem) for _, row in rows) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "shift_jis", "gb18030", "cp1252", "utf-8"])
def test_bytes_of_another_encoding_never_raise(encoding):
    content = b"name,city\n" + bytes(byte for byte in range(1, 256) if byte not in b'\n\r"') * 3 + b",x\nAda,London\n"
    layout = shape_of("name,city\nAda,London\n", encoding, encoding=encoding).layout
    assert list(read_rows(upload(content), layout)) is not None


def test_a_file_cut_off_inside_a_character_refuses_its_last_row():
    content = "name,city\nAda,London\nJürgen,Köln".encode()
    cut = content[: content.rindex("ö".encode()) + 1]
    assert rows_of(cut) == [(2, ["Ada", "London"]), (3, "undecodable")]


def test_a_file_cut_off_inside_a_row_refuses_its_last_row():
    assert rows_of("name,city,email\nAda,London,a@b.com\nAlan,Man") == [
        (2, ["Ada", "London", "a@b.com"]),
        (3, "too_few_cells"),
    ]


def test_a_file_cut_off_inside_a_quotation_refuses_its_last_row():
    assert rows_of('name,city\nAda,London\n"Alan,Man')[-1] == (3, "open_quote")


def test_nul_bytes_are_reported_and_do_not_end_the_file():
    content = b"name,city\nA\x00da,London\nAlan,Manchester\n" + b"Grace,New York\n" * 20
    assert len(rows_of(content)) == 22
    assert "nul_bytes" in {notice.code for notice in shape_of(content).warnings}


def test_a_row_of_nothing_but_nul_bytes_is_damage_and_not_a_blank_row():
    content = b"name,city\n" + b"Ada,London\n" * 200 + b"\x00" * 60 + b"\nAlan,Manchester\n"
    assert rows_of(content)[-2:] == [(202, "damaged"), (203, ["Alan", "Manchester"])]


def test_the_end_of_file_sign_of_dos_is_no_row():
    assert rows_of("name,city\nAda,London\n\x1a") == [(2, ["Ada", "London"])]


def test_a_quotation_that_is_never_closed_costs_one_row():
    rest = [f"name{number},city{number}" for number in range(5_000)]
    rows = rows_of("\n".join(["name,city", "Ada,London", '"Alan,Manchester', *rest]) + "\n")
    assert rows[:3] == [(2, ["Ada", "London"]), (3, "open_quote"), (4, ["name0", "city0"])]
    assert len(rows) == 5_002
    assert rows[-1] == (5_003, ["name4999", "city4999"])


def test_a_quotation_closed_by_a_later_row_costs_two_rows_at_most():
    rows = rows_of('name,city,zip\na,b,c\nd,"e,f\ng,h,i\nj,"k",l\nm,n,o\n')
    assert [row for row in rows if row[1] == "open_quote"] == [(3, "open_quote")]
    assert [cells for _, cells in rows if isinstance(cells, list)] == [
        ["a", "b", "c"],
        ["g", "h", "i"],
        ["j", "k", "l"],
        ["m", "n", "o"],
    ]


def test_behind_an_unclosed_quotation_a_text_over_two_lines_is_still_one_row():
    rows = rows_of('name,city,zip\na,b,c\nd,"e,f\ng,h,i\nj,"k\nl",m\nn,o,p\n')
    assert rows == [
        (2, ["a", "b", "c"]),
        (3, "open_quote"),
        (4, ["g", "h", "i"]),
        (5, ["j", "k\nl", "m"]),
        (6, ["n", "o", "p"]),
    ]


def test_rows_behind_an_unclosed_quotation_are_judged_each_by_itself():
    rows = rows_of(
        b'name,city,zip\na,b,c\nd,"e,f\n\ng,h,i\nbad,\xff,x\nj,"k" l,m\nshort,row\no,p,q\n'
        + "Zoë,s,t\n".encode() * 5_000
    )
    assert rows[:7] == [
        (2, ["a", "b", "c"]),
        (3, "open_quote"),
        (5, ["g", "h", "i"]),
        (6, "undecodable"),
        (7, ["j", '"k" l', "m"]),
        (8, "too_few_cells"),
        (9, ["o", "p", "q"]),
    ]
    assert len(rows) == 5_007


def test_a_line_beyond_the_limit_inside_a_quotation_costs_both():
    rows = rows_of('name,notes\nAda,"begins\n' + "x" * 1_500_000 + "\nAlan,short\n")
    assert rows == [(2, "row_too_long"), (3, "row_too_long"), (4, ["Alan", "short"])]


def test_a_quotation_never_closed_before_short_lines_costs_one_row_even_at_the_row_limit():
    rows = rows_of('a,b,c\n1,2,3\n"x",",y\n' + "4,5,6\n" * 30_000)
    assert rows[:3] == [(2, ["1", "2", "3"]), (3, "open_quote"), (4, ["4", "5", "6"])]
    assert len(rows) == 30_002


def test_a_long_text_over_many_lines_with_a_missing_cell_is_one_refused_row():
    rows = rows_of('name,notes,city\nAda,"a long\nstory, told\nover lines"\nAlan,short,Rome\n')
    assert rows == [(2, "too_few_cells"), (3, ["Alan", "short", "Rome"])]


def test_a_file_made_to_open_quotations_again_and_again_takes_linear_time():
    # Each line opens a quotation from either state, so a reader that starts again at every line never ends.
    line = 'x",",\n'
    rows = list(read_rows(upload("a,b\n" + line * 400_000), shape_of("a,b\n1,2\n").layout))
    assert all(isinstance(row, RowProblem) for _, row in rows)


def test_a_line_full_of_open_quotations_takes_linear_time():
    line = '"a,' * 40_000 + '"x"y\n'
    assert len(rows_of("a,b\n1,2\n" + line)) == 2


def test_a_cell_beyond_the_limit_of_the_parser_costs_its_row():
    assert rows_of("name,notes\nAda," + "x" * 200_000 + "\nAlan,short\n") == [
        (2, "cell_too_long"),
        (3, ["Alan", "short"]),
    ]


def test_a_row_over_too_many_lines_costs_that_row():
    cell = "\n".join(["x" * 1_000] * 100)
    row = ",".join(['"' + cell + '"'] * 12)
    header = ",".join(f"c{number}" for number in range(12))
    plain = ",".join(["y"] * 12)
    rows = rows_of(f"{header}\n{plain}\n{row}\n{plain}\n")
    assert rows[0] == (2, ["y"] * 12)
    assert rows[1] == (3, "row_too_long")
    assert rows[-1][1] == ["y"] * 12


GIGABYTES_2 = 2 << 30


def test_a_line_of_two_gigabytes_costs_its_row_and_no_memory():
    file = HugeFile(b"name,city\nAda,London\n", b"x" * 1024, GIGABYTES_2 // 1024, b"\nAlan,Manchester\n").open()
    layout = shape_of("name,city\nAda,London\n").layout
    tracemalloc.start()
    rows = list(read_rows(file, layout))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.code if isinstance(row, RowProblem) else row for _, row in rows] == [
        ["Ada", "London"],
        "row_too_long",
        ["Alan", "Manchester"],
    ]
    assert peak < 20 << 20


def test_a_file_that_is_one_endless_line_is_refused_in_flat_memory():
    file = HugeFile(b"", b"x" * 1024, 200 * 1024).open()
    tracemalloc.start()
    with pytest.raises(FileProblem, match="No row of the file can be read"):
        preview(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 << 20


def test_a_million_rows_are_read_in_flat_memory():
    file = HugeFile(b"name,city,email,notes\n", b"Ada,London,ada@example.com,some words\n", 1_000_000).open()
    shape = preview(file)
    assert shape.row_estimate == pytest.approx(1_000_000, rel=0.01)
    rows = read_rows(file, shape.layout)
    next(rows)
    tracemalloc.start()
    for _ in range(100_000):
        next(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20
    assert sum(1 for _ in rows) == 899_999


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_the_reader_raise_anything_but_a_file_problem(content):
    try:
        shape = preview(upload(content))
    except FileProblem as problem:
        assert problem.message.endswith(".")
        return
    assert len(shape.headers) == shape.layout.width
    for number, row in read_rows(upload(content), shape.layout):
        assert number >= shape.layout.first_row
        assert isinstance(row, RowProblem) or len(row) == shape.layout.width


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab",\n\r;\\ \t\0é'), max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_a_csv_writer_writes_comes_back(table):
    import csv

    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["first_name", "email", "company"], *table])
    file = upload(target.getvalue())
    shape = preview_or_none(file)
    expected = [row for row in table if "".join(row).strip(" \t\r\n")]
    if shape is None:
        assert not expected
        return
    assert [row for _, row in read_rows(file, shape.layout)] == expected


def preview_or_none(file):
    from leads.importing.layout import Quoting

    try:
        return preview(
            file, choice=LayoutChoice(encoding="utf-8", delimiter=",", quoting=Quoting.DOUBLED, header_row=1)
        )
    except FileProblem:
        return None
