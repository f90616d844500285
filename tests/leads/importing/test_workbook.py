"""Workbooks: what comes out of good ones, and what hostile ones cannot do."""

import io
import subprocess
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from leads.importing.problems import FileProblem
from leads.importing.reading import preview, read_rows
from leads.importing.workbook import (
    CANONICAL_LAYOUT,
    ConvertedSheet,
    Limits,
    SheetInfo,
    convert_sheet,
    list_sheets,
)


def saved(folder: Path, rows: list[Any], title: str = "Leads") -> Path:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    path = folder / "leads.xlsx"
    workbook.save(path)
    return path


def converted(path: Path, sheet: str = "Leads") -> list[tuple[int, Any]]:
    target = path.with_suffix(".csv")
    convert_sheet(path, sheet, target)
    with target.open("rb") as file:
        shape = preview(file, choice=CANONICAL_LAYOUT)
        return list(read_rows(file, shape.layout))


# Workbooks know no time zones.
HALF_PAST_NOON = datetime(2024, 1, 5, 12, 30, tzinfo=UTC).replace(tzinfo=None)
CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)


def handmade(folder: Path, sheet: str | bytes, extra: dict[str, bytes] | None = None) -> Path:
    path = folder / "handmade.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", ROOT)
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return path


def sheet_xml(cells: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    )


def refusal(path: Path, **limits) -> FileProblem:
    target = path.with_suffix(".csv")
    with pytest.raises(FileProblem) as caught:
        convert_sheet(path, "Leads", target, limits=Limits(**limits) if limits else None)
    assert not target.exists()
    return caught.value


def test_cells_come_out_as_people_see_them(tmp_path):
    path = saved(
        tmp_path,
        [
            ["email", "phone", "size", "rating", "created", "at", "won", "text", "empty", "duration"],
            [
                "a@b.com", 919812345678, 12345.0, 4.5, date(2024, 1, 5), HALF_PAST_NOON,
                True, ' say "hi", twice\nplease', None, timedelta(hours=26, minutes=3),
            ],
            ["c@d.com", "+919812345678", 0.1, -3, None, None, False, "007", None, None],
        ],
    )  # fmt: skip
    assert converted(path) == [
        (
            2,
            ["a@b.com", "919812345678", "12345", "4.5", "2024-01-05", "2024-01-05 12:30:00", "true",
             ' say "hi", twice\nplease', "", "26:03:00"],
        ),
        (3, ["c@d.com", "+919812345678", "0.1", "-3", "", "", "false", "007", "", ""]),
    ]  # fmt: skip


def test_formulas_come_out_as_the_value_they_had(tmp_path):
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>company</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>size</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>CONCAT("Ac","me")</f><v>Acme</v></c><c r="B2"><f>40+2</f><v>42</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>Beta</t></is></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    rows = converted(handmade(tmp_path, sheet_xml(cells)))
    assert rows[0] == (2, ["Acme", "42"])
    assert rows[1][1][0] == "Beta"
    assert rows[1][1][1] in {"", "#DIV/0!"}


def test_rows_keep_the_numbers_of_the_sheet(tmp_path):
    path = saved(tmp_path, [[], [], [None, "email", "company"], [], [None, "a@b.com", "Acme"]])
    rows = converted(path)
    assert [number for number, _ in rows] == [5]
    assert [cell for cell in rows[0][1] if cell] == ["a@b.com", "Acme"]


def test_formatting_far_to_the_right_makes_no_columns(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Leads"
    sheet.append(["email", "company"])
    sheet.append(["a@b.com", "Acme"])
    sheet.cell(row=2, column=3_000).value = ""
    sheet.cell(row=1, column=2_000).number_format = "0.00"
    path = tmp_path / "wide.xlsx"
    workbook.save(path)
    assert converted(path) == [(2, ["a@b.com", "Acme"])]


def test_sheets_are_listed_with_the_hidden_ones_marked(tmp_path):
    workbook = Workbook()
    workbook.active.title = "Leads"
    workbook.create_sheet("Old").sheet_state = "hidden"
    path = tmp_path / "sheets.xlsx"
    workbook.save(path)
    assert list_sheets(path) == (SheetInfo("Leads", is_visible=True), SheetInfo("Old", is_visible=False))


def test_the_count_of_rows_and_columns_is_returned(tmp_path):
    path = saved(tmp_path, [["a", "b", "c"], ["1", None, None], [None, None, None], ["2", "3", None]])
    assert convert_sheet(path, "Leads", tmp_path / "out.csv") == ConvertedSheet(rows=3, columns=3)


def test_a_sheet_that_is_not_there_is_named(tmp_path):
    path = saved(tmp_path, [["email"], ["a@b.com"]], title="Other")
    assert "no sheet called “Leads”" in refusal(path).message


def test_an_empty_sheet_says_so(tmp_path):
    assert refusal(saved(tmp_path, [])).code == "empty_file"


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["leads.csv"], "a zip archive, not a workbook"),
        (["word/document.xml", "[Content_Types].xml"], "text document"),
        (["mimetype", "content.xml"], "OpenDocument"),
        (["xl/workbook.bin", "[Content_Types].xml"], "xlsb"),
    ],
)
def test_other_archives_are_named(tmp_path, names, says):
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    assert says in refusal(path).message


