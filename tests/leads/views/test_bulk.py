"""What is done with selected leads, by the doors that the list uses."""

import json
import uuid

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead, LeadTag, Tag
from leads.services.bulk import MOST
from tests.factories.leads import LeadFactory, stage_of

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def leads(organization, team, rep):
    return [LeadFactory(organization=organization, team=team, assigned_to=rep, company=f"C{n}") for n in range(3)]


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


@pytest.fixture
def doors(organization, manager):
    """Return what is posted to each door besides the ids, and the words in which it says that it is done."""
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization, LeadStatus.CONTACTED)
    return {
        "owner": ({"to": str(manager.pk), "apply": "1"}, "given to Meera Iyer"),
        "tags": ({"add": "Fair, Hot", "apply": "1"}, "tagged anew"),
        "stage": ({"stage": str(stage.pk), "apply": "1"}, "moved to Contacted"),
        "trash": ({}, "moved to the trash"),
    }


DOORS = ("owner", "tags", "stage", "trash")


def post(client, door, ids, fields, **headers):
    return client.post(f"/leads/bulk/{door}/", {"ids": [str(pk) for pk in ids], **fields}, **(headers or HTMX))


def ids_of(leads):
    return [lead.pk for lead in leads]


def toast(response):
    return json.loads(response.headers["HX-Trigger"])["toast"]


def state(organization):
    """Return everything of every lead that a batch can change."""
    with tenancy.organization_scope(organization.pk):
        rows = Lead.objects.order_by("pk").values_list("pk", "assigned_to", "team", "stage", "deleted_at", "version")
        return list(rows), sorted(LeadTag.objects.values_list("lead", "tag__name"))


# --- the usual way ------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_every_door_changes_what_is_selected_and_its_undo_brings_all_of_it_back(
    client, organization, leads, doors, door
):
    fields, words = doors[door]
    before = state(organization)
    done = post(client, door, ids_of(leads[:2]), fields)
    assert done.status_code == 204
    assert "lead:changed" in done.headers["HX-Trigger"]
    assert toast(done)["text"] == f"2 leads {words}"
    changed, _ = state(organization), before
    assert changed != before
    assert changed[0][2] == before[0][2]

    undone = client.post(toast(done)["undo"], **HTMX)
    assert (undone.status_code, toast(undone)["text"]) == (204, "2 leads as before")
    now = state(organization)
    # The version says that there were changes; everything else is what it was.
    assert [row[:-1] for row in now[0]] == [row[:-1] for row in before[0]]
    assert now[1] == before[1]


@pytest.mark.parametrize("door", ["owner", "tags", "stage"])
def test_a_door_first_asks_and_carries_the_selection_through_its_question(client, organization, leads, door):
    before = state(organization)
    for headers, shape in ((HTMX, 'hx-target="#dialog"'), ({"HTTP_ACCEPT": "text/html"}, "<h1")):
        asked = post(client, door, ids_of(leads), {"back": "?status=new"}, **headers)
        page = asked.content.decode()
        assert asked.status_code == 200
        assert shape in page
        for lead in leads:
            assert f'name="ids" value="{lead.pk}"' in page
    assert 'href="/leads/?status=new"' in page
    assert state(organization) == before


def test_without_script_one_comes_back_to_the_same_list_with_an_offer_to_undo(client, organization, leads):
    response = client.post("/leads/bulk/trash/", {"ids": str(leads[0].pk), "back": "?status=new&sort=company"})
    assert response.status_code in (302, 303)
    assert response["Location"] == "/leads/?status=new&sort=company"
    (message,) = get_messages(response.wsgi_request)
    assert str(message) == "1 lead moved to the trash"
    assert message.extra_tags.startswith("undo:/leads/bulk/undo/")
    client.post(message.extra_tags.removeprefix("undo:"))
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.alive().count() == 3


def test_the_way_back_leads_nowhere_else(client, leads):
    response = client.post("/leads/bulk/trash/", {"ids": str(leads[0].pk), "back": "?https://evil.example/"})
    assert response["Location"].startswith("/leads/?")


# --- who may, and what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("persona", ["rep", "marketer", "editor", "viewer"])
def test_who_may_not_is_refused_and_nothing_changes(client_of, organization, leads, doors, door, persona, request):
    before = state(organization)
    client = client_of(request.getfixturevalue(persona))
    assert post(client, door, ids_of(leads), doors[door][0]).status_code == 403
    assert client.post("/leads/bulk/undo/whatever/", **HTMX).status_code == 403
    assert state(organization) == before


@pytest.mark.parametrize("door", DOORS)
def test_ids_of_another_organisation_are_not_visible_and_not_touched(
    client, organization, other_organization, leads, doors, door
):
    theirs = LeadFactory(organization=other_organization)
    before = state(other_organization)
    fields, words = doors[door]
    done = post(client, door, [leads[0].pk, theirs.pk, uuid.uuid4()], fields)
    assert toast(done)["text"] == f"1 lead {words}, 2 not visible to you"
    assert state(other_organization) == before


