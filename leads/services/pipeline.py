"""Move leads through their pipeline. The stage leads; the status follows the stage the lead is in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leadcrm.audit import services as audit
from leadcrm.core import live, money
from leadcrm.core.errors import DomainError, StaleObject
from leads import signals
from leads.choices import JourneyEventType, LeadStatus
from leads.events import LeadEvent
from leads.models import JourneyEvent, Lead, Pipeline, PipelineStage
from leads.services import journey, positions

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


# What taking a move back restores.
MEMORY = ("board_position", "won_value_minor", "lost_reason", "closed_at", "stage_changed_at", "last_activity_at")
MOVED_FIELDS = ("stage", "status", "stage_changed_at", "last_activity_at", "won_value_minor", "lost_reason",
                "closed_at", "version", "updated_at")  # fmt: skip


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
    seen_stage: uuid.UUID | None = None,
) -> Lead:
    """Put a lead into a stage, between the leads ``above`` and ``below`` it, or on top.

    Moving into the stage it is in only changes the order. A won stage needs ``won_value`` (major units)
    unless the lead has one, a lost stage needs ``lost_reason``. What the actor saw is compared only when the
    stage changes: ``seen_stage`` when it is given (an edit of facts in between does not disturb a move), else
    ``seen_version``.

    Raises: ClosingNeedsDetail, StaleObject.
    Side effects: journey and audit entries, domain events, the signals ``lead_moved`` and ``lead_closed``;
    open browsers are told after commit. ``undo_move`` takes it back.
    """
    locked = {lead.pk}
    while True:
        try:
            with transaction.atomic():  # a savepoint: rolling it back also lets the locks go
                current = _locked(lead.pk, with_neighbours=locked)
                position = positions.find(lead=current, stage=stage, above=above, below=below, locked=locked)
                before = current.stage
                changes_stage = before.pk != stage.pk
                if changes_stage:
                    _check_seen(current, version=seen_version, stage=seen_stage)
                    undo = memory_of(current)
                    close_or_reopen(current, stage, won_value=won_value, lost_reason=lost_reason.strip())
                    enter(current, stage)
                current.board_position = position
                current.save(update_fields=[*(MOVED_FIELDS if changes_stage else ()), "board_position"])
                break
        except positions.Crowded as crowd:
            locked |= set(crowd.pks)
    if changes_stage:
        _tell(current, before=before, actor=actor, properties={"undo": undo})
    _announce(current)
    return current


def last_move(lead: Lead) -> JourneyEvent | None:
    """Return the event of the newest change of stage."""
    return JourneyEvent.objects.filter(lead=lead, event_type=JourneyEventType.STATUS_UPDATED).newest_first().first()


@transaction.atomic
def undo_move(*, lead: Lead, move_id: uuid.UUID, actor: User) -> Lead:
    """Take back a change of stage: stage, place, value, reason and dates are as they were before it.

    A second time is a no-op, so double clicks are harmless.

    Raises: StaleObject when the lead has been moved again since.
    Side effects: as ``move_lead``.
    """
    lead = _locked(lead.pk)
    newest = last_move(lead)
    if newest is not None and newest.properties.get("undoes") == str(move_id):
        return lead
    if newest is None or newest.pk != move_id or "undo" not in newest.properties:
        raise StaleObject(f"{lead.title} was moved again since, so that move cannot be undone.")
    before, memory = lead.stage, newest.properties["undo"]
    stage = PipelineStage.objects.filter(pk=newest.properties["from"]).first()
    if stage is None:
        raise StaleObject(f"The stage where {lead.title} was before no longer exists.")
    enter(lead, stage)
    for name in MEMORY:
        value = memory[name]
        setattr(lead, name, parse_datetime(value) if name.endswith("_at") and value else value)
    lead.save(update_fields=[*MOVED_FIELDS, "board_position"])
    _tell(lead, before=before, actor=actor, properties={"undoes": str(move_id)})
    _announce(lead)
    return lead


def _locked(pk: uuid.UUID, *, with_neighbours: Collection[uuid.UUID] = ()) -> Lead:
    """Lock a lead, and the neighbours that must make room, always in the order of their ids.

    Two moves that need each other's leads then wait for one another in line instead of in a circle. The stage
    is not joined: PostgreSQL would look for the lead's new stage among the rows it joined before it waited.
    """
    leads = Lead.objects.select_for_update(no_key=True).filter(pk__in={pk, *with_neighbours}).order_by("pk")
    lead: Lead | None = next((found for found in leads if found.pk == pk), None)
    if lead is None or lead.deleted_at is not None:
        raise StaleObject("This lead was deleted in the meantime.")
    return lead


def _check_seen(lead: Lead, *, version: int | None, stage: uuid.UUID | None) -> None:
    is_stale = stage != lead.stage_id if stage is not None else version is not None and version != lead.version
    if is_stale:
        raise StaleObject(f"{lead.title} was changed by somebody else and is now in {lead.stage.name}.")


def memory_of(lead: Lead) -> dict[str, object]:
    """Return what taking a move back needs to know, as JSON holds it."""
    values = {name: getattr(lead, name) for name in MEMORY}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def enter(lead: Lead, stage: PipelineStage) -> None:
    """Put a lead that is locked into a stage; the caller saves it."""
    lead.stage = stage
    lead.status = stage.status
    lead.stage_changed_at = lead.last_activity_at = timezone.now()
    lead.version += 1


def _announce(lead: Lead) -> None:
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)


def close_or_reopen(lead: Lead, stage: PipelineStage, *, won_value: Decimal | None, lost_reason: str) -> None:
    """Set what closing or reopening brings with it.

    Raises: ClosingNeedsDetail, DomainError.
    """
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
    if not stage.is_won:
        lead.won_value_minor = None
    if not stage.is_lost:
        lead.lost_reason = ""
    lead.closed_at = timezone.now() if stage.is_closed else None


def _tell(lead: Lead, *, before: PipelineStage, actor: User | None, properties: Mapping[str, object]) -> None:
    description = f"{before.name} → {lead.stage.name}"
    details: dict[str, object] = {"from": str(before.pk), "to": str(lead.stage_id)}
    if lead.stage.is_lost:
        details["lost_reason"] = lead.lost_reason
    if lead.stage.is_won:
        details["won_value_minor"] = lead.won_value_minor
    journey.record(
        lead,
        JourneyEventType.STATUS_UPDATED,
        actor=actor,
        description=description,
        properties={**details, **properties},
    )
    audit.record(
        LeadEvent.MOVED, lead, actor=actor, description=description, changes={"stage": (before.name, lead.stage.name)}
    )
    audit.announce(LeadEvent.MOVED, lead, actor=actor, payload={**details, "status": lead.status})
    signals.lead_moved.send(Lead, lead=lead, actor=actor, before=before, after=lead.stage)
    if lead.stage.is_won or lead.stage.is_lost:
        event = LeadEvent.WON if lead.stage.is_won else LeadEvent.LOST
        audit.announce(event, lead, actor=actor, payload=details)
        signals.lead_closed.send(Lead, lead=lead, actor=actor)
