"""What a row makes of a new lead, worked out ahead of the database: columns, score, stage, next step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from leadcrm.core.models import new_id
from leads.choices import CLOSED_STATUSES, ActivityType, LeadStatus
from leads.models.lead import POSITION_GAP
from leads.services import qualification, workdays
from leads.services.importing import scores, staging
from leads.services.importing.companies import FACTS
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import LeadRow

# Columns that every new lead gets, beside those that its row names.
ALWAYS = (
    "id", "stage_id", "status", "assigned_to_id", "team_id", "board_position", "source", "currency", "custom_fields",
    "score", "score_confidence", "created_at", "last_activity_at", "stage_changed_at", "closed_at",
    "next_follow_up_at", "next_step",
)  # fmt: skip
# Beside the lead itself: what its timeline, its score and its next step need. Keys are made here, because the
# database's function for them costs more than the rest of a row of the timeline.
BESIDE = {
    "row_number": "int",
    "is_qualified": "boolean",
    "follow_up_at": "timestamptz",
    "follow_up_subject": "text",
    "score_id": "uuid",
    "imported_id": "uuid",
    "qualified_id": "uuid",
    **{f"scored_{name}": kind for name, kind in scores.COLUMNS.items()},
}
PLANNED = "Follow up, as planned in the imported list"
# When something of a lead was last heard of, if the file says so.
_SIGNS_OF_LIFE = ("created_at", "last_contacted_at", "last_responded_at", "closed_at")
_MISSING = object()
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Drafter:
    """Drafts new leads under one plan; ``top`` is the place on the board of the first row of the file."""

    def __init__(self, plan: ImportPlan, *, top: int) -> None:
        self._plan, self._top = plan, top
        self._fields = staging.lead_columns()
        self._defaults = {name: _default(field) for name, field in self._fields.items()}
        self._morning = workdays.morning_after(plan.now, plan.zone) if plan.rules.follow_ups else None

    def columns_of(self, rows: Iterable[LeadRow]) -> tuple[str, ...]:
        """Return the columns that the rows fill, and those that their companies may."""
        said: set[str] = set().union(*(row.fields for row in rows))
        if self._plan.rules.complete_companies and "company" in said:
            said.update(FACTS)
        # What fits no won lead goes into the expected value.
        said.add("predicted_value_minor")
        return (*ALWAYS, *(name for name in self._fields if name in said and name not in ALWAYS))

    def types_of(self, columns: Sequence[str]) -> dict[str, str]:
        """Return the types of a draft's columns."""
        return {name: staging.column_type(self._fields[name]) for name in columns} | BESIDE

    def draft(self, row: LeadRow, columns: Sequence[str]) -> list[Any]:
        """Return the new lead in the order of ``columns``, then what stands beside it."""
        plan = self._plan
        values = dict(row.fields)
        stage = row.stage or plan.default_stage
        scored = scores.score(plan.points, values)
        qualified_id = None
        if plan.rules.qualify and stage.status in qualification.QUALIFIABLE and scored.score >= plan.threshold:
            target = plan.qualified_stages.get(stage.pipeline_id) or plan.qualified_stages.get(None)
            if target is not None:
                stage, qualified_id = target, new_id()
        fit_to_status(values, row.custom, stage.status)
        owner_id, owner_team = row.owner or plan.default_owner
        closed_at = values.get("closed_at")
        follow_up_at, subject = values.get("next_follow_up_at"), PLANNED
        if follow_up_at is None and qualified_id is not None and self._morning is not None:
            follow_up_at, subject = self._morning, qualification.FOLLOW_UP
        lead_id = new_id()
        values.update(
            id=lead_id,
            stage_id=stage.id,
            status=stage.status,
            assigned_to_id=owner_id,
            team_id=row.team_id or (owner_team if row.owner else None) or plan.default_team,
            board_position=self._top + row.number * POSITION_GAP,
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
            next_step=ActivityType.FOLLOW_UP.value if follow_up_at else "",
        )
        draft = []
        for name in columns:
            value = values.get(name, _MISSING)
            if value is _MISSING:
                value = self._defaults[name]
            elif isinstance(value, (dict, list)):
                value = _encode(value)
            draft.append(value)
        draft += (
            row.number, qualified_id is not None, follow_up_at, subject if follow_up_at else "", new_id(), new_id(),
            qualified_id, *scored.row,
        )  # fmt: skip
        return draft


def place_of(name: str, columns: Sequence[str]) -> int:
    """Return where a draft holds a column of ``ALWAYS`` or ``BESIDE``."""
    return ALWAYS.index(name) if name in ALWAYS else len(columns) + list(BESIDE).index(name)


def _default(field: Any) -> Any:
    value = field.get_default()
    return _encode(value) if isinstance(value, (dict, list)) else value


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
