"""Write the new leads of a chunk: leads, scores, timeline, tags and planned work, in a handful of statements."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from leadcrm.core.models import new_id
from leads.choices import CLOSED_STATUSES, ActivityType, JourneyEventType, LeadStatus, SourceType
from leads.intelligence.rules import MODEL_VERSION
from leads.models.lead import POSITION_GAP
from leads.services import activities, qualification
from leads.services.importing import scores, staging
from leads.services.importing.parsing import LeadRow
from leads.services.importing.plans import ImportPlan

STAGE = "staged_leads"
# Columns that every new lead gets, beside those that its row names.
_ALWAYS = (
    "id", "stage_id", "status", "assigned_to_id", "team_id", "board_position", "source", "currency", "custom_fields",
    "score", "score_confidence", "created_at", "last_activity_at", "stage_changed_at", "closed_at",
    "next_follow_up_at", "next_step",
)  # fmt: skip
# Beside the lead itself: what its timeline, its score and its next step need.
_BESIDE = {
    "row_number": "int",
    "is_qualified": "boolean",
    "follow_up_at": "timestamptz",
    "follow_up_subject": "text",
    **{f"scored_{name}": kind for name, kind in scores.COLUMNS.items()},
}
# When something of a lead was last heard of, if the file says so.
_SIGNS_OF_LIFE = ("created_at", "last_contacted_at", "last_responded_at", "closed_at")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write(plan: ImportPlan, rows: Sequence[LeadRow], *, tag_ids: Mapping[str, uuid.UUID], top: int) -> int:
    """Insert a lead for every row; ``top`` is the place on the board of the first row of the file.

    Returns how many of them are qualified by their score. Call it in the transaction of the chunk.
    """
    if not rows:
        return 0
    fields = staging.lead_columns()
    said = set().union(*(row.fields for row in rows))
    named = [name for name in fields if name in said and name not in _ALWAYS]
    columns = [*_ALWAYS, *named]
    defaults = {name: _default(fields[name]) for name in columns}
    morning = activities.working_morning_after(plan.now, plan.zone) if plan.rules.follow_ups else None
    staged, links, qualified, has_follow_ups = [], [], 0, False
    for row in rows:
        lead_id = new_id()
        values, beside = _lead(plan, row, lead_id, morning)
        values["board_position"] = top + row.number * POSITION_GAP
        qualified += beside[1]
        has_follow_ups = has_follow_ups or beside[2] is not None
        staged.append([*_in_order(values, columns, defaults), *beside])
        for name in {*row.tags, *plan.rules.tags}:
            if tag_id := tag_ids.get(name.lower()):
                links.append((new_id(), plan.organization_id, lead_id, tag_id, plan.now))
    types = {name: staging.column_type(fields[name]) for name in columns} | _BESIDE
    with connection.cursor() as cursor:
        staging.create(cursor, STAGE, types)
        staging.copy(cursor, STAGE, types, staged)
        _insert_leads(cursor, plan, columns)
        _insert_scores(cursor, plan)
        _insert_timeline(cursor, plan, has_qualified=qualified > 0)
        if has_follow_ups:
            _insert_follow_ups(cursor, plan)
        staging.insert(cursor, "leads_leadtag", LINK_COLUMNS, links)
    return qualified


LINK_COLUMNS = {
    "id": "uuid", "organization_id": "uuid", "lead_id": "uuid", "tag_id": "uuid", "created_at": "timestamptz",
}  # fmt: skip


def _default(field: Any) -> Any:
    value = field.get_default()
    return _encode(value) if isinstance(value, (dict, list)) else value


def _in_order(values: dict[str, Any], columns: Iterable[str], defaults: dict[str, Any]) -> Iterable[Any]:
    for name in columns:
        value = values.get(name, _MISSING)
        if value is _MISSING:
            yield defaults[name]
        else:
            yield _encode(value) if isinstance(value, (dict, list)) else value


_MISSING = object()


def _lead(
    plan: ImportPlan, row: LeadRow, lead_id: uuid.UUID, morning: datetime | None
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Return the columns of the new lead, and what stands beside it."""
    values = dict(row.fields)
    stage = row.stage or plan.default_stage
    scored = scores.score(plan.points, values)
    is_qualified = False
    if plan.rules.qualify and stage.status in qualification.QUALIFIABLE and scored.score >= plan.threshold:
        target = plan.qualified_stages.get(stage.pipeline_id) or plan.qualified_stages.get(None)
        if target is not None:
            stage, is_qualified = target, True
    fit_to_status(values, row.custom, stage.status)
    owner_id, owner_team = row.owner or plan.default_owner
    closed_at = values.get("closed_at")
    follow_up_at, subject = values.get("next_follow_up_at"), "Follow up, as planned in the imported list"
    if follow_up_at is None and is_qualified and morning is not None:
        follow_up_at, subject = morning, qualification.FOLLOW_UP
    values.update(
        id=lead_id,
        stage_id=stage.id,
        status=stage.status,
        assigned_to_id=owner_id,
        team_id=row.team_id or (owner_team if row.owner else None) or plan.default_team,
        source=values.get("source") or plan.rules.source,
        currency=values.get("currency") or plan.options.currency,
        custom_fields=row.custom,
        score=scored.score,
        score_confidence=scored.confidence,
        created_at=values.get("created_at") or plan.now,
        last_activity_at=_last_sign(values, plan.now),
        stage_changed_at=closed_at or plan.now,
        closed_at=closed_at,
        next_follow_up_at=follow_up_at,
        next_step=ActivityType.FOLLOW_UP if follow_up_at else "",
    )
    return values, (row.number, is_qualified, follow_up_at, subject if follow_up_at else "", *scored.row)


