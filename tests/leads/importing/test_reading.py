"""Opening text tables of every make: what is detected, what can be chosen, which rows come out."""

import codecs

import pytest

from leads.importing.layout import FileLayout, Quoting
from leads.importing.problems import FileProblem
from leads.importing.reading import preview, read_rows
from tests.leads.importing.samples import rows_of, shape_of, upload

PEOPLE = "first_name,last_name,email\nAda,Lovelace,ada@example.com\nAlan,Turing,alan@example.com\n"


def codes(shape) -> set[str]:
    return {notice.code for notice in shape.warnings}


def test_a_plain_table_is_read_with_its_header_and_numbered_as_a_spreadsheet_does():
    shape = shape_of(PEOPLE)
    assert shape.headers == ("first_name", "last_name", "email")
    assert shape.layout == FileLayout("utf-8", ",", Quoting.DOUBLED, header_row=1, first_row=2, width=3)
    assert shape.sample_rows[0] == ("Ada", "Lovelace", "ada@example.com")
    assert shape.row_estimate == 2
    assert shape.warnings == ()
    assert rows_of(PEOPLE) == [
        (2, ["Ada", "Lovelace", "ada@example.com"]),
        (3, ["Alan", "Turing", "alan@example.com"]),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_recognised(delimiter):
    shape = shape_of(PEOPLE.replace(",", delimiter))
    assert (shape.delimiter, len(shape.headers)) == (delimiter, 3)


def test_decimal_commas_do_not_pass_for_separators():
    shape = shape_of("Firma;Umsatz;Wert\nA GmbH;1,5;2,5\nB AG;3,5;4,25\n")
    assert (shape.delimiter, shape.headers) == (";", ("Firma", "Umsatz", "Wert"))


def test_a_declared_separator_is_obeyed_and_its_line_is_no_row():
    shape = shape_of("sep=|\nemail|company\na@b.com|Acme, Inc\n")
    assert (shape.delimiter, shape.headers, shape.layout.header_row) == ("|", ("email", "company"), 2)


def test_a_single_column_is_a_table():
    assert rows_of("email\na@b.com\nc@d.com\n") == [(2, ["a@b.com"]), (3, ["c@d.com"])]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "name,city\nJürgen,Köln\n"),
        ("utf-8-sig", "name,city\nJürgen,Köln\n"),
        ("utf-16", "name,city\nJürgen,Köln\n山田,東京\n"),
        ("utf-16-le", "name,city\nJürgen,Köln\nAda,London\n"),
        ("utf-16-be", "name,city\nJürgen,Köln\nAda,London\n"),
        ("utf-32", "name,city\nJürgen,Köln\n"),
        ("cp1252", "name,city\nJürgen,Köln\nRenée,Orléans\nL’Oréal,“Paris” – €\n"),
        ("latin-1", "name,city\nJürgen,Köln\nRenée,Orléans\n"),
        ("cp1250", "name,city\nŘehoř Dvořák,Plzeň\nŁukasz Żółć,Kraków\nZażółć gęślą jaźń,Łódź\n"),
        ("cp1251", "name,city\nИван Петров,Москва\nОльга Смирнова,Санкт-Петербург\n"),
        ("shift_jis", "氏名,会社名\n山田太郎,株式会社テスト\n鈴木花子,東京商事株式会社\n"),
        ("euc_jp", "氏名,会社名\n山田太郎,株式会社テスト\n鈴木花子,東京商事株式会社\n"),
        ("gb18030", "姓名,公司\n王小明,北京科技有限公司\n李雷,上海贸易有限公司\n"),
        ("euc_kr", "이름,회사\n김민준,삼성전자\n이서연,현대자동차\n"),
    ],
)
def test_the_encoding_is_recognised(encoding, text):
    expected = [line.split(",") for line in text.splitlines()]
    shape = shape_of(text, encoding)
    assert list(shape.headers) == expected[0]
    assert [cells for _, cells in rows_of(text, encoding)] == expected[1:]


def test_the_telling_character_may_come_very_late():
    early = "".join(f"Ada {number},London\n" for number in range(60_000))
    shape = shape_of("name,city\n" + early + "Jürgen,Köln\nZoë,Besançon\n", "cp1252")
    assert shape.encoding == "cp1252"
    assert "guessed_encoding" in codes(shape)


