"""Move leads through their pipeline. The stage leads; the status follows the stage the lead is in."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import live, money
from leadcrm.core.errors import DomainError, StaleObject
from leads import signals
from leads.choices import JourneyEventType, LeadStatus
from leads.events import LeadEvent
from leads.models import Lead, Pipeline, PipelineStage
from leads.models.lead import POSITION_GAP, new_board_position
from leads.services import journey

if TYPE_CHECKING:
    from leadcrm.accounts.models import Organization, User

# name, colour, status, win probability in per cent
DEFAULT_STAGES = [
    ("New", "sky", LeadStatus.NEW, 5),
    ("Contacted", "teal", LeadStatus.CONTACTED, 15),
    ("Qualified", "violet", LeadStatus.QUALIFIED, 30),
    ("Proposal", "amber", LeadStatus.PROPOSAL, 50),
    ("Negotiation", "amber", LeadStatus.NEGOTIATION, 75),
    ("Won", "green", LeadStatus.CLOSED_WON, 100),
    ("Lost", "red", LeadStatus.CLOSED_LOST, 0),
    ("Nurturing", "grey", LeadStatus.NURTURING, 5),
    ("Unqualified", "grey", LeadStatus.UNQUALIFIED, 0),
]


class ClosingNeedsDetail(DomainError):
    """A stage that closes a lead asks for the won value or the reason."""

    code = "closing_needs_detail"


@transaction.atomic
def seed_default_pipeline(*, organization: Organization) -> Pipeline:
    """Give an organisation its first pipeline; a no-op when it has one."""
    existing = Pipeline.objects.filter(organization=organization, is_default=True).first()
    if existing:
        return existing
    pipeline = Pipeline.objects.create(organization=organization, name="Sales", is_default=True)
    PipelineStage.objects.bulk_create(
        PipelineStage(
            organization=organization,
            pipeline=pipeline,
            name=name,
            position=position,
            colour=colour,
            status=status,
            win_probability=probability,
        )
        for position, (name, colour, status, probability) in enumerate(DEFAULT_STAGES)
    )
    return pipeline


def first_stage() -> PipelineStage:
    """Return the stage where new leads start.

    Raises: DomainError when the organisation has no pipeline.
    """
    stage = PipelineStage.objects.of_default_pipeline().in_order().first()
    if stage is None:
        raise DomainError("This organisation has no pipeline yet. An administrator can create one.")
    return stage


def stage_for_status(status: str, *, pipeline_id: uuid.UUID | None = None) -> PipelineStage | None:
    """Return the stage that stands for a status: that of the given pipeline if it has one, else of the default."""
    stages = list(PipelineStage.objects.standing_for(status))
    return next((stage for stage in stages if stage.pipeline_id == pipeline_id), stages[0] if stages else None)


@transaction.atomic
def move_lead(
    *,
    lead: Lead,
    stage: PipelineStage,
    actor: User | None,
    above: uuid.UUID | None = None,
    below: uuid.UUID | None = None,
    won_value: Decimal | None = None,
    lost_reason: str = "",
    seen_version: int | None = None,
) -> Lead:
    """Put a lead into a stage, between the leads ``above`` and ``below`` it, or on top.

    Moving into the stage it is in only changes the order. A won stage needs ``won_value`` (major units)
    unless the lead has one, a lost stage needs ``lost_reason``. ``seen_version`` is the version the actor
    saw; it is compared only when the stage changes.

    Raises: ClosingNeedsDetail, StaleObject.
    Side effects: journey and audit entries, domain events, the signals ``lead_moved`` and ``lead_closed``;
    open browsers are told after commit.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("stage").get(pk=lead.pk)
    before = lead.stage
    changes_stage = before.pk != stage.pk
    if changes_stage:
        if seen_version is not None and seen_version != lead.version:
            raise StaleObject(f"{lead.title} was changed by somebody else and is now in {before.name}.")
        _close_or_reopen(lead, stage, won_value=won_value, lost_reason=lost_reason.strip())
        lead.stage = stage
        lead.status = stage.status
        lead.stage_changed_at = lead.last_activity_at = timezone.now()
        lead.version += 1
    lead.board_position = _position_between(lead, stage, above=above, below=below)
    lead.save()
    if changes_stage:
        _tell(lead, before=before, actor=actor)
    live.announce("lead", id=lead.pk, stage=stage.pk, owner=lead.assigned_to_id, team=lead.team_id)
    return lead


