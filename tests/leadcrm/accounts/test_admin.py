"""Organisations and people in the admin."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib import admin as django_admin
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import BusinessProfile, Invitation, Organization, User
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leads.models import PipelineStage
from tests.factories.accounts import PASSWORD, InvitationFactory, TeamFactory, UserFactory

ORGANIZATION = {"name": "New Studio", "slug": "new-studio", "is_active": "on", "domain": "", "industry": "", "size": "",
                "country": "DE", "currency": "EUR", "time_zone": "Europe/Berlin",
                "settings": "{}", "ai_config": "{}"}  # fmt: skip
INLINE = re.compile(
    rb"<script(?![^>]*src=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def person_url(person, page="change"):
    return reverse(f"admin:accounts_user_{page}", args=[person.pk])


def form_data(page, **changes):
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if name != "password"}
    data = {key: "on" if value is True else value for key, value in data.items() if value not in (None, False)}
    data = {key: value for key, value in {**data, **changes}.items() if value is not None}
    return {**data, "last_login_0": "", "last_login_1": ""}


def test_a_new_organization_gets_its_pipeline_and_leads_on_to_the_first_invitation(
    desk, django_capture_on_commit_callbacks
):
    response = desk.post(reverse("admin:accounts_organization_add"), ORGANIZATION)
    organization = Organization.objects.get(slug="new-studio")
    invite = reverse("admin:accounts_organization_invite", args=[organization.pk])
    assert (response.status_code, response["Location"]) == (302, invite)
    with tenancy.organization_scope(organization.pk):
        assert PipelineStage.objects.exists() and BusinessProfile.objects.exists()
        actions = set(ActivityLog.objects.values_list("action", flat=True))
        assert {"staff.added", "organization.created"} <= actions
    assert desk.get(invite).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(invite, {"email": "ada@studio.example", "role": Role.ADMIN})
    assert mail.outbox[-1].to == ["ada@studio.example"]
    link = re.search(r"http\S+(/join/\S+/)", mail.outbox[-1].body)[1]
    assert Client().post(link, {"full_name": "Ada", "password": "correct horse battery"}).status_code == 302
    assert User.objects.get(email="ada@studio.example").role == Role.ADMIN


def test_an_impossible_organization_is_refused(desk):
    for wrong in ({"currency": "XXX"}, {"time_zone": "Mars/Base"}, {"country": "ZZ"}):
        response = desk.post(reverse("admin:accounts_organization_add"), {**ORGANIZATION, **wrong})
        assert response.status_code == 200 and response.context["adminform"].form.errors


def test_an_organization_is_closed_and_never_deleted(desk, organization, rep):
    assert (
        desk.post(reverse("admin:accounts_organization_delete", args=[organization.pk]), {"post": "yes"}).status_code
        == 403
    )
    page = desk.get(reverse("admin:accounts_organization_change", args=[organization.pk]))
    assert f"?organization={organization.pk}".encode() in page.content  # the way to its rows
    desk.post(reverse("admin:accounts_organization_change", args=[organization.pk]), form_data(page, is_active=None))
    assert not Organization.objects.get(pk=organization.pk).is_active
    assert (
        Client().post("/accounts/login/", {"login": rep.email, "password": PASSWORD})["Location"]
        == "/accounts/inactive/"
    )


def test_a_person_added_in_the_admin_can_sign_in_at_once(desk, organization):
    data = {"email": "New@Acme.example", "full_name": "New Person", "organization": str(organization.pk),
            "role": "viewer", "team": "", "usable_password": "true", "password1": PASSWORD,
            "password2": PASSWORD}  # fmt: skip
    response = desk.post(reverse("admin:accounts_user_add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    person = User.objects.get(email="new@acme.example")
    assert EmailAddress.objects.get(user=person).verified
    assert Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD})["Location"] == "/"
    with tenancy.organization_scope(organization.pk):
        assert ActivityLog.objects.filter(action="staff.added", entity_id=person.pk).exists()


def test_a_person_needs_an_organization_or_to_be_staff(desk):
    data = {"email": "x@x.example", "full_name": "X", "role": "viewer", "usable_password": "true",
            "password1": PASSWORD, "password2": PASSWORD}  # fmt: skip
    response = desk.post(reverse("admin:accounts_user_add"), data)
    assert "organization" in response.context["adminform"].form.errors
    assert desk.post(reverse("admin:accounts_user_add"), {**data, "is_staff": "on"}).status_code == 302


def test_the_last_admin_is_safe_from_staff_too(desk, admin, organization):
    page = desk.get(person_url(admin))
    for changes in ({"role": Role.VIEWER}, {"is_active": None}):
        response = desk.post(person_url(admin), form_data(page, **changes))
        assert response.status_code == 200
        assert "last administrator" in str(response.context["adminform"].form.errors)
    UserFactory(admin=True, organization=organization)
    assert desk.post(person_url(admin), form_data(page, role=Role.VIEWER)).status_code == 302
    assert User.objects.get(pk=admin.pk).role == Role.VIEWER


def test_a_changed_address_is_the_one_to_sign_in_with(desk, rep):
    page = desk.get(person_url(rep))
    assert desk.post(person_url(rep), form_data(page, email="Ravi.New@acme.example")).status_code == 302
    person = User.objects.get(pk=rep.pk)
    assert person.email == "ravi.new@acme.example"
    assert list(person.emailaddress_set.values_list("email", "verified", "primary")) == [(person.email, True, True)]


def test_deactivation_in_the_admin_ends_sessions(desk, rep):
    browser = Client()
    browser.post("/accounts/login/", {"login": rep.email, "password": PASSWORD})
    assert UserSession.objects.filter(user=rep).exists()
    assert desk.post(person_url(rep), form_data(desk.get(person_url(rep)), is_active=None)).status_code == 302
    assert not UserSession.objects.filter(user=rep).exists()
    assert browser.get("/me/").status_code == 302


def test_staff_set_a_password_and_it_is_in_no_log(desk, rep, organization):
    address = reverse("admin:auth_user_password_change", args=[rep.pk])
    new = {"usable_password": "true", "password1": "another fine phrase", "password2": "another fine phrase"}
    assert desk.get(address).status_code == 200
    assert desk.post(address, new).status_code == 302
    assert Client().post("/accounts/login/", {"login": rep.email, "password": "another fine phrase"})["Location"] == "/"
    with tenancy.organization_scope(organization.pk):
        entries = str(list(ActivityLog.objects.values_list("changes", "metadata", "description")))
        assert ActivityLog.objects.filter(action="staff.changed", entity_id=rep.pk).exists()
    assert "another fine phrase" not in entries and "md5$" not in entries


def test_people_are_not_deleted(desk, rep):
    assert desk.post(person_url(rep, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=rep.pk).exists()


def test_a_lost_phone_is_helped_with_an_action(desk, rep, organization):
    totp.TOTP.activate(rep, "JBSWY3DPEHPK3PXP")
    desk.post(
        reverse("admin:accounts_user_changelist"), {"action": "remove_second_step", "_selected_action": [str(rep.pk)]}
    )
    assert not Authenticator.objects.filter(user=rep).exists()
    with tenancy.organization_scope(organization.pk):
        entry = ActivityLog.objects.get(action="user.second_factor_changed")
        assert entry.actor_name == "Sam Staff"


@pytest.fixture
def helper(db):
    """Staff who may manage people, but are no superuser."""
    person = UserFactory(staff=True, is_superuser=False, email="helper@leadcrm.example")
    for codename in ("view_user", "change_user", "add_user"):
        person.user_permissions.add(Permission.objects.get(codename=codename))
    return person


def test_staff_who_are_no_superuser_cannot_raise_anybody_or_touch_colleagues(client_of, helper, staff, rep):
    desk = client_of(helper)
    page = desk.get(person_url(rep))
    assert not {"is_staff", "is_superuser", "groups", "user_permissions"} & set(page.context["adminform"].form.fields)
    desk.post(person_url(rep), form_data(page, is_superuser="on", is_staff="on"))
    assert not User.objects.get(pk=rep.pk).is_superuser and not User.objects.get(pk=rep.pk).is_staff
    for colleague in (staff, helper):
        assert desk.post(person_url(colleague), {"full_name": "X"}).status_code == 403
        password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        assert desk.post(reverse("admin:auth_user_password_change", args=[colleague.pk]), password).status_code == 403
    totp.TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    for action in ("remove_second_step", "sign_out"):
        data = {"action": action, "_selected_action": [str(staff.pk)]}
        desk.post(reverse("admin:accounts_user_changelist"), data)
    assert Authenticator.objects.filter(user=staff).exists()


def test_a_team_of_another_organization_is_refused(desk, rep, other_organization):
    foreign = TeamFactory(organization=other_organization)
    response = desk.post(person_url(rep), form_data(desk.get(person_url(rep)), team=str(foreign.pk)))
    assert response.status_code == 200 and "team" in response.context["adminform"].form.errors


def test_invitations_show_no_hash_and_can_be_sent_again_or_taken_back(
    desk, organization, django_capture_on_commit_callbacks
):
    row = InvitationFactory(organization=organization, email="w@new.example", expired=True)
    assert row.token_hash.encode() not in desk.get(reverse("admin:accounts_invitation_change", args=[row.pk])).content
    address = reverse("admin:accounts_invitation_changelist")
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address, {"action": "send_again", "_selected_action": [str(row.pk)]})
    assert mail.outbox[-1].to == ["w@new.example"]
    desk.post(address, {"action": "take_back", "_selected_action": [str(row.pk)]})
    with tenancy.organization_scope(organization.pk):
        assert Invitation.objects.get().revoked_at is not None
        assert {"invitation.resent", "invitation.revoked"} <= set(ActivityLog.objects.values_list("action", flat=True))


def test_allauths_own_pages_which_log_nothing_are_closed():
    names = {model._meta.label for model in django_admin.site._registry}
    assert not names & {"account.EmailAddress", "mfa.Authenticator", "usersessions.UserSession"}


@pytest.mark.parametrize("name", ["index", "accounts_organization_changelist", "accounts_organization_add",
                                  "accounts_user_changelist", "accounts_user_add", "leads_lead_changelist",
                                  "leads_lead_add", "password_change"])  # fmt: skip
def test_pages_of_the_admin_are_clean_under_the_policy_and_carry_our_stylesheet(desk, organization, name):
    response = desk.get(reverse(f"admin:{name}"))
    assert response.status_code == 200
    assert not INLINE.search(response.content), INLINE.search(response.content)
    assert b"css/admin.css" in response.content
