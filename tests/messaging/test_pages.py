"""The page of mails, and the admin of staff: what they show, and what can be done there."""

import base64
import hashlib
import html
import re

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from leadcrm.audit import settings as options
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from messaging.models import QueuedEmail, QueuedEmailAttempt
from messaging.services import queued_emails
from tests.factories.accounts import UserFactory
from tests.factories.leads import LeadFactory
from tests.factories.messaging import QueuedEmailFactory

HOSTILE = '</iframe><script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
def desk(client_of, admin):
    return client_of(admin)


def state_of(mail):
    with tenancy.organization_scope(mail.organization_id):
        return QueuedEmail.objects.get(pk=mail.pk).state


def url(name, *args):
    return reverse(f"messaging:queued_email_{name}", args=args)


def rows(response):
    return [mail.recipient for mail in response.context["page"].rows]


def test_the_list_shows_state_and_error_newest_first(desk, organization):
    QueuedEmailFactory(organization=organization, recipient="first@x.example", state="sent")
    QueuedEmailFactory(
        organization=organization, recipient="second@x.example", state="failed_perm", last_error="550 No such person"
    )
    response = desk.get(url("list"))
    assert rows(response) == ["second@x.example", "first@x.example"]
    assert "550 No such person" in response.content.decode()


def test_the_list_is_filtered_by_state_kind_and_address(desk, organization):
    QueuedEmailFactory(organization=organization, recipient="sent@x.example", state="sent")
    QueuedEmailFactory(organization=organization, recipient="waits@x.example")
    QueuedEmailFactory(organization=organization, recipient="failed@x.example", state="expired", template="roi_report")
    QueuedEmailFactory(organization=organization, recipient="Doubt@x.example", state="unknown")
    expected = {
        "?status=sent": ["sent@x.example"],
        "?status=pending": ["waits@x.example"],
        "?status=in_doubt": ["Doubt@x.example"],
        "?template=roi_report": ["failed@x.example"],
        "?q=WAITS@x.example": ["waits@x.example"],
        "?q=doub": ["Doubt@x.example"],
        "?q=nobody": [],
        "?status=nonsense&q=sent@x.example": ["sent@x.example"],
    }
    assert {query: rows(desk.get(url("list") + query)) for query in expected} == expected
    assert set(rows(desk.get(url("list") + "?status=failed"))) == {"failed@x.example", "Doubt@x.example"}


def test_mails_in_doubt_are_pointed_out_until_somebody_decides(desk, organization):
    mail = QueuedEmailFactory(organization=organization, state="unknown")
    assert "One mail is in doubt" in re.sub(r"\s+", " ", desk.get(url("list")).content.decode())
    desk.post(url("resolution", mail.pk), {"resolution": "arrived"})
    assert "in doubt" not in desk.get(url("list")).content.decode().replace("In doubt: to be decided", "")


def test_the_pages_stay_within_the_query_ceiling(desk, organization, django_assert_max_num_queries):
    lead = LeadFactory(organization=organization)
    mails = [QueuedEmailFactory(organization=organization, lead=lead, state="unknown") for _ in range(30)]
    for number in range(1, 6):
        with tenancy.organization_scope(organization.pk):
            QueuedEmailAttempt.objects.create(mail=mails[0], number=number, worker="w")
    for address in (url("list"), url("detail", mails[0].pk)):
        desk.get(address)
        with django_assert_max_num_queries(12 + 2):  # BEGIN and COMMIT count here
            desk.get(address)


def test_a_page_of_many_mails_leads_to_the_next(desk, organization):
    for _ in range(51):
        QueuedEmailFactory(organization=organization)
    first = desk.get(url("list"))
    second = desk.get(url("list") + first.context["page"].next_query)
    assert (len(rows(first)), len(rows(second))) == (50, 1)


def test_a_mail_is_shown_in_a_frame_that_may_do_nothing(desk, organization):
    body = f"<html><head><style>p {{ color: red; }}</style></head><body>{HOSTILE}</body></html>"
    mail = QueuedEmailFactory(organization=organization, body_html=body, subject=HOSTILE[:200], body_text=HOSTILE)
    response = desk.get(url("detail", mail.pk))
    page = response.content.decode()
    [frame] = re.findall(r"<iframe ([^>]*)>", page)
    assert re.search(r"\bsandbox(?!=)", frame)
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == body
    assert "<img src=x" not in page and "alert(1)</script>" not in page
    digest = base64.b64encode(hashlib.sha256(b"p { color: red; }").digest()).decode()
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";") if part)
    assert policy["style-src"] == f"'self' 'sha256-{digest}'"
    assert policy["script-src"] == "'self'"


