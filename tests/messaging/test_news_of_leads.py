"""What leads announce, and the mails that follow from it."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import time_machine

from leadcrm.audit import settings as options
from leadcrm.core import tenancy
from leads.choices import SourceType
from leads.models import Activity, LeadBatch
from leads.services import activities, assignment, capture, qualification, scoring
from messaging.attachments import make
from messaging.models import QueuedEmail
from messaging.services import queued_emails
from tests.factories.imports import LeadBatchFactory
from tests.factories.leads import LeadFactory

# A Monday; 10:00 in India.
NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
WEDNESDAY = NOW + timedelta(days=2)
GOOD = {
    "first_name": "Greta", "last_name": "Weber", "email": "greta@weber-gmbh.example", "company": "Weber GmbH",
    "phone": "+919812345678", "industry": "software",
}  # fmt: skip


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lead(scope, organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, email="greta@weber.example")


@pytest.fixture
def plan(lead, rep):
    """Return a function that plans a meeting for Wednesday."""

    def make(**more) -> Activity:
        values = {"lead": lead, "type": "meeting", "actor": rep, "user": rep, "scheduled_at": WEDNESDAY,
                  "subject": "Walk through the offer", "duration_minutes": 45}  # fmt: skip
        return activities.plan_activity(**values | more)

    return make


def mails(**conditions):
    return list(QueuedEmail.objects.filter(**conditions).order_by("created_at", "pk"))


# --- welcome ----------------------------------------------------------------------------------------


def test_a_lead_whose_score_qualifies_it_is_welcomed_once_in_its_life(scope, rep):
    lead = capture.create_lead(actor=rep, **GOOD)
    assert lead.status == "qualified"
    [mail] = mails(template="welcome")
    assert (mail.recipient, mail.lead_id, mail.dedupe_key) == (lead.email, lead.pk, f"welcome:{lead.pk}")
    assert "Hello Greta Weber," in mail.body_text
    capture.update_lead(lead=lead, actor=rep, email="weber@weber-gmbh.example")
    scoring.rescore(lead=lead, actor=rep)
    assert mails(template="welcome") == [mail]


def test_a_lead_below_the_threshold_is_not_welcomed(scope, rep):
    capture.create_lead(actor=rep, company="Weber GmbH")
    assert mails() == []


@pytest.mark.parametrize("marked", [{"do_not_contact": True}, {"email": ""}])
def test_who_cannot_be_written_to_qualifies_without_a_welcome(scope, rep, marked):
    options.change(key="leads.qualification_threshold", value=60, actor=None)
    assert capture.create_lead(actor=rep, **GOOD | marked).status == "qualified"
    assert mails() == []


@pytest.mark.parametrize(
    ("chosen", "welcomed"),
    [
        ("own", {"manual", "inbound"}),
        ("inbound", {"inbound"}),
        ("everyone", {"manual", "inbound", "automated", "imported"}),
        ("nobody", set()),
    ],
)
def test_an_organization_chooses_whom_it_welcomes(scope, organization, rep, chosen, welcomed):
    options.change(key="messaging.welcome", value=chosen, actor=None)
    batch: LeadBatch = LeadBatchFactory(organization=organization)
    ways = {
        "manual": {},
        "inbound": {"source_type": SourceType.INBOUND},
        "automated": {"source_type": SourceType.AUTOMATED},
        "imported": {"batch": batch},
    }
    for way, values in ways.items():
        capture.create_lead(actor=rep, **GOOD | {"email": f"{way}@weber-gmbh.example"} | values)
    assert {mail.recipient.split("@")[0] for mail in mails(template="welcome")} == welcomed


# --- reminders of meetings --------------------------------------------------------------------------


def reminders():
    # A lead that is worked on is scored, and may be welcomed beside.
    return mails(template="meeting_reminder")


def test_a_planned_meeting_is_queued_for_a_day_before_with_its_calendar_entry(plan, lead, rep):
    activity = plan()
    [mail] = reminders()
    assert (mail.template, mail.recipient, mail.about_id) == ("meeting_reminder", lead.email, activity.pk)
    assert (mail.due_at, mail.not_after) == (WEDNESDAY - timedelta(hours=24), WEDNESDAY)
    assert mail.reply_to == rep.email
    for words in ("Walk through the offer", "Wednesday, 25 Nov 2026, 10:00–10:45", "Asia/Kolkata", "Ravi Nair"):
        assert words in mail.body_text
    [event] = icalendar.Calendar.from_ical(make(mail.attachments[0]).content).walk("VEVENT")
    assert event.decoded("DTSTART") == WEDNESDAY and event.decoded("DTEND") == WEDNESDAY + timedelta(minutes=45)
    assert event["SUMMARY"] == "Walk through the offer (Acme Design)"


def test_what_a_rep_writes_for_colleagues_never_reaches_the_lead(plan):
    plan(description="He is slow to pay; push for the large package.")
    [mail] = reminders()
    assert "slow to pay" not in mail.body_text + mail.body_html + str(mail.attachments) + str(mail.data)


@pytest.mark.parametrize("hours", [1, 72])
def test_the_time_before_is_the_choice_of_the_organization(plan, hours):
    options.change(key="messaging.reminder_hours", value=hours, actor=None)
    plan()
    assert reminders()[0].due_at == max(WEDNESDAY - timedelta(hours=hours), NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    "what",
    [{"type": "call"}, {"scheduled_at": NOW - timedelta(hours=1)}, {"type": "task"}],
)
def test_only_meetings_that_are_still_to_come_are_announced(plan, what):
    plan(**what)
    assert reminders() == []


def test_zero_hours_mean_no_reminders(plan):
    options.change(key="messaging.reminder_hours", value=0, actor=None)
    plan()
    assert reminders() == []


def test_a_lead_that_wants_no_contact_is_not_reminded(plan, lead, rep):
    plan()
    capture.update_lead(lead=lead, actor=rep, do_not_contact=True)
    assert [mail.state for mail in reminders()] == ["cancelled"]
    plan()
    assert len(reminders()) == 1


def test_a_meeting_that_moves_takes_its_reminder_along(plan, rep):
    activity = plan()
    activities.reschedule_activity(activity=activity, scheduled_at=WEDNESDAY + timedelta(days=1), actor=rep)
    first, second = reminders()
    assert (first.state, second.state) == ("cancelled", "queued")
    assert second.due_at == WEDNESDAY
    assert second.subject.startswith("Reminder: ") and "26 Nov" in second.body_text


def test_a_change_that_the_lead_would_not_read_leaves_the_mail_alone(plan, rep):
    activity = plan()
    activities.change_activity(
        activity=activity, actor=rep, type=activity.type, subject=activity.subject, description="Bring the contract.",
        scheduled_at=activity.scheduled_at, user=rep, duration_minutes=45,
    )  # fmt: skip
    assert [mail.state for mail in reminders()] == ["queued"]


@pytest.mark.parametrize("end", ["cancel_activity", "complete_activity"])
def test_a_meeting_that_is_off_or_over_is_not_announced(plan, rep, end):
    activity = plan()
    getattr(activities, end)(activity=activity, actor=rep)
    assert [mail.state for mail in reminders()] == ["cancelled"]


def test_a_meeting_that_is_on_again_is_announced_again(plan, rep):
    activity = plan()
    activities.cancel_activity(activity=activity, actor=rep)
    activities.reopen_activity(activity=activity, actor=rep)
    assert [mail.state for mail in reminders()] == ["cancelled", "queued"]


def test_a_meeting_that_becomes_a_call_is_not_announced(plan, rep):
    activity = plan()
    activities.change_activity(
        activity=activity, actor=rep, type="call", subject="", description="", scheduled_at=WEDNESDAY, user=rep
    )
    assert [mail.state for mail in reminders()] == ["cancelled"]


def test_the_reminder_names_whoever_the_meeting_was_handed_to(plan, lead, admin, editor):
    plan()
    assignment.assign_lead(lead=lead, to=editor, actor=admin)
    first, second = reminders()
    assert (first.state, second.state, second.reply_to) == ("cancelled", "queued", editor.email)
    assert "With: Eli Thomas, Acme Design" in second.body_text


def test_leads_that_a_scoring_run_qualifies_are_welcomed_by_one_ring(
    organization, rep, django_capture_on_commit_callbacks
):
    leads = [LeadFactory(organization=organization, score=90) for _ in range(5)]
    with django_capture_on_commit_callbacks() as after, tenancy.organization_scope(organization.pk):
        assert qualification.qualify_many(lead_ids=[lead.pk for lead in leads], actor=None) == 5
        assert {mail.lead_id for mail in mails(template="welcome")} == {lead.pk for lead in leads}
    assert after.count(queued_emails.ring_now) == 1


def test_a_new_address_gets_the_reminder(plan, lead, rep):
    plan()
    capture.update_lead(lead=lead, actor=rep, email="new@weber.example")
    assert [(mail.recipient, mail.state) for mail in reminders()] == [
        ("greta@weber.example", "cancelled"),
        ("new@weber.example", "queued"),
    ]


def test_who_was_reminded_hears_of_the_new_time_at_once_and_the_calendar_moves(plan, rep):
    activity = plan()
    QueuedEmail.objects.update(state="sent")
    moved = WEDNESDAY + timedelta(days=7)
    activities.reschedule_activity(activity=activity, scheduled_at=moved, actor=rep)
    first, second = reminders()
    assert second.due_at == NOW + timedelta(minutes=1)
    assert second.subject.startswith("New time: ") and "our meeting has moved" in second.body_text
    uids = [mail.attachments[0]["arguments"]["uid"] for mail in (first, second)]
    assert uids[0] == uids[1]
    assert [mail.attachments[0]["arguments"]["sequence"] for mail in (first, second)] == [0, 1]
    # Back to what the lead knows already would be news again; the same once more is not.
    activities.change_activity(
        activity=activity, actor=rep, type="meeting", subject="Other words", description="", scheduled_at=moved,
        user=rep, duration_minutes=45,
    )  # fmt: skip
    assert [mail.state for mail in reminders()] == ["sent", "cancelled", "queued"]
