import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import tenancy
from leads.models import Activity
from leads.reports import my_day as report
from leads.services import activities, assignment, capture
from tests.factories.accounts import UserFactory
from tests.factories.leads import ActivityFactory, LeadFactory

URL = "/my-day/"


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, company="Acme")


def local(organization, days=0, hour=12):
    now = timezone.now().astimezone(organization.tzinfo)
    return now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)


def plan(lead, user, at, subject):
    with tenancy.organization_scope(lead.organization_id):
        return ActivityFactory(lead=lead, user=user, scheduled_at=at, subject=subject)


def section(page, name):
    found = re.search(rf'id="day-{name}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_work_is_sorted_by_when_it_is_due(client_of, rep, lead, organization):
    now = timezone.now()
    plan(lead, rep, now - timedelta(days=3), "Long ago")
    plan(lead, rep, now - timedelta(minutes=5), "Just missed")
    plan(lead, rep, local(organization, 1), "For tomorrow")
    plan(lead, rep, local(organization, 7), "In a week")
    plan(lead, rep, local(organization, 8), "Too far")
    end_of_day = local(organization, 0, 23) + timedelta(minutes=59)
    if end_of_day > now:
        plan(lead, rep, end_of_day, "Tonight")
    page = client_of(rep).get(URL).content.decode()
    assert [name in section(page, "overdue") for name in ("Long ago", "Just missed", "Tonight")] == [True, True, False]
    assert ("Tonight" in section(page, "today")) == (end_of_day > now)
    assert [name in section(page, "coming") for name in ("For tomorrow", "In a week", "Too far")] == [True, True, False]


def test_done_work_moves_to_the_end_of_the_page(client_of, rep, lead):
    activity = plan(lead, rep, timezone.now() + timedelta(minutes=1), "Call them")
    with tenancy.organization_scope(lead.organization_id):
        activities.complete_activity(activity=activity, actor=rep, outcome="Reached")
    page = client_of(rep).get(URL).content.decode()
    assert "Reached" in section(page, "done")
    assert "Call them" not in section(page, "today")


def test_open_leads_without_a_next_step_are_listed(client_of, rep, lead, organization, team):
    busy = LeadFactory(organization=organization, assigned_to=rep, team=team, company="Busy")
    LeadFactory(organization=organization, assigned_to=rep, team=team, company="Lost", status="closed_lost")
    with tenancy.organization_scope(organization.pk):
        activities.plan_activity(lead=busy, type="call", actor=rep, user=rep, scheduled_at=local(organization, 2))
    idle = section(client_of(rep).get(URL).content.decode(), "idle")
    assert "Acme" in idle
    assert "Busy" not in idle
    assert "Lost" not in idle
    assert reverse("leads:activity_create", args=[lead.pk]) in idle


def test_whoever_lost_a_lead_no_longer_sees_its_work(client_of, rep, manager, lead):
    plan(lead, rep, timezone.now() + timedelta(minutes=1), "Secret words")
    with tenancy.organization_scope(lead.organization_id):
        third = ActivityFactory(lead=lead, user=rep, subject="Other words", scheduled_at=timezone.now())
        assignment.assign_lead(lead=lead, to=manager, actor=manager)
        Activity.objects.filter(pk=third.pk).update(user=rep)
    page = client_of(rep).get(URL).content.decode()
    assert "Secret words" not in page
    assert "Other words" not in page
    assert "Secret words" in client_of(manager).get(URL).content.decode()


def test_managers_look_at_their_team_and_at_what_is_nobodys(client_of, manager, rep, lead, organization, team):
    stranger = UserFactory(rep=True, organization=organization, full_name="No Team")
    soon = timezone.now() + timedelta(minutes=1)
    plan(lead, rep, soon, "Of the rep")
    plan(lead, None, soon, "Of nobody")
    client = client_of(manager)
    page = client.get(URL).content.decode()
    assert rep.full_name in page
    assert "No Team" not in page
    assert "Of the rep" not in page
    assert "Of the rep" in client.get(URL, {"person": rep.pk}).content.decode()
    assert "Of nobody" in client.get(URL, {"person": "unassigned"}).content.decode()
    for unseen in (stranger.pk, "nonsense", "00000000-0000-0000-0000-000000000000"):
        assert client.get(URL, {"person": unseen}).status_code == 404


def test_sales_reps_see_their_own_day_whatever_they_ask_for(client_of, rep, manager, lead):
    plan(lead, manager, timezone.now() + timedelta(minutes=1), "Of the manager")
    page = client_of(rep).get(URL, {"person": manager.pk}).content.decode()
    assert "Of the manager" not in page
    assert "Whose day" not in page


def test_the_list_comes_alone_for_a_refresh(client_of, rep, lead):
    text = client_of(rep).get(URL, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="day"' in text
    assert "<html" not in text


def test_a_free_day_says_what_it_is_for(client_of, rep):
    assert "Nothing is due" in client_of(rep).get(URL).content.decode()


@pytest.mark.parametrize("who", ["admin", "manager", "rep", "marketer", "editor", "viewer", "outsider"])
def test_everybody_has_a_day(client_of, request, who, lead):
    response = client_of(request.getfixturevalue(who)).get(URL)
    assert response.status_code == 200
    if who == "outsider":
        assert "Acme" not in response.content.decode()


def test_the_page_stays_within_the_query_ceiling(
    client_of, manager, rep, organization, team, django_assert_max_num_queries
):
    leads = LeadFactory.create_batch(30, organization=organization, assigned_to=rep, team=team)
    for number, lead in enumerate(leads):
        plan(lead, rep, timezone.now() + timedelta(hours=number - 15), f"Work {number}")
    client = client_of(manager)
    with django_assert_max_num_queries(12 + 2):  # BEGIN and COMMIT count here
        client.get(URL, {"person": rep.pk})


# --- the figure beside the name in the sidebar ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_figure_of_the_sidebar_follows_every_change_and_costs_no_query_otherwise(
    client_of, rep, lead, organization, django_assert_num_queries
):
    def figure():
        rep.refresh_from_db()
        with tenancy.organization_scope(organization.pk):
            return report.due_count(rep)

    soon = timezone.now() + timedelta(seconds=1)
    assert figure() == 0
    with tenancy.organization_scope(organization.pk, actor_id=rep.pk):
        first = activities.plan_activity(lead=lead, type="call", actor=rep, user=rep, scheduled_at=soon)
        activities.plan_activity(lead=lead, type="call", actor=rep, user=rep, scheduled_at=soon + timedelta(days=2))
    assert figure() == 1
    with tenancy.organization_scope(organization.pk), django_assert_num_queries(0):
        assert report.due_count(rep) == 1
    with tenancy.organization_scope(organization.pk):
        activities.complete_activity(activity=first, actor=rep)
    assert figure() == 0
    with tenancy.organization_scope(organization.pk):
        activities.reopen_activity(activity=first, actor=rep)
    assert figure() == 1
    page = client_of(rep).get(URL).content.decode()
    assert re.search(r"My day<span class=\"badge[^>]*>1<", page)


def test_a_viewer_has_no_figure(viewer, scope, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert report.due_count(viewer) == 0


def test_the_figure_counts_no_work_on_leads_in_the_trash(rep, manager, lead, scope):
    plan(lead, rep, timezone.now(), "Gone")
    assert report.due_count(rep) == 1
    capture.trash_lead(lead=lead, actor=manager)
    report._figures.clear()
    assert report.due_count(rep) == 0