@pytest.mark.parametrize(
    ("state", "action", "data", "after"),
    [
        ("failed_perm", "retry", {}, "queued"),
        ("queued", "cancellation", {}, "cancelled"),
        ("unknown", "resolution", {"resolution": "send_again"}, "queued"),
    ],
)
def test_an_administrator_decides_about_a_mail(desk, admin, organization, state, action, data, after):
    mail = QueuedEmailFactory(organization=organization, state=state)
    assert desk.post(url(action, mail.pk), data).status_code == 303
    assert state_of(mail) == after
    with tenancy.organization_scope(organization.pk):
        assert ActivityLog.objects.filter(entity_id=mail.pk, actor=admin, action__startswith="email.").exists()


def test_what_cannot_be_done_any_more_is_said_and_changes_nothing(desk, organization):
    mail = QueuedEmailFactory(organization=organization, state="sent")
    assert desk.post(url("retry", mail.pk)).status_code == 303
    assert "cannot be sent again: it is sent" in desk.get(url("detail", mail.pk)).content.decode()
    assert state_of(mail) == "sent"


def test_an_option_that_is_no_address_is_refused(desk, organization):
    with tenancy.organization_scope(organization.pk):
        data = {key.replace(".", "__"): options.get(key) for key, _ in options.SETTINGS}
    response = desk.post(reverse("accounts:options"), {**data, "messaging__reply_to": "nobody"})
    assert response.status_code == 422 and "not an e-mail address" in response.content.decode()
    assert desk.post(reverse("accounts:options"), {**data, "messaging__reply_to": "a@x.example"}).status_code == 303
    with tenancy.organization_scope(organization.pk):
        assert options.get("messaging.reply_to") == "a@x.example"


# --- staff ------------------------------------------------------------------------------------------


@pytest.fixture
def staff_desk(client_of, staff):
    return client_of(staff)


def admin_url(page="changelist", *args):
    return reverse(f"admin:messaging_queuedemail_{page}", args=args)


def test_every_model_of_messaging_is_in_the_admin():
    from django.apps import apps

    assert {model for model in apps.get_models() if model._meta.app_label == "messaging"} <= set(
        django_admin.site._registry
    )


def test_staff_see_a_mail_with_its_preview_and_attempts_and_the_organization_is_told(staff_desk, organization):
    with tenancy.organization_scope(organization.pk):
        mail = queued_emails.queue_email(template="welcome", to=["greta@x.example"], data={"name": "Greta Weber"})
        QueuedEmailAttempt.objects.create(mail=mail, number=1, worker="w", outcome="rejected_temp", response="450 Busy")
    response = staff_desk.get(admin_url("change", mail.pk))
    page = response.content.decode()
    assert "Hello Greta Weber" in page and "450 Busy" in page
    assert re.search(r'<iframe class="mail-preview" sandbox [^>]*srcdoc="', page)
    assert "'sha256-" in response.headers["Content-Security-Policy"]
    with tenancy.organization_scope(organization.pk):
        assert ActivityLog.objects.filter(action="staff.access", entity_id=mail.pk).exists()


def test_staff_find_mails_by_address_message_id_and_lead(staff_desk, organization, other_organization):
    lead = LeadFactory(organization=organization)
    mail = QueuedEmailFactory(organization=organization, lead=lead, recipient="Greta@x.example")
    QueuedEmailFactory(organization=other_organization)
    for query in ("greta@X.example", mail.message_id, str(lead.pk), str(mail.pk)):
        found = staff_desk.get(admin_url(), {"q": query}).context["cl"].result_list
        assert [row.pk for row in found] == [mail.pk], query
    assert [row.pk for row in staff_desk.get(admin_url(), {"status": "sent"}).context["cl"].result_list] == []


@pytest.mark.parametrize(
    ("state", "action", "after"),
    [
        ("failed_perm", "send_again", "queued"),
        ("queued", "cancel", "cancelled"),
        ("unknown", "it_arrived", "sent"),
        ("unknown", "it_did_not_arrive", "queued"),
        ("unknown", "give_up", "failed_perm"),
        ("sent", "send_again", "sent"),
    ],
)
def test_staff_decide_about_mails_by_the_same_rules(staff_desk, organization, state, action, after):
    mail = QueuedEmailFactory(organization=organization, state=state)
    response = staff_desk.post(admin_url(), {"action": action, "_selected_action": [str(mail.pk)]}, follow=True)
    assert response.status_code == 200
    assert state_of(mail) == after
    with tenancy.organization_scope(organization.pk):
        changed = ActivityLog.objects.filter(action="staff.changed", entity_id=mail.pk).exists()
    assert changed == (state != after)


def test_staff_who_may_only_look_decide_nothing(client_of, organization):
    looker = UserFactory(organization=None, is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_queuedemail"))
    mail = QueuedEmailFactory(organization=organization, state="failed_perm")
    desk = client_of(looker)
    assert desk.get(admin_url("change", mail.pk)).status_code == 200
    desk.post(admin_url(), {"action": "send_again", "_selected_action": [str(mail.pk)]})
    assert state_of(mail) == "failed_perm"