def test_a_chosen_encoding_overrides_the_guess():
    text = "name,city\nJürgen,Köln\n"
    assert shape_of(text, "mac_roman", encoding="mac_roman").sample_rows == (("Jürgen", "Köln"),)


@pytest.mark.parametrize("name", ["zlib", "rot13", "no-such", "idna", "hex"])
def test_an_encoding_that_is_none_is_refused(name):
    with pytest.raises(FileProblem, match="is not an encoding"):
        shape_of(PEOPLE, encoding=name)


@pytest.mark.parametrize("delimiter", ["", "ab", "\n", '"', "a"])
def test_a_separator_that_cannot_be_one_is_refused(delimiter):
    with pytest.raises(FileProblem, match="single sign"):
        shape_of(PEOPLE, delimiter=delimiter)


def test_any_single_sign_can_be_chosen_as_separator():
    assert shape_of("email:company\na@b.com:Acme\n", delimiter=":").headers == ("email", "company")


def test_quoted_cells_keep_separators_quotes_and_line_breaks_and_count_as_one_row():
    text = 'company,notes,city\n"Acme, Inc","He said ""hi""\nand left",Paris\nB,b,b\n'
    assert rows_of(text) == [(2, ["Acme, Inc", 'He said "hi"\nand left', "Paris"]), (3, ["B", "b", "b"])]


def test_backslash_quoting_is_recognised():
    text = 'company,notes\n"Acme","said \\"hi\\", left"\n"Beta","said \\"no\\", stayed"\n'
    shape = shape_of(text)
    assert shape.layout.quoting is Quoting.BACKSLASH
    assert rows_of(text)[0] == (2, ["Acme", 'said "hi", left'])


def test_a_file_that_quotes_nothing_keeps_its_quotation_marks():
    text = 'company\tproduct\n"Acme\t5" pipe\nBeta\t3" pipe\n"Gamma\t2" pipe\n'
    assert shape_of(text).layout.quoting is Quoting.NONE
    assert rows_of(text)[0] == (2, ['"Acme', '5" pipe'])


