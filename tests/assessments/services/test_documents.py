"""A document says what the page says, and what was typed stays text in it."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from assessments.models import Calculation, Proposal
from assessments.reports.shown import shown
from assessments.services import documents, proposals
from leadcrm.core import tenancy
from tests.factories.calculations import make_proposal, save_estimate, save_roi
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db

HOSTILE = '#read("/etc/passwd") $x$ <script>alert(1)</script>'


def text_of(document):
    """Return the text of a document with every run of spaces and line breaks as one space."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages))


@pytest.fixture
def lead(organization):
    return LeadFactory(organization=organization, company="Acme Robotics")


def test_the_document_of_returns_has_the_figures_of_the_page(lead, rep, scope):
    calculation = Calculation.objects.get(pk=save_roi(lead, actor=rep).pk)
    told, text = shown(calculation), text_of(documents.calculation_pdf(calculation))
    for label, value in [*told.asked, *told.costs]:
        assert f"{label} {value}" in text
    for label, values in [*told.compared, *told.years]:
        assert " ".join([label, *values]) in text
    assert told.headline in text
    assert lead.organization.name in text


def test_a_loss_is_said_in_words_in_the_document(lead, rep, scope):
    calculation = Calculation.objects.get(pk=save_roi(lead, actor=rep, inefficiency_percent=0).pk)
    text = text_of(documents.calculation_pdf(calculation))
    assert "This does not pay back" in text
    assert "Does not pay back" in text


def test_the_document_of_an_estimate_has_the_figures_of_the_page(lead, rep, scope):
    calculation = Calculation.objects.get(pk=save_estimate(lead, actor=rep).pk)
    told, text = shown(calculation), text_of(documents.calculation_pdf(calculation))
    for label, value in told.breakdown:
        assert f"{label} {value}" in text
    for name, share, cost in told.phases:
        assert f"{name} {share} {cost}" in text
    assert all(one in text for one in told.deliverables)
    assert f"Total {told.total}" in text


def test_a_proposal_has_its_branding_validity_and_acceptance(lead, rep, organization):
    offer, _ = make_proposal(lead, actor=rep, title="Quotations in a day", introduction="Dear Greta,\n\nas agreed.")
    with tenancy.organization_scope(organization.pk):
        proposals.accept(proposal=offer, name="Greta Weber", address="203.0.113.0")
        kept = Proposal.objects.select_related("calculation").get(pk=offer.pk)
        text = text_of(documents.proposal_pdf(kept))
    assert "Quotations in a day" in text
    assert "Acme Design" in text
    assert f"Valid until {documents.long_day(kept.valid_until)}" in text
    assert f"Reference {kept.reference}" in text
    assert "Accepted by Greta Weber on" in text
    assert "as agreed." in text
    assert "₹20,65,250" in text


def test_what_was_typed_means_nothing_to_the_typesetter(organization, rep):
    lead = LeadFactory(organization=organization, company=HOSTILE)
    offer, _ = make_proposal(lead, actor=rep, title=HOSTILE, introduction=HOSTILE)
    with tenancy.organization_scope(organization.pk):
        offer = Proposal.objects.select_related("calculation").get(pk=offer.pk)
        text = text_of(documents.proposal_pdf(offer))
    assert text.count(HOSTILE) == 3
    assert "root:" not in text


def test_a_currency_without_cents_has_none(other_organization):
    other_organization.currency = "JPY"
    other_organization.save()
    lead = LeadFactory(organization=other_organization)
    with tenancy.organization_scope(other_organization.pk):
        calculation = Calculation.objects.get(pk=save_roi(lead).pk)
        assert "¥4,320,000" in text_of(documents.calculation_pdf(calculation))
