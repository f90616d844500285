"""The list: what it shows, how it pages, counts and sorts, and what it costs."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcrm.core import tenancy
from leads.models import CustomField, Lead, LeadTag
from leads.reports import counts
from leads.selection import leads_of
from leads.services import totals
from leads.tables import COLUMNS, ORDERS
from tests.factories.leads import LeadFactory, TagFactory

MOST_QUERIES = 12
URL = "/leads/"


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


def text(response):
    return html.unescape(response.content.decode())


def titles(response):
    return re.findall(r'class="table__main"><a href="[^"]+">([^<]*)</a>', text(response))


def link(response, rel):
    found = re.search(rf'href="(\?[^"]*)" id="pager-{rel}"', text(response))
    return found.group(1) if found else ""


def make(organization, count, **facts):
    return [LeadFactory(organization=organization, company=f"C{n:02}", **facts) for n in range(count)]


# --- who sees what ------------------------------------------------------------------------------------


def test_everybody_sees_in_the_list_what_they_may_see(
    organization, team, client_of, admin, manager, rep, viewer, outsider
):
    LeadFactory(organization=organization, company="own", assigned_to=rep, team=team)
    LeadFactory(organization=organization, company="pool", team=team)
    LeadFactory(organization=organization, company="team", assigned_to=manager, team=team)
    LeadFactory(organization=organization, company="far")
    LeadFactory(organization=organization, company="trash", deleted_at=timezone.now())
    expected = {
        admin: {"own", "pool", "team", "far"},
        viewer: {"own", "pool", "team", "far"},
        manager: {"own", "pool", "team"},
        rep: {"own", "pool"},
        outsider: set(),
    }
    for person, seen in expected.items():
        page = client_of(person).get(URL)
        assert set(titles(page)) == seen
        assert titles(client_of(person).get(URL + "?q=far")) == (["far"] if "far" in seen else [])


def test_only_those_who_may_change_many_can_select(organization, client_of, manager, rep, team):
    make(organization, 1, team=team)
    assert 'name="ids"' in text(client_of(manager).get(URL))
    assert 'name="ids"' not in text(client_of(rep).get(URL))
    assert "lead_bulk" not in text(client_of(rep).get(URL))


# --- pages --------------------------------------------------------------------------------------------


def test_pages_lead_forward_and_back(organization, client):
    make(organization, 7)
    address = URL + "?page_size=3&sort=company"
    first = client.get(address)
    assert titles(first) == ["C00", "C01", "C02"]
    assert link(first, "previous") == ""
    second = client.get(URL + link(first, "next"))
    assert titles(second) == ["C03", "C04", "C05"]
    assert "4–6" in text(second)
    third = client.get(URL + link(second, "next"))
    assert titles(third) == ["C06"]
    assert link(third, "next") == ""
    assert titles(client.get(URL + link(third, "previous"))) == ["C03", "C04", "C05"]
    assert "of 7 leads" in re.sub(r"<[^>]+>", "", text(first))


def test_pages_of_a_search_follow_its_own_order(organization, client):
    for number in range(5):
        LeadFactory(organization=organization, first_name="", last_name="", company=f"Quartz {number}")
    first = client.get(URL + "?q=quartz&page_size=2")
    second = client.get(URL + link(first, "next"))
    third = client.get(URL + link(second, "next"))
    assert [*titles(first), *titles(second), *titles(third)] == [f"Quartz {n}" for n in (4, 3, 2, 1, 0)]
    assert (link(first, "previous"), link(third, "next")) == ("", "")
    assert titles(client.get(URL + link(third, "previous"))) == titles(second)


def test_a_search_can_be_sorted_and_filtered(organization, client):
    for number in range(4):
        LeadFactory(organization=organization, company=f"Quartz {number}", score=number, source="event")
    LeadFactory(organization=organization, company="Quartz 9", source="api")
    assert titles(client.get(URL + "?q=quartz&source=event&sort=-score")) == [f"Quartz {n}" for n in (3, 2, 1, 0)]
    assert set(titles(client.get(URL + "?q=quartz&source=api"))) == {"Quartz 9"}


def test_a_search_says_when_it_is_cut_off(organization, client, monkeypatch):
    monkeypatch.setattr("leads.lists.MOST_FOUND", 3)
    for number in range(5):
        LeadFactory(organization=organization, company=f"Quartz {number}")
    page = text(client.get(URL + "?q=quartz"))
    assert "the 3 best matches" in page
    assert "There may be more than these" in page
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.filter(company__startswith="Quartz").count() == 5


def test_an_export_of_a_search_has_every_match(organization, admin, scope, monkeypatch):
    for number in range(8):
        LeadFactory(organization=organization, company=f"Quartz {number}")
    assert leads_of("q=quartz", admin).count() == 8
    monkeypatch.setattr("leads.selection.EVERY_MATCH", 5)
    assert leads_of("q=quartz", admin).count() < 8


def test_filters_on_a_broad_search_say_how_far_they_looked(organization, client, monkeypatch):
    monkeypatch.setattr("leads.lists.MOST_LOOKED_AT", 3)
    for number in range(5):
        LeadFactory(organization=organization, company=f"Quartz {number}")
    assert "3 best matches of the search only" in text(client.get(URL + "?q=quartz&status=new"))


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_every_order_shows_every_lead(organization, client, name):
    now = timezone.now()
    make(organization, 2, next_follow_up_at=now, predicted_value_minor=100)
    make(organization, 2)
    assert sorted(titles(client.get(f"{URL}?sort={name}"))) == ["C00", "C00", "C01", "C01"]


# --- counts -------------------------------------------------------------------------------------------


def shown_count(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text(response).split("lead-list__count")[1].split("<form")[0]))


def test_the_number_is_exact_up_to_a_limit_and_bounded_above(organization, client, monkeypatch):
    make(organization, 6, source="event")
    assert "of 6 leads" in shown_count(client.get(URL))
    assert "of 6 leads" in shown_count(client.get(URL + "?page_size=2"))
    monkeypatch.setattr(counts, "MOST_COUNTED", 5)
    assert "of 5+ leads" in shown_count(client.get(URL + "?page_size=2"))
    assert "5+ leads" in text(client.get("/leads/count/?source=event"))
    monkeypatch.setattr(counts, "MOST_COUNTED", 6)
    assert "6 leads" in text(client.get("/leads/count/?source=event"))


def test_a_number_that_takes_a_moment_is_asked_for_afterwards(organization, client):
    make(organization, 6, source="event")
    page = client.get(URL + "?source=event&page_size=2")
    assert "many leads" in shown_count(page)
    assert 'hx-get="/leads/count/?source=event"' in text(page)
    assert "of 6 leads" in shown_count(client.get(URL + "?source=event&page_size=2&count=1"))


@pytest.mark.parametrize("persona", ["admin", "manager", "rep"])
def test_totals_count_what_the_list_shows(organization, team, client_of, admin, manager, rep, persona):
    for owner in (None, manager, rep, rep):
        for status in ("new", "contacted", "contacted"):
            LeadFactory(organization=organization, assigned_to=owner, team=team, status=status)
    LeadFactory(organization=organization, assigned_to=rep)
    LeadFactory(organization=organization, status="contacted")
    LeadFactory(organization=organization, team=team, deleted_at=timezone.now())
    person = {"admin": admin, "manager": manager, "rep": rep}[persona]
    with tenancy.organization_scope(organization.pk):
        totals.fold_organization()
    for query in ("", "status=contacted", f"owner={rep.pk}", "owner=unassigned", "owner=me&owner=unassigned",
                  f"team={team.pk}", f"team={team.pk}&status=new&owner=me"):  # fmt: skip
        client = client_of(person)
        number = len(titles(client.get(f"{URL}?{query}&page_size=200")))
        if number > 1:
            assert f"of {number} leads" in shown_count(client.get(f"{URL}?{query}&page_size=1")), query


# --- what it says -------------------------------------------------------------------------------------


def test_an_empty_list_offers_the_first_steps(client, client_of, viewer):
    page = text(client.get(URL))
    assert "No leads yet" in page
    assert "Import a file" in page
    assert "Import a file" not in text(client_of(viewer).get(URL))


def test_filters_that_nothing_fits_can_be_cleared(organization, client):
    make(organization, 1)
    page = text(client.get(URL + "?q=nothing"))
    assert "No lead matches" in page
    assert "Clear filters" in page


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("sort=phone", "cannot be put in that order"),
        ("page_size=0", "A page has 1 to 200 leads"),
        ("page_size=201", "A page has 1 to 200 leads"),
        ("page_size=ten", "A page has 1 to 200 leads"),
        ("page_size=²", "A page has 1 to 200 leads"),
        ("after=x", "The address of this page cannot be read"),
        ("before=" + "y" * 3000, "The address of this page cannot be read"),
        ("status=bogus", "Status has no choice “bogus”; it was left out."),
    ],
)
def test_what_the_address_means_by_nothing_is_said_above_the_list(organization, client, query, problem):
    make(organization, 2)
    page = client.get(f"{URL}?{query}")
    assert page.status_code == 200
    assert problem in text(page)
    assert len(titles(page)) == 2


PARAMETERS = ["q", "status", "owner", "tag", "sort", "page", "page_size", "after", "before", "created_from", "count"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=30), max_size=5))
def test_no_address_makes_the_list_fail(organization, client, query):
    assert client.get(URL, query).status_code == 200


def test_what_a_lead_is_called_is_never_markup(organization, client):
    evil = '<script>alert("x")</script>'
    lead = LeadFactory(organization=organization, company=evil, first_name=evil, job_title='" onmouseover="x')
    with tenancy.organization_scope(organization.pk):
        LeadTag.objects.create(lead=lead, tag=TagFactory(organization=organization, name="<b>tag</b>"))
    page = client.get(URL).content.decode()
    assert "<script>alert" not in page
    assert "<b>tag" not in page
    assert 'onmouseover="x' not in page


def test_a_fragment_is_the_list_alone_and_is_read_out(organization, client):
    make(organization, 2)
    page = client.get(URL, headers={"HX-Request": "true"})
    assert "<html" not in text(page)
    assert 'id="lead-list"' in text(page)
    assert "2 leads" in page["HX-Trigger"]
    assert "HX-Request" in page["Vary"]


# --- filters and columns ------------------------------------------------------------------------------


def test_the_panel_shows_what_is_in_force_and_what_there_is_to_choose(organization, client):
    make(organization, 1, country="India", city="Pune", industry="mining")
    page = text(client.get("/leads/filters/?status=new&country=India&sort=score"))
    assert re.search(r'name="status" value="new"[^>]* checked', page)
    assert '<option value="Pune">' in page
    assert 'name="sort" value="score"' in page
    assert "(optional)" not in page


def test_the_panel_leads_to_a_clean_address(organization, client):
    answer = client.get("/leads/filters/?apply=1&to=list&status=new&status=contacted&country=&q=&sort=score&value_min=")
    assert (answer.status_code, answer["Location"]) == (303, "/leads/?status=new&status=contacted&sort=score")
    answer = client.get("/leads/filters/?apply=1&to=board&owner=me")
    assert answer["Location"] == "/board/?owner=me"
    assert client.get("/leads/filters/?apply=1&to=https://elsewhere.example")["Location"] == "/leads/"


def test_the_panel_shows_a_mistake_at_its_field(client):
    answer = client.get("/leads/filters/?apply=1&score_min=many")
    assert answer.status_code == 200
    assert "must be a whole number from 0 to 100" in text(answer)


def headings(response):
    head = text(response).split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r'<th scope="col".*?</th>', head)]


def test_columns_are_chosen_and_put_in_order(organization, client, admin):
    with tenancy.organization_scope(organization.pk):
        CustomField.objects.create(key="region", label="Region")
    make(organization, 1, custom_fields={"region": "North"}, phone="+4912345")
    order = ["phone", "custom:region", "score"]
    answer = client.post("/leads/columns/", {"order": order, "col": order[:2], "back": "status=new"})
    assert (answer.status_code, answer["Location"]) == (303, "/leads/?status=new")
    admin.refresh_from_db()
    assert admin.preferences["lead_columns"] == ["phone", "custom:region"]
    page = client.get(URL)
    assert headings(page)[-2:] == ["Phone", "Region"]
    assert "North" in text(page)
    client.post("/leads/columns/", {"reset": "1"})
    admin.refresh_from_db()
    assert "lead_columns" not in admin.preferences


def test_a_column_moves_a_step_without_being_saved(client, admin):
    answer = client.post("/leads/columns/", {"order": ["stage", "score"], "col": ["score"], "move": "up:score"})
    assert answer.status_code == 200
    assert re.findall(r'name="order" value="([^"]+)"', text(answer))[:2] == ["score", "stage"]
    assert re.search(r'value="score" checked', text(answer))
    admin.refresh_from_db()
    assert "lead_columns" not in admin.preferences


@pytest.mark.parametrize("move", ["up:nothing", "sideways:score", "", "up:stage", "down:"])
def test_a_step_that_leads_nowhere_changes_nothing(client, move):
    answer = client.post("/leads/columns/", {"order": ["stage", "score"], "move": move})
    assert re.findall(r'name="order" value="([^"]+)"', text(answer))[:2] == ["stage", "score"]


@pytest.mark.parametrize("saved", [["nothing"], "text", [], None, [5], ["stage", "nothing", "stage"]])
def test_a_saved_choice_that_makes_no_sense_does_no_harm(organization, client, admin, saved):
    admin.preferences = {"lead_columns": saved}
    admin.save()
    make(organization, 1)
    assert len(titles(client.get(URL))) == 1


def test_every_column_can_be_shown(organization, client, admin, team):
    admin.preferences = {"lead_columns": list(COLUMNS)}
    admin.save()
    now = timezone.now()
    LeadFactory(
        organization=organization, team=team, assigned_to=admin, last_contacted_at=now, is_decision_maker=True,
        expected_close_on=now.date(), next_follow_up_at=now - timedelta(days=2), next_step="call",
    )  # fmt: skip
    LeadFactory(organization=organization, status="closed_won", won_value_minor=500)
    page = client.get(URL)
    assert len(headings(page)) == len(COLUMNS) + 1  # and the lead itself
    assert "2 days late" in text(page)


# --- cost ---------------------------------------------------------------------------------------------


def queries_of(client, url):
    """Return how many statements a page costs; the savepoints are those of the test."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len([one for one in queries if "SAVEPOINT" not in one["sql"]])


