import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import tenancy
from leads.models import Activity
from leads.services import activities
from tests.factories.leads import LeadFactory
from tests.leads.views.sent import fields_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, company="Acme")


@pytest.fixture
def call(lead, rep):
    with tenancy.organization_scope(lead.organization_id):
        return activities.plan_activity(
            lead=lead, type="call", actor=rep, user=rep, subject="Ask", scheduled_at=timezone.now() + timedelta(days=2)
        )


def rows(lead):
    with tenancy.organization_scope(lead.organization_id):
        return list(Activity.objects.select_related("user").order_by("created_at"))


def create_url(lead):
    return reverse("leads:activity_create", args=[lead.pk])


def test_a_call_is_planned_in_the_organisations_time_zone(client_of, rep, lead):
    client, url = client_of(rep), create_url(lead)
    fields = fields_of(client.get(url), url)
    assert (fields["type"], fields["user"]) == ("call", str(rep.pk))
    values = {
        **fields,
        "subject": "Offer",
        "day": "2030-03-01",
        "time": "09:30",
        "reminder": "60",
        "duration_minutes": "20",
    }
    response = client.post(url, values, **HTMX)
    assert response.status_code == 204
    events = json.loads(response["HX-Trigger"])
    assert {"lead:changed", "composer:reset"} <= set(events)
    (activity,) = rows(lead)
    assert activity.scheduled_at.isoformat() == "2030-03-01T04:00:00+00:00"
    assert activity.scheduled_at - activity.remind_at == timedelta(hours=1)
    assert (activity.user, activity.duration_minutes) == (rep, 20)
    assert client.post(events["toast"]["undo"], **HTMX).status_code == 204
    assert not rows(lead)[0].is_open


def test_work_that_is_done_is_written_down(client_of, rep, lead):
    client, url = client_of(rep), create_url(lead)
    page = client.get(url, {"done": "1"})
    fields = fields_of(page, url)
    response = client.post(url, {**fields, "type": "meeting", "outcome": "Interested"})
    assert response["Location"] == reverse("leads:lead_detail", args=[lead.pk])
    (activity,) = [row for row in rows(lead) if row.completed_at]
    assert (activity.type, activity.outcome) == ("meeting", "Interested")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"day": ""}, "required"),
        ({"day": "2026-02-30"}, "valid date"),
        ({"time": "25:00"}, "valid time"),
        ({"day": "2034-01-01"}, "five years"),
        ({"day": "9999-01-01"}, "fifty years"),
        ({"type": "note"}, "valid choice"),
        ({"user": "x"}, "valid"),
        ({"subject": "s" * 501}, "At most 500"),
        ({"duration_minutes": "-1"}, "from 1"),
        ({"duration_minutes": "ten"}, "number"),
        ({"user": "", "reminder": "15"}, "needs a person"),
        ({"reminder": "999"}, "valid choice"),
        ({"description": "d" * 20_001}, "At most 20,000"),
    ],
)
def test_a_plan_that_cannot_be_stays_in_the_form(client_of, rep, lead, values, words):
    client, url = client_of(rep), create_url(lead)
    response = client.post(url, {**fields_of(client.get(url), url), "subject": "Kept", **values}, **HTMX)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert rows(lead) == []
    if "subject" not in values:
        assert fields_of(response, url)["subject"] == "Kept"


@pytest.mark.parametrize("values", [{"day": "2030-01-01"}, {"day": "1990-01-01"}])
def test_what_is_done_lies_in_the_near_past(client_of, rep, lead, values):
    client, url = client_of(rep), create_url(lead)
    fields = fields_of(client.get(url, {"done": "1"}), url)
    assert client.post(url, {**fields, **values}, **HTMX).status_code == 422
    assert rows(lead) == []


def test_people_beyond_ones_reach_get_no_work(client_of, rep, manager, outsider, lead):
    client, url = client_of(rep), create_url(lead)
    for person in (manager, outsider):
        response = client.post(url, {**fields_of(client.get(url), url), "user": person.pk}, **HTMX)
        assert response.status_code == 422
    assert rows(lead) == []


