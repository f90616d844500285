"""Stopping, going on, clicking twice, and two imports at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from leadcrm.core import tenancy
from leads.choices import JobState
from leads.models import Lead, LeadBatch
from leads.services import jobs
from leads.services.importing import engine, runs, work
from leads.services.importing.runs import WrongMoment
from leads.services.importing.states import Phase
from tests.at_once import at_once
from tests.factories.leads import LeadFactory
from tests.leads.imports.conftest import counts

FILE = "Record ID,E-mail\n" + "".join(f"{number},lead{number}@one.example\n" for number in range(40))


@pytest.fixture
def checked(imports):
    return imports.check(imports.choose(imports.upload(FILE)))


def start(imports, batch):
    with imports.scope():
        return runs.start_import(batch=batch, actor=imports.actor)


def test_an_import_that_waits_is_stopped_at_once(imports, checked):
    batch = start(imports, checked)
    with imports.scope():
        runs.stop(batch=batch, actor=imports.actor)
    assert imports.work(batch).state == JobState.CANCELLED
    with imports.scope():
        assert not Lead.objects.exists()


def stop_after(monkeypatch, imports, chunks):
    """Let somebody click on “Stop” after so many chunks are committed."""
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", 10)
    commit, done = engine.commit, []

    def commit_and_count(job, state, chunk):
        commit(job, state, chunk)
        done.append(chunk)
        if len(done) == chunks:
            with imports.scope():
                runs.stop(batch=job, actor=imports.actor)

    monkeypatch.setattr(engine, "commit", commit_and_count)


def test_what_was_committed_before_a_stop_stays_and_can_be_undone(imports, checked, monkeypatch):
    stop_after(monkeypatch, imports, 2)
    batch = imports.carry_out(checked)

    assert (batch.state, batch.phase, counts(batch), batch.next_row) == (
        JobState.CANCELLED, Phase.IMPORT, {"new": 20}, 21,
    )  # fmt: skip
    with imports.scope():
        assert Lead.objects.count() == 20
    undone = imports.undo(batch)
    assert undone.report["undo"]["removed"] == 20


def test_a_stopped_import_goes_on_where_it_was(imports, checked, monkeypatch):
    stop_after(monkeypatch, imports, 2)
    done = imports.carry_out(imports.carry_out(checked))

    assert (done.state, counts(done), done.total_leads) == (JobState.DONE, {"new": 40}, 40)
    with imports.scope():
        assert Lead.objects.count() == 40


def test_a_dry_run_that_was_stopped_starts_over(imports, monkeypatch):
    batch = imports.choose(imports.upload(FILE))
    stop_after(monkeypatch, imports, 2)
    stopped = imports.check(batch)
    assert (stopped.state, stopped.total_leads) == (JobState.CANCELLED, 20)
    again = imports.check(stopped)

    assert (again.state, again.total_leads, counts(again)) == (JobState.DONE, 40, {"new": 40})


def test_an_undo_that_was_stopped_goes_on(imports, checked, monkeypatch):
    batch = imports.carry_out(checked)
    monkeypatch.setattr("leads.services.importing.undoing.CHUNK", 10)
    with imports.scope():
        batch = runs.start_undo(batch=batch, actor=imports.actor)
        runs.stop(batch=batch, actor=imports.actor)
    assert imports.work(batch).state == JobState.CANCELLED
    undone = imports.undo(imports.now(batch))

    assert (undone.phase, undone.report["undo"]["removed"]) == (Phase.UNDONE, 40)


def test_a_second_click_on_import_changes_nothing(imports, checked):
    first, second = start(imports, checked), start(imports, checked)
    assert first.pk == second.pk
    done = imports.work(checked)
    imports.work(checked)

    assert counts(done) == counts(imports.now(checked)) == {"new": 40}
    with pytest.raises(WrongMoment):
        start(imports, checked)


def test_nothing_is_imported_before_the_dry_run(imports):
    with pytest.raises(WrongMoment):
        start(imports, imports.choose(imports.upload(FILE)))


def test_columns_cannot_change_while_the_dry_run_waits(imports, checked):
    batch = start(imports, checked)
    with imports.scope(), pytest.raises(WrongMoment):
        runs.start_check(batch=batch, actor=imports.actor)


def test_whoever_lost_the_lease_writes_nothing_more(imports, checked, monkeypatch):
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", 10)
    batch = start(imports, checked)
    commit = engine.commit

    def commit_then_lose(job, state, chunk):
        commit(job, state, chunk)
        with imports.scope():
            LeadBatch.objects.filter(pk=job.pk).update(worker="another", lease_until=timezone.now() + jobs.LEASE)

    monkeypatch.setattr(engine, "commit", commit_then_lose)
    left = imports.work(batch)
    assert (left.state, left.worker, counts(left)) == (JobState.RUNNING, "another", {"new": 10})

    monkeypatch.setattr(engine, "commit", commit)
    with imports.scope():
        LeadBatch.objects.filter(pk=batch.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    done = imports.work(batch)
    assert (done.state, counts(done)) == (JobState.DONE, {"new": 40})
    with imports.scope():
        assert Lead.objects.count() == 40


def test_the_same_file_imported_twice_at_once_brings_each_lead_once(transactional_db, imports, monkeypatch):
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", 5)
    batches = [imports.check(imports.choose(imports.upload(FILE + extra))) for extra in ("", "\n")]
    for batch in batches:
        start(imports, batch)
    assert at_once(*(partial(work.run, imports.organization.pk, batch.pk) for batch in batches)) == [None, None]

    done = [imports.now(batch) for batch in batches]
    assert [(batch.state, batch.error) for batch in done] == [(JobState.DONE, "")] * 2
    assert sum(batch.successful_imports for batch in done) == 40
    assert sum(batch.duplicates_skipped for batch in done) == 40
    with imports.scope():
        assert Lead.objects.count() == 40


def test_a_lead_that_comes_in_by_another_way_meanwhile_is_no_failure(transactional_db, imports, monkeypatch):
    """The identifier is taken between the look and the write: the chunk is judged again."""
    batch = start(imports, imports.check(imports.choose(imports.upload(FILE), external_source="HubSpot")))
    judge, taken = engine.matching.judge, []

    def judge_then_take(*args, **kwargs):
        verdicts = judge(*args, **kwargs)
        if not taken:
            taken.append(True)
            at_once(lambda: LeadFactory(
                organization=imports.organization, external_id="7", external_source="HubSpot", email="x@y.example"
            ))  # fmt: skip
        return verdicts

    monkeypatch.setattr(engine.matching, "judge", judge_then_take)
    done = imports.work(batch)

    assert (done.state, done.error, counts(done)) == (JobState.DONE, "", {"new": 39, "skipped": 1})
    with tenancy.organization_scope(imports.organization.pk):
        assert Lead.objects.count() == 40
    assert connection.get_autocommit()
