"""Editing facts: in place, on a page, and when two people edit at once."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from leadcrm.core import tenancy
from leads.models import CustomField, JourneyEvent, Lead
from tests.factories.leads import LeadFactory
from tests.leads.views.sent import fields_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(
        organization=organization, assigned_to=rep, team=team, first_name="Greta", last_name="Weber",
        email="greta@acme.example", company="Acme", city="Pune", predicted_value_minor=150_000_00,
    )  # fmt: skip


def url_of(lead, group, fact=""):
    address = reverse("leads:lead_facts", args=[lead.pk, group])
    return f"{address}?fact={fact}" if fact else address


def stored(lead):
    with tenancy.organization_scope(lead.organization_id):
        return Lead.objects.get(pk=lead.pk)


def open_fact(client, lead, group, fact, **headers):
    url = url_of(lead, group, fact)
    return url, fields_of(client.get(url, **headers), url)


def test_a_fact_is_edited_in_place(client_of, rep, lead):
    client = client_of(rep)
    url, fields = open_fact(client, lead, "where", "city", **HTMX)
    assert fields["city"] == "Pune"
    response = client.post(url, {**fields, "city": "  Goa "}, **HTMX)
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert 'id="fact-city"' in response.content.decode()
    assert json.loads(response["HX-Trigger"])["lead:changed"] == {"id": str(lead.pk), "title": "Acme"}
    assert stored(lead).city == "Goa"


def test_without_a_script_the_same_address_is_a_page(client_of, rep, lead):
    client = client_of(rep)
    url = url_of(lead, "where")
    page = client.get(url)
    assert "<html" in page.content.decode()
    response = client.post(url, {**fields_of(page, url), "city": "Goa", "country": "de"})
    assert response.status_code == 302
    assert response["Location"] == reverse("leads:lead_detail", args=[lead.pk]) + "#facts-where"
    assert (stored(lead).city, stored(lead).country) == ("Goa", "Germany")


def test_an_error_keeps_what_was_typed(client_of, rep, lead):
    client = client_of(rep)
    url, fields = open_fact(client, lead, "who", "email", **HTMX)
    response = client.post(url, {**fields, "email": "nobody at home"}, **HTMX)
    assert response.status_code == 422
    assert fields_of(response, url)["email"] == "nobody at home"
    assert "not an e-mail address" in response.content.decode()
    assert stored(lead).email == "greta@acme.example"


def test_taking_the_last_identity_away_is_refused(client_of, rep, organization, team):
    lead = LeadFactory(
        organization=organization,
        assigned_to=rep,
        team=team,
        first_name="",
        last_name="",
        company="",
        email="a@b.example",
    )
    client = client_of(rep)
    url, fields = open_fact(client, lead, "who", "email")
    response = client.post(url, {**fields, "email": ""})
    assert response.status_code == 422
    assert "A lead needs an e-mail" in response.content.decode()
    assert stored(lead).email == "a@b.example"


def test_two_people_who_edit_different_facts_both_win(client_of, rep, manager, lead):
    first, second = client_of(rep), client_of(manager)
    url, mine = open_fact(first, lead, "where", "city")
    other_url, theirs = open_fact(second, lead, "who", "job_title")
    assert second.post(other_url, {**theirs, "job_title": "CFO"}).status_code == 302
    assert first.post(url, {**mine, "city": "Goa"}).status_code == 302
    assert (stored(lead).city, stored(lead).job_title) == ("Goa", "CFO")


def test_what_one_person_did_not_touch_is_not_put_back_over_anothers_edit(client_of, rep, manager, lead):
    first, second = client_of(rep), client_of(manager)
    url = url_of(lead, "where")
    mine, theirs = (fields_of(client.get(url), url) for client in (first, second))
    assert second.post(url, {**theirs, "city": "Mumbai"}).status_code == 302
    assert first.post(url, {**mine, "street": "MG Road 1"}).status_code == 302
    assert (stored(lead).city, stored(lead).street) == ("Mumbai", "MG Road 1")


@pytest.fixture
def clash(client_of, rep, manager, lead):
    """Both open the city; the manager saves first; the rep gets both versions."""
    first, second = client_of(rep), client_of(manager)
    url, mine = open_fact(first, lead, "where", "city", **HTMX)
    _, theirs = open_fact(second, lead, "where", "city", **HTMX)
    assert second.post(url, {**theirs, "city": "Mumbai"}, **HTMX).status_code == 200
    response = first.post(url, {**mine, "city": "Goa"}, **HTMX)
    assert response.status_code == 409
    return first, url, response


def test_a_stale_edit_shows_both_versions_and_saves_nothing(clash, lead):
    _, url, response = clash
    page = response.content.decode()
    assert "Mumbai" in page
    assert fields_of(response, url)["city"] == "Goa"
    assert json.loads(response["HX-Trigger"])["toast"]["tone"] == "warning"
    assert stored(lead).city == "Mumbai"


def test_keeping_mine_overwrites_knowingly(clash, lead):
    client, url, response = clash
    fields = fields_of(response, url)
    assert fields["keep-city"] == "mine"
    assert client.post(url, fields, **HTMX).status_code == 200
    assert stored(lead).city == "Goa"


def test_taking_theirs_leaves_theirs(clash, lead):
    client, url, response = clash
    assert client.post(url, {**fields_of(response, url), "keep-city": "theirs"}, **HTMX).status_code == 200
    assert stored(lead).city == "Mumbai"


def test_a_third_version_can_be_written(clash, lead):
    client, url, response = clash
    assert client.post(url, {**fields_of(response, url), "city": "Goa and Mumbai"}, **HTMX).status_code == 200
    assert stored(lead).city == "Goa and Mumbai"


def test_a_second_clash_is_shown_again(clash, client_of, manager, lead):
    client, url, response = clash
    other = client_of(manager)
    _, theirs = open_fact(other, lead, "where", "city", **HTMX)
    other.post(url, {**theirs, "city": "Delhi"}, **HTMX)
    again = client.post(url, fields_of(response, url), **HTMX)
    assert again.status_code == 409
    assert "Delhi" in again.content.decode()
    assert stored(lead).city == "Delhi"


def test_the_page_of_all_facts_shows_both_versions_too_and_keeps_the_rest(client_of, rep, manager, lead):
    first, second = client_of(rep), client_of(manager)
    url = reverse("leads:lead_edit", args=[lead.pk])
    mine, theirs = (fields_of(client.get(url), url) for client in (first, second))
    assert second.post(url, {**theirs, "city": "Mumbai", "industry": "Finance"}).status_code == 302
    response = first.post(url, {**mine, "city": "Goa", "budget": "5 lakh"})
    assert response.status_code == 409
    fields = fields_of(response, url)
    assert (fields["city"], fields["budget"], fields["industry"]) == ("Goa", "5 lakh", "Finance")
    assert first.post(url, {**fields, "keep-city": "theirs"}).status_code == 302
    lead = stored(lead)
    assert (lead.city, lead.budget, lead.industry) == ("Mumbai", "5 lakh", "Finance")


def test_saving_without_a_change_changes_nothing(client_of, rep, lead):
    client = client_of(rep)
    url = reverse("leads:lead_edit", args=[lead.pk])
    before = stored(lead)
    assert client.post(url, fields_of(client.get(url), url)).status_code == 302
    after = stored(lead)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    with tenancy.organization_scope(lead.organization_id):
        assert not JourneyEvent.objects.filter(lead=lead, event_type="lead_updated").exists()


def test_stored_values_that_break_todays_rules_do_not_block_the_neighbours(client_of, rep, organization, team):
    lead = LeadFactory(
        organization=organization,
        assigned_to=rep,
        team=team,
        website="not a link",
        phone="12",
        email="a@b",
        city="Pune",
    )
    client = client_of(rep)
    url = reverse("leads:lead_edit", args=[lead.pk])
    response = client.post(url, {**fields_of(client.get(url), url), "city": "Goa"})
    assert response.status_code == 302
    lead = stored(lead)
    assert (lead.city, lead.website, lead.phone, lead.email) == ("Goa", "not a link", "12", "a@b")


def test_what_is_not_sent_is_not_emptied(client_of, rep, lead):
    client = client_of(rep)
    url = url_of(lead, "where")
    seen = fields_of(client.get(url), url)["seen"]
    assert client.post(url, {"seen": seen, "street": "MG Road 1"}).status_code == 302
    assert (stored(lead).city, stored(lead).street) == ("Pune", "MG Road 1")


@pytest.mark.parametrize("seen", [None, "", "{", "[]", "{}", '{"city": {"a": 1}}', "null", "1"])
def test_a_form_that_does_not_say_what_it_showed_saves_nothing(client_of, rep, lead, seen):
    values = {"city": "Goa"} if seen is None else {"city": "Goa", "seen": seen}
    response = client_of(rep).post(url_of(lead, "where", "city"), values)
    assert response.status_code in (409, 422)
    assert stored(lead).city == "Pune"


@pytest.mark.parametrize(
    ("group", "fact", "values", "expected"),
    [
        ("who", "phone", {"phone": "098123 45678"}, {"phone": "+919812345678"}),
        ("who", "website", {"website": "acme.example/x"}, {"website": "https://acme.example/x"}),
        ("who", "is_decision_maker", {"is_decision_maker": "no"}, {"is_decision_maker": False}),
        ("what", "company_size", {"company_size": "350"}, {"company_size": "201-500"}),
        ("what", "company_size", {"company_size": "many"}, {"company_size": "many"}),
        ("what", "message", {"message": "one\r\ntwo"}, {"message": "one\ntwo"}),
        ("deal", "value", {"predicted_value_minor": "1,234.50"}, {"predicted_value_minor": 123_450}),
        ("deal", "value", {"predicted_value_minor": "€ 12"}, {"predicted_value_minor": 1_200, "currency": "EUR"}),
        ("deal", "value", {"currency": "JPY"}, {"predicted_value_minor": 150_000, "currency": "JPY"}),
        ("deal", "value", {"predicted_value_minor": ""}, {"predicted_value_minor": None}),
        ("contact", "do_not_contact", {"do_not_contact": "yes"}, {"do_not_contact": True}),
        ("contact", "communication_preference", {"communication_preference": "phone"},
         {"communication_preference": {"channel": "phone"}}),
        ("presence", "google_rating", {"google_rating": "4.25"}, {"google_rating": Decimal("4.25")}),
        ("website", "services_count", {"services_count": "12"}, {"services_count": 12}),
    ],
)  # fmt: skip
def test_values_are_stored_as_an_import_would_store_them(client_of, rep, lead, group, fact, values, expected):
    client = client_of(rep)
    url, fields = open_fact(client, lead, group, fact)
    response = client.post(url, {**fields, **values})
    assert response.status_code == 302, response.content.decode()[-2500:]
    lead = stored(lead)
    assert {name: getattr(lead, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("group", "fact", "values"),
    [
        ("who", "website", {"website": "javascript:alert(1)"}),
        ("who", "linkedin_url", {"linkedin_url": "data:text/html,x"}),
        ("presence", "google_rating", {"google_rating": "5.5"}),
        ("presence", "price_level", {"price_level": "0"}),
        ("scores", "quality_score", {"quality_score": "101"}),
        ("scores", "quality_score", {"quality_score": "NaN"}),
        ("website", "services_count", {"services_count": "-1"}),
        ("deal", "expected_close_on", {"expected_close_on": "0001-01-01"}),
        ("deal", "value", {"predicted_value_minor": "1e99"}),
        ("who", "is_decision_maker", {"is_decision_maker": "maybe"}),
        ("contact", "communication_preference", {"communication_preference": "telepathy"}),
        ("remarks", "notes", {"notes": "n" * 20_001}),
    ],
)
def test_impossible_values_are_refused(client_of, rep, lead, group, fact, values):
    client = client_of(rep)
    url, fields = open_fact(client, lead, group, fact)
    before = stored(lead)
    assert client.post(url, {**fields, **values}).status_code == 422
    assert stored(lead).version == before.version


def test_other_entries_of_a_preference_stay(client_of, rep, organization, team):
    lead = LeadFactory(
        organization=organization, assigned_to=rep, team=team,
        communication_preference={"language": "hi", "channel": "sms"},
    )  # fmt: skip
    client = client_of(rep)
    url, fields = open_fact(client, lead, "contact", "communication_preference")
    client.post(url, {**fields, "communication_preference": ""})
    assert stored(lead).communication_preference == {"language": "hi"}


def test_custom_fields_have_their_types(client_of, rep, organization, team):
    with tenancy.organization_scope(organization.pk):
        for key, kind in (
            ("plants", "number"),
            ("since", "date"),
            ("agreed", "boolean"),
            ("wiki", "url"),
            ("hall", "text"),
        ):
            CustomField.objects.create(key=key, label=key.title(), type=kind)
    lead = LeadFactory(
        organization=organization, assigned_to=rep, team=team, custom_fields={"old": "kept", "hall": "A"}
    )
    client = client_of(rep)
    url = url_of(lead, "custom")
    fields = fields_of(client.get(url), url)
    typed = {"custom-plants": "3.5", "custom-since": "2020-02-29", "custom-agreed": "no", "custom-wiki": "w.example",
             "custom-hall": ""}  # fmt: skip
    assert client.post(url, {**fields, **typed}).status_code == 302
    assert stored(lead).custom_fields == {
        "old": "kept", "plants": 3.5, "since": "2020-02-29", "agreed": False, "wiki": "https://w.example",
    }  # fmt: skip
    bad = client.post(url, {**fields_of(client.get(url), url), "custom-plants": "three"})
    assert bad.status_code == 422
    clash = {**fields, **typed, "custom-plants": "4"}
    assert client.post(url, clash).status_code == 409


@pytest.mark.parametrize("address", ["facts/nothing/", "facts/who/?fact=score", "facts/record/", "facts/custom/"])
def test_what_cannot_be_edited_is_not_there(client_of, rep, lead, address):
    assert client_of(rep).get(f"/leads/{lead.pk}/{address}").status_code == 404


def test_each_role_edits_what_it_may(client_of, rep, viewer, outsider, marketer, editor, admin, lead):
    url = url_of(lead, "where", "city")
    expected = {viewer: 403, outsider: 404, marketer: 200, editor: 200, admin: 200, rep: 200}
    for person, status in expected.items():
        assert client_of(person).get(url).status_code == status, person
        assert client_of(person).get(reverse("leads:lead_edit", args=[lead.pk])).status_code == status, person
    for person in (viewer, outsider):
        assert client_of(person).post(url, {"city": "Goa", "seen": '{"city": "Pune"}'}).status_code == expected[person]
    assert stored(lead).city == "Pune"


def test_an_edit_taken_back_shows_the_fact_again(client_of, rep, lead):
    response = client_of(rep).get(url_of(lead, "where", "city") + "&show=1", **HTMX)
    page = response.content.decode()
    assert "Pune" in page
    assert "<form" not in page


def test_an_edit_that_counts_moves_the_score(client_of, rep, lead):
    client = client_of(rep)
    before = stored(lead).score
    url, fields = open_fact(client, lead, "what", "industry")
    client.post(url, {**fields, "industry": "Technology"})
    assert stored(lead).score > before
