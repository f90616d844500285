"""Change many leads at once, in sets: one audit entry for the batch, one event in the timeline of each lead.

Only leads that the actor sees are touched. What a batch replaced is kept in the events of its leads, so that
`bulk_undo` can put it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.audit.models import ActivityLog, DomainEvent
from leadcrm.core import live
from leadcrm.core.errors import DomainError, NotAllowed
from leads import signals
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Activity, JourneyEvent, Lead, LeadTag, PipelineStage, Tag
from leads.models.lead import POSITION_GAP, new_board_position
from leads.permissions import LeadPermission
from leads.services import activities, assignment, pipeline, tagging

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

# As many as a page can show.
MOST = 200
# More news than this goes out as one piece that makes boards look again.
MOST_NEWS = 20


@dataclass(frozen=True)
class Outcome:
    """What a batch did. ``entry`` is its audit entry; None when nothing changed."""

    changed: int
    unchanged: int
    unseen: int
    entry: ActivityLog | None = None

    def words(self, done: str) -> str:
        """Say it: ``done`` is the participle, such as “moved”."""
        parts = [f"{self.changed} {'lead' if self.changed == 1 else 'leads'} {done}"]
        if self.unchanged:
            parts.append(f"{self.unchanged} already so")
        if self.unseen:
            parts.append(f"{self.unseen} not visible to you")
        return ", ".join(parts)


@dataclass(frozen=True)
class Batch:
    """The leads of one act, locked in the order of their ids."""

    leads: list[Lead]
    unseen: int
    actor: User
    at: datetime

    def outcome(self, changed: Sequence[Lead], entry: ActivityLog | None) -> Outcome:
        return Outcome(len(changed), len(self.leads) - len(changed), self.unseen, entry)


@transaction.atomic
def assign_leads(*, ids: Sequence[uuid.UUID], to: User | None, actor: User) -> Outcome:
    """Make ``to`` (or nobody) the owner of many leads; they move to the team of their owner.

    Raises: NotAllowed, OwnerInactive, DomainError.
    Side effects: as `assignment.assign_lead`, with one audit entry for all.
    """
    _require(actor, LeadPermission.ASSIGN)
    batch = _choose(ids, actor)
    assignment.check_assignment(to=to, actor=actor, leads=batch.leads)
    changed = [lead for lead in batch.leads if lead.assigned_to_id != (to.pk if to else None)]
    if not changed:
        return batch.outcome(changed, None)
    memory = {lead.pk: {"owner": _text(lead.assigned_to_id), "team": _text(lead.team_id)} for lead in changed}
    handed = _hand_over(changed, to)
    Lead.objects.filter(pk__in=memory).update(
        assigned_to=to,
        team_id=to.team_id if to is not None and to.team_id else F("team_id"),
        version=F("version") + 1,
        updated_at=batch.at,
    )
    words = f"→ {to or 'nobody'}"
    entry = _record(batch, changed, "owner", words, to=_text(to.pk if to else None))
    _tell(
        batch, changed, entry, JourneyEventType.LEAD_ASSIGNED, words,
        lambda lead: {"undo": {**memory[lead.pk], "activities": handed.get(lead.pk, {})}},
    )  # fmt: skip
    _announce(LeadEvent.ASSIGNED, changed, actor, lambda _: {"to": _text(to.pk if to else None)})
    before = {lead.pk: (lead.assigned_to_id, lead.team_id) for lead in changed}
    for lead in changed:
        lead.assigned_to = to
        lead.team_id = to.team_id if to is not None and to.team_id else lead.team_id
    _go_live(changed, before)
    return batch.outcome(changed, entry)


@transaction.atomic
def tag_leads(
    *, ids: Sequence[uuid.UUID], add: Iterable[str] = (), remove: Iterable[uuid.UUID] = (), actor: User
) -> Outcome:
    """Put the tags named ``add`` on many leads and take the tags ``remove`` off them.

    Raises: NotAllowed, DomainError.
    """
    _require(actor, LeadPermission.EDIT)
    wanted = tagging.tags_named(add)
    unwanted = list(Tag.objects.filter(pk__in=list(remove)).exclude(pk__in=[tag.pk for tag in wanted]))
    if not wanted and not unwanted:
        raise DomainError("Name a tag to add, or choose one to remove.", field="add")
    batch = _choose(ids, actor)
    links: dict[uuid.UUID, dict[uuid.UUID, uuid.UUID]] = {lead.pk: {} for lead in batch.leads}
    for link in LeadTag.objects.filter(lead__in=list(links), tag__in=[*wanted, *unwanted]):
        links[link.lead_id][link.tag_id] = link.pk
    added = {pk: [tag for tag in wanted if tag.pk not in has] for pk, has in links.items()}
    removed = {pk: [tag for tag in unwanted if tag.pk in has] for pk, has in links.items()}
    changed = [lead for lead in batch.leads if added[lead.pk] or removed[lead.pk]]
    if not changed:
        return batch.outcome(changed, None)
    LeadTag.objects.filter(pk__in=[links[pk][tag.pk] for pk, tags in removed.items() for tag in tags]).delete()
    LeadTag.objects.bulk_create(
        [
            LeadTag(organization_id=actor.organization_id, lead_id=pk, tag=tag)
            for pk, tags in added.items() for tag in tags
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    words = ", ".join([*(f"+{tag}" for tag in wanted), *(f"−{tag}" for tag in unwanted)])
    entry = _record(batch, changed, "tags", words)
    _tell(
        batch, changed, entry, JourneyEventType.TAGS_CHANGED, words,
        lambda lead: {
            "undo": {
                "added": [str(tag.pk) for tag in added[lead.pk]],
                "removed": [str(tag.pk) for tag in removed[lead.pk]],
            }
        },
    )  # fmt: skip
    _go_live(changed)
    return batch.outcome(changed, entry)


@transaction.atomic
def move_leads(*, ids: Sequence[uuid.UUID], stage: PipelineStage, lost_reason: str = "", actor: User) -> Outcome:
    """Put many leads on top of a stage, in the order of ``ids``.

    A won lead counts with its won value, else with its expected one; a lead without either must be closed by
    itself. A lost stage needs one reason for all that have none.

    Raises: NotAllowed, DomainError, ClosingNeedsDetail.
    Side effects: as `pipeline.move_lead`, with one audit entry for all.
    """
    _require(actor, LeadPermission.EDIT)
    batch = _choose(ids, actor)
    stages = {found.pk: found for found in PipelineStage.objects.filter(pk__in={lead.stage_id for lead in batch.leads})}
    place = {pk: number for number, pk in enumerate(ids)}
    changed = sorted((lead for lead in batch.leads if lead.stage_id != stage.pk), key=lambda lead: place[lead.pk])
    if not changed:
        return batch.outcome(changed, None)
    _check_values(changed, stage)
    before, memory, top = {}, {}, new_board_position()
    for number, lead in enumerate(changed):
        lead.stage = before[lead.pk] = stages[lead.stage_id]
        memory[lead.pk] = pipeline.memory_of(lead)
        if stage.is_won and lead.won_value_minor is None:
            lead.won_value_minor = lead.predicted_value_minor
        pipeline.close_or_reopen(lead, stage, won_value=None, lost_reason=lost_reason.strip())
        pipeline.enter(lead, stage)
        lead.stage_changed_at = lead.last_activity_at = batch.at
        lead.closed_at = batch.at if stage.is_closed else None
        lead.board_position = top - (len(changed) - number) * POSITION_GAP
    _write_moves(batch, changed, stage, lost_reason.strip(), top)
    words = f"→ {stage.name}"
    entry = _record(batch, changed, "stage", words, to=str(stage.pk), lost_reason=lost_reason.strip())
    moves = {lead.pk: {"from": str(before[lead.pk].pk), "to": str(stage.pk)} for lead in changed}
    _tell(
        batch, changed, entry, JourneyEventType.STATUS_UPDATED,
        lambda lead: f"{before[lead.pk].name} → {stage.name}",
        lambda lead: {**moves[lead.pk], **_ending(lead, stage), "undo": memory[lead.pk]},
    )  # fmt: skip
    _announce(
        LeadEvent.MOVED, changed, actor,
        lambda lead: {**moves[lead.pk], **_ending(lead, stage), "status": stage.status},
    )  # fmt: skip
    if stage.is_won or stage.is_lost:
        _announce(
            LeadEvent.WON if stage.is_won else LeadEvent.LOST, changed, actor,
            lambda lead: {**moves[lead.pk], **_ending(lead, stage)},
        )  # fmt: skip
    for lead in changed:
        signals.lead_moved.send(Lead, lead=lead, actor=actor, before=before[lead.pk], after=stage)
        if stage.is_won or stage.is_lost:
            signals.lead_closed.send(Lead, lead=lead, actor=actor)
    _go_live(changed)
    return batch.outcome(changed, entry)


@transaction.atomic
def trash_leads(*, ids: Sequence[uuid.UUID], actor: User) -> Outcome:
    """Move many leads to the trash.

    Raises: NotAllowed, DomainError.
    """
    _require(actor, LeadPermission.DELETE)
    batch = _choose(ids, actor)
    if not batch.leads:
        return batch.outcome([], None)
    Lead.objects.filter(pk__in=[lead.pk for lead in batch.leads]).update(deleted_at=batch.at, updated_at=batch.at)
    entry = _record(batch, batch.leads, "trash", "moved to the trash")
    _tell(batch, batch.leads, entry, JourneyEventType.LEAD_DELETED, "", lambda _: {})
    _announce(LeadEvent.DELETED, batch.leads, actor, lambda _: {})
    _go_live(batch.leads)
    return batch.outcome(batch.leads, entry)


# --- what they share ------------------------------------------------------------------------------


def _require(actor: User, right: LeadPermission) -> None:
    for needed in (LeadPermission.BULK, right):
        if not actor.has_right(needed):
            raise NotAllowed("Your role cannot change several leads at once.")


def _choose(ids: Sequence[uuid.UUID], actor: User) -> Batch:
    wanted = set(ids)
    if not wanted:
        raise DomainError("Select at least one lead.", field="ids")
    if len(wanted) > MOST:
        raise DomainError(f"Change at most {MOST} leads at once.", field="ids")
    # In the order of their keys, so that two who lock several leads cannot wait for each other.
    leads = list(Lead.objects.visible_to(actor).filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True))
    return Batch(leads, len(wanted) - len(leads), actor, timezone.now())


def _hand_over(leads: Sequence[Lead], to: User | None) -> dict[uuid.UUID, dict[str, str | None]]:
    """Give open work to the new owner; return what each changed activity had before, by lead."""
    owners = {lead.pk: lead.assigned_to_id for lead in leads}
    held: dict[uuid.UUID, dict[str, str | None]] = {}
    for work in Activity.objects.open().filter(lead__in=list(owners)).only("lead_id", "user_id"):
        was_nobodys, was_theirs = work.user_id is None, work.user_id == owners[work.lead_id]
        if (was_nobodys and to is not None) or (was_theirs and not was_nobodys):
            held.setdefault(work.lead_id, {})[str(work.pk)] = _text(work.user_id)
    for owner in set(owners.values()):
        activities.hand_over(lead_ids=[pk for pk, had in owners.items() if had == owner], to=to, before=[owner])
    return held


def _check_values(leads: Sequence[Lead], stage: PipelineStage) -> None:
    if not stage.is_won:
        return
    without = [lead for lead in leads if lead.won_value_minor is None and lead.predicted_value_minor is None]
    if without:
        names = ", ".join(lead.title for lead in without[:3])
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        raise DomainError(
            f"How much was won cannot be said for many at once, and {names}{more} have no value yet. "
            "Give them one, or close them one by one.",
            code="closing_needs_detail", field="stage",
        )  # fmt: skip


def _write_moves(batch: Batch, leads: Sequence[Lead], stage: PipelineStage, lost_reason: str, top: int) -> None:
    ids = [lead.pk for lead in leads]
    place = RawSQL(
        "%s::bigint - (%s - array_position(%s::uuid[], leads_lead.id) + 1) * %s", [top, len(ids), ids, POSITION_GAP]
    )
    values: dict[str, Any] = {"won_value_minor": None, "lost_reason": ""}
    if stage.is_won:
        values["won_value_minor"] = Coalesce("won_value_minor", "predicted_value_minor")
    elif stage.is_lost:
        values["lost_reason"] = lost_reason or F("lost_reason")
    Lead.objects.filter(pk__in=ids).update(
        stage=stage, status=stage.status, stage_changed_at=batch.at, last_activity_at=batch.at, updated_at=batch.at,
        closed_at=batch.at if stage.is_closed else None, version=F("version") + 1, board_position=place, **values,
    )  # fmt: skip


def _ending(lead: Lead, stage: PipelineStage) -> dict[str, object]:
    if stage.is_won:
        return {"won_value_minor": lead.won_value_minor}
    return {"lost_reason": lead.lost_reason} if stage.is_lost else {}


def _record(batch: Batch, leads: Sequence[Lead], kind: str, words: str, **parameters: object) -> ActivityLog:
    return audit.record(
        LeadEvent.BULK_CHANGED, actor=batch.actor,
        description=f"{len(leads)} {'lead' if len(leads) == 1 else 'leads'}: {words}",
        metadata={"kind": kind, "at": batch.at.isoformat(), "leads": [str(lead.pk) for lead in leads], **parameters},
    )  # fmt: skip


def _tell(
    batch: Batch, leads: Sequence[Lead], entry: ActivityLog, event: JourneyEventType,
    words: str | Callable[[Lead], str], properties: Callable[[Lead], Mapping[str, object]],
) -> None:  # fmt: skip
    JourneyEvent.objects.bulk_create(
        JourneyEvent(
            organization_id=lead.organization_id, lead=lead, user=batch.actor, event_type=event, event_name=event.label,
            description=words if isinstance(words, str) else words(lead), occurred_at=batch.at,
            properties={**properties(lead), "batch": str(entry.pk)},
        )
        for lead in leads
    )  # fmt: skip


def _announce(
    name: LeadEvent, leads: Sequence[Lead], actor: User, payload: Callable[[Lead], Mapping[str, object]]
) -> None:
    DomainEvent.objects.bulk_create(
        DomainEvent(
            organization_id=lead.organization_id, name=name.value, entity_type="lead", entity_id=lead.pk,
            payload=dict(payload(lead)), actor_id=actor.pk,
        )
        for lead in leads
    )  # fmt: skip


def _go_live(leads: Sequence[Lead], before: Mapping[uuid.UUID, tuple[Any, Any]] | None = None) -> None:
    if len(leads) > MOST_NEWS:
        live.announce("board")
        return
    for lead in leads:
        was = dict(zip(("was_owner", "was_team"), before[lead.pk], strict=True)) if before else {}
        live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id, **was)


def _text(pk: uuid.UUID | None) -> str | None:
    return str(pk) if pk else None
