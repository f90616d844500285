"""Staff read calculations and proposals of every organisation, and change none."""

import pytest
from django.urls import reverse

from tests.factories.calculations import make_proposal, save_roi
from tests.factories.leads import LeadFactory


@pytest.fixture
def lead(organization):
    return LeadFactory(organization=organization)


def test_staff_read_a_calculation_in_words(client_of, staff, lead, rep):
    calculation = save_roi(lead, actor=rep)
    client = client_of(staff)
    assert "₹43,20,000" in client.get(reverse("admin:assessments_calculation_changelist")).text
    page = client.get(reverse("admin:assessments_calculation_change", args=[calculation.pk]))
    assert "It pays for itself after 1 month." in page.text
    assert client.post(page.request["PATH_INFO"], {"email": "x@example.com"}).status_code == 403


def test_staff_find_a_proposal_by_its_reference_and_see_no_secret(client_of, staff, lead, rep):
    proposal, _ = make_proposal(lead, actor=rep)
    client = client_of(staff)
    found = client.get(reverse("admin:assessments_proposal_changelist"), {"q": proposal.reference})
    assert proposal.title in found.text
    page = client.get(reverse("admin:assessments_proposal_change", args=[proposal.pk]))
    assert page.status_code == 200
    assert "token" not in page.context["adminform"].form.fields
    assert client.get(reverse("admin:assessments_proposal_add")).status_code == 403
