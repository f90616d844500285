"""A dry run says what the import would do, row by row, and writes no lead."""

import pytest

from leads.choices import JobState
from leads.models import CustomField, JourneyEvent, Lead, LeadBatch, LeadScore, Tag
from leads.services.importing.states import COUNTERS, Phase
from tests.factories.leads import LeadFactory
from tests.leads.imports.conftest import counts

MESSY = (
    "Record ID,E-mail,Phone,Company,Status,Created,Tags,Colour\n"
    "1,a@one.example,+49 30 901820,One,Won,2025-01-01,Hot,red\n"
    "2,b@two.example,,Two,Zonked,,,\n"
    "3,broken,,,,,,\n"
    "4,there@three.example,,Three,,,Hot,blue\n"
    "1,again@four.example,,Four,,,,\n"
    ",a@one.example,,Five,,,,\n"
    "7,,+49 30 901820,,,,,\n"
    "8,,nonsense,Six,,,,\n"
    "9,e@five.example,,,,2025-99-01,,\n"
    "10,f@six.example,too,many,cells,in,this,row,indeed,really\n"
)
TARGETS = {"Record ID": "external_id"}


@pytest.fixture
def there(imports):
    return LeadFactory(organization=imports.organization, email="there@three.example", company="Old")


@pytest.mark.parametrize("on_duplicate", ["skip", "fill", "overwrite"])
@pytest.mark.parametrize("chunk_rows", [1, 3, 1000])
def test_it_counts_what_the_import_then_does(imports, there, monkeypatch, on_duplicate, chunk_rows):
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", chunk_rows)
    identity = ("external_id", "email", "phone")
    chosen = {"targets": TARGETS, "identity": identity, "on_duplicate": on_duplicate}
    checked = imports.check(imports.choose(imports.upload(MESSY), **chosen))
    said = {name: getattr(checked, name) for name in COUNTERS} | checked.report["details"]
    problems = imports.problems(checked, is_dry_run=True)
    done = imports.carry_out(checked)

    assert said == {name: getattr(done, name) for name in COUNTERS} | done.report["details"]
    assert problems == imports.problems(done)
    assert said["failed_imports"] == 3


def test_it_writes_nothing_but_its_report(imports, there):
    batch = imports.check(imports.choose(imports.upload(MESSY), targets=TARGETS, on_duplicate="overwrite"))

    assert (batch.phase, batch.state, batch.error) == (Phase.CHECK, JobState.DONE, "")
    assert counts(batch) == {"new": 4, "updated": 1, "refused": 3, "skipped": 2, "warned": 2}
    with imports.scope():
        assert list(Lead.objects.values_list("email", "company")) == [("there@three.example", "Old")]
        for model in (LeadScore, JourneyEvent, Tag, CustomField):
            assert not model.objects.exists(), model


def test_every_complaint_names_row_column_value_and_what_to_do(imports):
    batch = imports.check(imports.choose(imports.upload(MESSY)))

    row = next(row for row in imports.rows(batch, is_dry_run=True) if row.row_number == 10)
    assert (row.outcome, row.cells[:2]) == ("refused", ["9", "e@five.example"])
    (problem,) = row.problems
    assert (problem["header"], problem["value"], problem["severity"]) == ("Created", "2025-99-01", "error")
    assert problem["message"] == "There is no such day or time. Write dates as 2024-03-31."


def test_it_can_be_repeated_with_other_rules(imports):
    batch = imports.check(imports.choose(imports.upload(MESSY)))
    refused = batch.failed_imports
    again = imports.check(imports.choose(imports.now(batch), on_bad_value="skip_value"))

    assert (refused, again.failed_imports) == (3, 2), "only the row with too many cells and the nameless one are left"
    assert again.total_leads == 10


def test_words_from_far_down_the_file_reach_the_rules_page(imports, monkeypatch):
    monkeypatch.setattr("leads.services.importing.words.ROWS", 2)
    content = "E-mail,Status\n" + "".join(f"lead{n}@one.example,New\n" for n in range(5)) + "z@one.example,Zonked\n"
    batch = imports.choose(imports.upload(content), targets={"Status": "status"})
    assert batch.report["words"] == {"status": [["New", 2]]}

    assert imports.check(batch).report["words"] == {"status": [["New", 2], ["Zonked", 0]]}


def test_of_a_hopeless_file_only_the_beginning_is_listed(imports, monkeypatch):
    monkeypatch.setattr("leads.services.importing.listing.MOST_LISTED", 5)
    content = "E-mail,Company\n" + "broken,\n" * 20
    batch = imports.check(imports.choose(imports.upload(content)))
    assert (batch.failed_imports, len(imports.rows(batch, is_dry_run=True))) == (20, 5)

    with imports.scope():
        # Only an import keeps them all, because its refused rows can be downloaded.
        LeadBatch.objects.filter(pk=batch.pk).update(successful_imports=1)
    assert len(imports.rows(imports.carry_out(batch))) == 20
