"""The calculators on a lead: prefilled, live, kept in versions that can be compared."""

import pytest
from django.urls import reverse

from assessments.models import Calculation
from leadcrm.core import tenancy
from tests.factories.calculations import ESTIMATE_DATA, ROI_DATA, make_proposal, save_estimate, save_roi
from tests.factories.leads import LeadFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
EVIL = "<script>alert('x')</script>"
MOST_QUERIES = 12


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(
        organization=organization, assigned_to=rep, team=team, company_size="51-200", service_tier="L3_CONSULTING"
    )


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


def url(name, *args):
    return reverse(f"assessments:{name}", args=[getattr(arg, "pk", arg) for arg in args])


def test_the_calculator_starts_from_what_is_known_of_the_lead(client, lead):
    page = client.get(url("roi_create", lead))
    form = page.context["form"]
    assert (form["employees"].value(), form["tier"].value()) == (120, "L3")
    assert page.context["told"].asked[0] == ("Employees", "120")


def test_keeping_a_version_leads_to_it_and_it_says_what_the_calculator_said(client, lead, organization):
    shown = client.get(url("roi_create", lead), ROI_DATA)
    answer = client.post(url("roi_create", lead), {**ROI_DATA, "label": "With two sites"}, follow=True)
    assert answer.status_code == 200
    with tenancy.organization_scope(organization.pk):
        assert Calculation.objects.get().label == "With two sites"
    for text in (shown.context["told"].headline, "₹43,20,000", "With two sites"):
        assert text in answer.text
    for _, values in shown.context["told"].years:
        assert all(value in answer.text for value in values)


