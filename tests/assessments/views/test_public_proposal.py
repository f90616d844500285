"""Whoever has the link can read a proposal and accept it once, in time."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.models import Proposal
from assessments.services import proposals
from assessments.views.public_proposal import MOST_TRIES
from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead
from tests.factories.calculations import make_proposal
from tests.factories.leads import LeadFactory

MOST_QUERIES = 12
EVIL = "<script>alert('x')</script>"


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team)


@pytest.fixture
def offer(lead, rep):
    """The proposal and the address of its link."""
    proposal, token = make_proposal(lead, actor=rep)
    return proposal, reverse("assessments:proposal_public", args=[token])


@pytest.fixture
def stranger(db):
    return Client(REMOTE_ADDR="203.0.113.77")


def kept(proposal):
    with tenancy.organization_scope(proposal.organization_id):
        return Proposal.objects.get(pk=proposal.pk)


def test_the_prospect_reads_and_accepts(stranger, offer, lead):
    proposal, link = offer
    page = stranger.get(link)
    assert page.status_code == 200
    assert "₹20,65,250" in page.text
    page = stranger.post(link, {"name": "Greta Weber"}, follow=True)
    assert "Accepted by Greta Weber" in page.text
    assert "Accept this proposal" not in page.text
    assert (kept(proposal).accepted_name, kept(proposal).accepted_address) == ("Greta Weber", "203.0.113.0")
    with tenancy.organization_scope(lead.organization_id):
        assert Lead.objects.get(pk=lead.pk).status == LeadStatus.NEGOTIATION


def test_a_second_tab_cannot_accept_again(stranger, offer):
    proposal, link = offer
    stranger.post(link, {"name": "Greta Weber"})
    answer = stranger.post(link, {"name": "Somebody Else"})
    assert answer.status_code == 409
    assert "Accepted by Greta Weber" in answer.text
    assert kept(proposal).accepted_name == "Greta Weber"


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u202e", "x" * 201, "x" * 1_000_000])
def test_a_name_that_is_none_is_refused_beside_the_field(stranger, offer, name):
    proposal, link = offer
    answer = stranger.post(link, {"name": name})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"name"}
    assert kept(proposal).state == "open"


def test_a_name_is_text_and_one_line(stranger, offer):
    proposal, link = offer
    page = stranger.post(link, {"name": f"{EVIL}\r\nBcc: x@example.com"}, follow=True)
    assert EVIL not in page.text
    assert kept(proposal).accepted_name == f"{EVIL} Bcc: x@example.com"


def test_an_expired_proposal_says_so(stranger, offer):
    proposal, link = offer
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        page = stranger.get(link)
        assert "The last day of this proposal was" in page.text
        assert "Accept this proposal" not in page.text
        assert stranger.post(link, {"name": "Greta"}).status_code == 409
    assert kept(proposal).state == "open"


def test_a_withdrawn_proposal_shows_nothing_of_itself(stranger, offer, rep):
    proposal, link = offer
    with tenancy.organization_scope(proposal.organization_id):
        proposals.withdraw(proposal=proposal, actor=rep)
    page = stranger.get(link)
    assert "This proposal was withdrawn." in page.text
    assert "₹20,65,250" not in page.text
    assert stranger.get(f"{link}proposal.pdf").status_code == 410
    assert stranger.post(link, {"name": "Greta"}).status_code == 409


def test_the_document_says_what_the_page_says(stranger, offer):
    _, link = offer
    answer = stranger.get(f"{link}proposal.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "₹20,65,250" in text
    assert stranger.get(link).context["told"].weeks in text


@pytest.mark.parametrize("token", ["no-such-token", "x" * 64, "x" * 5_000, "..%2f..", "%00"])
def test_a_link_that_leads_nowhere_is_not_found(stranger, token):
    assert stranger.get(f"/p/{token}/").status_code == 404


def test_a_closed_organization_has_no_proposals(stranger, offer, organization):
    organization.is_active = False
    organization.save()
    assert stranger.get(offer[1]).status_code == 404


def test_whoever_is_signed_in_elsewhere_sees_what_a_stranger_sees(client_of, outsider, offer):
    assert client_of(outsider).get(offer[1]).status_code == 200


def test_trying_names_by_program_is_slowed_down(stranger, offer):
    answers = [stranger.post(offer[1], {"name": ""}).status_code for _ in range(MOST_TRIES + 1)]
    assert answers == [422] * MOST_TRIES + [429]


def test_the_page_asks_few_questions(stranger, offer, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        stranger.get(offer[1])


def test_the_link_never_stands_in_a_log(stranger, caplog):
    import logging

    from django.conf import settings

    from leadcrm.core.logs import SecretLinksFilter

    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/p/the-secret/",), None)
    SecretLinksFilter(settings.LOGGING["filters"]["links"]["prefixes"]).filter(record)
    assert "the-secret" not in record.getMessage()
