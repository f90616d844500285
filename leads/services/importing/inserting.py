"""Write the new leads of a chunk: leads, scores, timeline, tags and planned work, in a handful of statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from leadcrm.core.models import new_id
from leads.choices import ActivityType, JourneyEventType, SourceType
from leads.intelligence.rules import MODEL_VERSION
from leads.services.importing import scores, staging
from leads.services.importing.drafting import Drafter, place_of
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import LeadRow

STAGE = "staged_leads"
LINK_COLUMNS = {
    "id": "uuid", "organization_id": "uuid", "lead_id": "uuid", "tag_id": "uuid", "created_at": "timestamptz",
}  # fmt: skip


def write(
    plan: ImportPlan,
    drafter: Drafter,
    rows: Sequence[LeadRow],
    columns: Sequence[str],
    *,
    tag_ids: Mapping[str, uuid.UUID],
) -> None:
    """Insert a lead for every row. Call it in the transaction of the chunk."""
    if not rows:
        return
    id_place, due_place = place_of("id", columns), place_of("follow_up_at", columns)
    drafts = [row.draft or drafter.draft(row, columns) for row in rows]
    links = [
        (new_id(), plan.organization_id, draft[id_place], tag_id, plan.now)
        for row, draft in zip(rows, drafts, strict=True)
        if row.tags or plan.rules.tags
        for name in {*row.tags, *plan.rules.tags}
        if (tag_id := tag_ids.get(name.lower()))
    ]
    types = drafter.types_of(columns)
    with connection.cursor() as cursor:
        staging.create(cursor, STAGE, types)
        staging.copy(cursor, STAGE, types, drafts)
        _insert_leads(cursor, plan, columns)
        _insert_scores(cursor, plan)
        _insert_timeline(cursor, plan)
        if any(draft[due_place] for draft in drafts):
            _insert_follow_ups(cursor, plan)
        cursor.execute(f"DROP TABLE {STAGE}")
        staging.insert(cursor, "leads_leadtag", LINK_COLUMNS, links)


def _insert_leads(cursor: Any, plan: ImportPlan, staged: Sequence[str]) -> None:
    constants: dict[str, str] = {
        "organization_id": staging.literal(plan.organization_id, "uuid"),
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
        f" SELECT score_id, %s, id, %s, %s, now(), {values} FROM {STAGE}",
        [plan.organization_id, MODEL_VERSION, plan.rate_version],
    )


def _insert_timeline(cursor: Any, plan: ImportPlan) -> None:
    columns = (
        "id, organization_id, lead_id, event_type, event_name, description, properties, user_id, session_id,"
        " user_agent, occurred_at, created_at"
    )
    imported, qualified = JourneyEventType.LEAD_IMPORTED, JourneyEventType.LEAD_QUALIFIED
    organization_id, batch = plan.organization_id, str(plan.batch_id)
    cursor.execute(
        f"INSERT INTO leads_journeyevent ({columns})"  # noqa: S608
        " SELECT imported_id, %s, id, %s, %s, %s, jsonb_build_object('batch', %s::text, 'row', row_number), %s,"
        f" '', '', now(), now() FROM {STAGE}",
        [organization_id, imported.value, imported.label, plan.batch_name, batch, plan.actor.pk],
    )
    # By leadcrm itself, and told once: a lead is qualified by its score once in its life.
    cursor.execute(
        f"INSERT INTO leads_journeyevent ({columns})"  # noqa: S608
        " SELECT qualified_id, %s, id, %s, %s, 'Score ' || score,"
        " jsonb_build_object('batch', %s::text, 'score', score), NULL, '', '', now(), now()"
        f" FROM {STAGE} WHERE is_qualified",
        [organization_id, qualified.value, qualified.label, batch],
    )


def _insert_follow_ups(cursor: Any, plan: ImportPlan) -> None:
    cursor.execute(
        "INSERT INTO leads_activity (id, organization_id, lead_id, user_id, type, subject, description, outcome,"  # noqa: S608
        " scheduled_at, intent_detected, buying_signals, metadata, created_at, updated_at)"
        " SELECT new_uuid7(), current_organization(), id, assigned_to_id, %s, follow_up_subject, '', '', follow_up_at,"
        f" '', '[]', jsonb_build_object('batch', %s::text), now(), now() FROM {STAGE} WHERE follow_up_at IS NOT NULL",
        [ActivityType.FOLLOW_UP.value, str(plan.batch_id)],
    )
