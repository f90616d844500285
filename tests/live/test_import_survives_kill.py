"""A worker that is killed in the middle of an import loses nothing and does nothing twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from benchmarks import leads_file
from leadcrm.core import tenancy
from leads.choices import JobState
from leads.models import Lead, LeadBatch, LeadScore
from leads.models.job import LEASE
from leads.services import pipeline
from leads.services.importing import files, mappings, receiving, rules, runs
from leads.services.importing.states import Phase
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.processes import wait_until


@pytest.fixture
def uploaded(transactional_db, tmp_path):
    """Return a function that uploads a file of so many rows and chooses what the pages suggest."""
    organization = OrganizationFactory(name="Acme Design", slug="acme-design")
    actor = UserFactory(organization=organization, manager=True)

    def upload(count: int) -> LeadBatch:
        path = leads_file.write(tmp_path / "leads.csv", count)
        with tenancy.organization_scope(organization.pk, actor_id=actor.pk):
            pipeline.seed_default_pipeline(organization=organization)
            stored = files.folder_of(organization.pk) / "kill.upload"
            path.replace(stored)
            batch = receiving.create_batch(
                upload=receiving.StoredUpload(stored, "leads.csv", stored.stat().st_size), actor=actor
            )
            mappings.save_columns(
                batch=batch, targets={column.index: column.target for column in mappings.columns_of(batch)}
            )
            rules.save_rules(batch=batch, rules=rules.usual_rules(batch), words={}, actor=actor)
            return runs.start_check(batch=batch, actor=actor)

    return upload


def now(batch: LeadBatch) -> LeadBatch:
    """Return an import as it is in the database at this moment."""
    with tenancy.organization_scope(batch.organization_id):
        return LeadBatch.objects.get(pk=batch.pk)


def ended(batch: LeadBatch, phase: Phase) -> bool:
    current = now(batch)
    assert current.state not in {JobState.FAILED, JobState.CANCELLED}, current.error
    return current.phase == phase and current.state == JobState.DONE


def start_import(batch: LeadBatch) -> None:
    with tenancy.organization_scope(batch.organization_id, actor_id=batch.requested_by_id):
        runs.start_import(batch=batch, actor=batch.requested_by)


def kill_midway(worker, batch: LeadBatch, count: int) -> LeadBatch:
    """Kill the worker as soon as a part of the rows is committed, and return what it left behind."""
    wait_until(lambda: now(batch).next_row, 60, every=0.05)
    worker.kill()
    left = now(batch)
    with tenancy.organization_scope(batch.organization_id):
        made = Lead.objects.filter(batch=batch).count()
    assert 0 < made < count, "The worker was not killed midway, so this test proves nothing."
    assert (left.state, left.successful_imports) == (JobState.RUNNING, made)
    return left


def check_everything_is_there_once(left: LeadBatch, count: int) -> None:
    batch = result = now(left)
    assert result.worker != left.worker
    assert (result.total_leads, result.successful_imports, result.progress_done) == (count, count, count)
    assert (result.failed_imports, result.updated_leads, result.duplicates_skipped) == (0, 0, 0)
    with tenancy.organization_scope(batch.organization_id):
        leads = Lead.objects.filter(batch=batch)
        assert leads.count() == Lead.objects.count() == count
        assert leads.aggregate(Count("external_id", distinct=True), Count("email_norm", distinct=True)) == {
            "external_id__count": count,
            "email_norm__count": count,
        }
        scores = LeadScore.objects.filter(lead__batch=batch)
        assert scores.aggregate(all=Count("pk"), leads=Count("lead", distinct=True)) == {"all": count, "leads": count}
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(lead_count) FROM leads_stagetotal")
            assert cursor.fetchone() == (count,), "The figures of the board miss leads or count them twice."


def test_a_killed_worker_goes_on_after_the_last_committed_row(new_worker, uploaded):
    count = 20_000
    first = new_worker()
    first.start()
    batch = uploaded(count)
    wait_until(lambda: ended(batch, Phase.CHECK), 60, every=0.2)
    start_import(batch)
    left = kill_midway(first, batch, count)

    # As if the lease had run out: half a minute of waiting proves nothing more (the soak test does wait).
    with tenancy.organization_scope(batch.organization_id):
        LeadBatch.objects.filter(pk=batch.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    new_worker().start()
    wait_until(lambda: ended(batch, Phase.IMPORT), 90, every=0.2)

    check_everything_is_there_once(left, count)


@pytest.mark.soak
def test_a_large_import_survives_a_dead_worker(new_worker, uploaded):
    count = 200_000
    first = new_worker()
    first.start()
    batch = uploaded(count)
    wait_until(lambda: ended(batch, Phase.CHECK), 300, every=0.5)
    start_import(batch)
    left = kill_midway(first, batch, count)

    new_worker().start()
    wait_until(lambda: ended(batch, Phase.IMPORT), LEASE.total_seconds() + 600, every=0.5)

    check_everything_is_there_once(left, count)
