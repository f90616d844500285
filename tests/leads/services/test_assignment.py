"""Who may take a lead from whom, on every way that leads there."""

import pytest
from django.urls import reverse

from leadcrm.audit import settings
from leadcrm.core import tenancy
from leadcrm.core.errors import NotAllowed
from leads.models import Lead
from leads.services import assignment, bulk
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory


@pytest.fixture
def elsewhere(organization):
    return UserFactory(rep=True, organization=organization, team=TeamFactory(organization=organization, name="South"))


@pytest.fixture
def theirs(organization, elsewhere):
    """Return a lead of another team."""
    return LeadFactory(organization=organization, assigned_to=elsewhere, team=elsewhere.team, company="Theirs")


@pytest.fixture
def open_house(organization, admin):
    """Let managers and reps see every lead."""
    with tenancy.organization_scope(organization.pk):
        for key in ("leads.manager_reach", "leads.rep_reach"):
            settings.change(key=key, value="all", actor=admin)


@pytest.mark.usefixtures("open_house", "scope")
@pytest.mark.parametrize("to_nobody", [True, False])
def test_a_manager_who_sees_all_leads_assigns_within_the_team_all_the_same(manager, rep, theirs, to_nobody):
    to = None if to_nobody else rep
    with pytest.raises(NotAllowed, match="Theirs belongs to another team"):
        assignment.assign_lead(lead=theirs, to=to, actor=manager)
    with pytest.raises(NotAllowed, match="Theirs belongs to another team"):
        bulk.assign_leads(ids=[theirs.pk], to=to, actor=manager)
    assert Lead.objects.get().assigned_to == theirs.assigned_to


@pytest.mark.usefixtures("open_house")
def test_the_page_offers_no_change_of_owner_that_would_be_refused(client_of, manager, rep, theirs):
    link = reverse("leads:lead_assign", args=[theirs.pk])
    for person in (manager, rep):
        assert link not in client_of(person).get(reverse("leads:lead_detail", args=[theirs.pk])).content.decode()


@pytest.mark.usefixtures("scope")
def test_a_manager_gives_out_what_the_team_or_nobody_has(manager, rep, organization, team, elsewhere):
    LeadFactory(organization=organization, team=team, assigned_to=elsewhere)
    LeadFactory(organization=organization, team=team)
    LeadFactory(organization=organization, assigned_to=manager)
    for lead in Lead.objects.all():
        assert assignment.assign_lead(lead=lead, to=rep, actor=manager).assigned_to == rep
