"""Everything that can go wrong with an import has a sentence, and loses nothing that was written."""

import psycopg
import pytest
from django.conf import settings

from leads.choices import JobState
from leads.models import Lead, LeadBatch, LeadScore
from leads.services.importing import files, runs, shapes
from leads.services.importing.states import Phase
from tests.leads.imports.conftest import counts

FILE = "E-mail,Company\n" + "".join(f"lead{number}@one.example,Company {number}\n" for number in range(20))


def the_file(batch):
    return files.path_of(batch.stored_file)


def test_a_file_that_vanished_before_the_import_is_named(imports):
    batch = imports.check(imports.choose(imports.upload(FILE)))
    the_file(batch).unlink()
    failed = imports.carry_out(batch)

    assert (failed.state, counts(failed)) == (JobState.FAILED, {})
    assert failed.error == (
        "The uploaded file is no longer on the server. Upload it again; what was imported before stays."
    )


def test_an_import_that_failed_goes_on_once_the_file_is_back(imports):
    batch = imports.check(imports.choose(imports.upload(FILE)))
    path = the_file(batch)
    content = path.read_bytes()
    path.unlink()
    failed = imports.carry_out(batch)
    path.write_bytes(content)
    done = imports.carry_out(failed)

    assert (done.state, done.error, counts(done)) == (JobState.DONE, "", {"new": 20})


def test_a_file_that_became_shorter_is_imported_as_far_as_it_goes(imports):
    batch = imports.check(imports.choose(imports.upload(FILE)))
    path = the_file(batch)
    path.write_bytes(path.read_bytes()[:200])
    done = imports.carry_out(batch)

    assert done.state == JobState.DONE
    # The row that is cut off has too few cells, and says so.
    assert counts(done) == {"new": 6, "refused": 1}
    assert list(imports.problems(done).values()) == [["too_few_cells"]]


def test_a_rule_whose_person_is_gone_stops_the_import_with_a_sentence(imports):
    batch = imports.check(imports.choose(imports.upload(FILE)))
    with imports.scope():
        runs.start_import(batch=batch, actor=imports.actor)
        LeadBatch.objects.filter(pk=batch.pk).update(requested_by=None)
    failed = imports.work(batch)

    assert failed.error == "The person who started this import is no longer here, so nobody answers for it."


@pytest.fixture
def refusing_database(transactional_db):
    """Return a function that lets the database refuse leads of a company with an error of its own."""
    made = []

    def refuse(company: str, sqlstate: str):
        with psycopg.connect(settings.OWNER_DATABASE_URL, autocommit=True) as owner:
            owner.execute(
                "CREATE OR REPLACE FUNCTION refuse_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF NEW.company = '{company}' THEN RAISE EXCEPTION 'no more of it' USING ERRCODE = '{sqlstate}';"
                " END IF; RETURN NEW; END $$"
            )
            owner.execute(
                "CREATE OR REPLACE TRIGGER refuse_for_test BEFORE INSERT ON leads_lead FOR EACH ROW"
                " EXECUTE FUNCTION refuse_for_test()"
            )
        made.append(company)

    def accept():
        with psycopg.connect(settings.OWNER_DATABASE_URL, autocommit=True) as owner:
            owner.execute("DROP FUNCTION IF EXISTS refuse_for_test() CASCADE")

    refuse.accept = accept
    yield refuse
    accept()


def test_a_full_disk_of_the_database_keeps_what_is_committed_and_goes_on_later(refusing_database, imports, monkeypatch):
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", 5)
    batch = imports.check(imports.choose(imports.upload(FILE)))
    refusing_database("Company 12", "53100")
    failed = imports.carry_out(batch)

    assert (failed.state, counts(failed), failed.next_row) == (JobState.FAILED, {"new": 10}, 11)
    assert failed.error == "The database has no room left. Tell your administrator; then continue here."
    with imports.scope():
        assert (Lead.objects.count(), LeadScore.objects.count()) == (10, 10)

    refusing_database.accept()
    done = imports.carry_out(failed)
    assert (done.state, done.error, counts(done)) == (JobState.DONE, "", {"new": 20})
    with imports.scope():
        assert (Lead.objects.count(), LeadScore.objects.count()) == (20, 20)


def test_a_row_that_the_database_refuses_is_refused_alone(refusing_database, imports):
    batch = imports.check(imports.choose(imports.upload(FILE), tags=("Fair",)))
    refusing_database("Company 12", "22023")
    done = imports.carry_out(batch)

    assert (done.state, counts(done)) == (JobState.DONE, {"new": 19, "refused": 1})
    (row,) = imports.rows(done)
    assert (row.row_number, row.cells) == (14, ["lead12@one.example", "Company 12"])
    assert row.problems[0]["message"] == "The database does not accept this row: no more of it"
    with imports.scope():
        assert Lead.objects.filter(tags__name="Fair").count() == 19


def test_a_deadlock_is_no_reason_to_give_up(refusing_database, imports, monkeypatch):
    batch = imports.check(imports.choose(imports.upload(FILE)))
    refusing_database("Company 12", "40P01")
    tries = []

    def one_more_try(error):
        tries.append(error.__cause__.sqlstate)
        if len(tries) == 2:
            refusing_database.accept()
        return True

    monkeypatch.setattr("leads.services.importing.engine._is_passing", one_more_try)
    done = imports.carry_out(batch)

    assert (tries, done.state, counts(done)) == (["40P01", "40P01"], JobState.DONE, {"new": 20})


def test_a_workbook_that_fills_the_disk_is_told(imports, make_workbook, monkeypatch):
    batch = imports.upload(make_workbook({"Leads": [["E-mail"], ["a@one.example"]]}), "leads.xlsx")

    def no_room(*args, **kwargs):
        with open("/dev/full", "wb", buffering=0) as device:  # noqa: PTH123 — a device that is always full
            device.write(b"row")

    monkeypatch.setattr(shapes, "convert_sheet", no_room)
    with imports.scope():
        LeadBatch.objects.filter(pk=batch.pk).update(phase=Phase.READING, state=JobState.QUEUED)
    failed = imports.work(batch)

    assert (failed.phase, failed.state) == (Phase.READING, JobState.FAILED)
    assert failed.error.startswith("The server has no room left for this file.")


def test_a_large_workbook_is_opened_by_the_worker(imports, make_workbook, monkeypatch):
    monkeypatch.setattr(shapes, "OPENED_AT_ONCE", 0)
    batch = imports.upload(make_workbook({"Leads": [["E-mail"], ["a@one.example"]]}), "leads.xlsx")
    assert (batch.phase, batch.state) == (Phase.READING, JobState.QUEUED)
    opened = imports.work(batch)

    assert (opened.phase, opened.state, opened.shape["headers"]) == (Phase.MAPPING, JobState.DRAFT, ["E-mail"])
    assert counts(imports.carry_out(imports.check(imports.choose(opened)))) == {"new": 1}
