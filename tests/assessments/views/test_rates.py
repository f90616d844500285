"""Administrators publish versions of the rates; a bad number or somebody else's version stops them."""

import pytest
from django.urls import reverse

from assessments.preferences import ESTIMATE_RATES, ROI_RATES
from leadcrm.audit import settings
from leadcrm.core import tenancy
from tests.factories.calculations import ROI_DATA, save_roi
from tests.factories.leads import LeadFactory

ROI, ESTIMATE = reverse("assessments:roi_rates"), reverse("assessments:estimate_rates")


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


def data_of(page, **changes):
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields} | changes


def rates_of(organization, kind):
    with tenancy.organization_scope(organization.pk):
        return settings.rates(kind)


def test_a_new_version_counts_for_the_next_calculation(client, organization):
    data = data_of(client.get(ROI), L2__recovery_percent="12,5", L2__base="1,00,000")
    assert client.post(ROI, data).status_code == 303
    found = rates_of(organization, ROI_RATES)
    assert (found.version, found.values["L2"]["recovery_percent"], found.values["L2"]["base"]) == (1, "12.5", 100_000)
    lead = LeadFactory(organization=organization)
    page = client.get(reverse("assessments:roi_create", args=[lead.pk]), ROI_DATA)
    assert page.context["told"].expected.annual_savings == "₹18,00,000"


def test_deliverables_are_one_on_each_line(client, organization):
    data = data_of(client.get(ESTIMATE), types__workshop__deliverables="One\r\n\r\n Two \n", types__workshop__cost="5")
    assert client.post(ESTIMATE, data).status_code == 303
    workshop = rates_of(organization, ESTIMATE_RATES).values["types"]["workshop"]
    assert workshop == {"cost": 5, "weeks": 2, "deliverables": ["One", "Two"]}


@pytest.mark.parametrize("text", ["", "-1", "101", "1e308", "NaN", "0.001", "<script>"])
def test_a_bad_rate_is_refused_beside_its_field_and_stays_in_it(client, organization, text):
    answer = client.post(ROI, data_of(client.get(ROI), L3__recovery_percent=text))
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"L3__recovery_percent"}
    assert answer.context["form"]["L3__recovery_percent"].value() == text
    assert rates_of(organization, ROI_RATES).version == 0


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("types__workshop__weeks", "1.5"), ("complexities__low__cost", "0"), ("timelines__fast__weeks", "11"),
        ("types__workshop__deliverables", "x" * 201), ("types__workshop__deliverables", "x\n" * 31),
    ],
)  # fmt: skip
def test_a_bad_entry_of_the_estimate_table_is_refused(client, organization, field, text):
    answer = client.post(ESTIMATE, data_of(client.get(ESTIMATE), **{field: text}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert rates_of(organization, ESTIMATE_RATES).version == 0


def test_the_second_of_two_administrators_is_told(client):
    first, second = data_of(client.get(ROI), L1__base="1"), data_of(client.get(ROI), L1__base="2")
    assert client.post(ROI, first).status_code == 303
    answer = client.post(ROI, second)
    assert answer.status_code == 422
    assert "Somebody published version 1" in answer.text


def test_an_earlier_version_can_be_taken_up_again(client, organization):
    client.post(ROI, data_of(client.get(ROI), L1__base="1"))
    shipped = client.get(ROI, {"version": "0"})
    assert shipped.context["form"]["L1__base"].value() == 50_000
    client.post(ROI, data_of(shipped))
    assert rates_of(organization, ROI_RATES).values["L1"]["base"] == 50_000
    assert client.get(ROI, {"version": "77"}).status_code == 404
    assert client.get(ROI, {"version": "٣"}).status_code == 200


def test_rates_of_one_organization_are_not_those_of_another(client, client_of, outsider, other_organization):
    client.post(ROI, data_of(client.get(ROI), L1__base="1"))
    assert client_of(outsider).get(ROI).context["form"]["L1__base"].value() == 50_000
    assert save_roi(LeadFactory(organization=other_organization)).rate_version == 0