def fit_to_status(values: dict[str, Any], custom: dict[str, Any], status: str) -> None:
    """Take away what a lead of this status cannot have: a day of closing, a won value, a reason for the loss."""
    if status not in CLOSED_STATUSES:
        values.pop("closed_at", None)
        if reason := values.pop("lost_reason", None):
            custom.setdefault("lost_reason_original", reason)
    if status != LeadStatus.CLOSED_WON and (won := values.pop("won_value_minor", None)):
        values.setdefault("predicted_value_minor", won)


def _last_sign(values: Mapping[str, Any], now: datetime) -> datetime:
    moments = [values[name] for name in _SIGNS_OF_LIFE if values.get(name)]
    return min(max(moments), now) if moments else now


def _insert_leads(cursor: Any, plan: ImportPlan, staged: Sequence[str]) -> None:
    constants: dict[str, str] = {
        "organization_id": "current_organization()",
        "batch_id": staging.literal(plan.batch_id, "uuid"),
        "created_by_id": staging.literal(plan.actor.pk, "uuid"),
        "source_type": staging.literal(SourceType.MANUAL_IMPORT.value, "text"),
        "scored_at": "now()",
        "updated_at": "now()",
    }
    names, values = [], []
    for name, field in staging.lead_columns().items():
        names.append(name)
        if name in staged:
            values.append(name)
        elif name in constants:
            values.append(constants[name])
        else:
            values.append(staging.literal(field.get_default(), staging.column_type(field)))
    cursor.execute(f"INSERT INTO leads_lead ({', '.join(names)}) SELECT {', '.join(values)} FROM {STAGE}")  # noqa: S608


def _insert_scores(cursor: Any, plan: ImportPlan) -> None:
    names = ", ".join(scores.COLUMNS)
    values = ", ".join(f"scored_{name}" for name in scores.COLUMNS)
    cursor.execute(
        f"INSERT INTO leads_leadscore (id, organization_id, lead_id, model_version, rate_version, created_at, {names})"  # noqa: S608
        f" SELECT new_uuid7(), current_organization(), id, %s, %s, now(), {values} FROM {STAGE}",
        [MODEL_VERSION, plan.rate_version],
    )


def _insert_timeline(cursor: Any, plan: ImportPlan, *, has_qualified: bool) -> None:
    columns = (
        "id, organization_id, lead_id, event_type, event_name, description, properties, user_id, session_id,"
        " user_agent, occurred_at, created_at"
    )
    imported, qualified = JourneyEventType.LEAD_IMPORTED, JourneyEventType.LEAD_QUALIFIED
    batch = str(plan.batch_id)
    cursor.execute(
        f"INSERT INTO leads_journeyevent ({columns})"  # noqa: S608
        " SELECT new_uuid7(), current_organization(), id, %s, %s, %s,"
        f" jsonb_build_object('batch', %s::text, 'row', row_number), %s, '', '', now(), now() FROM {STAGE}",
        [imported.value, imported.label, plan.batch_name, batch, plan.actor.pk],
    )
    if has_qualified:
        # By leadcrm itself, and told once: a lead is qualified by its score once in its life.
        cursor.execute(
            f"INSERT INTO leads_journeyevent ({columns})"  # noqa: S608
            " SELECT new_uuid7(), current_organization(), id, %s, %s, 'Score ' || score,"
            " jsonb_build_object('batch', %s::text, 'score', score), NULL, '', '', now(), now()"
            f" FROM {STAGE} WHERE is_qualified",
            [qualified.value, qualified.label, batch],
        )


def _insert_follow_ups(cursor: Any, plan: ImportPlan) -> None:
    cursor.execute(
        "INSERT INTO leads_activity (id, organization_id, lead_id, user_id, type, subject, description, outcome,"  # noqa: S608
        " scheduled_at, intent_detected, buying_signals, metadata, created_at, updated_at)"
        " SELECT new_uuid7(), current_organization(), id, assigned_to_id, %s, follow_up_subject, '', '', follow_up_at,"
        f" '', '[]', jsonb_build_object('batch', %s::text), now(), now() FROM {STAGE} WHERE follow_up_at IS NOT NULL",
        [ActivityType.FOLLOW_UP.value, str(plan.batch_id)],
    )