def test_a_completed_call_can_lead_to_the_next_step_and_be_undone(client_of, rep, lead, call):
    client, url = client_of(rep), reverse("leads:activity_complete", args=[call.pk])
    fields = fields_of(client.get(url), url)
    assert "plan_next" not in fields
    following = {"plan_next": "on", "next_type": "proposal", "next_day": "2030-01-02", "next_time": "11:00"}
    values = {**fields, **following, "outcome": "Wants an offer"}
    response = client.post(url, values, **HTMX)
    assert response.status_code == 204
    done, planned = rows(lead)
    assert (done.outcome, done.is_open) == ("Wants an offer", False)
    assert (planned.type, planned.scheduled_at.isoformat()) == ("proposal", "2030-01-02T05:30:00+00:00")
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    assert client.post(undo, **HTMX).status_code == 204
    assert rows(lead)[0].is_open


def test_what_is_not_planned_need_not_be_right(client_of, rep, lead, call):
    client, url = client_of(rep), reverse("leads:activity_complete", args=[call.pk])
    values = {**fields_of(client.get(url), url), "next_day": "nonsense", "next_time": ""}
    assert client.post(url, values, **HTMX).status_code == 204
    assert len(rows(lead)) == 1


def test_a_next_step_without_a_day_is_asked_for_and_nothing_is_saved(client_of, rep, lead, call):
    client, url = client_of(rep), reverse("leads:activity_complete", args=[call.pk])
    fields = {**fields_of(client.get(url), url), "plan_next": "on", "outcome": "Reached"}
    for wrong in ({"next_day": ""}, {"next_day": "2040-01-01"}):
        response = client.post(url, {**fields, **wrong}, **HTMX)
        assert response.status_code == 422
        assert fields_of(response, url)["outcome"] == "Reached"
        assert rows(lead)[0].is_open


def test_completing_twice_is_told_and_changes_nothing(client_of, rep, lead, call):
    client, url = client_of(rep), reverse("leads:activity_complete", args=[call.pk])
    fields = fields_of(client.get(url), url)
    assert client.post(url, {**fields, "outcome": "First"}, **HTMX).status_code == 204
    again = client.post(url, {**fields, "outcome": "Second"}, **HTMX)
    assert again.status_code == 409
    assert "completed already" in json.loads(again["HX-Trigger"])["toast"]["text"]
    assert rows(lead)[0].outcome == "First"


def test_an_activity_is_changed_and_cancelled(client_of, rep, lead, call):
    client, url = client_of(rep), reverse("leads:activity_edit", args=[call.pk])
    fields = fields_of(client.get(url), url)
    assert fields["subject"] == "Ask"
    assert client.post(url, {**fields, "subject": "Ask again", "day": "2030-05-05"}, **HTMX).status_code == 204
    changed = rows(lead)[0]
    assert (changed.subject, changed.scheduled_at.date().isoformat()) == ("Ask again", "2030-05-05")
    assert client.post(reverse("leads:activity_cancel", args=[call.pk])).status_code == 302
    assert client.post(url, fields, **HTMX).status_code == 409


@pytest.mark.parametrize(("to", "days"), [("tomorrow", 1), ("week", 7)])
def test_an_activity_is_put_off_by_a_usual_step(client_of, rep, lead, call, to, days):
    url = reverse("leads:activity_reschedule", args=[call.pk])
    assert client_of(rep).post(url, {"to": to}, **HTMX).status_code == 204
    moved = rows(lead)[0].scheduled_at
    local, before = (moment.astimezone(lead.organization.tzinfo) for moment in (moved, call.scheduled_at))
    today = timezone.now().astimezone(lead.organization.tzinfo).date()
    assert local.date() == today + timedelta(days=days)
    assert (local.hour, local.minute) == (before.hour, before.minute)
    assert client_of(rep).post(url, {"to": "never"}, **HTMX).status_code == 409


def test_every_door_is_shut_to_viewers_and_outsiders(client_of, viewer, outsider, lead, call):
    for name in ("edit", "reschedule", "complete", "cancel", "reopen"):
        url = reverse(f"leads:activity_{name}", args=[call.pk])
        assert client_of(viewer).post(url).status_code == 403, name
        assert client_of(outsider).post(url).status_code == 404, name
    assert client_of(viewer).post(create_url(lead)).status_code == 403
    assert client_of(outsider).post(create_url(lead)).status_code == 404
    assert rows(lead)[0].is_open


def test_the_way_back_is_never_another_site(client_of, rep, lead, call):
    url = reverse("leads:activity_cancel", args=[call.pk])
    for named in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        response = client_of(rep).post(reverse("leads:activity_reopen", args=[call.pk]), {"next": named})
        assert response["Location"] == reverse("leads:lead_detail", args=[lead.pk])
    response = client_of(rep).post(url, {"next": "/my-day/"})
    assert response["Location"] == "/my-day/"
