from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from leadcrm.audit import settings
from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import tenancy
from leads import signals
from leads.choices import LeadStatus
from leads.models import Activity, JourneyEvent, Lead, LeadScore
from leads.services import capture, journey, pipeline, qualification, scoring
from tests.at_once import at_once
from tests.factories.leads import LeadFactory, stage_of

GOOD = {
    "email": "ceo@acme-robotics.example",
    "company": "Acme Robotics",
    "phone": "+919812345678",
    "industry": "manufacturing",
}


def create(rep, **values):
    return capture.create_lead(actor=rep, assigned_to=rep, **values)


def test_a_new_lead_has_a_score_with_reasons_that_sum_to_it(rep, scope):
    lead = create(rep, email="a@gmail.com", first_name="Ann")
    row = LeadScore.objects.get(lead=lead)
    assert lead.score == row.score == 40 == sum(factor["points"] for factor in row.explanation)
    assert row.model_version == "rules-1"


def test_a_change_of_a_fact_that_counts_adds_a_score_and_another_does_not(rep, scope):
    lead = create(rep, email="a@gmail.com", first_name="Ann")
    capture.update_lead(lead=lead, actor=rep, job_title="CFO")
    assert LeadScore.objects.filter(lead=lead).count() == 1
    lead = capture.update_lead(lead=lead, actor=rep, company="Acme")
    assert LeadScore.objects.filter(lead=lead).count() == 2
    assert lead.score == 55


def test_reaching_the_threshold_qualifies_and_plans_a_follow_up_on_the_next_working_day(rep, scope):
    heard = []

    def hear(sender, lead, actor, **kwargs):
        heard.append(lead.pk)

    signals.lead_qualified.connect(hear)
    try:
        lead = create(rep, **GOOD)
    finally:
        signals.lead_qualified.disconnect(hear)
    assert lead.score == 100
    assert (lead.status, lead.stage.name) == (LeadStatus.QUALIFIED, "Qualified")
    assert heard == [lead.pk]
    activity = Activity.objects.get(lead=lead)
    local = activity.scheduled_at.astimezone(ZoneInfo("Asia/Kolkata"))
    assert (activity.type, activity.user) == ("follow_up", rep)
    assert (local.hour, local.minute) == (9, 0)
    assert local.weekday() < 5
    assert local.date() > timezone.now().astimezone(ZoneInfo("Asia/Kolkata")).date()
    assert (lead.next_follow_up_at, lead.next_step) == (activity.scheduled_at, "follow_up")
    assert JourneyEvent.objects.filter(lead=lead, event_type="lead_qualified").count() == 1
    assert DomainEvent.objects.filter(entity_id=lead.pk, name="lead.qualified").count() == 1
    # Nobody moved it: leadcrm did.
    assert JourneyEvent.objects.get(lead=lead, event_type="status_updated").user is None
    assert not ActivityLog.objects.filter(action="lead.moved", entity_id=lead.pk).exclude(actor=None).exists()


def test_a_lead_moved_back_by_hand_is_not_qualified_again(rep, organization, scope):
    lead = create(rep, **GOOD)
    pipeline.move_lead(lead=lead, stage=stage_of(organization, LeadStatus.CONTACTED), actor=rep)
    lead = capture.update_lead(lead=lead, actor=rep, service_tier="L3_CONSULTING")
    assert lead.status == LeadStatus.CONTACTED
    assert JourneyEvent.objects.filter(lead=lead, event_type="lead_qualified").count() == 1


@pytest.mark.parametrize(
    "status", [s for s in LeadStatus if s not in (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED)]
)
def test_only_new_and_contacted_leads_are_qualified(rep, organization, scope, status):
    lead = LeadFactory(organization=organization, assigned_to=rep, status=status, **GOOD)
    scoring.rescore(lead=lead, actor=rep)
    assert lead.score >= 70
    assert lead.status == status


