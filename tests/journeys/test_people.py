"""People, organisation and audit in a browser: what somebody does there by hand."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from leadcrm.accounts.models import Invitation, Team, User
from leadcrm.core import tenancy
from tests.factories.accounts import InvitationFactory
from tests.journeys.test_pages import check

pytestmark = pytest.mark.browser


@pytest.fixture
def world(demo):
    """The demo organisation with an invitation, a team and an entry to look at."""
    InvitationFactory(organization=demo.organization, email="new@demo.example", token="open-link")
    with tenancy.organization_scope(demo.organization.pk):
        demo.team = Team.objects.first()
    return demo


def test_forms_with_errors_are_accessible(open_page, site, world):
    page = open_page("admin")
    for name, button in (("accounts:invitation_create", "Send the invitation"), ("accounts:team_create", "Save")):
        page.goto(site + reverse(name))
        page.evaluate("document.querySelectorAll('form').forEach((form) => form.noValidate = true)")
        page.get_by_role("button", name=button).click()
        page.get_by_text("Not saved yet").wait_for()
        check(page)


def test_an_admin_invites_somebody_who_joins_and_is_deactivated(open_page, site, world):
    page = open_page("admin")
    page.goto(site + reverse("accounts:person_list"))
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail address").fill("nia@new.example")
    page.get_by_label("Role").select_option(label="Viewer")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("nia@new.example", exact=True).wait_for()
    link = re.search(r"http\S+(/join/\S+/)", mail.outbox[-1].body)[1]

    newcomer = open_page(None)
    newcomer.goto(site + link)
    newcomer.get_by_label("Your name").fill("Nia New")
    newcomer.get_by_label("Password").fill("correct horse battery")
    newcomer.get_by_role("button", name="Join").click()
    newcomer.wait_for_url(lambda address: "/join/" not in address)
    newcomer.goto(site + reverse("accounts:profile"))
    newcomer.locator("main").get_by_text("nia@new.example").first.wait_for()

    page.goto(site + reverse("accounts:person_list"))
    page.get_by_role("searchbox").fill("nia")
    page.get_by_role("cell", name="Asha Verma").wait_for(state="detached")
    page.get_by_role("button", name="Deactivate Nia New").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    page.get_by_role("cell", name="Deactivated").wait_for()
    assert not User.objects.get(email="nia@new.example").is_active
    newcomer.goto(site + reverse("accounts:profile"))
    assert "/accounts/login/" in newcomer.url


def test_filters_of_the_audit_page_live_in_the_address(open_page, site, world):
    with tenancy.organization_scope(world.organization.pk):
        assert Invitation.objects.exists()
    page = open_page("admin")
    page.goto(site + reverse("accounts:organization"))
    page.get_by_label("Industry").fill("design")
    page.get_by_role("button", name="Save").click()
    page.goto(site + reverse("audit:entry_list"))
    page.get_by_label("Action").select_option("organization.updated")
    page.wait_for_url(lambda address: "action=organization.updated" in address)
    assert "person=" not in page.url
    page.get_by_role("link", name="changed the organization").click()
    page.get_by_role("cell", name="design").wait_for()


def test_single_key_shortcuts_and_theme_are_switched_on_the_profile(open_page, site, world):
    page = open_page("rep")
    page.goto(site + reverse("accounts:profile"))
    page.get_by_role("radio", name="Dark").check()
    page.get_by_role("checkbox", name="Single-key shortcuts", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    page.locator("html[data-theme=dark][data-shortcuts=off]").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_admin_breaks_no_policy(open_page, site, world, scheme):
    page = open_page("staff", scheme=scheme)
    lead = reverse("admin:leads_lead_changelist")
    for address in (
        "/admin/",
        reverse("admin:accounts_organization_changelist"),
        reverse("admin:accounts_organization_add"),
        reverse("admin:accounts_organization_invite", args=[world.organization.pk]),
        reverse("admin:accounts_user_add"),
        reverse("admin:accounts_user_change", args=[world.people["rep@demo.example"].pk]),
        lead,
        reverse("admin:leads_lead_add"),
    ):
        response = page.goto(site + address)
        page.wait_for_load_state("networkidle")
        assert response.status == 200
    page.goto(site + lead)
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("link", name="History").click()
    page.locator("table.history").wait_for()
    page.goto(site + reverse("admin:leads_tag_add"))
    page.get_by_role("combobox").first.click()  # the organization is found by typing, without a long list
    page.get_by_role("option", name=world.organization.name).click()
    page.get_by_label("Name").fill("From the admin")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()
