"""The palette finds leads that the person sees, and pages that the person may open."""

import pytest
from django.urls import reverse

from tests.factories.leads import LeadFactory


@pytest.fixture
def leads(organization, team, rep):
    return [
        LeadFactory(organization=organization, company="Fjord Marine", assigned_to=rep, team=team),
        LeadFactory(organization=organization, company="Fjord Freight"),
    ]


def ask(client, query):
    return client.get(reverse("core:palette"), {"q": query}, headers={"HX-Request": "true"}).content.decode()


def test_everybody_finds_only_what_they_see(client_of, leads, admin, rep, outsider):
    assert "Fjord Marine" in (found := ask(client_of(admin), "fjord"))
    assert "Fjord Freight" in found
    assert "Fjord Marine" in (found := ask(client_of(rep), "fjord"))
    assert "Fjord Freight" not in found
    assert "Fjord Marine" not in ask(client_of(outsider), "fjord")


def test_a_part_of_a_word_finds_too(client_of, leads, admin):
    assert "Fjord Marine" in ask(client_of(admin), "jord mar")


@pytest.mark.parametrize("query", ["", "   ", "%", "_", "\x00", "'; DROP", "a" * 5000, "((", '"'])
def test_strange_queries_are_answered(client_of, leads, admin, query):
    assert client_of(admin).get(reverse("core:palette"), {"q": query}).status_code == 200


def test_pages_are_offered_by_right(client_of, admin, viewer):
    assert "New lead" not in ask(client_of(viewer), "new lead")


def test_the_palette_asks_the_database_little(client_of, leads, admin, django_assert_max_num_queries):
    client = client_of(admin)
    with django_assert_max_num_queries(12):
        ask(client, "fjord")
