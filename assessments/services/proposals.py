"""Make an estimate into an offer, give it a link, and record who accepted it.

``content`` of a proposal: {brand: {name, promise, links: [{label, url}]}, prospect: {name, company}}. With the
calculation, which never changes, that is all that the proposal shows.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import CalculationType, ProposalState
from assessments.events import CalculatorEvent
from assessments.models import Calculation, Proposal
from leadcrm.accounts.models import BusinessProfile, Organization
from leadcrm.audit import services as audit
from leadcrm.core import public_tokens
from leadcrm.core.errors import DomainError
from leads.choices import ActivityType, LeadStatus
from leads.models import Lead
from leads.services import activities, journey, pipeline, workdays

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

LONGEST_VALIDITY = timedelta(days=365)
ACCEPTED, MADE, WITHDRAWN = "proposal_accepted", "proposal_made", "proposal_withdrawn"
LONGEST_NAME = 200


class ProposalClosed(DomainError):
    """It was accepted or withdrawn before, its last day has passed, or the lead is gone."""

    code = "proposal_closed"


@transaction.atomic
def make(*, calculation: Calculation, title: str, introduction: str, valid_until: date, actor: User) -> Proposal:
    """Offer a project estimate to its lead.

    Raises: DomainError when the calculation is no estimate of a lead, or the last day is out of range.
    Side effects: journey and audit entries, domain event.
    """
    lead = calculation.lead
    if calculation.type != CalculationType.PROJECT_ESTIMATE or lead is None:
        raise DomainError("Only a project estimate of a lead can become a proposal.")
    today = timezone.localdate()
    if not today <= valid_until <= today + LONGEST_VALIDITY:
        raise DomainError("The last day is today or within a year.", field="valid_until")
    proposal = Proposal(
        organization_id=lead.organization_id, lead=lead, calculation=calculation, title=title,
        introduction=introduction, content={"brand": _brand(lead.organization), "prospect": _prospect(lead)},
        total_minor=calculation.total_value_minor, currency=calculation.currency, valid_until=valid_until,
        created_by=actor,
    )  # fmt: skip
    proposal.reference = f"P-{proposal.pk.hex[-8:].upper()}"
    proposal.save(force_insert=True)
    journey.record(
        lead, MADE, actor=actor, name="Proposal made", description=str(proposal),
        properties={"proposal": str(proposal.pk)},
    )  # fmt: skip
    audit.record(CalculatorEvent.PROPOSAL_MADE, proposal, actor=actor, description=str(proposal))
    audit.announce(CalculatorEvent.PROPOSAL_MADE, proposal, actor=actor, payload={"lead": str(lead.pk)})
    return proposal


@transaction.atomic
def renew_link(*, proposal: Proposal, actor: User) -> tuple[Proposal, str]:
    """Return the proposal with the token of a new link, which is not kept; an earlier link stops working.

    Raises: ProposalClosed when it was withdrawn.
    """
    proposal = _locked(proposal)
    if proposal.state == ProposalState.WITHDRAWN:
        raise ProposalClosed("This proposal was withdrawn. Make a new one.")
    token, proposal.token_hash = public_tokens.new_token()
    proposal.save(update_fields=["token_hash", "updated_at"])
    audit.record(CalculatorEvent.PROPOSAL_LINK_RENEWED, proposal, actor=actor, description=str(proposal))
    return proposal, token


@transaction.atomic
def withdraw(*, proposal: Proposal, actor: User) -> Proposal:
    """Take an offer back, so that nobody can accept it; a second time is a no-op.

    Raises: ProposalClosed when it was accepted before.
    """
    proposal = _locked(proposal)
    if proposal.state == ProposalState.ACCEPTED:
        raise ProposalClosed("This proposal was accepted already, so it cannot be withdrawn.")
    if proposal.state == ProposalState.WITHDRAWN:
        return proposal
    proposal.state, proposal.withdrawn_at, proposal.withdrawn_by = ProposalState.WITHDRAWN, timezone.now(), actor
    proposal.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "updated_at"])
    journey.record(
        proposal.lead, WITHDRAWN, actor=actor, name="Proposal withdrawn", description=str(proposal),
        properties={"proposal": str(proposal.pk)},
    )  # fmt: skip
    audit.record(CalculatorEvent.PROPOSAL_WITHDRAWN, proposal, actor=actor, description=str(proposal))
    return proposal


@transaction.atomic
def accept(*, proposal: Proposal, name: str, address: str) -> Proposal:
    """Record that a prospect accepted, once: who typed the name, when, and from which network (``address``, truncated).

    Raises: ProposalClosed; DomainError without a name.
    Side effects: the lead moves to negotiation unless it is there or won; its owner has a next step and is told;
    journey and audit entries, domain event.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise DomainError("Type your full name.", field="name")
    proposal = _locked(proposal)
    if proposal.state == ProposalState.ACCEPTED:
        raise ProposalClosed("This proposal was accepted already.")
    if proposal.state == ProposalState.WITHDRAWN:
        raise ProposalClosed("This proposal was withdrawn.")
    if proposal.is_expired(today=timezone.localdate()):
        raise ProposalClosed("The last day of this proposal has passed. Ask for a new one.")
    lead = Lead.objects.select_related("organization").get(pk=proposal.lead_id)
    if lead.deleted_at is not None:
        raise ProposalClosed("This proposal is not available any more.")
    proposal.state, proposal.accepted_at = ProposalState.ACCEPTED, timezone.now()
    proposal.accepted_name, proposal.accepted_address = name, address or None
    proposal.save(update_fields=["state", "accepted_at", "accepted_name", "accepted_address", "updated_at"])
    journey.record(
        lead, ACCEPTED, actor=None, name="Proposal accepted", description=f"{proposal}, by {name}",
        properties={"proposal": str(proposal.pk), "name": name},
    )  # fmt: skip
    _move_to_negotiation(lead)
    _tell_owner(lead, proposal)
    audit.record(
        CalculatorEvent.PROPOSAL_ACCEPTED, proposal, actor=None, description=f"{proposal}, by {name}",
        metadata={"name": name, "address": address},
    )  # fmt: skip
    audit.announce(
        CalculatorEvent.PROPOSAL_ACCEPTED, proposal,
        payload={"lead": str(lead.pk), "total_minor": proposal.total_minor, "currency": proposal.currency},
    )  # fmt: skip
    return proposal


