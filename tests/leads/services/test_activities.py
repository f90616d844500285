from datetime import timedelta

import pytest
from django.utils import timezone

from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leads.choices import ActivityType, LeadStatus
from leads.models import Activity, JourneyEvent, Lead
from leads.services import activities
from tests.at_once import at_once
from tests.factories.leads import ActivityFactory, LeadFactory


def in_days(days: float):
    return timezone.now() + timedelta(days=days)


@pytest.fixture
def lead(organization, rep, team, scope):
    return LeadFactory(organization=organization, assigned_to=rep, team=team)


def plan(lead, rep, days: float = 1, **more):
    return activities.plan_activity(
        lead=lead, type=more.pop("type", "call"), actor=rep, scheduled_at=in_days(days), user=rep, **more
    )


def test_the_next_step_is_the_earliest_open_activity(lead, rep):
    later, sooner = plan(lead, rep, 3, type="demo"), plan(lead, rep, 1)
    lead.refresh_from_db()
    assert (lead.next_step, lead.next_follow_up_at) == ("call", sooner.scheduled_at)
    activities.complete_activity(activity=sooner, actor=rep)
    lead.refresh_from_db()
    assert (lead.next_step, lead.next_follow_up_at) == ("demo", later.scheduled_at)
    activities.cancel_activity(activity=later, actor=rep)
    lead.refresh_from_db()
    assert (lead.next_step, lead.next_follow_up_at) == ("", None)


def test_reopening_takes_a_completion_back(lead, rep):
    activity = plan(lead, rep)
    done = activities.complete_activity(activity=activity, actor=rep, outcome="Reached")
    assert done.completed_at
    activities.reopen_activity(activity=done, actor=rep)
    lead.refresh_from_db()
    assert lead.next_follow_up_at == activity.scheduled_at
    assert Activity.objects.get(pk=activity.pk).is_open


def test_what_is_closed_cannot_be_closed_again(lead, rep):
    activity = plan(lead, rep)
    activities.complete_activity(activity=activity, actor=rep)
    with pytest.raises(activities.ActivityClosed, match="completed already"):
        activities.complete_activity(activity=activity, actor=rep)
    with pytest.raises(activities.ActivityClosed):
        activities.cancel_activity(activity=activity, actor=rep)


def test_nothing_is_saved_when_what_comes_next_cannot_be_planned(lead, rep):
    activity = plan(lead, rep)
    with pytest.raises(DomainError, match="five years"):
        activities.complete_activity(
            activity=activity, actor=rep, then=activities.Plan(type="call", scheduled_at=in_days(10_000))
        )
    assert Activity.objects.get(pk=activity.pk).is_open


def test_a_reminder_moves_with_its_activity_and_rings_again(lead, rep):
    activity = plan(lead, rep, 1, remind_at=in_days(0.5))
    Activity.objects.filter(pk=activity.pk).update(reminded_at=timezone.now())
    moved = activities.reschedule_activity(activity=activity, actor=rep, scheduled_at=in_days(3))
    assert moved.reminded_at is None
    assert moved.scheduled_at - moved.remind_at == activity.scheduled_at - activity.remind_at


@pytest.mark.parametrize(
    ("plan_of", "field"),
    [
        ({"type": "note"}, "type"),
        ({"type": "juggling"}, "type"),
        ({"days": 9_999}, "scheduled_at"),
        ({"remind_at": 2}, "remind_at"),
        ({"subject": "x" * 501}, "subject"),
        ({"description": "x" * 20_001}, "description"),
        ({"subject": "a\x00b"}, "subject"),
        ({"duration_minutes": -5}, "duration_minutes"),
    ],
)
def test_impossible_plans_are_refused_with_the_field(lead, rep, plan_of, field):
    if "remind_at" in plan_of:
        plan_of = {**plan_of, "remind_at": in_days(plan_of["remind_at"])}
    with pytest.raises(DomainError) as refused:
        plan(lead, rep, plan_of.pop("days", 1), **plan_of)
    assert refused.value.field == field
    assert not Activity.objects.exists()


