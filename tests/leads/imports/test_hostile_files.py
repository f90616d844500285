"""Broken and hostile files: a sentence for the file or for its row, and never a lead made of rubbish."""

import io
import zipfile

import pytest

from leads.choices import JobState
from leads.importing.problems import FileProblem
from leads.models import Lead
from leads.services.importing import files, refused, shapes
from tests.leads.imports.conftest import counts


def refusal(imports, content, name="leads.csv"):
    """Return what is said about a file that cannot be imported, having checked that nothing of it is kept."""
    with pytest.raises(FileProblem) as problem:
        imports.upload(content, name)
    folder = files.folder_of(imports.organization.pk)
    assert list(folder.iterdir()) == []
    return problem.value.code


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to hundreds of megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(300):
                sheet.write(b"\0" * (1 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "leads.csv", "empty_file"),
        (b"\0" * 5000, "leads.csv", None),
        (b"%PDF-1.7 something", "leads.csv", None),
        (b"PK\x03\x04 cut off", "leads.xlsx", "damaged_workbook"),
        (",".join(f"Column {n}" for n in range(10_000)) + "\n" + "1," * 9_999 + "1\n", "leads.csv", "too_many_columns"),
        ("E-mail\n", "leads.csv", "no_rows"),
        (bomb(), "leads.xlsx", "zip_bomb"),
    ],
    ids=["empty", "nul", "pdf", "damaged", "wide", "no rows", "bomb"],
)
def test_what_is_no_table_is_refused_at_once(imports, content, name, code):
    said = refusal(imports, content, name)
    assert code in {None, said}


def test_formulas_are_text_here_and_harmless_when_they_leave(imports):
    evil = '=HYPERLINK("http://evil.example","x")'
    batch = imports.run(f'E-mail,Company\na@one.example,"{evil.replace(chr(34), chr(34) * 2)}"\n@SUM(1+1),+cmd|calc\n')

    with imports.scope():
        assert Lead.objects.get().company == evil
    sent = b"".join(refused.lines(batch)).decode("utf-8-sig")
    assert "'@SUM(1+1),'+cmd|calc" in sent


def test_nul_bytes_cost_nothing_but_themselves(imports):
    batch = imports.run(b"E-mail,Company\na@one.example,On\0e\nbro\0ken,Two\n")

    assert batch.state == JobState.DONE
    with imports.scope():
        assert Lead.objects.filter(email="a@one.example").exists()
    for row in imports.rows(batch):
        assert "\0" not in "".join(row.cells)


def test_rows_in_another_encoding_are_refused_and_can_be_read_otherwise(imports):
    content = b"E-mail,Company\n" + "a@one.example,Müller\n".encode("cp1252")
    batch = imports.upload(content)
    with imports.scope():
        shapes.change_layout(batch=batch, choice={"encoding": "utf-8"})
    wrong = imports.check(imports.choose(batch))
    assert (counts(wrong), imports.problems(wrong, is_dry_run=True)) == ({"refused": 1}, {2: ["undecodable"]})

    with imports.scope():
        shapes.change_layout(batch=wrong, choice={"encoding": "cp1252"})
    imports.carry_out(imports.check(imports.choose(imports.now(wrong))))
    with imports.scope():
        assert Lead.objects.get().company == "Müller"


def test_headers_that_repeat_are_told_apart(imports):
    batch = imports.upload("E-mail,Name,E-mail\na@one.example,Greta Weber,b@two.example\n")

    assert batch.shape["headers"] == ["E-mail", "Name", "E-mail (2)"]
    assert "duplicate_headers" in {notice["code"] for notice in batch.shape["notices"]}


def test_impossible_values_are_told_one_by_one(imports):
    batch = imports.run(
        "E-mail,Created,Deal value,Google rating,Price level,Next follow-up\n"
        "a@one.example,2999-01-01,-5,9,12,never\n",
        targets={"Created": "created_at", "Google rating": "google_rating", "Price level": "price_level",
                 "Next follow-up": "next_follow_up_at", "Deal value": "deal_value"},
    )  # fmt: skip

    assert counts(batch) == {"refused": 1}
    (row,) = imports.rows(batch)
    assert {problem["header"] for problem in row.problems} == {
        "Created", "Deal value", "Google rating", "Price level", "Next follow-up",
    }  # fmt: skip


def test_values_that_are_too_long_are_refused_not_cut(imports):
    batch = imports.run(f"E-mail,Company\na@one.example,{'x' * 300}\n")

    assert imports.problems(batch) == {2: ["too_long"]}


def test_a_lead_cannot_be_closed_in_the_future_or_created_before_there_were_computers(imports):
    batch = imports.run(
        "E-mail,Created\na@one.example,0001-01-01\nb@two.example,1200-01-01\n", targets={"Created": "created_at"}
    )

    assert counts(batch) == {"refused": 2}


def sparse_file(imports, size: int):
    """A table whose second row is one endless line that takes no room on the disk."""
    path = files.folder_of(imports.organization.pk) / "sparse.upload"
    with path.open("wb") as file:
        file.write(b"E-mail,Company\nfirst@one.example,One\n")
        file.seek(size)
        file.write(b"\nlast@one.example,Last\n")
    return path


def import_sparse(imports, size):
    batch = imports.choose(imports.upload("E-mail,Company\nfirst@one.example,One\nlast@one.example,Last\n"))
    path = sparse_file(imports, size)
    path.replace(files.path_of(batch.stored_file))
    done = imports.carry_out(imports.check(imports.now(batch)))
    assert (done.state, counts(done)) == (JobState.DONE, {"new": 2, "refused": 1})
    assert imports.problems(done) == {3: ["row_too_long"]}
    assert len(imports.rows(done)[0].cells[0]) <= 2_000


def test_a_line_without_end_costs_its_own_row(imports):
    import_sparse(imports, 64 << 20)


@pytest.mark.soak
def test_a_line_of_two_gigabytes_costs_its_own_row(imports):
    import_sparse(imports, 2 << 30)
