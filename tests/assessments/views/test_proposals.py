"""Members make a proposal of an estimate, show its link once, and can take it back."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Proposal
from leadcrm.core import tenancy
from tests.factories.calculations import make_proposal, save_estimate, save_roi
from tests.factories.leads import LeadFactory


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team)


@pytest.fixture
def client(client_of, rep):
    return client_of(rep)


def url(name, thing):
    return reverse(f"assessments:{name}", args=[thing.pk])


def test_an_estimate_becomes_a_proposal_with_the_usual_validity(client, lead, rep, organization):
    calculation = save_estimate(lead, actor=rep, label="Platform")
    form = client.get(url("proposal_create", calculation)).context["form"]
    assert form["title"].value() == "Platform"
    data = {"title": "Platform", "introduction": "Dear Greta", "valid_until": form["valid_until"].value()}
    answer = client.post(url("proposal_create", calculation), data, follow=True)
    assert answer.status_code == 200
    assert "Nobody can open this proposal yet." in answer.text
    with tenancy.organization_scope(organization.pk):
        offer = Proposal.objects.get()
        assert offer.valid_until == timezone.localdate(timezone=organization.tzinfo) + timedelta(days=30)
        assert offer.content["brand"]["name"] == "Acme Design"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "x" * 161), ("valid_until", ""), ("valid_until", "soon"),
        ("valid_until", "2020-01-01"), ("valid_until", "9999-12-31"), ("valid_until", "0000-00-00"),
        ("introduction", "x" * 5_001),
    ],
)  # fmt: skip
def test_a_bad_proposal_is_refused_at_its_field(client, lead, rep, field, value):
    data = {
        "title": "T",
        "introduction": "",
        "valid_until": str(timezone.localdate() + timedelta(days=5)),
        field: value,
    }
    answer = client.post(url("proposal_create", save_estimate(lead, actor=rep)), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert answer.context["form"][field].value() == value


def test_returns_cannot_become_a_proposal(client, lead, rep):
    data = {"title": "T", "introduction": "", "valid_until": str(timezone.localdate())}
    assert client.post(url("proposal_create", save_roi(lead, actor=rep)), data).status_code == 422


def test_the_link_is_shown_once(client, lead, rep):
    offer, _ = make_proposal(lead, actor=rep)
    answer = client.post(url("proposal_link", offer))
    link = re.search(r'value="http[^"]*(/p/[^"]+)"', answer.text)[1]
    assert "no-store" in answer["Cache-Control"]
    assert client.get(link).status_code == 200
    assert link not in client.get(url("proposal_detail", offer)).text


def test_a_withdrawn_proposal_says_so_and_has_no_buttons_any_more(client, lead, rep):
    offer, _ = make_proposal(lead, actor=rep)
    page = client.post(url("proposal_withdrawal", offer), follow=True)
    assert "Withdrawn" in page.text
    assert url("proposal_link", offer) not in page.text
    page = client.post(url("proposal_link", offer), follow=True)
    assert "This proposal was withdrawn." in page.text


def test_those_who_only_look_change_nothing(client_of, viewer, outsider, lead, rep):
    offer, _ = make_proposal(lead, actor=rep)
    for name in ("proposal_link", "proposal_withdrawal"):
        assert client_of(viewer).post(url(name, offer)).status_code == 403
        assert client_of(outsider).post(url(name, offer)).status_code == 404
        assert client_of(rep).get(url(name, offer)).status_code == 405
