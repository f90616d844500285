"""Take back a change of many leads, for as long as nobody has changed them again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leadcrm.audit import services as audit
from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import live
from leadcrm.core.errors import DomainError, NotAllowed
from leads import signals
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Activity, JourneyEvent, Lead, LeadTag, PipelineStage, Tag
from leads.permissions import LeadPermission
from leads.services import pipeline
from leads.services.bulk import MOST_NEWS, Outcome

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

VALID = timedelta(minutes=10)


class TooLate(DomainError):
    """The batch is older than ten minutes, was taken back already, or is somebody else's."""

    code = "too_late"


@dataclass(frozen=True)
class Past:
    """A batch with its leads, locked, and what each of them was before."""

    entry: ActivityLog
    leads: list[Lead]
    memory: dict[uuid.UUID, dict[str, Any]]
    at: datetime
    actor: User


@transaction.atomic
def undo(*, entry_id: uuid.UUID, actor: User) -> Outcome:
    """Put the leads of a batch back to what they were before it.

    A lead that somebody changed again since keeps what it is now. ``unchanged`` of the outcome counts these.

    Raises: NotAllowed, TooLate.
    Side effects: one audit entry, an event in the timeline of each lead, domain events as for the change itself.
    """
    if not actor.has_right(LeadPermission.BULK):
        raise NotAllowed("Your role cannot change several leads at once.")
    past = _remember(entry_id, actor)
    kind = str(past.entry.metadata["kind"])
    restored = {"owner": _owners, "tags": _tags, "stage": _stages, "trash": _trash}[kind](past)
    if restored:
        audit.record(
            LeadEvent.BULK_CHANGED, actor=actor, description=f"Taken back: {past.entry.description}",
            metadata={"undoes": str(past.entry.pk), "leads": [str(lead.pk) for lead in restored]},
        )  # fmt: skip
        if len(restored) > MOST_NEWS:
            live.announce("board")
        else:
            for lead in restored:
                live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
    wanted = len(past.entry.metadata["leads"])
    return Outcome(len(restored), wanted - len(restored), 0)


