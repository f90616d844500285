"""What may be queued, how often, and what it says."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadcrm.audit import settings as options
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.privacy import services as privacy
from messaging import gates, texts
from messaging.attachments import Attachment
from messaging.choices import MailState, MailStatus, Resolution
from messaging.models import QueuedEmail
from messaging.services import queued_emails
from messaging.services.queued_emails import MailMovedOn, MailRefused
from tests.at_once import at_once
from tests.factories.leads import LeadFactory
from tests.factories.messaging import QueuedEmailFactory
from tests.messaging.mails import DATA

TO = ["greta@customer.example"]


@pytest.fixture
def consent(scope):
    """Let the person agree to marketing mail."""
    return privacy.give_consent(
        email=TO[0], purpose="marketing", text_version="1", text="Yes, write to me.", proof={"form": "test"}
    )


@pytest.fixture
def postal_address(scope):
    options.change(key="messaging.postal_address", value="5 Mill Lane, Pune 411001", actor=None)


def queue(template="welcome", to=TO, **more):
    return queued_emails.queue_email(template=template, to=to, data=more.pop("data", DATA[template]), **more)


# --- once ----------------------------------------------------------------------------------------


def test_a_key_is_queued_once_and_the_second_caller_gets_the_first_mail(scope):
    first = queue(dedupe_key="welcome:1")
    assert queue(dedupe_key="welcome:1", to=["other@customer.example"]) == first
    assert QueuedEmail.objects.count() == 1


def test_a_key_belongs_to_its_organization(organization, other_organization):
    for one in (organization, other_organization):
        with tenancy.organization_scope(one.pk):
            queue(dedupe_key="welcome:1")
    with tenancy.staff_scope():
        assert QueuedEmail.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_queue_one_key_at_the_same_moment_one_does(organization):
    both = threading.Barrier(2, timeout=30)

    def act():
        with tenancy.organization_scope(organization.pk):
            both.wait()
            return queue(dedupe_key="welcome:1").pk

    one, other = at_once(act, act)
    assert one == other
    with tenancy.organization_scope(organization.pk):
        assert QueuedEmail.objects.count() == 1


def test_several_people_get_a_mail_each_under_one_key(scope):
    first = queue(to=["a@x.example", "B@x.example", "b@X.example"], dedupe_key="k")
    assert [mail.recipient for mail in QueuedEmail.objects.order_by("copy_number")] == ["a@x.example", "b@X.example"]
    assert first.copy_number == 0
    assert queue(to=["c@x.example"], dedupe_key="k") == first


def test_what_is_rolled_back_queues_nothing(scope):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue()
        raise ZeroDivisionError
    assert not QueuedEmail.objects.exists()


def test_a_thousand_mails_of_one_transaction_ring_once(organization, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rings, tenancy.organization_scope(organization.pk):
        for number in range(20):
            queue(to=[f"person{number}@x.example"])
    assert len(rings) == 1


def test_queueing_is_in_the_audit_log(scope, admin):
    mail = queue(actor=admin)
    [entry] = ActivityLog.objects.filter(action="email.queued")
    assert (entry.entity_id, entry.actor, entry.metadata["to"]) == (mail.pk, admin, TO[0])


# --- what it says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("template", [name for name in DATA if name != "follow_up"])
def test_every_mail_is_in_the_name_of_the_organization_and_frozen(scope, organization, template):
    mail = queue(template)
    organization.name = "Renamed"
    organization.save()
    mail.refresh_from_db()
    assert mail.sender_name == "Acme Design"
    for part in (mail.body_text, mail.body_html):
        assert "Acme Design" in part and "Greta Weber" in part
        assert "{{" not in part and "{%" not in part
    assert "\n" not in mail.subject and mail.subject
    assert mail.message_id == f"<{mail.pk.hex}@localhost>"


def test_numbers_of_a_report_are_written_for_people(scope):
    mail = queue("roi_report")
    for words in ("₹12,34,567", "187.4 %", "after 8 months"):
        assert words in mail.body_text and words in mail.body_html


def test_what_does_not_pay_back_is_said_in_words(scope):
    mail = queue("roi_report", data={**DATA["roi_report"], "payback": None})
    assert "it does not pay back" in mail.body_text and "None" not in mail.body_text + mail.body_html


def test_times_are_those_of_the_organization(scope):
    mail = queue("meeting_reminder")
    assert "Wednesday, 25 Nov 2026, 10:00–10:45 (Asia/Kolkata)" in mail.body_text


def test_answers_reach_the_owner_of_the_lead_else_the_address_of_the_organization(scope, organization, rep):
    options.change(key="messaging.reply_to", value="hello@acme.example", actor=None)
    assert queue(lead=LeadFactory(organization=organization, assigned_to=rep)).reply_to == "rep@acme.example"
    assert queue(lead=LeadFactory(organization=organization)).reply_to == "hello@acme.example"
    rep.is_active = False
    rep.save()
    assert queue(lead=LeadFactory(organization=organization, assigned_to=rep)).reply_to == "hello@acme.example"


HOSTILE = [
    "Greta\r\nBcc: everybody@x.example",
    "<script>alert(1)</script>",
    "Win a prize at evil.example now",
    "https://evil.example",
    "admin@evil.example",
    "{{ settings.SECRET_KEY }}",
    "\u202eatterG\u200b",
    "x" * 5000,
    "'\"><img src=x>",
    "call +44 20 7946 0958",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_no_header_no_markup_and_no_link(scope, name):
    mail = queue(data={"name": name})
    assert "\n" not in mail.subject + mail.message_id
    assert "<script" not in mail.body_html and "<img" not in mail.body_html
    for part in (mail.body_text, mail.body_html):
        assert "evil.example" not in part and "Bcc" not in part and "SECRET" not in part
        assert "\u202e" not in part and "7946" not in part and "xxxx" not in part


@pytest.mark.parametrize("name", ["Dr. Meera Iyer", "J. R. O’Neill-Śmith", "अनिता राव", "李小龙", "Jean-Luc d’Arc"])
def test_the_names_of_people_are_kept(name):
    assert texts.greeting_name(name) == name


def test_markup_in_texts_is_text(scope):
    hostile = "</p><script>x()</script><a href='https://evil.example'>y</a>"
    data = {**DATA["assessment_results"], "strengths": [hostile], "tier": hostile}
    mail = queue("assessment_results", data=data)
    assert "<script" not in mail.body_html and "<a href='https://evil" not in mail.body_html
    assert "&lt;script&gt;" in mail.body_html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/relative/", "https://x.example/\r\nX: y", "ftp://x.example"])
def test_a_link_that_is_no_web_address_is_a_mistake(scope, url):
    with pytest.raises(ValueError, match="link"):
        queue("assessment_results", data={**DATA["assessment_results"], "result_url": url})


@pytest.mark.parametrize("data", [{}, {"name": "A", "nmae": "B"}])
def test_data_that_the_template_does_not_know_or_misses_is_a_mistake(scope, data):
    with pytest.raises(ValueError, match="keys"):
        queue("assessment_results", data=data)


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "a@x.example\nBcc: c@x.example", "a@x.example, b@x.example"])
def test_what_is_no_address_is_refused(scope, address):
    with pytest.raises(DomainError):
        queue(to=[address])


def test_an_attachment_that_nobody_makes_is_a_mistake_at_once(scope):
    with pytest.raises(ValueError, match="Nobody makes"):
        queue(attachments=[Attachment("a.pdf", "application/pdf", "no.such.maker")])


# --- who may be written to ------------------------------------------------------------------------


def test_a_follow_up_needs_consent(scope, postal_address):
    with pytest.raises(MailRefused, match="consent"):
        queue("follow_up")


def test_a_consent_that_was_taken_back_or_is_somebody_elses_is_none(consent, postal_address):
    with pytest.raises(MailRefused, match="consent"):
        queue("follow_up", to=["other@customer.example"])
    privacy.withdraw_consent(email=TO[0], purpose="marketing")
    with pytest.raises(MailRefused, match="consent"):
        queue("follow_up")


def test_where_nobody_can_know_of_a_consent_there_is_none(consent, postal_address, monkeypatch):
    monkeypatch.setattr(gates.MARKETING_GATES, "_items", {})
    with pytest.raises(MailRefused, match="consent"):
        queue("follow_up")


def test_a_follow_up_with_consent_can_be_unsubscribed_from_by_one_click(scope, consent, postal_address):
    mail = queue("follow_up")
    assert mail.headers == {
        "List-Unsubscribe": "<https://crm.example/u/abc123/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for part in (mail.body_text, mail.body_html):
        assert "https://crm.example/u/abc123/" in part and "5 Mill Lane" in part


def test_a_follow_up_names_its_sender_and_a_way_out_or_does_not_leave(scope, consent):
    with pytest.raises(MailRefused, match="postal"):
        queue("follow_up")
    options.change(key="messaging.postal_address", value="5 Mill Lane", actor=None)
    data = {"name": "", "body": "News."}
    with pytest.raises(MailRefused, match="unsubscribe"):
        queue("follow_up", data=data)
    options.change(key="messaging.reply_to", value="hello@acme.example", actor=None)
    mail = queue("follow_up", data=data)
    assert mail.headers["List-Unsubscribe"] == "<mailto:hello@acme.example?subject=unsubscribe>"


@pytest.mark.parametrize("template", ["welcome", "meeting_reminder", "follow_up"])
def test_do_not_contact_stops_what_was_not_asked_for(scope, organization, consent, postal_address, template):
    lead = LeadFactory(organization=organization, do_not_contact=True)
    with pytest.raises(MailRefused, match="do not contact"):
        queue(template, lead=lead)


@pytest.mark.parametrize("template", ["assessment_results", "roi_report"])
def test_the_answer_to_a_question_reaches_even_those_who_want_no_contact(scope, organization, template):
    lead = LeadFactory(organization=organization, do_not_contact=True)
    assert queue(template, lead=lead).state == MailState.QUEUED


# --- decisions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed_perm", "cancelled", "suppressed"])
def test_what_did_not_leave_can_be_sent_again(scope, organization, admin, state):
    mail = QueuedEmailFactory(organization=organization, state=state, failure_count=9, last_error="no")
    again = queued_emails.retry_email(mail=mail, actor=admin)
    assert (again.state, again.failure_count, again.status) == ("queued", 0, MailStatus.PENDING)
    assert again.next_attempt_at <= timezone.now()
    assert ActivityLog.objects.filter(action="email.retried", entity_id=mail.pk, actor=admin).exists()


@pytest.mark.parametrize("state", ["queued", "claimed", "sending", "sent", "unknown", "unknown_closed", "expired"])
def test_nothing_else_can_be_sent_again_by_retrying(scope, organization, admin, state):
    leased = {"fence": organization.pk, "lease_until": timezone.now()} if state == "sending" else {}
    with pytest.raises(MailMovedOn):
        queued_emails.retry_email(
            mail=QueuedEmailFactory(organization=organization, state=state, **leased), actor=admin
        )


def test_a_reminder_of_what_is_over_is_not_sent_again(scope, organization, admin):
    mail = QueuedEmailFactory(organization=organization, state="failed_perm", not_after=timezone.now())
    with pytest.raises(MailRefused, match="passed"):
        queued_emails.retry_email(mail=mail, actor=admin)


def test_a_mail_on_its_way_cannot_be_cancelled(scope, organization, admin):
    waiting = QueuedEmailFactory(organization=organization)
    assert queued_emails.cancel_email(mail=waiting, actor=admin).state == "cancelled"
    leaving = QueuedEmailFactory(
        organization=organization, state="sending", fence=organization.pk, lease_until=timezone.now()
    )
    with pytest.raises(MailMovedOn, match="being sent"):
        queued_emails.cancel_email(mail=leaving, actor=admin)


@pytest.mark.parametrize(
    ("resolution", "state"),
    [(Resolution.ARRIVED, "sent"), (Resolution.SEND_AGAIN, "queued"), (Resolution.GIVE_UP, "failed_perm")],
)
def test_a_person_decides_about_a_mail_in_doubt(scope, organization, admin, resolution, state):
    lead = LeadFactory(organization=organization)
    mail = QueuedEmailFactory(
        organization=organization, lead=lead, state="unknown", in_doubt_since=timezone.now() - timedelta(days=1)
    )
    assert queued_emails.resolve_email(mail=mail, resolution=resolution, actor=admin).state == state
    mail.refresh_from_db()
    assert (mail.state, mail.fence) == (state, None)
    assert lead.journey.filter(event_type="email_sent").count() == (state == "sent")
    assert ActivityLog.objects.get(action="email.resolved").metadata == {"resolution": str(resolution)}


def test_nothing_is_decided_about_a_mail_that_is_not_in_doubt(scope, organization, admin):
    with pytest.raises(MailMovedOn):
        queued_emails.resolve_email(
            mail=QueuedEmailFactory(organization=organization), resolution=Resolution.ARRIVED, actor=admin
        )


def test_everything_that_is_kept_of_a_mail_is_json(scope):
    mail = queue("meeting_reminder")
    mail.refresh_from_db()
    assert json.loads(json.dumps(mail.data))["starts_at"].startswith("2026-11-25T04:30")