@pytest.mark.parametrize("persona", ["admin", "manager", "rep"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "status=new&source=event",
        "q=C",
        "q=C0&status=new&sort=-score",
        "sort=next_step",
        "owner={me}&tag={tag}&stage={stage}",
    ],
)
def test_a_page_costs_few_queries_however_long_it_is(organization, team, client_of, persona, query, request):
    person = request.getfixturevalue(persona)
    tag = TagFactory(organization=organization)
    leads = [
        LeadFactory(organization=organization, company=f"C{n:02}", team=team, assigned_to=person, source="event")
        for n in range(12)
    ]
    with tenancy.organization_scope(organization.pk):
        LeadTag.objects.bulk_create(LeadTag(lead=lead, tag=tag) for lead in leads)
    person.preferences = {"lead_columns": list(COLUMNS)}
    person.save()
    client = client_of(person)
    address = URL + "?" + query.format(me=person.pk, tag=tag.pk, stage=leads[0].stage_id)
    assert queries_of(client, address + "&page_size=2") <= MOST_QUERIES
    assert queries_of(client, address + "&page_size=12") <= MOST_QUERIES


@pytest.mark.parametrize("url", ["/leads/filters/", "/leads/columns/", "/leads/count/?source=event"])
def test_what_belongs_to_the_list_costs_few_queries(organization, client, url):
    make(organization, 3)
    assert queries_of(client, url) <= MOST_QUERIES
