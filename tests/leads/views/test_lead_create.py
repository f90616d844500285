import re
from functools import partial

import pytest
from django.urls import reverse

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Activity, Lead
from tests.at_once import at_once
from tests.factories.leads import LeadFactory
from tests.leads.views.sent import fields_of

URL = "/leads/new/"


def leads_of(organization):
    with tenancy.organization_scope(organization.pk):
        return list(Lead.objects.select_related("assigned_to", "stage").order_by("created_at"))


def open_form(client):
    return fields_of(client.get(URL), URL)


def test_the_plain_fields_of_a_program_make_a_lead(client_of, rep, organization):
    client = client_of(rep)
    fields = open_form(client)
    for number in range(2):
        n = 1_795_337_322_000_000 + number
        response = client.post(
            URL,
            {**fields, "first_name": "Load", "last_name": f"T{n}", "email": f"load.{n}@example.com",
             "company": "Load Test Ltd", "phone": f"+1 {n}"},
        )  # fmt: skip
        assert response.status_code == 302
    first, second = leads_of(organization)
    assert response["Location"] == reverse("leads:lead_detail", args=[second.pk])
    assert (first.phone, first.assigned_to, first.created_by) == ("+1 1795337322000000", rep, rep)


def test_only_five_fields_without_a_form_make_a_lead_too(client_of, rep, organization):
    values = {"first_name": "A", "last_name": "B", "email": "a@b.example", "company": "", "phone": ""}
    assert client_of(rep).post(URL, values).status_code == 302
    assert len(leads_of(organization)) == 1


def test_everything_on_the_form_arrives(client_of, manager, rep, organization):
    client = client_of(manager)
    fields = open_form(client)
    with tenancy.organization_scope(organization.pk):
        contacted = Lead._meta.get_field("stage").related_model.objects.get(status=LeadStatus.CONTACTED).pk
    response = client.post(
        URL,
        {
            **fields,
            "first_name": "  Greta ", "last_name": "Weber", "email": "Greta@ACME.example", "phone": "098123 45678",
            "company": "Acme", "company_size": "about 80 people", "predicted_value_minor": "2.5 lakh", "country": "in",
            "website": "acme.example", "tags": "Fair 2026, Priority", "stage": contacted, "assigned_to": rep.pk,
            "plan_type": "call", "plan_day": "2030-01-15", "plan_time": "10:30", "is_decision_maker": "yes",
        },
    )  # fmt: skip
    assert response.status_code == 302, response.content.decode()[-3000:]
    (lead,) = leads_of(organization)
    assert (lead.full_name, lead.email, lead.phone) == ("Greta Weber", "Greta@acme.example", "+919812345678")
    assert (lead.company_size, lead.predicted_value_minor, lead.country) == ("51-200", 250_000_00, "India")
    assert (lead.website, lead.is_decision_maker, lead.assigned_to) == ("https://acme.example", True, rep)
    with tenancy.organization_scope(organization.pk):
        assert sorted(lead.tags.values_list("name", flat=True)) == ["Fair 2026", "Priority"]
        call = Activity.objects.get(lead=lead, type="call")
        assert (call.user, call.scheduled_at.isoformat()) == (rep, "2030-01-15T05:00:00+00:00")


def test_sending_the_same_form_twice_makes_one_lead(client_of, rep, organization):
    client = client_of(rep)
    fields = {**open_form(client), "email": "once@acme.example"}
    first, second = client.post(URL, fields), client.post(URL, fields)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert len(leads_of(organization)) == 1


@pytest.mark.django_db(transaction=True)
def test_sending_the_same_form_twice_at_once_makes_one_lead(client_of, rep, organization):
    for attempt in range(3):
        clients = [client_of(rep), client_of(rep)]
        fields = {**open_form(clients[0]), "email": f"once{attempt}@acme.example"}
        answers = at_once(*(partial(client.post, URL, fields) for client in clients))
        assert {answer.status_code for answer in answers} == {302}
        assert len({answer["Location"] for answer in answers}) == 1
        assert len(leads_of(organization)) == attempt + 1


@pytest.fixture
def twin(organization, manager, team):
    return LeadFactory(
        organization=organization, assigned_to=manager, team=team, company="Hidden Company", last_name="Hidden",
        email="twin@acme.example", phone="+919812345678",
    )  # fmt: skip


@pytest.mark.parametrize("same", [{"email": "TWIN@acme.example"}, {"phone": "+91 98123-45678"}])
def test_an_exact_duplicate_needs_a_conscious_tick(client_of, manager, organization, twin, same):
    client = client_of(manager)
    fields = {**open_form(client), "first_name": "New", **same}
    response = client.post(URL, fields)
    page = response.content.decode()
    assert response.status_code == 422
    assert reverse("leads:lead_detail", args=[twin.pk]) in page
    assert 'name="anyway"' in page
    assert len(leads_of(organization)) == 1
    again = fields_of(response, URL)
    assert again["first_name"] == "New"
    assert client.post(URL, {**again, "anyway": "on"}).status_code == 302
    assert len(leads_of(organization)) == 2


