"""What becomes of mails on a real mail server, by everything that it may answer. Killed workers are in tests/live."""

import socket
import uuid
from datetime import timedelta
from email.header import decode_header, make_header

import icalendar
import pytest
from django.utils import timezone

from leadcrm.audit import settings as options
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.privacy import services as privacy
from leads.models import Lead
from messaging import attachments
from messaging.attachments import MAKERS, Attachment
from messaging.models import QueuedEmail, QueuedEmailAttempt
from messaging.services import queued_emails, sending
from tests.factories.leads import LeadFactory
from tests.factories.messaging import QueuedEmailFactory
from tests.messaging.mails import DATA, ENDS_AT, STARTS_AT

pytestmark = pytest.mark.django_db(transaction=True)

TO = "greta@customer.example"


@pytest.fixture
def queue(organization):
    """Return a function that queues and commits a mail, as a request does."""

    def make(template="welcome", **more):
        with tenancy.organization_scope(organization.pk):
            data = more.pop("data", DATA[template])
            return queued_emails.queue_email(template=template, to=[TO], data=data, **more)

    return make


def agree():
    privacy.give_consent(email=TO, purpose="marketing", text_version="1", text="Yes, write to me.", proof={})


def now_of(mail):
    with tenancy.organization_scope(mail.organization_id):
        return QueuedEmail.objects.get(pk=mail.pk)


def attempts_of(mail):
    with tenancy.organization_scope(mail.organization_id):
        return list(QueuedEmailAttempt.objects.filter(mail=mail).order_by("number"))


def make_due(mail):
    with tenancy.organization_scope(mail.organization_id):
        QueuedEmail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())