def test_the_live_answer_is_the_result_and_what_belongs_beside_the_fields(client, lead):
    answer = client.get(url("roi_create", lead), {**ROI_DATA, "employees": "0"}, **HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert '<div id="slot_employees" hx-swap-oob="true">' in answer.text
    assert "Enter a number from 1 to 1,000,000." in answer.text
    assert "There is no result yet" in answer.text
    answer = client.get(url("roi_create", lead), ROI_DATA, **HTMX)
    assert answer.status_code == 200
    assert "You could save ₹43,20,000 a year." in answer.text
    assert '<div id="slot_employees" hx-swap-oob="true"></div>' in answer.text


@pytest.mark.parametrize("field", ["employees", "average_annual_salary", "overhead_percent", "inefficiency_percent"])
@pytest.mark.parametrize("text", ["1e308", "-1", "NaN", "inf", EVIL, "9" * 5_000, "\x00", "ten", "\u202e12"])
def test_a_bad_number_is_refused_beside_its_field_and_stays_in_it(client, lead, field, text, organization):
    answer = client.post(url("roi_create", lead), {**ROI_DATA, field: text})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert answer.context["form"][field].value() == text
    assert EVIL not in answer.text
    with tenancy.organization_scope(organization.pk):
        assert not Calculation.objects.exists()


def test_an_empty_overhead_is_twenty(client, lead):
    told = client.get(url("roi_create", lead), {**ROI_DATA, "overhead_percent": ""}).context["told"]
    assert ("Overhead", "20 %") in told.asked


def test_decimal_commas_are_read(client, lead):
    told = client.get(url("roi_create", lead), {**ROI_DATA, "inefficiency_percent": "12,5"}).context["told"]
    assert ("Time lost", "12.5 %") in told.asked


@pytest.mark.parametrize("data", [{"tier": "L9"}, {"tier": EVIL}, {"label": "x" * 121}])
def test_a_choice_that_does_not_exist_is_refused(client, lead, data):
    assert client.post(url("roi_create", lead), {**ROI_DATA, **data}).status_code == 422


def test_an_estimate_becomes_a_version(client, lead, organization):
    answer = client.post(url("estimate_create", lead), {**ESTIMATE_DATA, "label": ""}, follow=True)
    assert "₹20,65,250" in answer.text
    assert "18 weeks" in answer.text
    with tenancy.organization_scope(organization.pk):
        assert Calculation.objects.get().inputs == ESTIMATE_DATA


@pytest.mark.parametrize(
    "data", [{"project_type": "moon"}, {"services": ["tea"]}, {"complexity": ""}, {"timeline": EVIL}]
)
def test_an_estimate_of_something_unknown_is_refused(client, lead, data, organization):
    answer = client.post(url("estimate_create", lead), {**ESTIMATE_DATA, **data})
    assert answer.status_code == 422
    with tenancy.organization_scope(organization.pk):
        assert not Calculation.objects.exists()


def test_versions_stand_side_by_side_and_differences_are_named(client, lead, rep):
    first, second = save_roi(lead, actor=rep, label="Small"), save_roi(lead, actor=rep, label="Large", employees=400)
    third = save_roi(lead, actor=rep, label="Other")
    page = client.get(url("lead_calculations", lead), {"v": [str(first.pk), str(second.pk), "no-id"]})
    group = page.context["groups"][0]
    assert [version.label for version in group["compared"]] == ["Large", "Small"]
    rows = {label: (values, differs) for label, values, differs in group["rows"]}
    assert rows["Employees"] == (["400", "100"], True)
    assert rows["Overhead"] == (["20 %", "20 %"], False)
    assert str(third) in page.text


def test_the_panel_of_the_lead_page_lists_the_newest(client, lead, rep):
    save_roi(lead, actor=rep, label="Newest")
    answer = client.get(url("lead_calculations", lead), **HTMX)
    assert "<html" not in answer.text
    assert "Newest" in answer.text
    assert url("lead_calculations", lead) in client.get(reverse("leads:lead_detail", args=[lead.pk])).text


def test_a_copy_starts_from_the_inputs_of_the_version(client, lead, rep):
    page = client.get(url("calculation_detail", save_estimate(lead, actor=rep)))
    copy = client.get(f"{url('estimate_create', lead)}?{page.context['again']}")
    assert copy.context["told"].total == "₹20,65,250"
    assert copy.context["form"]["services"].value() == ["training", "integration"]


def test_a_document_is_a_download_under_a_name_of_ours(client, lead, rep):
    answer = client.get(url("calculation_document", save_roi(lead, actor=rep, label='a"\r\nX-Evil: 1')))
    assert answer["Content-Disposition"] == 'attachment; filename="roi.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_what_was_typed_is_text_on_every_page(client, lead, rep):
    calculation = save_estimate(lead, actor=rep, label=EVIL)
    offer, _ = make_proposal(lead, actor=rep, title=EVIL, introduction=EVIL, calculation=calculation)
    for address in (
        url("lead_calculations", lead), url("calculation_detail", calculation), url("proposal_create", calculation),
        url("proposal_detail", offer),
    ):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200
        assert EVIL not in page.text
        assert "&lt;script&gt;" in page.text


def test_others_find_nothing(client_of, lead, rep, outsider, organization, viewer):
    calculation = save_roi(lead, actor=rep)
    offer, _ = make_proposal(lead, actor=rep)
    doors = [
        url("lead_calculations", lead), url("roi_create", lead), url("estimate_create", lead),
        url("calculation_detail", calculation), url("calculation_document", calculation),
        url("proposal_detail", offer), url("proposal_document", offer),
    ]  # fmt: skip
    stranger, guest = client_of(outsider), client_of(viewer)
    assert {stranger.get(door).status_code for door in doors} == {404}
    assert [guest.get(door).status_code for door in doors] == [200, 403, 403, 200, 200, 200, 200]


def test_the_pages_ask_few_questions(client, lead, rep, django_assert_max_num_queries):
    for number in range(6):
        calculation = save_roi(lead, actor=rep, label=str(number))
        offer, _ = make_proposal(lead, actor=rep)
    for address in (
        url("lead_calculations", lead), url("roi_create", lead), url("calculation_detail", calculation),
        url("proposal_detail", offer),
    ):  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(address)
