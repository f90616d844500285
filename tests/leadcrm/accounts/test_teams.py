"""Teams and who runs them."""

import pytest

from leadcrm.accounts.models import Team, User
from leadcrm.accounts.services import teams
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError, NotAllowed
from tests.factories.accounts import TeamFactory, UserFactory


def test_a_manager_without_a_team_joins_the_team_they_run(scope, organization, admin):
    loose = UserFactory(manager=True, organization=organization)
    team = teams.create_team(name=" South ", description="", manager=loose, actor=admin)
    assert (team.name, team.manager) == ("South", loose)
    assert User.objects.get(pk=loose.pk).team_id == team.pk
    assert ActivityLog.objects.filter(action="team.created", entity_id=team.pk).exists()


def test_an_admin_who_runs_a_team_does_not_join_it(scope, admin):
    team = teams.create_team(name="South", description="", manager=admin, actor=admin)
    admin.refresh_from_db()
    assert team.manager == admin and admin.team_id is None


def test_nobody_else_can_be_made_manager(organization, admin, manager, rep, outsider, scope):
    busy_elsewhere = manager  # runs North already
    deactivated = UserFactory(manager=True, organization=organization, is_active=False)
    for person in (busy_elsewhere, deactivated, rep, outsider):
        with pytest.raises(DomainError, match="cannot run this team"):
            teams.create_team(name="South", description="", manager=person, actor=admin)


def test_names_are_unique_whatever_the_case(scope, admin, team):
    with pytest.raises(DomainError, match="is a team called"):
        teams.create_team(name="NORTH", description="", manager=None, actor=admin)
    other = teams.create_team(name="South", description="", manager=None, actor=admin)
    with pytest.raises(DomainError):
        teams.change_team(team=other, name="north", description="", manager=None, actor=admin)
    assert teams.change_team(team=team, name="NORTH", description="", manager=None, actor=admin).name == "NORTH"


def test_two_organizations_may_use_one_name(admin, outsider):
    for person in (admin, outsider):
        with tenancy.organization_scope(person.organization_id):
            teams.create_team(name="North", description="", manager=None, actor=person)
            assert Team.objects.count() == 1


def test_a_team_with_people_is_not_deleted(scope, admin, team, rep):
    with pytest.raises(DomainError, match="1 person"):
        teams.delete_team(team=team, actor=admin)
    assert Team.objects.filter(pk=team.pk).exists()


def test_an_empty_team_is_deleted_with_an_entry(scope, organization, admin):
    team = TeamFactory(organization=organization)
    pk = team.pk
    teams.delete_team(team=team, actor=admin)
    assert not Team.objects.exists()
    assert ActivityLog.objects.filter(action="team.deleted", entity_id=pk).exists()


@pytest.mark.parametrize("role", ["manager", "rep", "marketer", "editor", "viewer", "outsider"])
def test_only_admins_of_the_organization_manage_teams(request, organization, team, role):
    actor = request.getfixturevalue(role)
    with tenancy.organization_scope(organization.pk):
        with pytest.raises(NotAllowed):
            teams.create_team(name="South", description="", manager=None, actor=actor)
        with pytest.raises(NotAllowed):
            teams.delete_team(team=team, actor=actor)
