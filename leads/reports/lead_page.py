"""Everything the page of a lead shows, asked for only where a part of the page needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from leadcrm.core import charts
from leads.choices import CLOSED_STATUSES
from leads.importing.drafts import RESERVED_CUSTOM_KEYS
from leads.models import Activity, CustomField, Lead, LeadBatch, LeadScore, LeadTag, PipelineStage
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet
from leads.reports import facts
from leads.services import assignment

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

HISTORY = 12
MOST_OPEN = 20
CONFIDENCE_WORDS = ((0.875, "very sure"), (0.6, "fairly sure"), (0.35, "unsure"), (0.0, "a guess"))
SUB_SCORES = (
    ("demographic_score", "Who they are"),
    ("behavioral_score", "What they did"),
    ("temporal_score", "When they did it"),
    ("conversational_score", "What they said"),
)


@dataclass(frozen=True, slots=True)
class StageStep:
    """A stage of the lead's pipeline; ``is_passed`` for the open ones before the current."""

    id: str
    name: str
    status: str
    is_current: bool
    is_passed: bool


@dataclass(frozen=True, slots=True)
class SubScore:
    label: str
    value: int | None


def with_page_data(leads: LeadQuerySet, *, user: User) -> LeadQuerySet:
    """Add to the query of a lead what would else cost queries of its own.

    Tags, the pipeline's stages, the definitions of custom fields, and whether another lead that ``user`` sees
    has the same e-mail or phone.
    """
    others: LeadQuerySet = Lead.objects.visible_to(user).exclude(pk=OuterRef("pk"))
    same_email = others.filter(email_norm=OuterRef("email_norm")).exclude(email="")
    same_phone = others.filter(phone=OuterRef("phone")).exclude(phone="")
    tags = LeadTag.objects.filter(lead=OuterRef("pk")).order_by("tag__name")
    stages = PipelineStage.objects.filter(pipeline=OuterRef("stage__pipeline")).order_by("position", "pk")
    fields = CustomField.objects.filter(is_active=True)
    prepared: LeadQuerySet = leads.select_related("created_by").annotate(
        tag_rows=ArraySubquery(tags.values(row=JSONObject(id="tag_id", name="tag__name", colour="tag__colour"))),
        stage_rows=ArraySubquery(stages.values(row=JSONObject(id="pk", name="name", status="status"))),
        field_rows=with_custom_fields(fields),
        has_twin=Exists(same_email) | Exists(same_phone),
        has_open_batch=Exists(LeadBatch.objects.open_to(user).filter(pk=OuterRef("batch"))),
    )
    return prepared


def with_custom_fields(fields: Any) -> ArraySubquery:
    """Return the definitions of custom fields as a column, so that they cost no query of their own."""
    return ArraySubquery(fields.values(row=JSONObject(key="key", label="label", type="type")))


def custom_facts_of(lead: Any) -> list[facts.CustomFact]:
    """Return the custom fields of a lead whose query went through ``with_page_data``, with readable labels."""
    found = facts.custom_facts(lead.field_rows, lead.custom_fields)
    return [facts.CustomFact(one.key, RESERVED_CUSTOM_KEYS.get(one.label, one.label), one.type) for one in found]


class LeadPage:
    """A lead as one person sees it. Each property costs at most one query, once."""

    def __init__(self, lead: Any, *, user: User, now: datetime) -> None:
        self.lead = lead
        self.user = user
        self.now = now

    # --- what this person may do ----------------------------------------------------------------

    @cached_property
    def is_trashed(self) -> bool:
        return self.lead.deleted_at is not None

    @cached_property
    def can_edit(self) -> bool:
        return not self.is_trashed and self.user.has_right(LeadPermission.EDIT)

    @cached_property
    def can_assign(self) -> bool:
        may = not self.is_trashed and self.user.has_right(LeadPermission.ASSIGN)
        return may and assignment.may_hand_over(self.user, owner_id=self.lead.assigned_to_id, team_id=self.lead.team_id)

    @cached_property
    def can_take(self) -> bool:
        return self.can_assign and self.lead.assigned_to_id != self.user.pk

    @cached_property
    def can_delete(self) -> bool:
        return self.user.has_right(LeadPermission.DELETE)

    # --- head and facts --------------------------------------------------------------------------

    @cached_property
    def tags(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.lead.tag_rows
        return rows

    @cached_property
    def stages(self) -> list[StageStep]:
        """Return the pipeline with the lead's place; a closed stage has passed nothing."""
        rows = self.lead.stage_rows
        here = str(self.lead.stage_id)
        is_open = self.lead.status not in CLOSED_STATUSES
        place = next((index for index, row in enumerate(rows) if row["id"] == here), 0)
        return [
            StageStep(
                row["id"],
                row["name"],
                row["status"],
                row["id"] == here,
                is_open and index < place and row["status"] not in CLOSED_STATUSES,
            )
            for index, row in enumerate(rows)
        ]

    @cached_property
    def groups(self) -> list[facts.ShownGroup]:
        return facts.shown_groups(self.lead, custom_facts_of(self.lead))

    # --- work ------------------------------------------------------------------------------------

    @cached_property
    def open_activities(self) -> list[Activity]:
        """Return what is planned, the earliest first."""
        planned = Activity.objects.open().filter(lead=self.lead, scheduled_at__isnull=False)
        return list(planned.select_related("user").order_by("scheduled_at", "id")[:MOST_OPEN])

    @property
    def next_step(self) -> Activity | None:
        return self.open_activities[0] if self.open_activities else None

    @property
    def is_overdue(self) -> bool:
        return self.next_step is not None and self.next_step.is_overdue(self.now)

    # --- score -----------------------------------------------------------------------------------

    @cached_property
    def scores(self) -> list[LeadScore]:
        """Return the newest scores, the newest first."""
        return list(LeadScore.objects.filter(lead=self.lead).newest_first()[:HISTORY])

    @property
    def score(self) -> LeadScore | None:
        return self.scores[0] if self.scores else None

    @property
    def confidence_words(self) -> str:
        confidence = self.score.confidence if self.score else 0
        return next(words for least, words in CONFIDENCE_WORDS if confidence >= least)

    @property
    def sub_scores(self) -> list[SubScore]:
        return [SubScore(label, getattr(self.score, name)) for name, label in SUB_SCORES] if self.score else []

    @property
    def spark(self) -> charts.Spark | None:
        return charts.spark([row.score for row in reversed(self.scores)], 240, 44)