def test_bare_quotation_marks_inside_a_cell_belong_to_the_text():
    text = 'name,nick,city\n"Bob "The Builder" Smith",bob,Rome\nAda,ada,London\n'
    assert rows_of(text)[0] == (2, ['Bob "The Builder" Smith', "bob", "Rome"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_understood(end):
    assert len(rows_of(PEOPLE.replace("\n", end))) == 2


def test_titles_and_blank_lines_above_the_table_are_skipped_and_reported():
    text = "Leads report\nGenerated 2024-01-05\n\n\nEmail,Company,City\na@b.com,Acme,Rome\n"
    shape = shape_of(text)
    assert (shape.headers, shape.layout.header_row) == (("Email", "Company", "City"), 5)
    assert "skipped_rows" in codes(shape)
    assert rows_of(text) == [(6, ["a@b.com", "Acme", "Rome"])]


def test_the_notes_of_linkedin_above_the_header_are_skipped():
    text = (
        'Notes:\n"When exporting your connection data, you may notice\nthat some addresses are missing."\n\n'
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Lovelace,https://www.linkedin.com/in/ada,,Acme,CEO,05 Jan 2024\n"
    )
    shape = shape_of(text)
    assert shape.headers[0] == "First Name"
    assert len(shape.sample_rows) == 1


def test_a_table_without_a_header_gets_numbered_columns():
    text = "Ada,ada@example.com,+919812345678\nAlan,alan@example.com,+919812345679\n"
    shape = shape_of(text)
    assert (shape.layout.header_row, shape.layout.first_row) == (0, 1)
    assert shape.headers == ("Column 1", "Column 2", "Column 3")
    assert "no_header" in codes(shape)
    assert len(rows_of(text)) == 2


def test_unknown_names_above_numbers_are_a_header():
    shape = shape_of("Zork,Blub\n12,2024-01-05\n13,2024-01-06\n")
    assert shape.headers == ("Zork", "Blub")


def test_words_above_repeating_words_are_a_header():
    shape = shape_of("Zork,Blub\nred,on\nred,off\nblue,on\nblue,off\n")
    assert shape.headers == ("Zork", "Blub")


def test_the_header_row_can_be_chosen():
    text = "a,b\nemail,company\nx@y.de,Acme\n"
    assert shape_of(text, header_row=2).headers == ("email", "company")
    assert shape_of(text, header_row=0).layout.first_row == 1
    assert [number for number, _ in rows_of(text, header_row=2)] == [3]


def test_a_header_row_that_is_not_there_is_refused():
    with pytest.raises(FileProblem, match="Row 99"):
        shape_of(PEOPLE, header_row=99)


def test_repeated_headers_are_made_unique_and_reported():
    shape = shape_of("Email,email,Company,Email\na@b.c,d@e.f,Acme,g@h.i\n")
    assert shape.headers == ("Email", "email (2)", "Company", "Email (3)")
    assert "duplicate_headers" in codes(shape)


def test_a_numbered_header_of_the_file_is_not_taken_twice():
    assert shape_of("Email,Email (2),Email\na@b.c,d@e.f,g@h.i\n").headers == ("Email", "Email (2)", "Email (3)")


def test_empty_headers_get_a_number_and_are_reported():
    shape = shape_of(",Email,\n0,a@b.com,x\n1,b@b.com,y\n")
    assert shape.headers == ("Column 1", "Email", "Column 3")
    assert "empty_headers" in codes(shape)


def test_columns_without_name_and_content_at_the_end_are_dropped():
    shape = shape_of("Email,Company,,,\na@b.com,Acme,,,\nb@b.com,Beta,,,\n")
    assert shape.headers == ("Email", "Company")
    assert rows_of("Email,Company,,,\na@b.com,Acme,,,\n") == [(2, ["a@b.com", "Acme"])]


def test_blank_rows_are_left_out_but_counted():
    assert rows_of("email,company\n\na@b.com,Acme\n,\n  ,  \nb@b.com,Beta\n") == [
        (3, ["a@b.com", "Acme"]),
        (6, ["b@b.com", "Beta"]),
    ]


def test_rows_with_too_many_or_too_few_cells_are_refused_one_by_one():
    text = "email,company,city\na@b.com,Acme,Rome\nb@b.com,Beta\nc@b.com,Gamma, Ltd,Oslo\nd@b.com,Delta,Bonn\n"
    assert rows_of(text) == [
        (2, ["a@b.com", "Acme", "Rome"]),
        (3, "too_few_cells"),
        (4, "too_many_cells"),
        (5, ["d@b.com", "Delta", "Bonn"]),
    ]
    assert "ragged_rows" in codes(shape_of(text))


def test_empty_cells_behind_the_last_column_are_no_mistake():
    assert rows_of("email,company\na@b.com,Acme,,\n") == [(2, ["a@b.com", "Acme"])]


def test_short_rows_are_filled_where_that_was_chosen():
    assert rows_of("email,company,city\na@b.com\n", pad_short_rows=True) == [(2, ["a@b.com", "", ""])]


def test_a_run_goes_on_behind_the_last_row_it_dealt_with():
    text = "email,notes\n" + "".join(f'a{number}@b.com,"two\nlines"\n' for number in range(2, 12))
    whole = rows_of(text)
    for after in (0, 1, 2, 5, 11, 99):
        assert rows_of(text, after=after) == [row for row in whole if row[0] > after]


def test_the_layout_survives_being_stored():
    layout = shape_of(PEOPLE).layout
    assert FileLayout.from_json(layout.as_json()) == layout


def test_what_a_preview_shows_can_be_stored():
    shape = shape_of("name,city\nA\x00da,London\n" + "Alan,Rome\n" * 20)
    assert shape.sample_rows[0] == ("A\ufffdda", "London")


def test_the_file_stays_open_and_can_be_read_again():
    file = upload(PEOPLE)
    shape = preview(file)
    assert list(read_rows(file, shape.layout)) == list(read_rows(file, shape.layout))
    assert not file.closed


def test_a_reader_that_is_dropped_early_leaves_the_file_open():
    file = upload(PEOPLE)
    shape = preview(file)
    rows = read_rows(file, shape.layout)
    next(rows)
    rows.close()
    assert not file.closed


def test_the_estimate_of_a_large_file_is_close():
    text = "email,notes\n" + "".join(f'a{number}@b.com,"line\nline"\n' for number in range(5_000))
    assert shape_of(text).row_estimate == pytest.approx(5_000, rel=0.02)


def test_a_byte_order_mark_is_no_part_of_the_first_header():
    assert shape_of(codecs.BOM_UTF8 + PEOPLE.encode()).headers[0] == "first_name"
