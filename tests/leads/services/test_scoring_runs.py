"""The run that recomputes all scores: what one rescore does, in sets, once, and resumable."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from leadcrm.audit import settings
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leads.choices import JobState, LeadStatus
from leads.intelligence.rules import DEFAULT_POINTS
from leads.models import Activity, JourneyEvent, Lead, LeadScore, ScoringRun
from leads.services import capture, jobs, journey, scoring, scoring_runs
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(scoring_runs, "CHUNK", 7)
    monkeypatch.setattr(jobs, "_send", lambda *_: None)  # the broker is the last hop


def in_scope(organization):
    return tenancy.organization_scope(organization.pk)


def make_leads(organization, count=40, **values):
    with in_scope(organization):
        stage = stage_of(organization, LeadStatus.NEGOTIATION)
        return Lead.objects.bulk_create(
            Lead(
                stage=stage, status=stage.status, email=f"p{n}@{('gmail.com', 'acme.example')[n % 2]}",
                company=("", "Acme")[n % 3 == 0], phone=("", "+919812345678")[n % 5 == 0],
                industry=("", "Technology", "Beekeeping")[n % 3], message="x" * (n * 4), **values,
            )
            for n in range(count)
        )  # fmt: skip


def run(organization, actor):
    with in_scope(organization):
        asked = scoring_runs.start(actor=actor)
    scoring_runs.run(organization.pk, asked.pk)
    with in_scope(organization):
        return ScoringRun.objects.get(pk=asked.pk)


def test_a_run_gives_every_lead_what_one_rescore_gives_it(organization, admin):
    leads = make_leads(organization)
    done = run(organization, admin)
    assert (done.state, done.progress_done, done.progress_total, done.changed_count) == (JobState.DONE, 40, 40, 40)
    fields = ("score", "confidence", "model_version", "demographic_score", "behavioral_score", "temporal_score",
              "conversational_score", "explanation", "recommendations", "rate_version")  # fmt: skip
    with in_scope(organization):
        for lead in leads:
            row = LeadScore.objects.get(lead=lead)
            stored = Lead.objects.get(pk=lead.pk)
            assert (stored.score, stored.score_confidence) == (row.score, row.confidence)
            before = {name: getattr(row, name) for name in fields}
            # A rescore that said anything else would add a row.
            scoring.rescore(lead=stored, actor=None)
            assert LeadScore.objects.filter(lead=lead).count() == 1
            row.delete()
            again = scoring.rescore(lead=stored, actor=None)
            assert before == {name: getattr(again, name) for name in fields}


def test_only_what_changed_is_written(organization, admin):
    leads = make_leads(organization)
    run(organization, admin)
    with in_scope(organization):
        stamps = dict(Lead.objects.values_list("pk", "scored_at"))
        Lead.objects.filter(pk=leads[4].pk).update(company="New Company", updated_at=timezone.now())
    second = run(organization, admin)
    assert second.changed_count == 1
    with in_scope(organization):
        assert LeadScore.objects.count() == 41
        changed = [pk for pk, at in Lead.objects.values_list("pk", "scored_at") if stamps[pk] != at]
        assert changed == [leads[4].pk]
    assert run(organization, admin).changed_count == 0


def test_new_points_change_only_the_leads_they_concern(organization, admin):
    make_leads(organization)
    run(organization, admin)
    with in_scope(organization):
        settings.publish_rates(kind="leads.score_points", values=DEFAULT_POINTS, actor=admin)
    assert run(organization, admin).changed_count == 0
    points = {**DEFAULT_POINTS, "industry": {**DEFAULT_POINTS["industry"], "*": 4}}
    with in_scope(organization):
        settings.publish_rates(kind="leads.score_points", values=points, actor=admin)
    assert run(organization, admin).changed_count == 13
    with in_scope(organization):
        changed = LeadScore.objects.filter(rate_version=2)
        assert set(changed.values_list("lead__industry", flat=True)) == {"Beekeeping"}


def test_engagement_is_part_of_it_and_fades(organization, admin):
    leads = make_leads(organization, 3)
    with in_scope(organization):
        journey.record(leads[0], "email_replied", actor=None, occurred_at=timezone.now() - timedelta(days=1))
        Lead.objects.filter(pk=leads[2].pk).update(engagement_level="high")
    run(organization, admin)
    with in_scope(organization):
        assert list(Lead.objects.order_by("pk").values_list("engagement_level", flat=True)) == [
            "medium",
            "unknown",
            "unknown",
        ]


def test_leads_that_reach_the_threshold_are_qualified_with_their_follow_up(organization, admin, rep):
    with in_scope(organization):
        leads = LeadFactory.create_batch(9, organization=organization, assigned_to=rep, phone="+919812345678")
        assert {lead.status for lead in Lead.objects.all()} == {LeadStatus.NEW}
    done = run(organization, admin)
    assert done.qualified_count == 9
    with in_scope(organization):
        assert {lead.status for lead in Lead.objects.all()} == {LeadStatus.QUALIFIED}
        assert Activity.objects.filter(user=rep, type="follow_up").count() == 9
        assert JourneyEvent.objects.filter(event_type="lead_qualified").count() == 9
        # Moved back by hand, they stay where they were put.
        Lead.objects.filter(pk=leads[0].pk).update(stage=stage_of(organization), status=LeadStatus.NEW)
    assert run(organization, admin).qualified_count == 0


def test_a_run_leaves_one_entry_in_the_audit_log(organization, admin):
    make_leads(organization, 20)
    done = run(organization, admin)
    with in_scope(organization):
        entry = ActivityLog.objects.get(action="scores.recomputed")
        assert (entry.actor, entry.entity_id) == (admin, done.pk)
        assert entry.metadata["changed"] == 20
        assert not ActivityLog.objects.exclude(pk=entry.pk).filter(entity_type="lead").exists()


def test_a_second_click_gives_the_run_that_is_at_work(organization, admin):
    with in_scope(organization):
        assert scoring_runs.start(actor=admin) == scoring_runs.start(actor=admin)


def test_a_run_stops_when_asked_and_keeps_what_it_wrote(organization, admin):
    make_leads(organization)
    with in_scope(organization):
        asked = scoring_runs.start(actor=admin)
    with in_scope(organization):
        job = jobs.claim(ScoringRun, asked.pk)
    assert scoring_runs._chunk(organization.pk, job)
    with in_scope(organization):
        jobs.request_cancel(asked, actor=admin)
    with pytest.raises(jobs.Cancelled):
        scoring_runs._chunk(organization.pk, job)
    scoring_runs._finish(organization.pk, job, JobState.CANCELLED)
    with in_scope(organization):
        stopped = ScoringRun.objects.get(pk=asked.pk)
        assert (stopped.state, stopped.progress_done, LeadScore.objects.count()) == (JobState.CANCELLED, 7, 7)


def test_a_lead_saved_meanwhile_keeps_the_newer_score(organization, admin, monkeypatch):
    (lead,) = make_leads(organization, 1)
    write = scoring_runs._update

    def change_first(changed, at):
        # What another session committed after the chunk was read.
        Lead.objects.filter(pk=lead.pk).update(score=77, updated_at=timezone.now())
        return write(changed, at)

    monkeypatch.setattr(scoring_runs, "_update", change_first)
    assert run(organization, admin).changed_count == 0
    with in_scope(organization):
        assert Lead.objects.get(pk=lead.pk).score == 77
        assert not LeadScore.objects.exists()


def test_another_organisation_is_left_alone(organization, other_organization, admin):
    make_leads(organization, 3)
    make_leads(other_organization, 3)
    run(organization, admin)
    with in_scope(other_organization):
        assert not LeadScore.objects.exists()
        assert set(Lead.objects.values_list("score", flat=True)) == {0}


WORKER = """
import os, sys, django
django.setup()
from leads.services import jobs, scoring_runs
scoring_runs.CHUNK = 25
jobs._send = lambda *args: None
scoring_runs.run(sys.argv[1], sys.argv[2])
"""


def test_a_killed_run_is_resumed_where_it_was(organization, admin):
    make_leads(organization, 600)
    with in_scope(organization):
        asked = scoring_runs.start(actor=admin)
    for _ in range(3):
        worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", WORKER, str(organization.pk), str(asked.pk)],
            cwd=django_settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "leadcrm.settings.test"},
        )
        before = count_scores(organization)
        deadline = time.monotonic() + 60
        while worker.poll() is None and time.monotonic() < deadline and count_scores(organization) == before:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
        with in_scope(organization):
            # The lease of a dead worker runs out by itself; the test does not wait half a minute for it.
            ScoringRun.objects.filter(pk=asked.pk, state=JobState.RUNNING).update(lease_until=timezone.now())
    scoring_runs.run(organization.pk, asked.pk)
    with in_scope(organization):
        done = ScoringRun.objects.get(pk=asked.pk)
        assert (done.state, done.progress_done, done.changed_count) == (JobState.DONE, 600, 600)
        assert LeadScore.objects.count() == 600
        assert LeadScore.objects.values("lead").distinct().count() == 600
        assert ActivityLog.objects.filter(action="scores.recomputed").count() == 1
        assert done.last_lead_id == Lead.objects.order_by("-pk").values_list("pk", flat=True)[0]


def count_scores(organization):
    with in_scope(organization):
        return LeadScore.objects.count()


def test_the_sweep_knows_these_runs():
    from leads.tasks import JOBS

    assert ("leads.ScoringRun", scoring_runs.TASK) in JOBS


def test_creating_a_lead_while_a_run_is_at_work_is_no_conflict(organization, admin, rep):
    make_leads(organization, 10)
    with in_scope(organization):
        asked = scoring_runs.start(actor=admin)
        job = jobs.claim(ScoringRun, asked.pk)
    assert scoring_runs._chunk(organization.pk, job)
    with in_scope(organization):
        capture.create_lead(actor=rep, email="late@acme.example")
    while scoring_runs._chunk(organization.pk, job):
        pass
    scoring_runs._finish(organization.pk, job, JobState.DONE)
    with in_scope(organization):
        done = ScoringRun.objects.get(pk=asked.pk)
        assert (done.progress_done, done.progress_total) == (11, 11)
