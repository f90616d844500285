"""Take an import back: restore what it changed, remove what it made, keep what people have worked on since."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from leadcrm.accounts.models import Team, User
from leadcrm.audit import settings
from leadcrm.core import live, tenancy
from leadcrm.core.errors import DomainError
from leads.choices import JourneyEventType, UndoState
from leads.models import Activity, JourneyEvent, Lead, LeadBatch, LeadBatchChange, LeadNote, LeadTag, PipelineStage
from leads.models.lead import new_board_position
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.services import jobs
from leads.services.importing import scores, staging, updating
from leads.services.importing.states import organization_of
from leads.services.importing.updating import Change
from leads.services.scoring import SCORED_FIELDS

CHUNK = 2_000
STATEMENT_SECONDS = 300
# These describe one decision and are put back together or not at all.
_STAGE_COLUMNS = frozenset({"stage_id", "status", "stage_changed_at", "closed_at", "won_value_minor", "lost_reason"})
_REFERENCES: dict[str, type[models.Model]] = {
    "stage_id": PipelineStage, "team_id": Team, "assigned_to_id": User,
}  # fmt: skip
# What the import itself wrote on the timeline of a new lead.
_OWN_EVENTS = (JourneyEventType.LEAD_IMPORTED, JourneyEventType.LEAD_QUALIFIED)


def run(job: LeadBatch) -> None:
    """Bring a claimed undo to its end, chunk by chunk; a worker that dies is continued by the next one.

    Raises: Cancelled, LeaseLost; DomainError when nobody answers for it any more.
    """
    if job.requested_by is None or not job.requested_by.has_right(LeadPermission.IMPORT):
        raise DomainError("The person who asked for this may not undo imports any more.")
    while _chunk(job, _restore):
        pass
    while _chunk(job, _remove):
        pass


def _chunk(job: LeadBatch, step: Any) -> bool:
    """Do one step in a transaction of its own; tell whether there was anything left to do."""
    with tenancy.organization_scope(organization_of(job), actor_id=job.requested_by_id):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        batch = jobs.renew(job)
        found: dict[str, Any] = {"removed": 0, "kept": 0, "restored": 0, "not_restored": 0, **batch.report["undo"]}
        done: int = step(batch, found)
        batch.report = {**batch.report, "undo": found}
        batch.progress_done += done
        batch.attempts = 1
        batch.save(update_fields=["report", "progress_done", "lease_until", "attempts", "updated_at"])
        live.announce("job", id=batch.pk)
        return done > 0


# --- leads that the import made ---------------------------------------------------------------------


def made_by(batch: LeadBatch) -> LeadQuerySet:
    """Return the leads that the import made and that are still there, in the trash too."""
    leads: LeadQuerySet = Lead.objects.filter(batch=batch)
    return leads


def _beyond_reach(batch: LeadBatch, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the leads that whoever undoes the import does not see, because they changed hands since."""
    wanted, actor = set(ids), batch.requested_by
    if actor is None:
        return wanted
    return wanted - set(Lead.objects.reachable_by(actor).filter(pk__in=wanted).values_list("pk", flat=True))


def worked_on(leads: LeadQuerySet, batch: LeadBatch) -> LeadQuerySet:
    """Narrow to leads with which somebody has done something since the import."""
    own_plan = Q(metadata__batch=str(batch.pk), updated_at=F("created_at"))
    here = {"lead": OuterRef("pk")}
    return leads.filter(
        ~Q(version=1)
        | Exists(JourneyEvent.objects.filter(**here).exclude(event_type__in=_OWN_EVENTS))
        | Exists(Activity.objects.filter(**here).exclude(own_plan))
        | Exists(LeadNote.objects.filter(**here))
        | Exists(LeadBatchChange.objects.filter(**here).exclude(batch=batch))
    )


def _remove(batch: LeadBatch, found: dict[str, Any]) -> int:
    # Ids grow with time, so those of an import lie side by side behind that of the import itself.
    last = uuid.UUID(found["last_lead"]) if found.get("last_lead") else batch.pk
    ids = list(
        made_by(batch).filter(pk__gt=last).order_by("pk").select_for_update().values_list("pk", flat=True)[:CHUNK]
    )
    if not ids:
        return 0
    kept = _beyond_reach(batch, ids)
    if not found.get("with_changed"):
        kept |= set(worked_on(made_by(batch).filter(pk__in=ids), batch).values_list("pk", flat=True))
    gone = [pk for pk in ids if pk not in kept]
    delete_leads(gone)
    found["removed"] += len(gone)
    found["kept"] += len(kept)
    found["last_lead"] = str(ids[-1])
    return len(ids)


def delete_leads(ids: list[uuid.UUID]) -> None:
    """Delete leads for good with everything that hangs on them, in sets."""
    _delete_children(Lead, ids)
    leads: models.QuerySet[Any] = Lead.objects.filter(pk__in=ids)
    leads._raw_delete(using=leads.db)


def _delete_children(model: type[models.Model], ids: list[uuid.UUID]) -> None:
    """Follow the foreign keys as Django's own delete does, but without loading the rows."""
    for relation in _references_to(model):
        child: type[models.Model] = relation.related_model
        rows = child._default_manager.filter(**{f"{relation.field.name}__in": ids})
        if relation.on_delete is models.CASCADE:
            if _references_to(child):
                _delete_children(child, list(rows.values_list("pk", flat=True)))
            rows._raw_delete(using=rows.db)
        elif relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})