def _remember(entry_id: uuid.UUID, actor: User) -> Past:
    batches = ActivityLog.objects.filter(
        actor=actor, action=LeadEvent.BULK_CHANGED.value, created_at__gte=timezone.now() - VALID
    )
    entry = batches.filter(pk=entry_id).first()
    if entry is None or "kind" not in entry.metadata:
        raise TooLate("This can no longer be undone.")
    ids = [uuid.UUID(pk) for pk in entry.metadata["leads"]]
    # With the leads locked, a second click waits here and then finds the first one's entry.
    leads = list(Lead.objects.reachable_by(actor).filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    if batches.filter(metadata__undoes=str(entry.pk)).exists():
        raise TooLate("This has been undone already.")
    at = datetime.fromisoformat(entry.metadata["at"])
    events = JourneyEvent.objects.filter(lead__in=ids, occurred_at=at, properties__batch=str(entry.pk))
    return Past(entry, leads, {event.lead_id: event.properties for event in events}, at, actor)


def _owners(past: Past) -> list[Lead]:
    to = past.entry.metadata["to"]
    restored = [lead for lead in past.leads if _text(lead.assigned_to_id) == to and lead.pk in past.memory]
    groups: dict[tuple[str | None, str | None], list[uuid.UUID]] = {}
    work: dict[str | None, list[str]] = {}
    for lead in restored:
        before = past.memory[lead.pk]["undo"]
        groups.setdefault((before["owner"], before["team"]), []).append(lead.pk)
        for activity, user in before["activities"].items():
            work.setdefault(user, []).append(activity)
        lead.assigned_to_id, lead.team_id = _uuid(before["owner"]), _uuid(before["team"])
    for (owner, team), ids in groups.items():
        Lead.objects.filter(pk__in=ids).update(
            assigned_to_id=owner, team_id=team, version=F("version") + 1, updated_at=timezone.now()
        )
    for user, ids_of_work in work.items():
        Activity.objects.open().filter(pk__in=ids_of_work, user=_uuid(to)).update(user_id=user)
    _tell(past, restored, JourneyEventType.LEAD_ASSIGNED, lambda _: "Taken back", lambda _: {})
    _announce(past, restored, LeadEvent.ASSIGNED, lambda lead: {"to": _text(lead.assigned_to_id)})
    return restored


def _tags(past: Past) -> list[Lead]:
    restored = [lead for lead in past.leads if lead.pk in past.memory]
    existing = {str(pk) for pk in Tag.objects.values_list("pk", flat=True)}
    links = []
    for lead in restored:
        before = past.memory[lead.pk]["undo"]
        LeadTag.objects.filter(lead=lead, tag__in=before["added"]).delete()
        links += [
            LeadTag(organization_id=lead.organization_id, lead=lead, tag_id=pk)
            for pk in before["removed"]
            if pk in existing
        ]
    LeadTag.objects.bulk_create(links, ignore_conflicts=True)
    _tell(past, restored, JourneyEventType.TAGS_CHANGED, lambda _: "Taken back", lambda _: {})
    return restored


def _stages(past: Past) -> list[Lead]:
    to = uuid.UUID(past.entry.metadata["to"])
    stages = {str(stage.pk): stage for stage in PipelineStage.objects.all()}
    restored = [
        lead
        for lead in past.leads
        if lead.stage_id == to
        and lead.stage_changed_at == past.at
        and past.memory.get(lead.pk, {}).get("from") in stages
    ]
    left = next((stage for stage in stages.values() if stage.pk == to), None)
    if left is None:
        return []
    for lead in restored:
        properties = past.memory[lead.pk]
        stage = stages[properties["from"]]
        lead.stage, lead.status = stage, stage.status
        for name in pipeline.MEMORY:
            value = properties["undo"][name]
            setattr(lead, name, parse_datetime(value) if name.endswith("_at") and value else value)
    _write_stages(restored)

    def move(lead: Lead) -> dict[str, object]:
        return {"from": str(to), "to": str(lead.stage_id)}

    _tell(past, restored, JourneyEventType.STATUS_UPDATED, lambda lead: f"{left.name} → {lead.stage.name}", move)
    _announce(past, restored, LeadEvent.MOVED, lambda lead: {**move(lead), "status": lead.status})
    for lead in restored:
        signals.lead_moved.send(Lead, lead=lead, actor=past.actor, before=left, after=lead.stage)
    return restored


def _write_stages(leads: Sequence[Lead]) -> None:
    if not leads:
        return
    columns = {
        "stage_id": "uuid[]", "status": "text[]", "board_position": "bigint[]", "stage_changed_at": "timestamptz[]",
        "last_activity_at": "timestamptz[]", "closed_at": "timestamptz[]", "won_value_minor": "bigint[]",
        "lost_reason": "text[]",
    }  # fmt: skip
    arrays = ", ".join(f"%s::{kind}" for kind in ("uuid[]", *columns.values()))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE leads_lead l SET {', '.join(f'{name} = v.{name}' for name in columns)},"  # noqa: S608 — our own names
            " version = l.version + 1, updated_at = now()"
            f" FROM unnest({arrays}) AS v(id, {', '.join(columns)})"
            " WHERE l.organization_id = %s AND l.id = v.id",
            [
                [lead.pk for lead in leads],
                *([getattr(lead, name) for lead in leads] for name in columns),
                leads[0].organization_id,
            ],
        )


def _trash(past: Past) -> list[Lead]:
    restored = [lead for lead in past.leads if lead.deleted_at == past.at]
    Lead.objects.filter(pk__in=[lead.pk for lead in restored]).update(deleted_at=None, updated_at=timezone.now())
    _tell(past, restored, JourneyEventType.LEAD_RESTORED, lambda _: "", lambda _: {})
    _announce(past, restored, LeadEvent.RESTORED, lambda _: {})
    return restored


def _tell(
    past: Past, leads: Sequence[Lead], event: JourneyEventType, words: Callable[[Lead], str],
    properties: Callable[[Lead], dict[str, object]],
) -> None:  # fmt: skip
    now = timezone.now()
    JourneyEvent.objects.bulk_create(
        JourneyEvent(
            organization_id=lead.organization_id, lead=lead, user=past.actor, event_type=event, event_name=event.label,
            description=words(lead), occurred_at=now, properties={**properties(lead), "undoes": str(past.entry.pk)},
        )
        for lead in leads
    )  # fmt: skip


def _announce(past: Past, leads: Sequence[Lead], name: LeadEvent, payload: Callable[[Lead], dict[str, object]]) -> None:
    DomainEvent.objects.bulk_create(
        DomainEvent(
            organization_id=lead.organization_id, name=name.value, entity_type="lead", entity_id=lead.pk,
            payload=payload(lead), actor_id=past.actor.pk,
        )
        for lead in leads
    )  # fmt: skip


def _text(pk: uuid.UUID | None) -> str | None:
    return str(pk) if pk else None


def _uuid(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None
