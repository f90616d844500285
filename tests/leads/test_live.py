"""Who hears of which news about leads."""

import itertools

import pytest

from leadcrm.audit import settings
from leadcrm.core.live import KINDS, Audience, announce
from leads.live import APP, reach_facts, sees_lead
from leads.models import Lead
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


def audience_of(user):
    return Audience(user.pk, user.organization_id, {APP: reach_facts(user)})


@pytest.mark.parametrize("rep_reach", ["own", "all"])
@pytest.mark.parametrize("manager_reach", ["team", "all"])
def test_news_reach_exactly_those_who_see_the_lead(
    organization, scope, admin, manager, rep, viewer, team, rep_reach, manager_reach
):
    settings.change(key="leads.rep_reach", value=rep_reach, actor=admin)
    settings.change(key="leads.manager_reach", value=manager_reach, actor=admin)
    loner = UserFactory(organization=organization, rep=True)
    lonely_manager = UserFactory(organization=organization, manager=True)
    teams = [None, team, TeamFactory(organization=organization)]
    people = [admin, manager, rep, viewer, loner, lonely_manager]
    for owner, of_team in itertools.product([None, *people], teams):
        lead = LeadFactory(organization=organization, assigned_to=owner, team=of_team)
        event = {"owner": str(owner.pk) if owner else None, "team": str(of_team.pk) if of_team else None}
        for person in people:
            is_seen = Lead.objects.visible_to(person).filter(pk=lead.pk).exists()
            assert sees_lead(event, audience_of(person)) is is_seen, (person, owner, of_team)


def test_ranges_of_the_board_are_what_one_sees_and_nothing_twice(
    organization, scope, admin, manager, rep, viewer, team
):
    loner = UserFactory(organization=organization, rep=True)
    people = [admin, manager, rep, viewer, loner, UserFactory(organization=organization, manager=True)]
    for owner, of_team in itertools.product([None, *people], [None, team, TeamFactory(organization=organization)]):
        LeadFactory(organization=organization, assigned_to=owner, team=of_team)
    for person in people:
        ranges = [list(leads.values_list("pk", flat=True)) for leads in Lead.objects.alive().ranges_of(person)]
        found = list(itertools.chain.from_iterable(ranges))
        assert sorted(found) == sorted(Lead.objects.visible_to(person).values_list("pk", flat=True))


def test_news_that_nobody_could_hear_are_refused(scope):
    with pytest.raises(KeyError, match="No kind of live news is called 'leed'"):
        announce("leed", id="1")


def test_every_kind_shows_ids_at_most():
    assert {name: kind.shows for name, kind in KINDS} == {
        "lead": ("id",), "board": (), "job": ("id",), "notification": ("id",),
    }  # fmt: skip