def test_a_reminder_needs_somebody(lead, rep):
    with pytest.raises(DomainError, match="person"):
        activities.plan_activity(
            lead=lead, type="call", actor=rep, scheduled_at=in_days(1), user=None, remind_at=in_days(0.5)
        )


def test_work_is_not_planned_for_somebody_who_cannot_see_the_lead(lead, manager, organization, team):
    from tests.factories.accounts import UserFactory

    stranger = UserFactory(rep=True, organization=organization, team=team, full_name="Second Rep")
    with pytest.raises(DomainError, match="Second Rep does not see this lead"):
        activities.plan_activity(lead=lead, type="call", actor=manager, scheduled_at=in_days(1), user=stranger)


def test_logged_work_lies_in_the_past_and_counts_as_contact(lead, rep):
    yesterday = in_days(-1)
    activities.log_activity(lead=lead, type="call", actor=rep, completed_at=yesterday, outcome="No answer")
    lead.refresh_from_db()
    assert lead.last_contacted_at == yesterday
    activities.log_activity(lead=lead, type="email", actor=rep, completed_at=in_days(-2))
    lead.refresh_from_db()
    assert lead.last_contacted_at == yesterday
    for moment in (in_days(1), in_days(-4_000)):
        with pytest.raises(DomainError):
            activities.log_activity(lead=lead, type="call", actor=rep, completed_at=moment)


def test_a_held_meeting_raises_engagement_until_it_is_taken_back(lead, rep):
    meeting = plan(lead, rep, 0.1, type="meeting")
    done = activities.complete_activity(activity=meeting, actor=rep)
    lead.refresh_from_db()
    assert lead.engagement_level == "high"
    activities.reopen_activity(activity=done, actor=rep)
    lead.refresh_from_db()
    assert lead.engagement_level == "unknown"


def test_open_work_goes_along_to_the_new_owner(lead, rep, manager, organization):
    from leads.services import assignment

    mine = plan(lead, rep)
    nobodys = activities.plan_activity(lead=lead, type="task", actor=manager, scheduled_at=in_days(2))
    managers = activities.plan_activity(lead=lead, type="task", actor=manager, scheduled_at=in_days(2), user=manager)
    done = activities.log_activity(lead=lead, type="call", actor=rep)
    assignment.assign_lead(lead=lead, to=manager, actor=manager)
    owners = dict(Activity.objects.values_list("pk", "user"))
    assert owners == {mine.pk: manager.pk, nobodys.pk: manager.pk, managers.pk: manager.pk, done.pk: rep.pk}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_plan_at_once_leave_the_earlier_step(organization, rep, team):
    with tenancy.organization_scope(organization.pk):
        lead = LeadFactory(organization=organization, assigned_to=rep, team=team)
    moments = [in_days(5), in_days(2)]

    def work(moment):
        with tenancy.organization_scope(organization.pk):
            activities.plan_activity(lead=lead, type="call", actor=rep, scheduled_at=moment, user=rep)

    for _ in range(5):
        assert at_once(*(lambda moment=moment: work(moment) for moment in moments)) == [None, None]
        with tenancy.organization_scope(organization.pk):
            assert Lead.objects.get(pk=lead.pk).next_follow_up_at == min(moments)
            Activity.objects.all().delete()


def test_every_verb_leaves_a_trace_in_the_audit_log_and_the_timeline(lead, rep):
    from leadcrm.audit.models import ActivityLog, DomainEvent

    activity = plan(lead, rep)
    activities.complete_activity(activity=activity, actor=rep, outcome="Wants an offer")
    assert list(ActivityLog.objects.filter(entity_type="activity").order_by("id").values_list("action", flat=True)) == [
        "activity.planned",
        "activity.completed",
    ]
    made = JourneyEvent.objects.get(event_type="call_made")
    assert made.properties["activity"] == str(activity.pk)
    assert "Wants an offer" in made.description
    assert DomainEvent.objects.filter(name="activity.completed", entity_id=lead.pk).count() == 1


def test_closed_leads_can_still_have_work(organization, rep, team, scope):
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team, status=LeadStatus.CLOSED_WON)
    plan(lead, rep, type=ActivityType.TASK)
    assert ActivityFactory(lead=lead).is_open