def test_the_warning_about_a_lead_beyond_ones_reach_says_only_whose_it_is(client_of, rep, twin):
    page = client_of(rep).get("/leads/duplicates/", {"email": "twin@acme.example", "company": "Hidden Company"})
    text = page.content.decode()
    assert "A lead with the same e-mail exists and belongs to the team North." in text
    assert "Hidden" not in text
    assert str(twin.pk) not in text


def test_the_warning_while_typing_links_what_one_sees_and_stays_silent_otherwise(client_of, manager, outsider, twin):
    ask = {"email": "", "phone": "098123 45678", "company": "", "last_name": ""}
    htmx = {"HTTP_HX_REQUEST": "true"}
    text = client_of(manager).get("/leads/duplicates/", ask, **htmx).content.decode()
    assert reverse("leads:lead_detail", args=[twin.pk]) in text
    assert "<html" not in text
    assert client_of(outsider).get("/leads/duplicates/", ask, **htmx).content.decode().strip() == ""
    for unfinished in ({"email": "twin@"}, {"phone": "+91"}, {"email": "x" * 100_000}, {"company": "a\x00b"}):
        assert client_of(manager).get("/leads/duplicates/", unfinished, **htmx).content.decode().strip() == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"first_name": "Only"}, "A lead needs an e-mail, a phone, a company"),
        ({"email": "no address"}, "not an e-mail address"),
        ({"company": "A", "phone": "call me"}, "phone"),
        ({"company": "x" * 256}, "At most 255 characters; this has 256."),
        ({"company": "A", "message": "m" * 1_048_576}, "At most 10,000 characters; this has 1,048,576."),
        ({"company": "A", "website": "javascript:alert(1)"}, "http"),
        ({"company": "A", "expected_close_on": "2026-02-30"}, "valid date"),
        ({"company": "A", "expected_close_on": "9999-12-31"}, "within fifty years"),
        ({"company": "A", "predicted_value_minor": "-5"}, "negative"),
        ({"company": "A", "predicted_value_minor": "9" * 30}, "amount"),
        ({"company": "A", "predicted_value_minor": "lots"}, "amount"),
        ({"company": "A", "currency": "XXX"}, "valid choice"),
        ({"company": "A", "service_tier": "L9"}, "valid choice"),
        ({"company": "A", "assigned_to": "not-a-uuid"}, "valid"),
        ({"company": "A", "stage": "00000000-0000-0000-0000-000000000000"}, "valid choice"),
        ({"company": "A", "plan_type": "call"}, "Choose a day"),
        ({"company": "A", "plan_type": "call", "plan_day": "2060-01-01", "plan_time": "10:00"}, "next five years"),
        ({"company": "A", "tags": "t" * 61}, "at most 60"),
        ({"company": "A", "token": "'; DROP TABLE leads_lead"}, "UUID"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_a_reason_and_kept(client_of, rep, organization, values, words):
    client = client_of(rep)
    response = client.post(URL, {**open_form(client), **values})
    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(re.escape(words), page, re.IGNORECASE), page[page.find("error-summary") :][:600]
    assert leads_of(organization) == []
    name, value = list(values.items())[-1]
    if name in ("email", "phone", "company", "website", "message", "predicted_value_minor"):
        assert fields_of(response, URL)[name].replace("\ufffd", "\x00") in (value, value.replace("\x00", ""))


def test_a_refusal_in_the_folded_part_opens_it(client_of, rep):
    client = client_of(rep)
    page = client.post(URL, {**open_form(client), "company": "A", "website": "ftp://x"}).content.decode()
    assert re.search(r"<details[^>]* open", page)


def test_invisible_signs_and_directions_are_cleaned_and_markup_stays_text(client_of, rep, organization):
    client = client_of(rep)
    evil = "<script>alert(1)</script>"
    response = client.post(
        URL,
        {
            **open_form(client),
            "first_name": "\u202eev\x00il\u200b",
            "last_name": evil,
            "company": f"{evil} & Co",
            "city": evil,
        },
    )
    (lead,) = leads_of(organization)
    assert (lead.first_name, lead.last_name) == ("evil", evil)
    page = client.get(response["Location"]).content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_a_sales_rep_gives_leads_to_nobody_else(client_of, rep, manager, organization):
    client = client_of(rep)
    response = client.post(URL, {**open_form(client), "company": "A", "assigned_to": manager.pk})
    assert response.status_code == 422
    assert leads_of(organization) == []


def test_an_owner_of_another_organisation_is_no_choice(client_of, admin, outsider, organization):
    client = client_of(admin)
    response = client.post(URL, {**open_form(client), "company": "A", "assigned_to": outsider.pk})
    assert response.status_code == 422
    assert leads_of(organization) == []


def test_whoever_cannot_see_what_they_made_goes_back_to_the_list(client_of, manager, organization):
    manager.team = None
    manager.save()
    client = client_of(manager)
    response = client.post(URL, {**open_form(client), "company": "A", "assigned_to": ""})
    assert response["Location"] == reverse("leads:lead_list")


def test_viewers_add_nothing(client_of, viewer):
    assert client_of(viewer).get(URL).status_code == 403
    assert client_of(viewer).post(URL, {"company": "A"}).status_code == 403


def test_the_form_stays_within_the_query_ceiling(client_of, manager, django_assert_max_num_queries):
    client = client_of(manager)
    with django_assert_max_num_queries(12 + 2):  # BEGIN and COMMIT count here
        client.get(URL)