def _references_to(model: type[models.Model]) -> list[Any]:
    """Return every foreign key that points here, those without a name for the way back too."""
    fields = model._meta.get_fields(include_hidden=True)
    return [field for field in fields if field.auto_created and not field.concrete and not field.many_to_many]


# --- leads that the import changed ------------------------------------------------------------------


def _restore(batch: LeadBatch, found: dict[str, Any]) -> int:
    # Not locked: whoever undoes this import holds the row of the import itself.
    pending = list(LeadBatchChange.objects.filter(batch=batch, undo=UndoState.PENDING).order_by("pk")[:CHUNK])
    if not pending:
        return 0
    columns = sorted({name for row in pending for name in row.before} | {*_IDENTITY, *SCORED_FIELDS, *_ALWAYS})
    leads = {
        values.pop("id"): values
        for values in Lead.objects.filter(pk__in=[row.lead_id for row in pending])
        .order_by("pk")
        .select_for_update(no_key=True)
        .values("id", *columns)
    }
    # A lead that was deleted for good meanwhile has taken its change along.
    kept = [row for row in pending if row.lead_id in leads]
    known = _known_references(kept)
    hidden = _beyond_reach(batch, [row.lead_id for row in kept])
    changes: list[Change] = []
    whole: list[LeadBatchChange] = []
    partly: list[LeadBatchChange] = []
    for row in kept:
        if row.lead_id in hidden:
            partly.append(row)
            continue
        change, is_whole = _put_back(row, leads[row.lead_id], known)
        (whole if is_whole else partly).append(row)
        if change.columns or row.after.get("tags"):
            changes.append(change)
    _write(batch, changes)
    _remove_tags(row for row in kept if row.lead_id not in hidden)
    for state, rows in ((UndoState.RESTORED, whole), (UndoState.KEPT, partly)):
        LeadBatchChange.objects.filter(pk__in=[row.pk for row in rows]).update(undo=state)
    found["restored"] += len(whole)
    found["not_restored"] += len(partly)
    return len(pending)


_IDENTITY = ("email", "phone", "company", "external_id", "first_name", "last_name")
_ALWAYS = (
    "status", "stage_id", "board_position", "version", "updated_at", "engagement_level", "score", "score_confidence",
    "scored_at",
)  # fmt: skip


def _known_references(rows: Iterable[LeadBatchChange]) -> dict[str, set[str]]:
    """Return which of the stages, teams and people to be put back still exist."""
    known = {}
    for name, model in _REFERENCES.items():
        wanted = {row.before[name] for row in rows if row.before.get(name)}
        known[name] = {str(pk) for pk in model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)}
    return known


def _put_back(row: LeadBatchChange, now: dict[str, Any], known: dict[str, set[str]]) -> tuple[Change, bool]:
    """Return what the lead becomes again, and whether all of it could be put back."""
    fields = staging.lead_columns()
    stays = {
        name
        for name, before in row.before.items()
        if staging.plain(now[name]) != row.after.get(name)
        or (name in known and before is not None and before not in known[name])
    }
    if stays & _STAGE_COLUMNS:
        stays |= _STAGE_COLUMNS & row.before.keys()
    new = dict(now)
    for name, before in row.before.items():
        if name not in stays:
            new[name] = _from_json(fields[name], before)
    if not _is_identified(new):
        return Change(row.lead_id, now, dict(now)), False
    return Change(row.lead_id, now, new), not stays


def _from_json(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.DateTimeField):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(field, models.DateField):
        return date.fromisoformat(value)
    return value if isinstance(value, (dict, list)) else field.to_python(value)


def _is_identified(values: dict[str, Any]) -> bool:
    return any(values[name] for name in _IDENTITY[:4]) or bool(values["first_name"] and values["last_name"])


def _write(batch: LeadBatch, changes: list[Change]) -> None:
    if not changes:
        return
    at = timezone.now()
    table = settings.rates("leads.score_points")
    for change in changes:
        if not SCORED_FIELDS.isdisjoint(change.columns) or "engagement_level" in change.columns:
            change.scored = scores.score(table.values, change.new)
            change.new.update(score=change.scored.score, score_confidence=change.scored.confidence, scored_at=at)
        if "stage_id" in change.columns:
            change.new["board_position"] = new_board_position()
        change.new["version"] += 1
        change.new["updated_at"] = at
    rows = [
        updating.event_row(
            organization_of(batch), change.lead_id, JourneyEventType.LEAD_UPDATED, f"Import undone: {batch.name}",
            {"batch": str(batch.pk), "fields": change.columns}, batch.requested_by_id, at,
        )
        for change in changes
    ]  # fmt: skip
    with connection.cursor() as cursor:
        updating.update_leads(cursor, changes)
        updating.insert_scores(
            cursor, changes, organization_id=organization_of(batch), rate_version=table.version, at=at
        )
        staging.insert(cursor, "leads_journeyevent", updating.TIMELINE_COLUMNS, rows)


def _remove_tags(rows: Iterable[LeadBatchChange]) -> None:
    added = {row.lead_id: set(row.after["tags"]) for row in rows if row.after.get("tags")}
    if not added:
        return
    links = LeadTag.objects.filter(lead_id__in=added, tag_id__in=set().union(*added.values()))
    gone = [pk for pk, lead_id, tag_id in links.values_list("pk", "lead_id", "tag_id") if str(tag_id) in added[lead_id]]
    LeadTag.objects.filter(pk__in=gone).delete()