def _move_to_negotiation(lead: Lead) -> None:
    if lead.status in (LeadStatus.NEGOTIATION, LeadStatus.CLOSED_WON):
        return
    stage = pipeline.stage_for_status(LeadStatus.NEGOTIATION, pipeline_id=lead.stage.pipeline_id)
    if stage is not None:
        pipeline.move_lead(lead=lead, stage=stage, actor=None)


def _tell_owner(lead: Lead, proposal: Proposal) -> None:
    """Give the owner (or the team) a next step; its reminder is due at once, which rings and writes a mail."""
    activities.plan_activity(
        lead=lead,
        type=ActivityType.FOLLOW_UP,
        subject=f"{proposal.reference} was accepted: agree on the next steps",
        description=f"{proposal.accepted_name} accepted “{proposal.title}”.",
        scheduled_at=workdays.morning_after(timezone.now(), lead.organization.tzinfo),
        user=lead.assigned_to,
        remind_at=timezone.now() if lead.assigned_to else None,
        actor=None,
    )


def _locked(proposal: Proposal) -> Proposal:
    found: Proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    return found


def _brand(organization: Organization) -> dict[str, object]:
    profile = BusinessProfile.objects.first()
    links = profile.links if profile else []
    return {
        "name": organization.name,
        "promise": profile.value_proposition if profile else "",
        "links": [{"label": link.get("label", ""), "url": link.get("url", "")} for link in links],
    }


def _prospect(lead: Lead) -> dict[str, str]:
    return {"name": f"{lead.first_name} {lead.last_name}".strip(), "company": lead.company}
