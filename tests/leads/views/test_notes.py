import json

import pytest
from django.urls import reverse

from leadcrm.core import tenancy
from leads.models import LeadNote
from leads.services import notes
from tests.factories.leads import LeadFactory
from tests.leads.views.sent import fields_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team)


@pytest.fixture
def note(lead, rep):
    with tenancy.organization_scope(lead.organization_id):
        return notes.add_note(lead=lead, content="First words", actor=rep)


def contents(lead):
    with tenancy.organization_scope(lead.organization_id):
        return list(LeadNote.objects.order_by("created_at").values_list("content", flat=True))


def test_a_note_is_saved_and_the_page_told(client_of, rep, lead):
    url = reverse("leads:note_create", args=[lead.pk])
    response = client_of(rep).post(url, {"content": "Prefers mornings"}, **HTMX)
    assert response.status_code == 204
    assert {"lead:changed", "composer:reset", "toast"} <= set(json.loads(response["HX-Trigger"]))
    assert contents(lead) == ["Prefers mornings"]


def test_without_a_script_the_page_comes_back(client_of, rep, lead):
    url = reverse("leads:note_create", args=[lead.pk])
    client = client_of(rep)
    assert fields_of(client.get(url), url) == {"content": ""}
    response = client.post(url, {"content": "Prefers mornings"})
    assert response["Location"] == reverse("leads:lead_detail", args=[lead.pk])


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "Write something"), ("x" * 1_048_576, "this one has 1,048,576"), ("\x00", "Null characters")],
)
def test_a_note_that_cannot_be_saved_stays_in_the_form(client_of, rep, lead, content, words):
    url = reverse("leads:note_create", args=[lead.pk])
    response = client_of(rep).post(url, {"content": content}, **HTMX)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert fields_of(response, url)["content"].replace("\ufffd", "\x00") == content
    assert contents(lead) == []


def test_a_note_is_changed_by_its_author_alone(client_of, rep, manager, note, lead):
    url = reverse("leads:note_edit", args=[note.pk])
    client = client_of(rep)
    assert fields_of(client.get(url), url) == {"content": "First words"}
    assert client.post(url, {"content": "Other words"}, **HTMX).status_code == 204
    assert client_of(manager).post(url, {"content": "Third words"}, **HTMX).status_code == 403
    assert client.post(url, {"content": " "}, **HTMX).status_code == 422
    assert contents(lead) == ["Other words"]


def test_notes_are_deleted_by_author_or_manager(client_of, rep, manager, editor, viewer, outsider, note, lead):
    url = reverse("leads:note_delete", args=[note.pk])
    assert client_of(rep).get(url).status_code == 405
    for person, status in ((viewer, 403), (outsider, 404), (editor, 403), (manager, 204), (manager, 404)):
        assert client_of(person).post(url, **HTMX).status_code == status, person
    assert contents(lead) == []


def test_only_those_who_edit_write(client_of, viewer, outsider, lead):
    url = reverse("leads:note_create", args=[lead.pk])
    assert client_of(viewer).post(url, {"content": "x"}).status_code == 403
    assert client_of(outsider).post(url, {"content": "x"}).status_code == 404
    assert contents(lead) == []
