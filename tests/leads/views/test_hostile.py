"""What only an attacker sends is answered, not stumbled over."""

import base64

import pytest
from django.core import mail
from django.urls import reverse

from leadcrm.accounts.models import Organization
from leadcrm.accounts.services import invitations
from leadcrm.core import tenancy
from tests.factories.leads import LeadFactory


@pytest.fixture
def lead(organization):
    return LeadFactory(organization=organization, company="Weber GmbH")


@pytest.mark.parametrize("back", ["\r\nSet-Cookie: a=b", "q=ä\u2028\n", "?q=a&q=b"])
def test_the_way_back_after_a_change_of_many_cannot_break_a_header(client_of, admin, lead, back):
    answer = client_of(admin).post(reverse("leads:lead_bulk_trash"), {"ids": lead.pk, "back": back})
    assert answer.status_code == 303
    assert answer["Location"].isascii()
    assert not {"\r", "\n"} & set(answer["Location"])
    assert "Set-Cookie" not in answer.headers


def test_the_way_back_keeps_the_filters(client_of, admin, lead):
    answer = client_of(admin).post(reverse("leads:lead_bulk_trash"), {"ids": lead.pk, "back": "?q=a&tag=x&tag=y"})
    assert answer["Location"] == f"{reverse('leads:lead_list')}?q=a&tag=x&tag=y"


def test_a_cursor_of_brackets_shows_the_newest_of_the_timeline(client_of, admin, lead):
    cursor = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")
    answer = client_of(admin).get(reverse("leads:lead_detail", args=[lead.pk]), {"before": cursor})
    assert answer.status_code == 200
    assert "Weber GmbH" in answer.content.decode()


def test_the_last_day_of_all_calendars_filters_nothing(client_of, admin):
    answer = client_of(admin).get(reverse("audit:entry_list"), {"until": "9999-12-31", "since": "0001-01-01"})
    assert answer.status_code == 200


def test_a_name_of_two_lines_is_one_line_of_a_subject(admin, organization, django_capture_on_commit_callbacks):
    Organization.objects.filter(pk=organization.pk).update(name="Acme\r\nBcc: all@victims.example")
    with django_capture_on_commit_callbacks(execute=True), tenancy.organization_scope(organization.pk):
        invitations.invite(email="nia@new.example", role="viewer", team=None, actor=admin)
    [message] = mail.outbox
    assert message.subject == "Acme Bcc: all@victims.example invites you to leadcrm"
    assert message.bcc == []


@pytest.mark.parametrize(
    "seen",
    [
        "[" * 100_000, "null", "[]", "{}", "1",
        '{"currency": "ZZZ", "predicted_value_minor": 1, "communication_preference": {}}',
        '{"currency": {}, "predicted_value_minor": {}, "communication_preference": []}',
        '{"currency": "INR", "predicted_value_minor": 1e400, "communication_preference": "x"}',
        '{"currency": "INR", "predicted_value_minor": "9", "communication_preference": {"channel": {"a": 1}}}',
    ],
)  # fmt: skip
def test_a_form_that_remembers_nonsense_is_refused_or_ignored(client_of, admin, lead, seen):
    data = {"currency": "INR", "predicted_value_minor": "12", "communication_preference": "phone", "seen": seen}
    answer = client_of(admin).post(reverse("leads:lead_edit", args=[lead.pk]), data)
    assert answer.status_code in (302, 409, 422)
