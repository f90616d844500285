"""Invitations: who may invite whom, and what a link is good for."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Invitation, User
from leadcrm.accounts.services import invitations
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError, NotAllowed
from leadcrm.core.public_tokens import hash_token
from tests.factories.accounts import InvitationFactory, TeamFactory, UserFactory

NEW = {"full_name": "Nia New", "password": "correct horse battery"}


def invite(actor, email="nia@new.example", role=Role.SALES_REP, team=None):
    return invitations.invite(email=email, role=role, team=team, actor=actor)


@pytest.fixture
def link(organization, admin):
    """A token whose invitation is open."""
    InvitationFactory(
        organization=organization, email="nia@new.example", role=Role.EDITOR, token="secret", invited_by=admin
    )
    return "/join/secret/"


def test_the_mail_carries_the_link_and_the_database_only_its_hash(admin, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), tenancy.organization_scope(admin.organization_id):
        sent = invite(admin, email=" Nia@New.Example ")
    [message] = mail.outbox
    assert message.to == ["nia@new.example"]
    html, kind = message.alternatives[0]
    assert f"/join/{sent.token}/" in message.body and f"/join/{sent.token}/" in html and kind == "text/html"
    assert "Acme Design" in message.subject and "Asha Rao" in message.body
    with tenancy.organization_scope(admin.organization_id):
        row = Invitation.objects.get()
        assert row.token_hash == hash_token(sent.token) != sent.token
        assert row.mailed_at is not None
        assert timedelta(days=6, hours=23) < row.expires_at - timezone.now() <= timedelta(days=7)
        assert ActivityLog.objects.filter(action="invitation.created", entity_id=row.pk).count() == 1


def test_a_mail_server_that_is_down_leaves_an_invitation_that_says_so(
    admin, settings, django_capture_on_commit_callbacks, caplog
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True), tenancy.organization_scope(admin.organization_id):
        invite(admin)
    with tenancy.organization_scope(admin.organization_id):
        assert Invitation.objects.get().mailed_at is None
    assert "could not be mailed" in caplog.text


def test_admin_may_invite_any_role_into_any_team(scope, admin, team):
    for number, role in enumerate(Role):
        sent = invite(admin, email=f"n{number}@new.example", role=role, team=team)
        assert (sent.invitation.role, sent.invitation.team) == (role, team)


def test_manager_invites_into_the_own_team_whatever_was_asked_for(scope, organization, manager, team):
    other = TeamFactory(organization=organization)
    assert invite(manager, team=other).invitation.team_id == team.pk


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_manager_never_invites_an_admin_or_manager(scope, manager, role):
    with pytest.raises(NotAllowed):
        invite(manager, role=role)


def test_manager_without_a_team_invites_nobody(scope, organization):
    with pytest.raises(NotAllowed):
        invite(UserFactory(manager=True, organization=organization))


@pytest.mark.parametrize("role", ["rep", "marketer", "editor", "viewer"])
def test_other_roles_invite_nobody(scope, request, role):
    with pytest.raises(NotAllowed):
        invite(request.getfixturevalue(role))


def test_an_address_with_an_account_cannot_be_invited_and_tells_nothing_about_other_organizations(
    admin, rep, outsider, staff, scope
):
    with pytest.raises(DomainError, match="belongs to your organization already"):
        invite(admin, email=rep.email.upper())
    refusals = set()
    for person in (outsider, staff):
        with pytest.raises(DomainError) as refusal:
            invite(admin, email=person.email)
        refusals.add(refusal.value.message.replace(person.email, "x"))
    assert refusals == {"x cannot be invited."}


def test_an_address_is_not_invited_twice_while_the_first_is_open(scope, admin):
    first = invite(admin).invitation
    with pytest.raises(DomainError, match="invited already"):
        invite(admin)
    invitations.revoke(invitation=first, actor=admin)
    assert invite(admin).invitation.pk != first.pk


def test_sending_again_replaces_the_link_and_its_end(scope, organization, admin):
    old = InvitationFactory(organization=organization, token="old", expired=True)
    sent = invitations.resend(invitation=old, actor=admin)
    assert invitations.find("old") is None
    assert invitations.find(sent.token).invitation_id == old.pk
    assert sent.invitation.is_open(timezone.now())


def test_closed_invitations_are_neither_sent_again_nor_taken_back(scope, organization, admin):
    accepted = InvitationFactory(organization=organization, accepted=True)
    revoked = InvitationFactory(organization=organization, revoked=True)
    for row in (accepted, revoked):
        with pytest.raises(invitations.InvitationClosed):
            invitations.resend(invitation=row, actor=admin)
    with pytest.raises(invitations.InvitationClosed):
        invitations.revoke(invitation=accepted, actor=admin)
    invitations.revoke(invitation=revoked, actor=admin)  # twice is harmless


def test_manager_handles_only_invitations_of_the_own_team(scope, organization, manager, team):
    own = InvitationFactory(organization=organization, team=team)
    above = InvitationFactory(organization=organization, team=team, role=Role.MANAGER)
    elsewhere = InvitationFactory(organization=organization)
    invitations.revoke(invitation=own, actor=manager)
    for row in (above, elsewhere):
        with pytest.raises(NotAllowed):
            invitations.revoke(invitation=row, actor=manager)


def test_whoever_opens_the_link_joins_with_the_role_and_is_signed_in(link, organization, team):
    browser = Client()
    page = browser.get(link)
    assert page.status_code == 200 and b"nia@new.example" in page.content and b"Acme Design" in page.content
    response = browser.post(link, NEW)
    assert (response.status_code, response["Location"]) == (302, "/")
    person = User.objects.get(email="nia@new.example")
    assert (person.full_name, person.role, person.organization_id) == ("Nia New", Role.EDITOR, organization.pk)
    assert person.emailaddress_set.get().verified
    assert browser.get("/me/").status_code == 200
    with tenancy.organization_scope(organization.pk):
        actions = set(ActivityLog.objects.filter(actor=person).values_list("action", flat=True))
        assert {"invitation.accepted", "user.created", "user.signed_in"} <= actions


def test_the_link_works_once(link):
    assert Client().post(link, NEW).status_code == 302
    again = Client().post(link, {**NEW, "full_name": "Eve"})
    assert again.status_code == 410
    assert User.objects.get(email="nia@new.example").full_name == "Nia New"


@pytest.mark.parametrize("state", ["expired", "revoked", "accepted"])
def test_a_link_that_is_closed_lets_nobody_in(organization, state):
    InvitationFactory(organization=organization, token="closed", **{state: True})
    for response in (Client().get("/join/closed/"), Client().post("/join/closed/", NEW)):
        assert response.status_code == 410
    assert not User.objects.filter(full_name="Nia New").exists()


def test_a_forged_token_lets_nobody_in(db, link):
    stored_hash = hash_token("secret")
    for token in ("wrong", stored_hash, "secret'--", "a" * 500, "ſecret"):
        assert Client().get(f"/join/{token}/").status_code == 410


def test_a_link_ends_after_seven_days(link):
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert Client().get(link).status_code == 410


def test_a_link_of_a_closed_organization_lets_nobody_in(link, organization):
    organization.is_active = False
    organization.save()
    assert Client().get(link).status_code == 410


def test_a_weak_password_is_refused_in_words(link):
    response = Client().post(link, {"full_name": "Nia", "password": "nia@new.example"})
    assert response.status_code == 422
    assert b"too similar" in response.content
    assert not User.objects.filter(email="nia@new.example").exists()


def test_an_address_that_got_an_account_meanwhile_is_told_to_sign_in(link, other_organization):
    UserFactory(organization=other_organization, email="nia@new.example")
    response = Client().post(link, NEW)
    assert response.status_code == 422 and b"Sign in instead" in response.content


def test_somebody_signed_in_is_asked_to_sign_out_first(link, client_of, outsider):
    browser = client_of(outsider)
    assert browser.get(link).status_code == 409
    assert browser.post(link, NEW).status_code == 409
    assert not User.objects.filter(email="nia@new.example").exists()


def test_sending_mails_to_strangers_is_limited(client_of, admin, organization, settings):
    settings.ACCOUNT_RATE_LIMITS = {"send_invitation": "2/h/user"}
    invitation, browser = InvitationFactory(organization=organization), client_of(admin)
    again = f"/settings/people/invitations/{invitation.pk}/mail/"
    assert [browser.post(again).status_code for _ in range(3)] == [303, 303, 429]
    assert browser.post("/settings/people/invitations/new/", {"email": "nia@new.example"}).status_code == 429
    assert browser.get("/settings/people/invitations/new/").status_code == 200


def test_trying_links_is_limited(link, settings):
    settings.ACCOUNT_RATE_LIMITS = {"accept_invitation": "3/m/ip"}
    statuses = [Client(REMOTE_ADDR="203.0.113.9").get("/join/guess/").status_code for _ in range(4)]
    assert statuses == [410, 410, 410, 429]
