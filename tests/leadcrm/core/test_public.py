"""Doors for people without an account: whose rows they show, and what they leave behind."""

import hashlib

import pytest
from django.test import Client

from leadcrm.accounts.models import Team
from leadcrm.accounts.signals import public_page_served
from leadcrm.core import public_tokens, tenancy
from tests.factories.accounts import InvitationFactory, TeamFactory

pytestmark = pytest.mark.urls("tests.leadcrm.core.public_urls")


@pytest.fixture
def teams(organization, other_organization):
    TeamFactory(organization=organization, name="Ours")
    TeamFactory(organization=other_organization, name="Theirs")


@pytest.mark.parametrize("who", [None, "rep", "outsider", "staff"])
def test_a_public_page_shows_the_rows_of_the_organization_in_its_address_to_everybody(request, teams, client_of, who):
    browser = client_of(request.getfixturevalue(who)) if who else Client()
    answer = browser.get("/p/globex/")
    assert answer.status_code == 200
    assert answer.content.decode() == "Globex: Theirs; actor None"


def test_a_lazy_answer_is_rendered_while_its_rows_are_there(teams):
    assert Client().get("/lazy/acme-design/").content == b"Ours"


@pytest.mark.parametrize("slug", ["nobody", "Acme-Design"])
def test_an_address_of_nobody_is_not_found(teams, slug):
    assert Client().get(f"/p/{slug}/").status_code == 404


def test_a_closed_organization_has_no_public_pages(organization):
    organization.is_active = False
    organization.save()
    assert Client().get("/p/acme-design/").status_code == 404


def test_a_public_page_needs_few_queries(teams, django_assert_max_num_queries):
    with django_assert_max_num_queries(
        7
    ):  # organisation, transaction and scope, the page's own, the view that is counted
        Client().get("/p/acme-design/")


def test_a_public_page_sets_no_cookie(teams):
    assert Client().get("/layout/acme-design/").cookies == {}


def test_what_fails_leaves_nothing_behind(teams, organization):
    Client().post("/p/acme-design/", {"status": "500"})
    with tenancy.organization_scope(organization.pk):
        assert not Team.objects.filter(name="Posted").exists()
    Client().post("/p/acme-design/", {"status": "200"})
    with tenancy.organization_scope(organization.pk):
        assert Team.objects.filter(name="Posted").exists()


def test_apps_above_hear_of_every_answer_in_its_scope(teams, organization):
    heard = []

    def listen(organization, response, **_):
        heard.append((organization.slug, response.status_code, tenancy.current_organization_id()))

    public_page_served.connect(listen)
    try:
        Client().get("/p/acme-design/")
    finally:
        public_page_served.disconnect(listen)
    assert heard == [("acme-design", 200, organization.pk)]


def test_a_link_opens_the_scope_of_the_organization_that_gave_it_out(organization):
    invitation = InvitationFactory(organization=organization, token="secret")
    assert Client().get("/link/secret/").content.decode() == f"Acme Design: {invitation.pk}"


@pytest.mark.parametrize("token", ["wrong", "s" * 5000, "%00", "ü"])
def test_a_link_that_nobody_gave_out_is_not_found(organization, token):
    InvitationFactory(organization=organization, token="secret")
    assert Client().get(f"/link/{token}/").status_code == 404


def test_a_link_of_a_closed_organization_is_not_found(organization):
    InvitationFactory(organization=organization, token="secret")
    organization.is_active = False
    organization.save()
    assert Client().get("/link/secret/").status_code == 404


def test_a_token_is_known_by_its_hash_alone():
    token, kept = public_tokens.new_token()
    assert kept == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) >= 43, "256 bits"
    assert public_tokens.new_token()[0] != token


def test_a_token_of_another_organization_leads_nowhere_here(organization, other_organization):
    invitation = InvitationFactory(organization=other_organization, token="theirs")
    with tenancy.organization_scope(organization.pk):
        assert public_tokens.find_here("accounts_find_invitation", "theirs") is None
    with tenancy.organization_scope(other_organization.pk):
        assert public_tokens.find_here("accounts_find_invitation", "theirs") == invitation.pk


def test_only_names_of_functions_are_called(db):
    with pytest.raises(ValueError):
        public_tokens.find("accounts_find_invitation('x'); SELECT", "token")
