"""Races between people: real connections, real commits."""

import pytest
from django.core import mail
from django.test import Client

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Invitation, Team, User
from leadcrm.accounts.services import invitations, people, teams
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from tests.at_once import act_while_others_hold, at_once
from tests.factories.accounts import InvitationFactory, UserFactory
from tests.personas import BACKEND

pytestmark = pytest.mark.django_db(transaction=True)


def demote(person, actor):
    def act():
        with tenancy.organization_scope(actor.organization_id, actor_id=actor.pk):
            return people.change_person(
                person=person, full_name=person.full_name, role=Role.VIEWER, team=None, actor=actor
            )

    return act


@pytest.mark.parametrize("attempt", range(5))
def test_two_admins_who_demote_each_other_leave_one(organization, admin, attempt):
    other = UserFactory(admin=True, organization=organization)
    results = at_once(demote(other, admin), demote(admin, other))
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert User.objects.in_organization(organization.pk).active().admins().count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_two_admins_who_step_down_at_once_leave_one(organization, admin, attempt):
    other = UserFactory(admin=True, organization=organization)
    results = at_once(demote(admin, admin), demote(other, other))
    assert sorted(isinstance(result, people.LastAdmin) for result in results) == [False, True]
    assert User.objects.in_organization(organization.pk).active().admins().count() == 1


def test_two_admins_who_deactivate_each_other_in_the_browser_leave_one_and_nobody_waits_for_ever(organization, admin):
    other = UserFactory(admin=True, organization=organization)
    # Nobody was here for long, so that both requests note the activity of their person as well.
    User.objects.update(last_active_at="2020-01-01T00:00:00Z")
    browsers = []
    for person in (admin, other):
        browser = Client(raise_request_exception=False)
        browser.force_login(person, backend=BACKEND)
        browsers.append(browser)
    first, second = at_once(
        lambda: browsers[0].post(f"/settings/people/{other.pk}/activation/", {"active": "no"}).status_code,
        lambda: browsers[1].post(f"/settings/people/{admin.pk}/activation/", {"active": "no"}).status_code,
    )
    assert {first, second} <= {303, 302}
    assert User.objects.in_organization(organization.pk).active().admins().count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_link_clicked_twice_at_once_makes_one_account(organization, attempt):
    invitation = InvitationFactory(organization=organization, email="nia@new.example")

    def accept(name):
        def act():
            with tenancy.organization_scope(organization.pk):
                return invitations.accept(invitation_id=invitation.pk, full_name=name, password="correct horse battery")

        return act

    results = at_once(accept("One"), accept("Two"))
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert User.objects.filter(email="nia@new.example").count() == 1


def test_the_mail_of_an_invitation_leaves_once_the_request_is_committed(organization, admin):
    browser = Client()
    browser.force_login(admin, backend=BACKEND)
    browser.post("/settings/people/invitations/new/", {"email": "nia@new.example", "role": Role.VIEWER})
    assert [message.to for message in mail.outbox] == [["nia@new.example"]]
    with tenancy.organization_scope(organization.pk):
        assert Invitation.objects.get().mailed_at is not None
    assert "Mail not sent" not in browser.get("/settings/people/").content.decode()


def test_two_organizations_that_invite_one_address_share_nobody(organization, other_organization):
    rows = [InvitationFactory(organization=one, email="nia@new.example") for one in (organization, other_organization)]

    def accept(row):
        def act():
            with tenancy.organization_scope(row.organization_id):
                return invitations.accept(invitation_id=row.pk, full_name="Nia", password="correct horse battery")

        return act

    results = at_once(*[accept(row) for row in rows])
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert User.objects.filter(email="nia@new.example").count() == 1


def test_whoever_waits_for_a_team_replaces_the_manager_that_it_has_by_then(organization, team, admin, manager):
    other = UserFactory(admin=True, organization=organization)
    answer = act_while_others_hold(
        organization.pk,
        lambda: Team.objects.filter(pk=team.pk).update(manager=other),
        lambda: teams.change_team(team=team, name=team.name, description="", manager=None, actor=admin),
    )
    assert answer.manager is None
    with tenancy.organization_scope(organization.pk):
        assert Team.objects.get(pk=team.pk).manager is None
        changes = ActivityLog.objects.get(action="team.updated").changes
    assert str(other) in str(changes["manager"])
