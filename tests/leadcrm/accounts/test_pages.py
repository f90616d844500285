"""The pages about people and the organisation: who may open them, and what they do."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leadcrm.accounts.choices import COMPANY_SIZE_BANDS, Role
from leadcrm.accounts.models import BusinessProfile, Invitation, Organization, Team, User
from leadcrm.audit import settings as options
from leadcrm.audit.models import ActivityLog, RateTable
from leadcrm.core import tenancy
from leads.choices import CompanySize
from tests.factories.accounts import InvitationFactory, TeamFactory, UserFactory

INLINE = re.compile(rb"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
ROLES = ("admin", "manager", "rep", "marketer", "editor", "viewer")
PAGES = {
    "accounts:profile": ROLES,
    "accounts:person_list": ("admin", "manager"),
    "accounts:invitation_create": ("admin", "manager"),
    "accounts:team_list": ("admin",),
    "accounts:team_create": ("admin",),
    "accounts:organization": ("admin",),
    "accounts:business_profile": ("admin",),
    "accounts:options": ("admin",),
    "accounts:score_points": ("admin",),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", PAGES)
def test_each_role_gets_the_pages_of_the_matrix(request, client_of, team, role, name):
    browser = client_of(request.getfixturevalue(role))
    response = browser.get(reverse(name))
    assert response.status_code == (200 if role in PAGES[name] else 403)
    if response.status_code == 200:
        assert not INLINE.search(response.content), INLINE.search(response.content)
        assert response.content.count(b"<h1>") == 1
        assert b"placeholder=" not in response.content
    else:
        assert browser.post(reverse(name), {}).status_code in (403, 405)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_stays_within_a_dozen_queries_however_many_rows(client_of, admin, organization, name):
    for _ in range(3):
        team = TeamFactory(organization=organization, manager=admin)
        for _ in range(4):
            UserFactory(organization=organization, team=team)
        InvitationFactory(organization=organization, team=team, invited_by=admin)
    browser = client_of(admin)
    browser.get(reverse(name))
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(reverse(name)).status_code == 200
    ours = [q["sql"] for q in queries if not re.match(r"(SAVEPOINT|RELEASE|SET LOCAL)", q["sql"])]
    assert len(ours) <= 12, "\n".join(ours)


def test_things_of_another_organization_do_not_exist(client_of, admin, other_organization, outsider):
    team = TeamFactory(organization=other_organization)
    invitation = InvitationFactory(organization=other_organization)
    browser = client_of(admin)
    for name, thing in (
        ("accounts:person_edit", outsider),
        ("accounts:person_activation", outsider),
        ("accounts:team_edit", team),
        ("accounts:team_deletion", team),
        ("accounts:invitation_mail", invitation),
        ("accounts:invitation_revocation", invitation),
    ):
        address = reverse(name, args=[thing.pk])
        assert browser.post(address, {"active": "no"}).status_code == 404
        assert browser.get(address).status_code in (404, 405)
    assert User.objects.get(pk=outsider.pk).is_active


def test_a_team_of_another_organization_cannot_be_chosen(client_of, admin, rep, other_organization):
    foreign = TeamFactory(organization=other_organization)
    data = {"full_name": "Ravi", "role": Role.VIEWER, "team": str(foreign.pk)}
    assert client_of(admin).post(reverse("accounts:person_edit", args=[rep.pk]), data).status_code == 422
    invitation = {"email": "x@x.example", "role": Role.VIEWER, "team": str(foreign.pk)}
    assert client_of(admin).post(reverse("accounts:invitation_create"), invitation).status_code == 422
    assert User.objects.get(pk=rep.pk).role == Role.SALES_REP


def test_manager_sees_the_own_team_and_may_change_only_those_below(client_of, manager, rep, admin, organization, team):
    peer = UserFactory(manager=True, organization=organization, team=team, full_name="Peer Manager")
    stranger = UserFactory(organization=organization, full_name="Somebody Elsewhere")
    browser = client_of(manager)
    page = browser.get(reverse("accounts:person_list")).content.decode()
    assert rep.full_name in page and manager.full_name in page and peer.full_name in page
    assert stranger.full_name not in page and admin.email not in page
    assert browser.get(reverse("accounts:person_edit", args=[rep.pk])).status_code == 200
    for person in (peer, manager, stranger, admin):
        address = reverse("accounts:person_edit", args=[person.pk])
        assert browser.get(address).status_code == 403
        assert browser.post(address, {"full_name": "X", "role": Role.ADMIN}).status_code == 403
        assert (
            browser.post(reverse("accounts:person_activation", args=[person.pk]), {"active": "no"}).status_code == 403
        )


def test_manager_who_forges_a_role_is_refused(client_of, manager, rep):
    browser = client_of(manager)
    data = {"full_name": "Ravi", "role": Role.ADMIN}
    assert browser.post(reverse("accounts:person_edit", args=[rep.pk]), data).status_code == 422
    assert (
        browser.post(reverse("accounts:invitation_create"), {"email": "x@x.example", "role": Role.ADMIN}).status_code
        == 422
    )
    assert User.objects.get(pk=rep.pk).role == Role.SALES_REP
    with tenancy.organization_scope(manager.organization_id):
        assert not Invitation.objects.exists()


def test_people_are_found_by_name_address_role_team_and_state(client_of, admin, rep, viewer, team, organization):
    gone = UserFactory(organization=organization, is_active=False, full_name="Gone Person")
    browser = client_of(admin)

    def found(**filters):
        page = browser.get(reverse("accounts:person_list"), filters).content.decode()
        return {person for person in (rep, viewer, gone) if person.email in page}

    assert found() == {rep, viewer, gone}
    assert found(q="ravi nair") == {rep}
    assert found(q="VIEWER@acme") == {viewer}
    assert found(role="viewer") == {viewer}
    assert found(team=str(team.pk)) == {rep}
    assert found(state="deactivated") == {gone}
    assert found(q="nobody") == set()
    assert found(role="no-such-role") == {rep, viewer, gone}  # a mangled filter is left out


def test_the_list_is_a_fragment_for_htmx_and_pages_by_key(client_of, admin, organization):
    for number in range(60):
        UserFactory(organization=organization, full_name=f"Clone {number % 7}")
    browser = client_of(admin)
    address = reverse("accounts:person_list")
    fragment = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'id="people-table"' in fragment
    seen, query = [], ""
    for _ in range(3):
        page = browser.get(address + query).content.decode()
        seen += re.findall(r"<td>(\S+@\S+)</td>", page)
        following = re.search(r'href="(\?after=[^"]+)"', page)
        if not following:
            break
        query = following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 61
    assert browser.get(address, {"after": "garbage"}).status_code == 200


def test_deactivating_and_the_last_admin_on_the_page(client_of, admin, rep):
    browser = client_of(admin)
    browser.post(reverse("accounts:person_activation", args=[rep.pk]), {"active": "no"})
    assert not User.objects.get(pk=rep.pk).is_active
    browser.post(reverse("accounts:person_activation", args=[rep.pk]), {"active": "yes"})
    assert User.objects.get(pk=rep.pk).is_active
    own = {"full_name": "Asha Rao", "role": Role.VIEWER, "team": ""}
    response = browser.post(reverse("accounts:person_edit", args=[admin.pk]), own)
    assert response.status_code == 422 and b"last administrator" in response.content


def test_invitations_are_listed_sent_again_and_taken_back(client_of, admin, organization):
    waiting = InvitationFactory(organization=organization, email="wait@new.example", expired=True, token="old")
    browser = client_of(admin)
    assert (
        b"Expired" in browser.get(reverse("accounts:person_list")).content
        or b"Mail not sent" in browser.get(reverse("accounts:person_list")).content
    )
    assert browser.post(reverse("accounts:invitation_mail", args=[waiting.pk])).status_code == 303
    with tenancy.organization_scope(organization.pk):
        assert not Invitation.objects.get().is_expired
    browser.post(reverse("accounts:invitation_revocation", args=[waiting.pk]))
    with tenancy.organization_scope(organization.pk):
        assert Invitation.objects.get().revoked_at is not None
    assert str(waiting.pk) not in browser.get(reverse("accounts:person_list")).content.decode()


def test_teams_are_made_changed_and_deleted(client_of, admin, organization):
    browser = client_of(admin)
    assert (
        browser.post(reverse("accounts:team_create"), {"name": "South", "description": "", "manager": ""}).status_code
        == 303
    )
    with tenancy.organization_scope(organization.pk):
        team = Team.objects.get()
    browser.post(
        reverse("accounts:team_edit", args=[team.pk]), {"name": "West", "description": "d", "manager": str(admin.pk)}
    )
    with tenancy.organization_scope(organization.pk):
        assert (Team.objects.get().name, Team.objects.get().manager_id) == ("West", admin.pk)
    assert browser.post(reverse("accounts:team_create"), {"name": "west"}).status_code == 422
    browser.post(reverse("accounts:team_deletion", args=[team.pk]))
    with tenancy.organization_scope(organization.pk):
        assert not Team.objects.exists()


ORGANIZATION = {"name": "Acme Ltd", "domain": "acme.example", "industry": "design", "size": "small", "currency": "EUR",
                "time_zone": "Europe/Berlin", "country": "DE"}  # fmt: skip


def test_the_organization_is_changed_with_an_entry(client_of, admin, organization):
    browser = client_of(admin)
    assert browser.post(reverse("accounts:organization"), ORGANIZATION).status_code == 303
    saved = Organization.objects.get(pk=organization.pk)
    assert (saved.name, saved.currency, saved.time_zone, saved.country) == ("Acme Ltd", "EUR", "Europe/Berlin", "DE")
    with tenancy.organization_scope(organization.pk):
        [entry] = ActivityLog.objects.filter(action="organization.updated")
        assert entry.changes["currency"] == ["INR", "EUR"]


@pytest.mark.parametrize(
    "wrong", [{"currency": "XXX"}, {"time_zone": "Mars/Base"}, {"country": "ZZ"}, {"size": "tiny"}, {"name": ""}]
)
def test_an_impossible_organization_is_refused_and_changes_nothing(client_of, admin, organization, wrong):
    assert client_of(admin).post(reverse("accounts:organization"), {**ORGANIZATION, **wrong}).status_code == 422
    assert Organization.objects.get(pk=organization.pk).currency == "INR"


PROFILE = {"industries": "Software\nDesign\n\nSoftware", "company_sizes": ["11-50", "51-200"],
           "countries": "in\nGermany", "job_titles": "CTO", "notes": "n", "value_proposition": "v", "goals": "g",
           "brand_voice": "b",
           "links-TOTAL_FORMS": "2", "links-INITIAL_FORMS": "0", "links-0-label": "Site", "links-0-url": "acme.example",
           "links-1-label": "", "links-1-url": ""}  # fmt: skip


def test_the_business_profile_is_saved_in_its_documented_shape(client_of, admin, organization):
    browser = client_of(admin)
    assert browser.post(reverse("accounts:business_profile"), PROFILE).status_code == 303
    with tenancy.organization_scope(organization.pk):
        profile = BusinessProfile.objects.get()
        assert profile.ideal_customer == {
            "industries": ["Software", "Design"], "company_sizes": ["11-50", "51-200"],
            "countries": ["India", "Germany"], "job_titles": ["CTO"], "notes": "n",
        }  # fmt: skip
        assert profile.links == [{"label": "Site", "url": "https://acme.example"}]
        assert ActivityLog.objects.filter(action="business_profile.updated").count() == 1
    page = browser.get(reverse("accounts:business_profile")).content.decode()
    assert "https://acme.example" in page and "Germany" in page
    browser.post(
        reverse("accounts:business_profile"),
        {**PROFILE, "links-TOTAL_FORMS": "1", "links-INITIAL_FORMS": "1", "links-0-DELETE": "on"},
    )
    with tenancy.organization_scope(organization.pk):
        assert BusinessProfile.objects.get().links == []


@pytest.mark.parametrize(
    "wrong", [{"countries": "Atlantis"}, {"company_sizes": ["7-9"]}, {"links-0-url": "no url at all"}]
)
def test_an_impossible_profile_is_refused(client_of, admin, organization, wrong):
    response = client_of(admin).post(reverse("accounts:business_profile"), {**PROFILE, **wrong})
    assert response.status_code == 422
    with tenancy.organization_scope(organization.pk):
        assert BusinessProfile.objects.get().ideal_customer == {}


def test_the_bands_of_the_profile_are_those_of_the_lead_score():
    assert list(COMPANY_SIZE_BANDS) == CompanySize.values


def option_data(organization, **changes):
    with tenancy.organization_scope(organization.pk):
        data = {key.replace(".", "__"): options.get(key) for key, _ in options.SETTINGS}
    return {key: value for key, value in {**data, **changes}.items() if value is not False}


def test_options_come_from_the_registry_and_each_change_has_an_entry(client_of, admin, organization):
    browser = client_of(admin)
    page = browser.get(reverse("accounts:options")).content.decode()
    for _, spec in options.SETTINGS:
        assert spec.label in page
    data = option_data(organization, leads__qualification_threshold=80)
    assert browser.post(reverse("accounts:options"), data).status_code == 303
    with tenancy.organization_scope(organization.pk):
        assert options.get("leads.qualification_threshold") == 80
        [entry] = ActivityLog.objects.filter(action="setting.changed")
        assert entry.changes == {"leads.qualification_threshold": [70, 80]}


@pytest.mark.parametrize("wrong", [{"leads__qualification_threshold": 101}, {"leads__manager_reach": "galaxy"}])
def test_an_impossible_option_is_refused_and_none_is_saved(client_of, admin, organization, wrong):
    data = option_data(organization, leads__idle_days=30, **wrong)
    assert client_of(admin).post(reverse("accounts:options"), data).status_code == 422
    with tenancy.organization_scope(organization.pk):
        assert options.get("leads.idle_days") == 14


def points_data(page, **changes):
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def test_points_are_published_as_the_next_version(client_of, admin, organization):
    browser, address = client_of(admin), reverse("accounts:score_points")
    page = browser.get(address)
    changes = {"p__company": 25, "g__industry__retail": "", "n__industry__0": "Space Travel", "v__industry__0": 9}
    assert browser.post(address, points_data(page, **changes)).status_code == 303
    with tenancy.organization_scope(organization.pk):
        table = RateTable.objects.get()
        assert table.version == 1 and table.created_by_id == admin.pk
        assert table.values["company"] == 25 and table.values["industry"]["space_travel"] == 9
        assert "retail" not in table.values["industry"] and table.values["industry"]["*"] == 3
        assert options.rates("leads.score_points").version == 1
    assert b"Version 1" in browser.get(address).content
    shipped = browser.get(address, {"version": "0"})
    assert shipped.context["form"]["p__company"].value() == 15
    assert browser.get(address, {"version": "7"}).status_code == 404


def test_points_published_meanwhile_are_not_overwritten(client_of, admin, organization):
    browser, address = client_of(admin), reverse("accounts:score_points")
    page = browser.get(address)
    assert browser.post(address, points_data(page, p__company=20)).status_code == 303
    late = browser.post(address, points_data(page, p__company=30))
    assert late.status_code == 422 and b"Somebody published version 1" in late.content
    with tenancy.organization_scope(organization.pk):
        assert RateTable.objects.get().values["company"] == 20


@pytest.mark.parametrize(
    "wrong", [{"p__company": 101}, {"p__company": "x"}, {"g__company_size__1-10": ""}, {"v__industry__0": 5}]
)
def test_impossible_points_are_refused(client_of, admin, organization, wrong):
    browser, address = client_of(admin), reverse("accounts:score_points")
    assert browser.post(address, points_data(browser.get(address), **wrong)).status_code == 422
    with tenancy.organization_scope(organization.pk):
        assert not RateTable.objects.exists()


def test_the_own_profile_is_saved_and_reaches_the_browser(client_of, rep):
    browser = client_of(rep)
    response = browser.post(reverse("accounts:profile"), {"full_name": "Ravi N.", "theme": "dark", "shortcuts": ""})
    assert response.status_code == 303
    person = User.objects.get(pk=rep.pk)
    assert person.full_name == "Ravi N."
    assert person.preferences == {"theme": "dark", "shortcuts": False, "email_reminders": False}
    assert browser.cookies["theme"].value == "dark" and browser.cookies["shortcuts"].value == "off"
    page = browser.get(reverse("accounts:profile")).content
    assert b'data-theme="dark"' in page and b'data-shortcuts="off"' in page
    browser.post(reverse("accounts:profile"), {"full_name": "Ravi N.", "theme": "system", "shortcuts": "on"})
    assert browser.cookies["theme"].value == ""


def test_nobody_can_change_role_or_team_through_the_own_profile(client_of, rep):
    data = {"full_name": "R", "theme": "light", "role": "admin", "is_staff": "on", "team": "", "organization": ""}
    client_of(rep).post(reverse("accounts:profile"), data)
    person = User.objects.get(pk=rep.pk)
    assert (person.role, person.is_staff, person.team_id) == (Role.SALES_REP, False, rep.team_id)


def test_the_sidebar_offers_what_the_role_may_open(client_of, admin, rep):
    offers = {name: reverse(name).encode() for name in PAGES if name != "accounts:profile"}
    page = client_of(admin).get(reverse("accounts:profile")).content
    assert all(address in page for name, address in offers.items() if not name.endswith("create"))
    page = client_of(rep).get(reverse("accounts:profile")).content
    assert not any(b'href="' + address + b'"' in page for address in offers.values())
