"""Everything the page of a lead shows, asked for only where a part of the page needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, JSONField
from django.db.models.expressions import RawSQL

from leadcrm.core import charts
from leads.choices import CLOSED_STATUSES
from leads.importing.drafts import RESERVED_CUSTOM_KEYS
from leads.models import Activity, LeadBatch, LeadScore
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet, reach_in_sql
from leads.reports import facts
from leads.services import assignment

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

HISTORY = 12
MOST_OPEN = 20
CONFIDENCE_WORDS = ((0.875, "very sure"), (0.6, "fairly sure"), (0.35, "unsure"), (0.0, "a guess"))
# Columns that hold rows. Written as SQL because the query of this page is built for every visit, and putting these
# together through the ORM takes longer than everything that PostgreSQL does for the page.
TAGS = """SELECT jsonb_build_object('id', t.id, 'name', t.name, 'colour', t.colour) FROM leads_leadtag lt
    JOIN leads_tag t ON t.organization_id = lt.organization_id AND t.id = lt.tag_id
    WHERE lt.organization_id = leads_lead.organization_id AND lt.lead_id = leads_lead.id ORDER BY t.name"""
STAGES = """SELECT jsonb_build_object('id', s.id, 'name', s.name, 'status', s.status) FROM leads_pipelinestage s
    WHERE s.organization_id = leads_lead.organization_id AND s.pipeline_id = leads_pipelinestage.pipeline_id
    ORDER BY s.position, s.id"""
FIELDS = """SELECT jsonb_build_object('key', f.key, 'label', f.label, 'type', f.type) FROM leads_customfield f
    WHERE f.organization_id = leads_lead.organization_id AND f.is_active ORDER BY f.position, f.label"""
TWIN = "twin.organization_id = %s AND twin.deleted_at IS NULL AND twin.id <> leads_lead.id"
# The first condition of each is that of its index. LIMIT keeps PostgreSQL from gathering every lead beforehand.
SAME_EMAIL = "twin.email <> '' AND twin.email_norm = leads_lead.email_norm"
SAME_PHONE = "twin.phone <> '' AND twin.phone = leads_lead.phone"
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
    reach, values = reach_in_sql(user, "twin")
    twin = f"SELECT 1 FROM leads_lead twin WHERE {TWIN} AND {reach} AND"  # noqa: S608 — our own constants
    prepared: LeadQuerySet = leads.select_related("created_by", "stage").annotate(
        tag_rows=_rows(TAGS),
        stage_rows=_rows(STAGES),
        field_rows=_rows(FIELDS),
        has_twin=RawSQL(  # noqa: S611 — our own constants
            f"EXISTS({twin} {SAME_EMAIL} LIMIT 1) OR EXISTS({twin} {SAME_PHONE} LIMIT 1)",
            2 * [str(user.organization_id), *values],
            BooleanField(),
        ),
    )
    return prepared


def _rows(select: str) -> RawSQL:
    return RawSQL(f"ARRAY({select})", [], output_field=ArrayField(JSONField()))  # noqa: S611 — our own constants


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
    def has_open_batch(self) -> bool:
        """Tell whether the lead came by an import that this person may look at. Costs a query when it came by one."""
        batch = self.lead.batch_id
        return batch is not None and LeadBatch.objects.open_to(self.user).filter(pk=batch).exists()

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
