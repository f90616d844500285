"""Bring what rows say into leads that are there already, keeping what they were for undo."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from leadcrm.core.models import new_id
from leads.choices import CLOSED_STATUSES, EngagementLevel, JourneyEventType, LeadStatus, OutreachStatus
from leads.choices import VerificationStatus as Verification
from leads.intelligence.rules import MODEL_VERSION
from leads.models import JourneyEvent, Lead, LeadTag
from leads.models.lead import new_board_position
from leads.services import assignment, qualification
from leads.services.importing import scores, staging
from leads.services.importing.drafting import fit_to_status
from leads.services.importing.inserting import LINK_COLUMNS
from leads.services.importing.matching import Verdict
from leads.services.importing.plans import ImportPlan, Stage
from leads.services.importing.rules import OnDuplicate
from leads.services.scoring import SCORED_FIELDS

# What an import never changes of a lead that is there.
KEPT = frozenset({"created_at", "next_follow_up_at"})
# Values that mean "nothing known yet" and may be filled like an empty column.
_NOTHING: dict[str, Any] = {
    "engagement_level": EngagementLevel.UNKNOWN,
    "outreach_status": OutreachStatus.NONE,
    "verification_status": Verification.UNVERIFIED,
}
_ALWAYS = (
    "stage_id", "status", "assigned_to_id", "team_id", "board_position", "stage_changed_at", "closed_at",
    "won_value_minor", "predicted_value_minor", "lost_reason", "custom_fields", "external_id", "external_source",
    "score", "score_confidence", "scored_at", "version", "updated_at", "engagement_level", *sorted(SCORED_FIELDS),
)  # fmt: skip
# Not for undo to compare or restore: they follow from the rest.
FOLLOWS = frozenset({"board_position", "score", "score_confidence", "scored_at", "version", "updated_at"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Change:
    """One lead on its way from what it was to what the row makes of it."""

    lead_id: uuid.UUID
    old: dict[str, Any]
    new: dict[str, Any]
    added_tags: list[uuid.UUID] = field(default_factory=list)
    scored: scores.Scored | None = None
    is_qualified: bool = False

    @property
    def columns(self) -> list[str]:
        return [name for name, value in self.new.items() if self.old[name] != value and name not in FOLLOWS]


def changes_of(
    plan: ImportPlan, verdicts: Sequence[Verdict], *, tag_ids: Mapping[str, uuid.UUID], lock: bool
) -> list[Change]:
    """Work out what the rows change; rows that change nothing are not among the changes. Costs up to three queries."""
    by_lead = {verdict.lead_id: verdict.row for verdict in verdicts if verdict.lead_id is not None}
    if not by_lead:
        return []
    names = list(dict.fromkeys((*_ALWAYS, *(name for row in by_lead.values() for name in row.fields))))
    leads = Lead.objects.filter(pk__in=by_lead).order_by("pk")
    if lock:
        # In the order of their keys, so that two who lock several leads cannot wait for each other.
        leads = leads.select_for_update(no_key=True)
    tags = _tags_of(by_lead) if tag_ids else {}
    found = []
    for old in leads.values("id", *names):
        lead_id = old.pop("id")
        row = by_lead[lead_id]
        change = Change(lead_id, old, _merged(plan, old, row))
        wanted = {tag_ids[name.lower()] for name in (*row.tags, *plan.rules.tags) if name.lower() in tag_ids}
        change.added_tags = sorted(wanted - tags.get(lead_id, set()))
        if change.columns or change.added_tags:
            found.append(change)
    return found


def _tags_of(lead_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for lead_id, tag_id in LeadTag.objects.filter(lead_id__in=list(lead_ids)).values_list("lead_id", "tag_id"):
        found.setdefault(lead_id, set()).add(tag_id)
    return found


def _merged(plan: ImportPlan, old: dict[str, Any], row: Any) -> dict[str, Any]:
    """Return what the lead becomes. A cell that says nothing changes nothing, whatever was chosen."""
    overwrites = plan.on_duplicate is OnDuplicate.OVERWRITE
    said, custom = dict(row.fields), dict(row.custom)
    new = dict(old)
    stage = row.stage if overwrites and row.stage is not None and row.stage.id != old["stage_id"] else None
    fit_to_status(said, custom, stage.status if stage else old["status"])
    for name in ("external_id", "external_source"):
        value = said.pop(name, "")
        # The identifier that a lead has is how its own system finds it again.
        if value and not old["external_id"]:
            new[name] = value
    for name, value in said.items():
        if name not in KEPT and (overwrites or _is_empty(name, old[name])):
            new[name] = value
    # Whoever asked not to be contacted is not contacted because an older list knows nothing of it.
    if old.get("do_not_contact") or said.get("do_not_contact"):
        new["do_not_contact"] = True
    if stage is not None:
        _move(plan, new, said, stage)
    # A file hands a lead over only where the person could do so on its page.
    if assignment.may_hand_over(plan.actor, owner_id=old["assigned_to_id"], team_id=old["team_id"]):
        if row.owner is not None and (overwrites or old["assigned_to_id"] is None):
            new["assigned_to_id"], team_id = row.owner
            new["team_id"] = team_id or new["team_id"]
        if row.team_id is not None and (overwrites or old["team_id"] is None):
            new["team_id"] = row.team_id
    before = old["custom_fields"] or {}
    new["custom_fields"] = (
        {**before, **custom}
        if overwrites
        else {**custom, **{key: value for key, value in before.items() if value not in (None, "")}}
    )
    return new


def _is_empty(name: str, value: Any) -> bool:
    return value is None or value in ("", {}, []) or value == _NOTHING.get(name, _IS_SOMETHING)


_IS_SOMETHING = object()


def _move(plan: ImportPlan, new: dict[str, Any], said: Mapping[str, Any], stage: Stage) -> None:
    new.update(stage_id=stage.id, status=stage.status, board_position=new_board_position(), stage_changed_at=plan.now)
    if stage.status in CLOSED_STATUSES:
        new["closed_at"] = said.get("closed_at") or plan.now
    else:
        new.update(closed_at=None, lost_reason="")
    if stage.status != LeadStatus.CLOSED_WON:
        new["won_value_minor"] = None


def write(plan: ImportPlan, changes: Sequence[Change]) -> int:
    """Write the changes: leads, what they were, new scores, timeline, tags. Returns how many became qualified."""
    if not changes:
        return 0
    _score(plan, changes)
    with connection.cursor() as cursor:
        update_leads(cursor, changes)
        staging.insert(cursor, "leads_leadbatchchange", _CHANGE_COLUMNS, [_kept(plan, change) for change in changes])
        insert_scores(
            cursor, changes, organization_id=plan.organization_id, rate_version=plan.rate_version, at=plan.now
        )
        _insert_timeline(cursor, plan, changes)
        links = [
            (new_id(), plan.organization_id, change.lead_id, tag_id, plan.now)
            for change in changes
            for tag_id in change.added_tags
        ]
        staging.insert(cursor, "leads_leadtag", LINK_COLUMNS, links)
    return sum(change.is_qualified for change in changes)


def _score(plan: ImportPlan, changes: Sequence[Change]) -> None:
    for change in changes:
        if not SCORED_FIELDS.isdisjoint(change.columns) or "engagement_level" in change.columns:
            change.scored = scores.score(plan.points, change.new)
            change.new.update(score=change.scored.score, score_confidence=change.scored.confidence, scored_at=plan.now)
        if change.columns:
            change.new["version"] += 1
        change.new["updated_at"] = plan.now
    if plan.rules.qualify:
        _qualify(plan, [change for change in changes if change.scored is not None])


def _qualify(plan: ImportPlan, changes: Sequence[Change]) -> None:
    due = {
        change.lead_id: change
        for change in changes
        if change.new["status"] in qualification.QUALIFIABLE and change.new["score"] >= plan.threshold
    }
    if not due:
        return
    told = JourneyEvent.objects.filter(lead_id__in=list(due), event_type=JourneyEventType.LEAD_QUALIFIED)
    for lead_id in told.values_list("lead_id", flat=True):
        due.pop(lead_id, None)
    for change in due.values():
        own = plan.stages.get(change.new["stage_id"])
        stage = plan.qualified_stages.get(own.pipeline_id if own else None) or plan.qualified_stages.get(None)
        if stage is not None:
            _move(plan, change.new, {}, stage)
            change.is_qualified = True


def update_leads(cursor: Any, changes: Sequence[Change]) -> None:
    """Write what is new of each lead."""
    fields = staging.lead_columns()
    names = [name for name in fields if any(change.old.get(name) != change.new.get(name) for change in changes)]
    if not names:
        return
    types = {"id": "uuid", **{name: staging.column_type(fields[name]) for name in names}}
    staging.create(cursor, "staged_changes", types)
    staging.copy(
        cursor,
        "staged_changes",
        types,
        ([change.lead_id, *(_stored(change.new[name]) for name in names)] for change in changes),
    )
    cursor.execute(
        f"UPDATE leads_lead l SET {', '.join(f'{name} = s.{name}' for name in names)} FROM staged_changes s"  # noqa: S608
        " WHERE l.organization_id = current_organization() AND l.id = s.id"
    )
    cursor.execute("DROP TABLE staged_changes")


def _stored(value: Any) -> Any:
    return _encode(value) if isinstance(value, (dict, list)) else value


_CHANGE_COLUMNS = {
    "id": "uuid", "organization_id": "uuid", "batch_id": "uuid", "lead_id": "uuid", "before": "jsonb",
    "after": "jsonb", "undo": "text", "created_at": "timestamptz",
}  # fmt: skip


def _kept(plan: ImportPlan, change: Change) -> tuple[Any, ...]:
    before = {name: staging.plain(change.old[name]) for name in change.columns}
    after = {name: staging.plain(change.new[name]) for name in change.columns}
    if change.added_tags:
        after["tags"] = [str(tag_id) for tag_id in change.added_tags]
    return (
        new_id(), plan.organization_id, plan.batch_id, change.lead_id, _encode(before), _encode(after), "pending",
        plan.now,
    )  # fmt: skip


def insert_scores(
    cursor: Any, changes: Sequence[Change], *, organization_id: uuid.UUID, rate_version: int, at: datetime
) -> None:
    """Write the scores that were computed, with their reasons."""
    rows = [
        (new_id(), organization_id, change.lead_id, MODEL_VERSION, rate_version, at, *change.scored.row)
        for change in changes
        if change.scored is not None
    ]
    keys = {
        "id": "uuid", "organization_id": "uuid", "lead_id": "uuid", "model_version": "text", "rate_version": "int",
        "created_at": "timestamptz",
    }  # fmt: skip
    staging.insert(cursor, "leads_leadscore", keys | scores.COLUMNS, rows)


TIMELINE_COLUMNS = {
    "id": "uuid", "organization_id": "uuid", "lead_id": "uuid", "event_type": "text", "event_name": "text",
    "description": "text", "properties": "jsonb", "user_id": "uuid", "session_id": "text", "user_agent": "text",
    "occurred_at": "timestamptz", "created_at": "timestamptz",
}  # fmt: skip


def _insert_timeline(cursor: Any, plan: ImportPlan, changes: Sequence[Change]) -> None:
    updated, qualified = JourneyEventType.LEAD_UPDATED, JourneyEventType.LEAD_QUALIFIED
    rows = []
    for change in changes:
        details = {"batch": str(plan.batch_id), "fields": [*change.columns, *(["tags"] if change.added_tags else [])]}
        keys = (plan.organization_id, change.lead_id)
        rows.append(event_row(*keys, updated, f"Import: {plan.batch_name}", details, plan.actor.pk, plan.now))
        if change.is_qualified:
            score = {"batch": str(plan.batch_id), "score": change.new["score"]}
            rows.append(event_row(*keys, qualified, f"Score {change.new['score']}", score, None, plan.now))
    staging.insert(cursor, "leads_journeyevent", TIMELINE_COLUMNS, rows)


def event_row(
    organization_id: uuid.UUID,
    lead_id: uuid.UUID,
    kind: JourneyEventType,
    words: str,
    details: Mapping[str, Any],
    user_id: uuid.UUID | None,
    at: datetime,
) -> tuple[Any, ...]:
    """Return one row of the timeline in the order of its columns."""
    return (
        new_id(), organization_id, lead_id, kind.value, kind.label, words, _encode(details), user_id, "", "", at, at,
    )  # fmt: skip