def test_a_truncated_workbook_says_so(tmp_path):
    path = saved(tmp_path, [["email"]] + [[f"a{number}@b.com"] for number in range(500)])
    content = path.read_bytes()
    for share in (0.2, 0.5, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        assert refusal(path).code == "damaged_workbook"


def test_a_workbook_with_garbage_inside_says_so(tmp_path):
    path = saved(tmp_path, [["email"]] + [[f"a{number}@b.com"] for number in range(500)])
    content = bytearray(path.read_bytes())
    for place in range(200, len(content) - 2_000, 37):
        content[place] ^= 0xFF
    path.write_bytes(content)
    assert refusal(path).code == "damaged_workbook"


def test_bytes_that_are_no_archive_say_so(tmp_path):
    path = tmp_path / "no.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 5_000)
    assert refusal(path).code == "damaged_workbook"


def test_a_member_with_a_password_is_named(tmp_path):
    path = saved(tmp_path, [["email"], ["a@b.com"]])
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    path.write_bytes(content)
    assert refusal(path).code == "encrypted_workbook"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = handmade(tmp_path, sheet_xml(" " * (200 << 20)))
    assert path.stat().st_size < 1 << 20
    started = time.monotonic()
    problem = refusal(path)
    assert problem.code == "zip_bomb"
    assert "200 MB" in problem.message
    assert time.monotonic() - started < 5


def test_an_archive_of_very_many_members_is_refused_unread(tmp_path):
    path = handmade(tmp_path, sheet_xml(""), {f"xl/media/{number}": b"" for number in range(6_000)})
    assert refusal(path).code == "zip_bomb"


def test_a_bomb_that_lies_about_its_size_takes_only_its_own_process(tmp_path):
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{"x" * 1000}</v></c></row>' for n in range(1, 200_000))
    path = handmade(tmp_path, sheet_xml(cells))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = (
            content.index(b"xl/worksheets/sheet1.xml") if mark == b"PK\x03\x04" else content.rindex(b"xl/worksheets")
        )
        header = content.rindex(mark, 0, place)
        content[header + offset : header + offset + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(content)
    assert refusal(path, memory_bytes=256 << 20, seconds=20, output_bytes=1 << 20).code in {
        "damaged_workbook",
        "workbook_too_large",
        "write_failed",
    }


def test_two_cells_at_the_far_corners_do_not_fill_the_memory(tmp_path):
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    started = time.monotonic()
    assert refusal(handmade(tmp_path, sheet_xml(cells))).code in {"workbook_too_large", "too_many_columns"}
    assert time.monotonic() - started < 60


def test_entities_are_not_expanded(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">' for name, inner in zip("bcdefghij", "abcdefghi", strict=True)
    )
    outside = '<!ENTITY out SYSTEM "file:///etc/hostname">'
    cells = (
        '<row r="1"><c r="A1" t="str"><v>company</v></c><c r="B1" t="str"><v>city</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>&j;</v></c><c r="B2" t="str"><v>&out;</v></c></row>'
    )
    path = handmade(tmp_path, sheet_xml(cells, before=f"{bomb}{outside}]>"))
    try:
        rows = converted(path)
    except FileProblem as problem:
        assert problem.code in {"damaged_workbook", "no_rows", "empty_file"}
    else:
        assert len(str(rows)) < 1_000
        assert Path("/etc/hostname").read_text().strip() not in str(rows)


def test_more_columns_than_can_be_imported_are_refused(tmp_path):
    path = saved(tmp_path, [[f"c{number}" for number in range(501)], [1] * 501])
    assert refusal(path).code == "too_many_columns"


def test_a_workbook_beyond_the_memory_limit_is_refused(tmp_path):
    path = saved(tmp_path, [["email"]] + [[f"a{number}@b.com", *range(50)] for number in range(3_000)])
    assert refusal(path, memory_bytes=32 << 20, seconds=20, output_bytes=1 << 30).code == "workbook_too_large"


def test_a_full_disk_is_reported_and_leaves_no_file(tmp_path):
    path = saved(tmp_path, [["email"]] + [[f"a{number}@b.com"] for number in range(3_000)])
    problem = refusal(path, memory_bytes=1 << 30, seconds=20, output_bytes=4_096)
    assert problem.code == "write_failed"
    assert "could not be written" in problem.message


def test_a_conversion_can_be_stopped_and_leaves_neither_file_nor_process(tmp_path, monkeypatch):
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    class Recorded(popen):  # type: ignore[valid-type, misc]
        def __init__(self, *_args, **_options):
            super().__init__(["sleep", "60"], stdout=subprocess.PIPE)
            started.append(self)

    monkeypatch.setattr("leads.importing.workbook.subprocess.Popen", Recorded)

    class Stop(Exception):
        pass

    def heartbeat() -> None:
        raise Stop

    target = tmp_path / "out.csv"
    target.write_text("half")
    with pytest.raises(Stop):
        convert_sheet(tmp_path / "x.xlsx", "Leads", target, heartbeat=heartbeat)
    assert started[0].poll() is not None
    assert not target.exists()


def test_the_reading_process_gets_nothing_of_our_environment(tmp_path, monkeypatch):
    seen: dict[str, object] = {}
    popen = subprocess.Popen

    def recorded(command, **options):
        seen.update(options, command=command)
        return popen(command, **options)

    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setattr("leads.importing.workbook.subprocess.Popen", recorded)
    list_sheets(saved(tmp_path, [["email"]]))
    assert "DATABASE_URL" not in seen["env"]
    assert "-I" in seen["command"]


def test_a_workbook_in_memory_is_told_from_text(tmp_path):
    from leads.importing.reading import FileKind, detect_kind

    assert detect_kind(io.BytesIO(saved(tmp_path, [["email"]]).read_bytes())) is FileKind.WORKBOOK
