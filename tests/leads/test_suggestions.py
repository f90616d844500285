"""What free-text filters suggest comes from leads that the person sees."""

import pytest
from django.urls import reverse

from leads import suggestions
from tests.factories.accounts import TeamFactory
from tests.factories.leads import LeadFactory


@pytest.fixture
def leads(organization, team, rep, other_organization):
    LeadFactory(organization=organization, assigned_to=rep, team=team, city="Bonn", industry="retail", country="")
    LeadFactory(organization=organization, team=team, city="Kiel", industry="", country="India")
    LeadFactory(organization=organization, team=TeamFactory(organization=organization), city="Ulm", country="")
    LeadFactory(organization=other_organization, city="Oslo")


def cities(user):
    return suggestions.values_for(user)["city"]


@pytest.mark.usefixtures("leads", "scope")
def test_nobody_is_told_of_places_of_leads_beyond_reach(admin, manager, rep, viewer):
    assert cities(admin) == cities(viewer) == ["Bonn", "Kiel", "Ulm"]
    assert cities(manager) == ["Bonn", "Kiel"]
    assert suggestions.values_for(rep)["country"] == ["India"]


@pytest.mark.usefixtures("scope")
def test_without_leads_nothing_is_suggested(rep):
    assert suggestions.values_for(rep) == {"country": [], "city": [], "industry": []}


@pytest.mark.usefixtures("leads")
def test_the_panel_of_filters_keeps_to_it(client_of, rep):
    page = client_of(rep).get(reverse("leads:lead_filters")).content.decode()
    assert "Bonn" in page
    assert "Ulm" not in page
