"""Who may change whom."""

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import User
from leadcrm.accounts.services import people
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import NotAllowed
from tests.factories.accounts import PASSWORD, TeamFactory, UserFactory


def change(person, actor, **changes):
    facts = {"full_name": person.full_name, "role": person.role, "team": person.team, **changes}
    return people.change_person(person=person, actor=actor, **facts)


def test_admin_changes_name_role_and_team_with_an_entry_each(scope, admin, viewer, team):
    person = change(viewer, admin, full_name=" New Name ", role=Role.EDITOR, team=team)
    assert (person.full_name, person.role, person.team_id) == ("New Name", Role.EDITOR, team.pk)
    entries = {entry.action: entry.changes for entry in ActivityLog.objects.filter(entity_id=viewer.pk)}
    assert entries["user.updated"]["team"] == [None, "North"]
    assert entries["user.role_changed"] == {"role": ["viewer", "editor"]}


def test_saving_without_a_change_writes_no_entry(scope, admin, viewer):
    change(viewer, admin)
    assert not ActivityLog.objects.filter(entity_id=viewer.pk).exists()


def test_the_last_admin_cannot_be_demoted(scope, admin):
    with pytest.raises(people.LastAdmin):
        change(admin, admin, role=Role.VIEWER)
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN


def test_a_deactivated_admin_does_not_count_as_one(scope, organization, admin):
    UserFactory(admin=True, organization=organization, is_active=False)
    with pytest.raises(people.LastAdmin):
        change(admin, admin, role=Role.VIEWER)


def test_an_admin_of_another_organization_does_not_count_as_one(admin, outsider, scope):
    with pytest.raises(people.LastAdmin):
        change(admin, admin, role=Role.VIEWER)


def test_an_admin_can_step_down_while_another_stays(scope, organization, admin):
    UserFactory(admin=True, organization=organization)
    assert change(admin, admin, role=Role.VIEWER).role == Role.VIEWER


def test_the_last_admin_cannot_be_deactivated(scope, organization, admin):
    other = UserFactory(admin=True, organization=organization)
    people.deactivate_person(person=other, actor=admin)
    with pytest.raises(NotAllowed):  # nobody deactivates themself
        people.deactivate_person(person=admin, actor=admin)
    admin.refresh_from_db()
    assert admin.is_active


def test_manager_changes_people_of_the_own_team_only(scope, organization, manager, rep):
    assert change(rep, manager, role=Role.VIEWER).role == Role.VIEWER
    stranger = UserFactory(rep=True, organization=organization, team=TeamFactory(organization=organization))
    with pytest.raises(NotAllowed):
        change(stranger, manager, full_name="Somebody Else")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_manager_cannot_raise_anybody_to_their_own_rank_or_above(scope, manager, rep, role):
    with pytest.raises(NotAllowed):
        change(rep, manager, role=role)


def test_manager_cannot_change_themself_or_another_manager_of_the_team(scope, organization, team, manager):
    peer = UserFactory(manager=True, organization=organization, team=team)
    for person in (manager, peer):
        with pytest.raises(NotAllowed):
            change(person, manager, role=Role.ADMIN)
        with pytest.raises(NotAllowed):
            people.deactivate_person(person=person, actor=manager)


def test_manager_cannot_move_people_to_another_team(scope, organization, manager, rep):
    with pytest.raises(NotAllowed):
        change(rep, manager, team=TeamFactory(organization=organization))
    with pytest.raises(NotAllowed):
        change(rep, manager, team=None)


def test_manager_without_a_team_manages_nobody(scope, organization, viewer):
    loose = UserFactory(manager=True, organization=organization)
    with pytest.raises(NotAllowed):
        change(viewer, loose, full_name="Somebody Else")


@pytest.mark.parametrize("role", ["rep", "marketer", "editor", "viewer"])
def test_other_roles_change_nobody(scope, request, admin, viewer, role):
    with pytest.raises(NotAllowed):
        change(viewer, request.getfixturevalue(role), full_name="Somebody Else")


def test_an_admin_cannot_change_people_of_another_organization(admin, other_organization, scope):
    stranger = UserFactory(rep=True, organization=other_organization)
    with pytest.raises(NotAllowed):
        change(stranger, admin, full_name="Somebody Else")


def test_an_actor_who_was_demoted_meanwhile_is_refused(scope, organization, admin, viewer):
    stale = UserFactory(admin=True, organization=organization)
    User.objects.filter(pk=stale.pk).update(role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        change(viewer, stale, role=Role.ADMIN)


def test_deactivation_ends_every_session_and_reactivation_does_not_bring_them_back(db, admin, rep):
    browser = Client()
    assert browser.post("/accounts/login/", {"login": rep.email, "password": PASSWORD}).status_code == 302
    assert browser.get("/me/").status_code == 200
    assert UserSession.objects.filter(user=rep).exists()
    with tenancy.organization_scope(admin.organization_id):
        people.deactivate_person(person=rep, actor=admin)
        people.deactivate_person(person=rep, actor=admin)  # a double click is harmless
        assert ActivityLog.objects.filter(action="user.deactivated").count() == 1
        people.reactivate_person(person=rep, actor=admin)
        assert ActivityLog.objects.filter(action="user.reactivated").count() == 1
    assert browser.get("/me/").status_code == 302
    assert not UserSession.objects.filter(user=rep).exists()


def test_change_of_own_account_keeps_other_preferences(scope, rep):
    User.objects.filter(pk=rep.pk).update(preferences={"columns": ["a"], "shortcuts": True})
    person = people.change_own_account(person=rep, full_name="Ravi N.", preferences={"shortcuts": False})
    assert person.preferences == {"columns": ["a"], "shortcuts": False}
    assert person.role == Role.SALES_REP


def test_row_level_security_has_no_say_over_people_so_the_queryset_must(admin, outsider, scope):
    # People stand outside row level security, because sign-in must find them.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user WHERE id = %s", [outsider.pk])
        assert cursor.fetchone() == (1,)
    assert outsider not in User.objects.reachable_by(admin)
