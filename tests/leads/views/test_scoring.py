import pytest
from django.urls import reverse

from leadcrm.core import tenancy
from leads.choices import JobState
from leads.models import ScoringRun
from tests.factories.leads import LeadFactory

NEW, LIST = "/scoring-runs/new/", "/scoring-runs/"


@pytest.fixture
def leads(organization):
    return LeadFactory.create_batch(2, organization=organization)


def runs(organization):
    with tenancy.organization_scope(organization.pk):
        return list(ScoringRun.objects.all())


def test_an_administrator_starts_watches_and_stops_a_run(client_of, admin, organization, leads):
    client = client_of(admin)
    assert "Every lead is scored again" in client.get(NEW).content.decode()
    response = client.post(NEW)
    (run,) = runs(organization)
    detail = reverse("leads:scoring_run_detail", args=[run.pk])
    assert response["Location"] == detail
    assert "every 1s" in client.get(detail).content.decode()
    part = client.get(detail, HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert "A run is at work already" in client.get(NEW).content.decode()
    client.post(NEW)
    assert len(runs(organization)) == 1
    assert client.post(reverse("leads:scoring_run_cancel", args=[run.pk])).status_code == 303
    assert runs(organization)[0].state == JobState.CANCELLED
    assert "every 1s" not in client.get(detail).content.decode()
    assert "Cancelled" in client.get(LIST).content.decode()


def test_without_leads_there_is_nothing_to_start(client_of, admin):
    assert "no leads to score" in client_of(admin).get(NEW).content.decode()


@pytest.mark.parametrize("who", ["manager", "rep", "marketer", "editor", "viewer"])
def test_only_administrators_configure(client_of, request, who, organization, leads):
    client = client_of(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 403
    assert client.get(NEW).status_code == 403
    assert client.post(NEW).status_code == 403
    assert runs(organization) == []


def test_runs_of_another_organisation_are_not_there(client_of, admin, outsider, organization, leads):
    client_of(admin).post(NEW)
    (run,) = runs(organization)
    client = client_of(outsider)
    assert client.get(reverse("leads:scoring_run_detail", args=[run.pk])).status_code == 404
    assert client.post(reverse("leads:scoring_run_cancel", args=[run.pk])).status_code == 404
    assert runs(organization)[0].state == JobState.QUEUED


def test_an_administrator_reaches_runs_and_tags_from_the_sidebar(client_of, admin, rep, organization, leads):
    page = client_of(admin).get("/leads/").content.decode()
    sidebar = page[page.index('id="sidebar"') : page.index("<main")]
    for address in ("/settings/tags/", LIST):
        assert f'href="{address}"' in sidebar
        assert f'href="{address}"' not in client_of(rep).get("/leads/").content.decode()


def test_importing_belongs_to_imports_in_the_sidebar(client_of, admin, organization):
    page = client_of(admin).get("/leads/import/").content.decode()
    current = [line for line in page.split("<a ") if 'aria-current="page"' in line and "sidebar" not in line]
    assert any('href="/imports/"' in link for link in current)
    assert not any('href="/leads/"' in link for link in current)
