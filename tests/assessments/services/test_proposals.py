"""A proposal is accepted once, in time, and by name; the lead moves on and its owner hears of it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from assessments.choices import ProposalState
from assessments.models import Calculation, Proposal
from assessments.services import proposals
from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import public_tokens, tenancy
from leadcrm.core.errors import DomainError
from leads.choices import LeadStatus
from leads.models import Activity, JourneyEvent, Lead
from leads.services import reminders
from tests.factories.calculations import make_proposal, save_estimate, save_roi
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, company="Acme Robotics")


@pytest.fixture
def offer(lead, rep):
    return make_proposal(lead, actor=rep)[0]


@pytest.fixture
def accept(organization):
    def accept(proposal, name="Greta Weber", address="203.0.113.0"):
        with tenancy.organization_scope(organization.pk):
            return proposals.accept(proposal=proposal, name=name, address=address)

    return accept


def test_acceptance_records_name_time_and_network(offer, accept, scope):
    accept(offer, name="  Greta \n Weber ")
    kept = Proposal.objects.get(pk=offer.pk)
    assert (kept.state, kept.accepted_name, kept.accepted_address) == ("accepted", "Greta Weber", "203.0.113.0")
    assert timezone.now() - kept.accepted_at < timedelta(minutes=1)
    assert ActivityLog.objects.get(action="proposal.accepted").metadata["name"] == "Greta Weber"
    assert DomainEvent.objects.filter(name="proposal.accepted", entity_id=offer.pk).count() == 1
    assert JourneyEvent.objects.filter(lead=offer.lead_id, event_type="proposal_accepted").count() == 1


def test_acceptance_moves_the_lead_to_negotiation_and_tells_its_owner(offer, accept, scope, lead, rep, mailoutbox):
    accept(offer)
    moved = Lead.objects.get(pk=lead.pk)
    assert moved.status == LeadStatus.NEGOTIATION
    step = Activity.objects.get(lead=lead, completed_at=None)
    assert (step.user_id, step.type) == (rep.pk, "follow_up")
    assert offer.reference in step.subject


def test_the_owner_gets_a_mail_about_an_acceptance(offer, accept, rep, mailoutbox):
    accept(offer)
    assert reminders.send_due() == 1
    assert mailoutbox[0].to == [rep.email]
    assert offer.reference in mailoutbox[0].body


def test_without_an_owner_the_team_gets_the_next_step(organization, team, rep, accept, scope):
    lead = LeadFactory(organization=organization, team=team)
    accept(make_proposal(lead, actor=rep)[0])
    step = Activity.objects.get(lead=lead)
    assert (step.user_id, step.remind_at) == (None, None)


@pytest.mark.parametrize("status", [LeadStatus.NEGOTIATION, LeadStatus.CLOSED_WON])
def test_a_lead_that_is_as_far_already_stays_where_it_is(organization, rep, accept, scope, status):
    lead = LeadFactory(organization=organization, status=status)
    accept(make_proposal(lead, actor=rep)[0])
    assert Lead.objects.get(pk=lead.pk).status == status


def test_a_lost_lead_comes_back(organization, rep, accept, scope):
    lead = LeadFactory(organization=organization, status=LeadStatus.CLOSED_LOST, lost_reason="Budget")
    accept(make_proposal(lead, actor=rep)[0])
    again = Lead.objects.get(pk=lead.pk)
    assert (again.status, again.lost_reason, again.closed_at) == (LeadStatus.NEGOTIATION, "", None)


def test_a_proposal_is_accepted_once(offer, accept, scope):
    accept(offer)
    with pytest.raises(proposals.ProposalClosed, match="accepted already"):
        accept(offer, name="Somebody Else")
    assert Proposal.objects.get(pk=offer.pk).accepted_name == "Greta Weber"
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_acceptance_needs_a_name(offer, accept, name):
    with pytest.raises(DomainError, match="full name"):
        accept(offer, name=name)


def test_after_its_last_day_nobody_can_accept(lead, rep, accept, organization):
    offer, _ = make_proposal(lead, actor=rep, valid_until=timezone.localdate())
    with (
        time_machine.travel(timezone.now() + timedelta(days=2)),
        pytest.raises(proposals.ProposalClosed, match="last day"),
    ):
        accept(offer)


def test_a_withdrawn_proposal_cannot_be_accepted(offer, rep, accept, scope):
    proposals.withdraw(proposal=offer, actor=rep)
    proposals.withdraw(proposal=offer, actor=rep)
    with pytest.raises(proposals.ProposalClosed, match="withdrawn"):
        accept(offer)
    assert JourneyEvent.objects.filter(event_type="proposal_withdrawn").count() == 1


def test_an_accepted_proposal_cannot_be_withdrawn(offer, rep, accept, scope):
    accept(offer)
    with pytest.raises(proposals.ProposalClosed, match="cannot be withdrawn"):
        proposals.withdraw(proposal=offer, actor=rep)
    assert Proposal.objects.get(pk=offer.pk).state == ProposalState.ACCEPTED


def test_a_lead_in_the_trash_has_nothing_to_accept(offer, accept, scope):
    Lead.objects.filter(pk=offer.lead_id).update(deleted_at=timezone.now())
    with pytest.raises(proposals.ProposalClosed):
        accept(offer)
    assert Proposal.objects.get(pk=offer.pk).state == ProposalState.OPEN


def test_a_new_link_ends_the_old_one_and_neither_is_kept(lead, rep, organization):
    offer, first = make_proposal(lead, actor=rep)
    with tenancy.organization_scope(organization.pk):
        _, second = proposals.renew_link(proposal=offer, actor=rep)
    assert public_tokens.find("assessments_find_proposal", first) is None
    found = public_tokens.find("assessments_find_proposal", second)
    assert (found.organization_id, found.id) == (organization.pk, offer.pk)
    with tenancy.organization_scope(organization.pk):
        assert Proposal.objects.get(pk=offer.pk).token_hash == public_tokens.hash_token(second)


@pytest.mark.parametrize("days", [-1, 366])
def test_the_last_day_is_within_a_year(lead, rep, days):
    with pytest.raises(DomainError) as refusal:
        make_proposal(lead, actor=rep, valid_until=timezone.localdate() + timedelta(days=days))
    assert refusal.value.field == "valid_until"


def test_returns_are_no_offer(lead, rep):
    with pytest.raises(DomainError, match="Only a project estimate"):
        make_proposal(lead, actor=rep, calculation=save_roi(lead, actor=rep))


def test_erasing_a_lead_erases_its_calculations_and_proposals(offer, scope, lead):
    save_estimate(lead)
    Lead.objects.get(pk=lead.pk).delete()
    assert (Calculation.objects.count(), Proposal.objects.count()) == (0, 0)


def test_another_organization_does_not_see_them(offer, outsider):
    with tenancy.organization_scope(outsider.organization_id):
        assert (Calculation.objects.count(), Proposal.objects.count()) == (0, 0)
