"""Qualify leads whose score reaches the threshold: one at a time, or a set at once.

A lead is qualified by its score once in its life. Whoever moves it back afterwards has decided, and the next
change of a fact does not overrule them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.audit import settings
from leadcrm.audit.models import DomainEvent
from leads import signals
from leads.choices import ActivityType, JourneyEventType, LeadStatus
from leads.events import LeadEvent
from leads.models import Activity, JourneyEvent, Lead, PipelineStage
from leads.models.lead import POSITION_GAP, new_board_position
from leads.services import activities, journey, pipeline, workdays

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

QUALIFIABLE = (LeadStatus.NEW, LeadStatus.CONTACTED)
FOLLOW_UP = "Follow up on a newly qualified lead"


def threshold() -> int:
    """Return the score that qualifies in the organisation of the scope."""
    return int(settings.get("leads.qualification_threshold"))


def is_due(lead: Lead) -> bool:
    """Tell whether the score qualifies this lead now. Costs a query for a lead that is high enough."""
    if lead.status not in QUALIFIABLE or lead.deleted_at is not None or lead.score < threshold():
        return False
    return not JourneyEvent.objects.filter(lead=lead, event_type=JourneyEventType.LEAD_QUALIFIED).exists()


@transaction.atomic
def qualify(*, lead: Lead, actor: User | None) -> bool:
    """Make a lead qualified because of its score; return whether its pipeline has a stage for that.

    Call it with the lead locked and with ``is_due`` true. The move is leadcrm's own, whoever changed the fact.

    Side effects: journey event, domain event, signal, and a follow-up for the owner (or the team) on the next
    working day.
    """
    stage = pipeline.stage_for_status(LeadStatus.QUALIFIED, pipeline_id=lead.stage.pipeline_id)
    if stage is None:
        return False
    moved = pipeline.move_lead(lead=lead, stage=stage, actor=None)
    journey.record(
        lead, JourneyEventType.LEAD_QUALIFIED, actor=None, description=f"Score {lead.score}",
        properties={"score": lead.score},
    )  # fmt: skip
    audit.record(LeadEvent.QUALIFIED, lead, actor=actor, metadata={"score": lead.score})
    audit.announce(LeadEvent.QUALIFIED, lead, actor=actor, payload={"score": lead.score})
    activity = activities.plan_activity(
        lead=lead,
        type=ActivityType.FOLLOW_UP,
        subject=FOLLOW_UP,
        scheduled_at=workdays.morning_after(timezone.now(), lead.organization.tzinfo),
        user=lead.assigned_to,
        actor=None,
    )
    for field in ("stage", "status", "stage_changed_at", "board_position", "version", "closed_at"):
        setattr(lead, field, getattr(moved, field))
    for field in ("next_follow_up_at", "next_step", "last_activity_at", "updated_at"):
        setattr(lead, field, getattr(activity.lead, field))
    signals.lead_qualified.send(Lead, lead=lead, actor=actor)
    return True


@transaction.atomic
def qualify_many(*, lead_ids: Collection[uuid.UUID], actor: User | None) -> int:
    """Do what ``qualify`` does for every lead of the set that is due, in a handful of statements.

    For imports and scoring runs: the caller writes one audit entry for the whole run. Returns how many leads
    were qualified.
    """
    due = list(
        Lead.objects.alive()
        .filter(pk__in=list(lead_ids), status__in=QUALIFIABLE, score__gte=threshold())
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    # Asked once the leads are locked: in the same statement it would be answered from before the wait.
    told = set(
        JourneyEvent.objects.filter(lead__in=[lead.pk for lead in due], event_type=JourneyEventType.LEAD_QUALIFIED)
        .values_list("lead_id", flat=True)
    )  # fmt: skip
    stages = {stage.pk: stage for stage in PipelineStage.objects.all()}
    qualified = _qualified_stages()
    targets = []
    for lead in due:
        if lead.pk in told:
            continue
        lead.stage = stages[lead.stage_id]
        if stage := qualified.get(lead.stage.pipeline_id) or qualified.get(None):
            targets.append((lead, stage))
    leads = [lead for lead, _ in targets]
    if not leads:
        return 0
    now = timezone.now()
    morning = workdays.morning_after(now, leads[0].organization.tzinfo)
    before = [lead.stage for lead in leads]
    top = new_board_position()
    for place, (lead, stage) in enumerate(targets):
        lead.stage, lead.status, lead.board_position = stage, stage.status, top - place * POSITION_GAP
        lead.stage_changed_at = lead.last_activity_at = lead.updated_at = now
        lead.version += 1
        if lead.next_follow_up_at is None or morning < lead.next_follow_up_at:
            lead.next_follow_up_at, lead.next_step = morning, ActivityType.FOLLOW_UP
    _write(leads)
    planned = Activity.objects.bulk_create(
        [
            Activity(
                organization_id=lead.organization_id, lead=lead, user_id=lead.assigned_to_id,
                type=ActivityType.FOLLOW_UP, subject=FOLLOW_UP, scheduled_at=morning,
            )
            for lead in leads
        ],
        batch_size=2_000,
    )  # fmt: skip
    activities.stamp_work(*(lead.assigned_to_id for lead in leads))
    _announce(leads, before, planned, actor)
    for lead, old_stage in zip(leads, before, strict=True):
        signals.lead_moved.send(Lead, lead=lead, actor=None, before=old_stage, after=lead.stage)
        signals.lead_qualified.send(Lead, lead=lead, actor=actor)
    return len(leads)


def _qualified_stages() -> dict[uuid.UUID | None, PipelineStage]:
    """Return the stage for qualified leads by pipeline; under None the one for pipelines that have none."""
    found: dict[uuid.UUID | None, PipelineStage] = {}
    for stage in PipelineStage.objects.standing_for(LeadStatus.QUALIFIED):
        found.setdefault(stage.pipeline_id, stage)
        found.setdefault(None, stage)
    return found


def _write(leads: list[Lead]) -> None:
    columns = {
        "stage_id": "uuid[]", "status": "text[]", "board_position": "bigint[]", "stage_changed_at": "timestamptz[]",
        "last_activity_at": "timestamptz[]", "updated_at": "timestamptz[]", "version": "int[]",
        "next_follow_up_at": "timestamptz[]", "next_step": "text[]",
    }  # fmt: skip
    arrays = ", ".join(f"%s::{kind}" for kind in ("uuid[]", *columns.values()))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE leads_lead l SET {', '.join(f'{name} = v.{name}' for name in columns)}"  # noqa: S608 — our own names
            f" FROM unnest({arrays}) AS v(id, {', '.join(columns)})"
            " WHERE l.organization_id = %s AND l.id = v.id",
            [
                [lead.pk for lead in leads],
                *([getattr(lead, name) for lead in leads] for name in columns),
                leads[0].organization_id,
            ],
        )


def _announce(leads: list[Lead], before: list[PipelineStage], planned: list[Activity], actor: User | None) -> None:
    events, news = [], []
    for lead, stage, activity in zip(leads, before, planned, strict=True):
        score = {"score": lead.score}
        move = {"from": str(stage.pk), "to": str(lead.stage_id)}
        plan = {"activity": str(activity.pk), "type": activity.type, "scheduled_at": activity.scheduled_at.isoformat()}  # type: ignore[union-attr]
        for kind, words, details in (
            (JourneyEventType.STATUS_UPDATED, f"{stage.name} → {lead.stage.name}", move),
            (JourneyEventType.LEAD_QUALIFIED, f"Score {lead.score}", score),
            (JourneyEventType.ACTIVITY_PLANNED, str(activity), plan),
        ):
            events.append(
                JourneyEvent(
                    organization_id=lead.organization_id, lead=lead, event_type=kind, event_name=kind.label,
                    description=words, properties=details,
                )
            )  # fmt: skip
        for name, payload in (
            (LeadEvent.MOVED, {**move, "status": lead.status}),
            (LeadEvent.QUALIFIED, score),
            (LeadEvent.ACTIVITY_PLANNED, plan),
        ):
            news.append(
                DomainEvent(
                    organization_id=lead.organization_id, name=name.value, entity_type="lead", entity_id=lead.pk,
                    payload=payload, actor_id=actor.pk if actor and name is LeadEvent.QUALIFIED else None,
                )
            )  # fmt: skip
    JourneyEvent.objects.bulk_create(events, batch_size=2_000)
    DomainEvent.objects.bulk_create(news, batch_size=2_000)