def test_the_threshold_is_the_organisations(rep, admin, scope):
    settings.change(key="leads.qualification_threshold", value=100, actor=admin)
    assert create(rep, **{**GOOD, "industry": "healthcare", "phone": ""}).status == LeadStatus.NEW
    assert create(rep, **GOOD).status == LeadStatus.QUALIFIED


def test_the_points_are_the_organisations_and_recorded_with_the_score(rep, admin, scope):
    from leads.intelligence.rules import DEFAULT_POINTS

    settings.publish_rates(kind="leads.score_points", values={**DEFAULT_POINTS, "company": 1}, actor=admin)
    lead = create(rep, company="Only Co")
    assert lead.score == 41
    assert LeadScore.objects.get(lead=lead).rate_version == 1


def test_engagement_follows_human_events_and_fades(rep, scope):
    lead = create(rep, email="a@gmail.com")
    now = timezone.now()
    for days in (1, 2):
        journey.record(lead, "email_replied", actor=None, occurred_at=now - timedelta(days=days))
    scoring.rescore(lead=lead, actor=None)
    assert (lead.engagement_level, lead.score_confidence) == ("high", LeadScore.objects.newest_first()[0].confidence)
    assert lead.score_confidence > 0.2
    journey.record(lead, "page_viewed", actor=None)
    other = create(rep, email="b@gmail.com")
    journey.record(other, "form_submitted", actor=None, occurred_at=now - timedelta(days=91))
    scoring.rescore(lead=other, actor=None)
    assert other.engagement_level == "unknown"


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_qualify_a_lead_exactly_once(organization, rep):
    with tenancy.organization_scope(organization.pk):
        leads = [create(rep, email=f"a{n}@acme.example", first_name="Ann") for n in range(6)]
        assert all(lead.status == LeadStatus.NEW for lead in leads)

    def change(lead, **values):
        with tenancy.organization_scope(organization.pk):
            return capture.update_lead(lead=lead, actor=rep, **values).pk

    for lead in leads:
        changed = at_once(partial(change, lead, company="Acme"), partial(change, lead, phone="+919812345678"))
        assert changed == [lead.pk, lead.pk]
    with tenancy.organization_scope(organization.pk):
        for lead in leads:
            assert Lead.objects.get(pk=lead.pk).status == LeadStatus.QUALIFIED
            assert JourneyEvent.objects.filter(lead=lead, event_type="lead_qualified").count() == 1
            assert Activity.objects.filter(lead=lead).count() == 1
            assert LeadScore.objects.filter(lead=lead).newest_first()[0].score == Lead.objects.get(pk=lead.pk).score


def test_many_are_qualified_as_one_is(organization, rep, manager, scope):
    def qualified(lead):
        lead.refresh_from_db()
        rows = JourneyEvent.objects.filter(lead=lead).order_by("event_type")
        return (
            lead.status, lead.stage_id, lead.next_step, lead.next_follow_up_at, lead.version,
            sorted(rows.values_list("event_type", "event_name", "description", "user")),
            list(Activity.objects.filter(lead=lead).values_list("type", "subject", "scheduled_at", "user")),
            sorted(DomainEvent.objects.filter(entity_id=lead.pk).values_list("name", "actor_id")),
        )  # fmt: skip

    one, many = LeadFactory.create_batch(2, organization=organization, assigned_to=rep, score=80)
    low = LeadFactory(organization=organization, score=69)
    closed = LeadFactory(organization=organization, score=90, status=LeadStatus.CLOSED_LOST)
    qualification.qualify(lead=one, actor=manager)
    ids = [many.pk, low.pk, closed.pk, one.pk]
    assert qualification.qualify_many(lead_ids=ids, actor=manager) == 1
    assert qualification.qualify_many(lead_ids=ids, actor=manager) == 0
    first, second = qualified(one), qualified(many)
    assert first == second
    low.refresh_from_db()
    assert low.status == LeadStatus.NEW