def _close_or_reopen(lead: Lead, stage: PipelineStage, *, won_value: Decimal | None, lost_reason: str) -> None:
    if stage.is_won:
        if won_value is None and lead.won_value_minor is None:
            raise ClosingNeedsDetail("How much was won?", field="won_value")
        if won_value is not None:
            if won_value < 0:
                raise DomainError("The won value cannot be negative.", field="won_value")
            lead.won_value_minor = money.to_minor(won_value, lead.currency)
    elif stage.is_lost:
        if not lost_reason and not lead.lost_reason:
            raise ClosingNeedsDetail("Why was this lead lost?", field="lost_reason")
        lead.lost_reason = lost_reason or lead.lost_reason
    if stage.is_closed:
        lead.closed_at = timezone.now()
    else:
        lead.closed_at = None
        lead.won_value_minor = None
        lead.lost_reason = ""


def _tell(lead: Lead, *, before: PipelineStage, actor: User | None) -> None:
    description = f"{before.name} → {lead.stage.name}"
    details: dict[str, object] = {"from": str(before.pk), "to": str(lead.stage_id)}
    if lead.stage.is_lost:
        details["lost_reason"] = lead.lost_reason
    if lead.stage.is_won:
        details["won_value_minor"] = lead.won_value_minor
    journey.record(lead, JourneyEventType.STATUS_UPDATED, actor=actor, description=description, properties=details)
    audit.record(
        LeadEvent.MOVED, lead, actor=actor, description=description, changes={"stage": (before.name, lead.stage.name)}
    )
    audit.announce(LeadEvent.MOVED, lead, actor=actor, payload={**details, "status": lead.status})
    signals.lead_moved.send(Lead, lead=lead, actor=actor, before=before, after=lead.stage)
    if lead.stage.is_won or lead.stage.is_lost:
        event = LeadEvent.WON if lead.stage.is_won else LeadEvent.LOST
        audit.announce(event, lead, actor=actor, payload=details)
        signals.lead_closed.send(Lead, lead=lead, actor=actor)


def _position_between(lead: Lead, stage: PipelineStage, *, above: uuid.UUID | None, below: uuid.UUID | None) -> int:
    """Return the place between two neighbours; a neighbour that has left the stage meanwhile does not count."""
    neighbours = {
        pk: position
        for pk, position in Lead.objects.filter(pk__in=[pk for pk in (above, below) if pk], stage=stage).values_list(
            "pk", "board_position"
        )
    }
    others = Lead.objects.alive().filter(stage=stage).exclude(pk=lead.pk)
    upper = neighbours.get(above) if above else None
    lower = neighbours.get(below) if below else None
    if upper is None and lower is None:
        top = others.aggregate(top=Min("board_position"))["top"]
        return new_board_position() if top is None else min(new_board_position(), top - POSITION_GAP)
    if upper is None:
        assert lower is not None
        upper = others.filter(board_position__lt=lower).aggregate(near=Max("board_position"))["near"]
        if upper is None:
            return lower - POSITION_GAP
    elif lower is None:
        lower = others.filter(board_position__gt=upper).aggregate(near=Min("board_position"))["near"]
        if lower is None:
            return upper + POSITION_GAP
    if lower - upper < 2:
        _make_room(lead, stage, upper)
        lower = upper + POSITION_GAP
    return upper + (lower - upper) // 2


def _make_room(lead: Lead, stage: PipelineStage, upper: int) -> None:
    """Shift what lies below ``upper`` down by one gap, until the next gap that is wide enough swallows the shift."""
    crowd = list(
        Lead.objects.select_for_update()
        .filter(stage=stage, board_position__gt=upper)
        .exclude(pk=lead.pk)
        .order_by("board_position", "pk")
        .only("pk", "board_position", "organization_id")[:200]
    )
    moved, free = [], upper + POSITION_GAP
    for other in crowd:
        if other.board_position >= free:
            break
        other.board_position = free
        moved.append(other)
        free += POSITION_GAP
    Lead.objects.bulk_update(moved, ["board_position"])