def test_each_of_the_mails_arrives_with_text_and_html(queue, organization, mail_server):
    with tenancy.organization_scope(organization.pk):
        agree()
        options.change(key="messaging.postal_address", value="5 Mill Lane", actor=None)
    queued = {template: queue(template) for template in DATA}
    assert sending.send_due().sent == len(DATA)
    arrived = {str(mail["Message-ID"]): mail for mail in mail_server.to(TO)}
    assert len(mail_server.mails) == len(DATA)
    for template, mail in queued.items():
        message = arrived[mail.message_id]
        assert str(message["From"]) == "Acme Design <no-reply@leadcrm.example>"
        assert message["Subject"].split() == mail.subject.split() and message["To"] == TO
        assert message.get_body(("plain",)).get_content().split() == mail.body_text.split(), template
        assert message.get_body(("html",)).get_content().split() == mail.body_html.split(), template
        assert message["Date"] and not message.defects
        assert now_of(mail).state == "sent"
    marketing = arrived[queued["follow_up"].message_id]
    assert marketing["List-Unsubscribe"] == "<https://crm.example/u/abc123/>"
    assert marketing["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert arrived[queued["welcome"].message_id]["Auto-Submitted"] == "auto-generated"


def test_a_calendar_entry_is_made_when_the_mail_leaves_and_calendars_can_read_it(queue, mail_server):
    arguments = {
        "uid": "meeting.1@leadcrm.example", "sequence": 2, "stamp": "2026-11-24T04:30:00+00:00",
        "starts_at": STARTS_AT.isoformat(), "ends_at": ENDS_AT.isoformat(),
        "summary": "Demo; with, signs\nBEGIN:VALARM", "place": "Room 5",
        "organizer": {"name": 'Ravi "R" Nair', "email": "ravi@acme.example"},
    }  # fmt: skip
    entry = Attachment("meeting.ics", "text/calendar", "messaging.calendar_entry", arguments)
    queue("meeting_reminder", attachments=[entry])
    assert sending.send_due().sent == 1
    [message] = mail_server.mails
    [part] = message.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("meeting.ics", "text/calendar")
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    [event] = calendar.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (STARTS_AT, ENDS_AT)
    assert (event["UID"], event["SEQUENCE"]) == ("meeting.1@leadcrm.example", 2)
    assert event["SUMMARY"].startswith("Demo; with, signs") and not calendar.walk("VALARM")
    assert event["ORGANIZER"] == "mailto:ravi@acme.example"


@pytest.mark.parametrize("name", ["Müller, Söhne & Co", 'A "quoted" <name>', "अनिता डिज़ाइन", "x" * 255])
def test_the_name_of_the_sender_survives_every_sign(organization, queue, mail_server, name):
    organization.name = name
    organization.save()
    queue()
    assert sending.send_due().sent == 1
    [message] = mail_server.mails
    [address] = message["From"].addresses
    assert address.addr_spec == "no-reply@leadcrm.example"
    assert str(make_header(decode_header(address.display_name))) == (name if len(name) < 100 else "x" * 99 + "…")


def test_a_header_that_somebody_smuggled_into_the_row_never_leaves(organization, mail_server):
    mail = QueuedEmailFactory(organization=organization, subject="Hello\r\nBcc: everybody@x.example")
    other = QueuedEmailFactory(organization=organization)
    assert sending.send_due().sent == 1
    assert [str(message["To"]) for message in mail_server.mails] == [other.recipient]
    assert now_of(mail).last_error and attempts_of(mail) == []


def test_a_sent_mail_is_on_the_timeline_of_its_lead(organization, rep, queue, mail_server):
    lead = LeadFactory(organization=organization, assigned_to=rep)
    mail = queue(lead=lead)
    sending.send_due()
    with tenancy.organization_scope(organization.pk):
        event = lead.journey.get(event_type="email_sent")
        assert (event.event_name, event.description) == ("E-mail sent", mail.subject)
        assert Lead.objects.get(pk=lead.pk).emails_sent == 1
        assert ActivityLog.objects.get(action="email.sent").entity_id == mail.pk
    assert mail_server.mails[0]["Reply-To"] == rep.email


def test_a_refusal_for_now_is_tried_again_later_and_later(queue, mail_server):
    mail = queue()
    mail_server.refusals[TO] = "450 4.2.1 Mailbox busy, try later"
    pauses = []
    for number in range(1, 5):
        assert sending.send_due().sent == 0
        current = now_of(mail)
        assert (current.state, current.failure_count, current.attempt_count) == ("queued", number, number)
        assert current.last_error == "450 4.2.1 Mailbox busy, try later"
        pauses.append(current.next_attempt_at - timezone.now())
        sending.send_due()
        assert now_of(mail).attempt_count == number  # nobody knocks before the pause is over
        make_due(mail)
    for pause, minutes in zip(pauses, (1, 2, 4, 8), strict=True):
        assert timedelta(minutes=minutes * 0.7) < pause < timedelta(minutes=minutes * 1.3)
    mail_server.refusals.clear()
    assert sending.send_due().sent == 1
    assert [attempt.outcome for attempt in attempts_of(mail)] == ["rejected_temp"] * 4 + ["accepted"]
    assert len(mail_server.to(TO)) == 1


def test_pauses_differ_so_that_mails_that_failed_together_do_not_come_back_together(organization, mail_server):
    mails = [QueuedEmailFactory(organization=organization) for _ in range(8)]
    mail_server.refusals = {mail.recipient: "451 Busy" for mail in mails}
    sending.send_due()
    moments = sorted(now_of(mail).next_attempt_at for mail in mails)
    assert moments[-1] - moments[0] > timedelta(seconds=3)


def test_a_refusal_that_never_ends_is_given_up(queue, mail_server, monkeypatch):
    monkeypatch.setattr(sending, "MOST_FAILURES", 2)
    mail = queue()
    mail_server.refusals[TO] = "450 Busy"
    for _ in range(2):
        sending.send_due()
        make_due(mail)
    assert now_of(mail).state == "failed_perm"
    assert now_of(mail).last_error == "Given up after 2 attempts: 450 Busy"


@pytest.mark.parametrize("where", ["recipient", "message"])
def test_a_refusal_for_good_fails_and_says_why(queue, mail_server, where):
    mail = queue()
    if where == "recipient":
        mail_server.refusals[TO] = "550 5.1.1 No such person"
    else:
        mail_server.answer = "554 5.1.1 No such person"
    sending.send_due()
    current = now_of(mail)
    assert (current.state, current.status) == ("failed_perm", "failed")
    assert current.last_error.endswith("5.1.1 No such person")
    assert sending.send_due().sent == 0
    assert [attempt.outcome for attempt in attempts_of(mail)] == ["rejected_perm"]


def test_a_refusal_of_the_message_for_now_is_tried_again(queue, mail_server):
    mail = queue()
    mail_server.answer = "451 4.3.0 Try later"
    sending.send_due()
    assert (now_of(mail).state, attempts_of(mail)[0].outcome) == ("queued", "rejected_temp")


def test_a_connection_that_breaks_before_the_message_certainly_sent_nothing(queue, mail_server):
    mail = queue()
    mail_server.broken = "before"
    assert sending.send_due().sent == 0
    assert now_of(mail).state == "queued"
    make_due(mail)
    assert sending.send_due().sent == 1
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("how", ["break", "421"])
def test_a_connection_that_ends_after_the_message_leaves_a_doubt_that_only_a_person_ends(
    queue, admin, organization, mail_server, how
):
    mail = queue()
    if how == "break":
        mail_server.broken = "after"
    else:
        mail_server.answer = "421 Closing"
    sending.send_due()
    mail_server.answer = "250 Taken"
    assert (now_of(mail).state, now_of(mail).status) == ("unknown", "failed")
    make_due(mail)
    sending.send_due()
    assert len(mail_server.mails) == 1
    with tenancy.organization_scope(organization.pk):
        queued_emails.resolve_email(mail=mail, resolution="send_again", actor=admin)
    assert sending.send_due().sent == 1
    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [attempt.outcome for attempt in attempts_of(mail)] == ["unknown", "accepted"]


def test_a_server_that_is_away_costs_no_attempt_and_delays_nobody_for_long(organization, mail_server, settings):
    mails = [QueuedEmailFactory(organization=organization) for _ in range(3)]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        assert sending.send_due() == sending.Run(0)
    states = [now_of(mail) for mail in mails]
    assert {state.state for state in states} == {"queued"} and {state.failure_count for state in states} == {0}
    assert sum(state.attempt_count for state in states) == 1  # one has knocked for all
    assert any("out of reach" in state.last_error for state in states)
    assert all(state.next_attempt_at < timezone.now() + timedelta(minutes=2) for state in states)
    for mail in mails:
        make_due(mail)
    settings.EMAIL_PORT = mail_server.port
    assert sending.send_due().sent == 3


def test_what_is_not_due_waits_and_what_is_over_never_leaves(queue, mail_server):
    later = queue(due_at=timezone.now() + timedelta(hours=1))
    over = queue(not_after=timezone.now() - timedelta(seconds=1))
    assert sending.send_due().sent == 0
    assert (now_of(later).state, now_of(over).state) == ("queued", "expired")
    assert mail_server.mails == []


def test_who_says_no_after_the_mail_was_queued_gets_none(organization, queue, mail_server):
    lead = LeadFactory(organization=organization)
    mail = queue(lead=lead)
    with tenancy.organization_scope(organization.pk):
        Lead.objects.filter(pk=lead.pk).update(do_not_contact=True)
    assert sending.send_due().sent == 0
    assert (now_of(mail).state, mail_server.mails) == ("suppressed", [])
    assert "do not contact" in now_of(mail).last_error


def test_consent_that_was_taken_back_stops_a_follow_up_in_the_queue(organization, queue, mail_server):
    with tenancy.organization_scope(organization.pk):
        agree()
        options.change(key="messaging.postal_address", value="5 Mill Lane", actor=None)
    mail = queue("follow_up")
    with tenancy.organization_scope(organization.pk):
        privacy.withdraw_consent(email=TO, purpose="marketing")
    sending.send_due()
    assert (now_of(mail).state, mail_server.mails) == ("suppressed", [])


def test_a_closed_organization_sends_nothing(organization, queue, mail_server):
    mail = queue()
    organization.is_active = False
    organization.save()
    assert sending.send_due().sent == 0
    assert now_of(mail).state == "queued"


def test_a_mail_whose_attachment_fails_waits_and_keeps_nobody_else_waiting(
    organization, queue, mail_server, monkeypatch
):
    def broken(arguments):
        raise OSError("no space left")

    monkeypatch.setitem(MAKERS._items, "test.broken", broken)
    poor = queue(attachments=[Attachment("a.pdf", "application/pdf", "test.broken")])
    QueuedEmailFactory(organization=organization)
    assert sending.send_due().sent == 1
    current = now_of(poor)
    assert (current.state, current.failure_count, current.fence) == ("queued", 1, None)
    assert current.last_error == "The mail or its attachment could not be made."


def test_makers_work_in_the_scope_of_the_organization(organization, queue, mail_server, monkeypatch):
    seen = []

    def make(arguments):
        seen.append(tenancy.current_organization_id())
        return b"%PDF"

    monkeypatch.setitem(MAKERS._items, "test.scope", make)
    queue(attachments=[Attachment("a.pdf", "application/pdf", "test.scope")])
    sending.send_due()
    [part] = mail_server.mails[0].iter_attachments()
    assert (seen, part.get_content(), part.get_content_type()) == ([organization.pk], b"%PDF", "application/pdf")
    assert attachments.MAKERS.get("messaging.calendar_entry")


# --- workers that stop ------------------------------------------------------------------------------


def leave_behind(mail, state):
    with tenancy.organization_scope(mail.organization_id):
        QueuedEmail.objects.filter(pk=mail.pk).update(
            state=state, fence=uuid.uuid4(), lease_until=timezone.now() - timedelta(seconds=1)
        )


def test_a_mail_that_a_worker_only_prepared_is_sent_by_the_next(queue, mail_server):
    mail = queue()
    leave_behind(mail, "claimed")
    assert sending.send_due().sent == 1
    assert now_of(mail).crash_count == 1


def test_a_mail_that_kills_three_workers_is_set_aside(queue, mail_server):
    mail = queue()
    for _ in range(3):
        leave_behind(mail, "claimed")
        sending.recover()
    assert (now_of(mail).state, mail_server.mails) == ("failed_perm", [])
    assert "three times" in now_of(mail).last_error


def test_what_was_claimed_when_a_worker_died_is_claimed_alone_so_that_only_the_culprit_is_blamed(organization):
    mails = [QueuedEmailFactory(organization=organization, crash_count=number % 2) for number in range(6)]
    claimed = [sending._claim(organization.pk) for _ in range(5)]
    sizes = [len(claims) for claims in claimed]
    assert sorted(sizes) == [0, 1, 1, 1, 3]
    assert {claim.pk for claims in claimed for claim in claims} == {mail.pk for mail in mails}


def test_a_mail_that_was_on_its_way_is_in_doubt_and_never_sent_by_itself(queue, mail_server):
    mail = queue()
    leave_behind(mail, "sending")
    assert sending.send_due().sent == 0
    assert (now_of(mail).state, mail_server.mails) == ("unknown", [])
    assert sending.send_due().sent == 0


def test_a_lease_that_is_not_over_is_left_alone(queue, mail_server):
    mail = queue()
    leave_behind(mail, "sending")
    with tenancy.organization_scope(mail.organization_id):
        QueuedEmail.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert (sending.recover(), now_of(mail).state) == (0, "sending")


def test_a_slow_worker_ends_the_doubt_about_its_own_mail(queue, mail_server):
    mail = queue()

    def swept():
        with tenancy.organization_scope(mail.organization_id):
            QueuedEmail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sending.recover()
        assert now_of(mail).state == "unknown"

    mail_server.after_taking = in_thread(swept)
    assert sending.send_due().sent == 1
    assert now_of(mail).state == "sent"


def test_a_slow_worker_changes_nothing_that_somebody_has_decided(queue, mail_server, admin):
    mail = queue()

    def decided():
        with tenancy.organization_scope(mail.organization_id):
            QueuedEmail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sending.recover()
        with tenancy.organization_scope(mail.organization_id):
            queued_emails.resolve_email(mail=mail, resolution="give_up", actor=admin)

    mail_server.after_taking = in_thread(decided)
    sending.send_due()
    assert now_of(mail).state == "failed_perm"
    with tenancy.organization_scope(mail.organization_id):
        assert not ActivityLog.objects.filter(action="email.sent").exists()


def test_a_doubt_ends_after_three_days(queue):
    mail = queue()
    leave_behind(mail, "sending")
    sending.recover()
    assert sending.close_doubts() == 0
    with tenancy.organization_scope(mail.organization_id):
        QueuedEmail.objects.update(in_doubt_since=timezone.now() - timedelta(hours=73))
    assert (sending.close_doubts(), now_of(mail).state) == (1, "unknown_closed")


def in_thread(act):
    """Return ``act`` for a thread that has a database connection of its own."""
    from django.db import connections

    def run():
        try:
            act()
        finally:
            connections.close_all()

    return run