@pytest.mark.parametrize(("door", "name"), [("owner", "to"), ("stage", "stage"), ("tags", "remove")])
def test_targets_of_another_organisation_are_no_choice(
    client, organization, other_organization, outsider, leads, door, name
):
    with tenancy.organization_scope(other_organization.pk):
        tag = Tag.objects.create(name="Theirs")
        targets = {"to": outsider.pk, "stage": stage_of(other_organization).pk, "remove": tag.pk}
    before = state(organization)
    refused = post(client, door, ids_of(leads), {name: str(targets[name]), "apply": "1"})
    assert refused.status_code == 422
    assert state(organization) == before


def test_a_manager_touches_only_what_the_manager_sees(client_of, organization, manager, leads, doors):
    far = LeadFactory(organization=organization)
    done = post(client_of(manager), "trash", [leads[0].pk, far.pk], {})
    assert toast(done)["text"] == "1 lead moved to the trash, 1 not visible to you"
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.alive().filter(pk=far.pk).exists()


# --- selections that are not what they were ---------------------------------------------------------------


def test_a_stale_selection_does_what_is_left_to_do_and_says_the_rest(client, organization, leads, doors):
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization, LeadStatus.CONTACTED)
        Lead.objects.filter(pk=leads[0].pk).update(deleted_at=timezone.now())
        Lead.objects.filter(pk=leads[1].pk).update(stage=stage, status=stage.status)
    done = post(client, "stage", ids_of(leads), doors["stage"][0])
    assert toast(done)["text"] == "1 lead moved to Contacted, 1 already so, 1 not visible to you"


@pytest.mark.parametrize("door", DOORS)
def test_a_selection_of_which_nothing_is_left_offers_no_undo(client, organization, leads, doors, door):
    with tenancy.organization_scope(organization.pk):
        Lead.objects.update(deleted_at=timezone.now())
    done = post(client, door, ids_of(leads), doors[door][0])
    assert toast(done)["text"].startswith("0 ")
    assert "undo" not in toast(done)


def test_a_person_or_stage_that_is_gone_by_now_is_refused_in_the_dialog(client, organization, leads, manager, doors):
    manager.is_active = False
    manager.save()
    refused = post(client, "owner", ids_of(leads), doors["owner"][0])
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.content.decode()


@pytest.mark.parametrize("door", DOORS)
def test_nothing_selected_is_said(client, organization, doors, door):
    for ids in ([], ["not-an-id"], ["\0"]):
        refused = post(client, door, ids, doors[door][0])
        text = refused.headers.get("HX-Trigger", "") + refused.content.decode()
        assert refused.status_code in (409, 422)
        assert "Select at least one lead" in text


@pytest.mark.parametrize("door", DOORS)
def test_more_than_a_page_is_refused_and_nothing_changes(client, organization, leads, doors, door):
    before = state(organization)
    ids = [*ids_of(leads), *(uuid.uuid4() for _ in range(MOST))]
    refused = post(client, door, ids, doors[door][0])
    text = refused.headers.get("HX-Trigger", "") + refused.content.decode()
    assert refused.status_code in (409, 422)
    assert f"Change at most {MOST} leads at once" in text
    assert state(organization) == before


# --- undo -------------------------------------------------------------------------------------------------


def test_undo_works_once_and_says_so_the_second_time(client, organization, leads, doors):
    done = post(client, "stage", ids_of(leads), doors["stage"][0])
    assert client.post(toast(done)["undo"], **HTMX).status_code == 204
    before = state(organization)
    again = client.post(toast(done)["undo"], **HTMX)
    assert (again.status_code, toast(again)) == (409, {"text": "This has been undone already.", "tone": "error"})
    assert state(organization) == before


def test_undo_leaves_what_was_changed_again_and_counts_it(client, organization, leads, doors):
    done = post(client, "stage", ids_of(leads), doors["stage"][0])
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization, LeadStatus.QUALIFIED)
        Lead.objects.filter(pk=leads[0].pk).update(stage=stage, status=stage.status)
    assert toast(client.post(toast(done)["undo"], **HTMX))["text"] == "2 leads as before, 1 changed again since"


def test_an_undo_is_for_the_person_who_did_it(client, client_of, organization, manager, outsider, leads, doors):
    done = post(client, "trash", ids_of(leads), {})
    for other in (manager, outsider):
        refused = client_of(other).post(toast(done)["undo"], **HTMX)
        assert (refused.status_code, toast(refused)["text"]) == (409, "This can no longer be undone.")
    with tenancy.organization_scope(organization.pk):
        assert not Lead.objects.alive().exists()


@pytest.mark.parametrize("token", ["no-such-token", "a:b:c", "%00", "x" * 500])
def test_an_invented_undo_is_refused(client, token):
    refused = client.post(f"/leads/bulk/undo/{token}/", **HTMX)
    assert (refused.status_code, toast(refused)["text"]) == (409, "This can no longer be undone.")


# --- cost -------------------------------------------------------------------------------------------------


def test_a_question_costs_few_queries_however_many_are_selected(client, organization, leads):
    for door in ("owner", "tags", "stage"):
        with CaptureQueriesContext(connection) as queries:
            post(client, door, [*ids_of(leads), *(uuid.uuid4() for _ in range(190))], {})
        assert len(queries) <= 12
