"""Who is reminded, when, and how often. What happens to workers that die is in tests/live."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from leadcrm.accounts.models import User
from leadcrm.audit import settings as organization_settings
from leadcrm.core import tenancy
from leads.models import Activity, Lead
from leads.services import activities, reminders
from tests.at_once import at_once
from tests.factories.accounts import UserFactory
from tests.factories.leads import ActivityFactory, LeadFactory

# A Monday; 10:00 in India, 05:30 in Berlin.
NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, company="Quartz", email="q@q.example")


@pytest.fixture
def plan(lead, rep):
    """Return a function that plans a call in half an hour, of which somebody is to be reminded now."""

    def make(**more) -> Activity:
        values = {"lead": lead, "user": rep, "scheduled_at": NOW + minutes(30), "remind_at": NOW}
        values |= more
        with tenancy.organization_scope(values["lead"].organization_id):
            return ActivityFactory(**values)

    return make


def now_of(activity: Activity) -> Activity:
    with tenancy.organization_scope(activity.organization_id):
        return Activity.objects.get(pk=activity.pk)


def update(row: Activity | Lead, **values: object) -> None:
    with tenancy.organization_scope(row.organization_id):
        type(row).objects.filter(pk=row.pk).update(**values)


def recipients() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


def test_a_reminder_is_sent_once_its_moment_has_come_and_never_again(plan):
    activity = plan()
    assert reminders.send_due(at=NOW - minutes(1)) == 0
    assert reminders.send_due(at=NOW) == 1
    assert reminders.send_due(at=NOW) == 0
    assert reminders.send_due(at=NOW + timedelta(days=3)) == 0
    assert recipients() == ["rep@acme.example"]
    assert now_of(activity).reminded_at == NOW
    assert now_of(activity).metadata["reminder"]["state"] == "sent"


@pytest.mark.parametrize("end", ["completed_at", "cancelled_at"])
def test_nobody_is_reminded_of_what_is_done_or_cancelled(plan, end):
    plan(**{end: NOW - minutes(5)})
    assert reminders.send_due(at=NOW) == 0


def test_nobody_is_reminded_without_having_asked(plan):
    plan(remind_at=None)
    assert reminders.send_due(at=NOW + timedelta(days=1)) == 0


def test_what_no_person_has_is_the_matter_of_the_owner_of_the_lead(plan, manager, lead):
    plan(user=None)
    update(lead, assigned_to=manager)
    assert reminders.send_due(at=NOW) == 1
    assert recipients() == ["manager@acme.example"]


def test_who_wants_no_mail_gets_none_but_open_pages_still_ring(plan, rep):
    User.objects.filter(pk=rep.pk).update(preferences={"email_reminders": False})
    activity = plan()
    assert reminders.send_due(at=NOW) == 0
    assert mail.outbox == []
    activity = now_of(activity)
    assert activity.reminded_at == NOW
    assert reminders.rings_now(activity, at=NOW + minutes(9))
    assert not reminders.rings_now(activity, at=NOW + minutes(11))


def inactive(lead, rep):
    User.objects.filter(pk=rep.pk).update(is_active=False)


def in_the_trash(lead, rep):
    update(lead, deleted_at=NOW)


def somebody_elses(lead, rep):
    other = UserFactory(rep=True, organization=rep.organization)
    update(lead, assigned_to=other, team=None)


def nobodys(lead, rep):
    with tenancy.organization_scope(lead.organization_id):
        Activity.objects.filter(lead=lead).update(user=None)
    update(lead, assigned_to=None)


@pytest.mark.parametrize("change", [inactive, in_the_trash, somebody_elses, nobodys])
def test_nobody_is_reminded_who_has_left_or_does_not_see_the_lead_any_more(plan, lead, rep, change):
    with tenancy.organization_scope(lead.organization_id):
        organization_settings.change(key="leads.rep_reach", value="own", actor=None)
    activity = plan()
    change(lead, rep)
    assert reminders.send_due(at=NOW) == 0
    assert mail.outbox == []
    assert now_of(activity).metadata["reminder"]["state"] == "skipped"
    assert not reminders.rings_now(now_of(activity), at=NOW)


def test_moments_are_those_of_the_persons_organisation(plan, other_organization, outsider):
    there = LeadFactory(organization=other_organization, assigned_to=outsider)
    plan(scheduled_at=NOW + timedelta(hours=20))
    plan(lead=there, user=outsider, scheduled_at=NOW + timedelta(hours=18))
    assert reminders.send_due(at=NOW) == 2
    ours, theirs = sorted(mail.outbox, key=lambda message: message.to[0] != "rep@acme.example")
    # 06:00 of the next day in India, and 23:30 of the same day in Berlin.
    assert "24 Nov 2026, 06:00 (Asia/Kolkata)" in ours.body
    assert ours.subject.endswith("tomorrow")
    assert "23 Nov 2026, 23:30 (Europe/Berlin)" in theirs.body
    assert theirs.subject.endswith("today 23:30")


def test_the_mail_says_what_to_do_and_where_in_both_of_its_forms(plan, lead):
    plan(subject="Ask about\nthe <offer>", description="Bring the numbers.", duration_minutes=25)
    reminders.send_due(at=NOW)
    (message,) = mail.outbox
    html = str(message.alternatives[0].content)
    assert "\n" not in message.subject
    for words in ("Bring the numbers.", "25 minutes", "q@q.example", f"/leads/{lead.pk}/"):
        assert words in message.body
        assert words in html
    assert "the <offer>" in message.body
    assert "&lt;offer&gt;" in html


@time_machine.travel(NOW)
def test_who_is_to_be_reminded_at_another_moment_is_reminded_again_with_another_mail(plan, rep):
    activity = plan(scheduled_at=NOW + timedelta(days=1))
    reminders.send_due(at=NOW)
    with tenancy.organization_scope(activity.organization_id):
        moved = Activity.objects.get(pk=activity.pk)
        activities.reschedule_activity(activity=moved, actor=rep, scheduled_at=NOW + timedelta(days=2))
    assert reminders.send_due(at=NOW + minutes(5)) == 0
    assert reminders.send_due(at=NOW + timedelta(days=1)) == 1
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first != second


def test_the_longest_due_come_first_whatever_their_organisation(plan, other_organization, outsider, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 1)
    there = LeadFactory(organization=other_organization, assigned_to=outsider)
    plan()
    plan(lead=there, user=outsider, remind_at=NOW - minutes(5))
    assert reminders.send_due(at=NOW) == 1
    assert recipients() == ["admin@globex.example"]


def test_a_reminder_that_cannot_be_written_does_not_silence_the_others(plan, other_organization, outsider, caplog):
    there = LeadFactory(organization=other_organization, assigned_to=outsider)
    type(other_organization).objects.filter(pk=other_organization.pk).update(time_zone="Nowhere/Land")
    broken = plan(lead=there, user=outsider, remind_at=NOW - minutes(5))
    plan()
    assert reminders.send_due(at=NOW) == 1
    assert recipients() == ["rep@acme.example"]
    assert f"The reminder {broken.pk} cannot be written" in caplog.text
    # What was broken is mended one day, so it is not given up.
    type(other_organization).objects.filter(pk=other_organization.pk).update(time_zone="Europe/Berlin")
    assert reminders.send_due(at=NOW + minutes(1)) == 1


# --- the mail server ----------------------------------------------------------------------------------


def test_the_mail_really_leaves(plan, mail_server):
    plan(subject="Grüße")
    assert reminders.send_due(at=NOW) == 1
    (message,) = mail_server.mails
    assert message["To"] == "rep@acme.example"
    assert message["Subject"].startswith("Grüße: Quartz")
    assert "Open the lead" in message.get_body(("html",)).get_content()


def test_while_the_mail_server_is_down_nothing_is_lost_or_given_up(plan, mail_server, settings, caplog):
    activities_ = [plan(), plan()]
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    at = NOW
    for _ in range(reminders.MOST_ATTEMPTS + 5):
        assert reminders.send_due(at=at) == 0
        at += reminders.OUTAGE_PAUSE
    assert "out of reach" in caplog.text
    # Pages rang at the right moment, and once.
    assert {now_of(one).metadata["reminder"]["rang_at"] for one in activities_} == {NOW.isoformat()}
    settings.EMAIL_PORT = port
    assert reminders.send_due(at=at) == 2
    assert len(mail_server.mails) == 2


def test_who_is_refused_for_now_is_tried_later_and_the_others_do_not_wait(plan, mail_server, manager, caplog):
    mail_server.refusals["rep@acme.example"] = "451 Come again"
    plan()
    plan(user=manager)
    assert reminders.send_due(at=NOW) == 1
    assert len(mail_server.to("manager@acme.example")) == 1
    assert reminders.send_due(at=NOW + minutes(1)) == 0
    mail_server.refusals.clear()
    assert reminders.send_due(at=NOW + minutes(2)) == 1
    assert len(mail_server.to("rep@acme.example")) == 1


def test_who_is_refused_for_good_is_not_tried_again(plan, mail_server, caplog):
    mail_server.refusals["rep@acme.example"] = "550 Nobody of that name"
    activity = plan()
    assert reminders.send_due(at=NOW) == 0
    mail_server.refusals.clear()
    assert reminders.send_due(at=NOW + timedelta(days=1)) == 0
    assert now_of(activity).metadata["reminder"]["state"] == "refused"
    assert "Nobody of that name" in caplog.text


def test_endless_refusals_end_after_about_a_day(plan, mail_server, caplog):
    mail_server.refusals["rep@acme.example"] = "451 Come again"
    activity, at = plan(), NOW
    while now_of(activity).reminded_at is None:
        assert at < NOW + timedelta(days=2)
        reminders.send_due(at=at)
        at = now_of(activity).reminder_lease_until or at
    assert at > NOW + timedelta(hours=20)
    assert now_of(activity).metadata["reminder"]["state"] == "failed"
    assert "given up" in caplog.text


def test_a_connection_that_breaks_before_a_mail_is_handed_over_costs_none(plan, mail_server, manager, caplog):
    plan(remind_at=NOW - minutes(5))
    plan(user=manager)
    mail_server.broken = "before"
    assert reminders.send_due(at=NOW) == 1
    assert [message["To"] for message in mail_server.mails] == ["manager@acme.example"]
    assert reminders.send_due(at=NOW + minutes(2)) == 1
    assert len(mail_server.to("rep@acme.example")) == 1


def test_a_mail_that_was_handed_over_without_an_answer_is_not_sent_twice(plan, mail_server, caplog):
    activity = plan()
    mail_server.broken = "after"
    assert reminders.send_due(at=NOW) == 0
    assert reminders.send_due(at=NOW + timedelta(days=1)) == 0
    assert len(mail_server.mails) == 1
    assert now_of(activity).metadata["reminder"]["state"] == "unknown"


@time_machine.travel(NOW)
@pytest.mark.django_db(transaction=True)
def test_a_reminder_set_anew_while_its_mail_leaves_rings_at_its_new_moment(plan, mail_server, rep):
    activity = plan(scheduled_at=NOW + timedelta(days=1))

    def set_anew() -> None:
        mail_server.after_taking = lambda: None
        with tenancy.organization_scope(activity.organization_id):
            current = Activity.objects.get(pk=activity.pk)
            activities.reschedule_activity(activity=current, actor=rep, scheduled_at=NOW + timedelta(days=2))

    mail_server.after_taking = lambda: at_once(set_anew)
    assert reminders.send_due(at=NOW) == 1
    current = now_of(activity)
    assert (current.reminded_at, current.reminder_lease_until) == (None, None)
    assert reminders.send_due(at=NOW + timedelta(days=1)) == 1
    assert len(mail_server.mails) == 2
