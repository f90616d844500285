"""Score a lead by the rules and write the score with its reasons."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from leadcrm.audit import settings
from leads.choices import EngagementLevel
from leads.intelligence import engagement, rules
from leads.models import Activity, JourneyEvent, Lead, LeadScore
from leads.services import qualification
from leads.services.activities import MEETINGS
from leads.services.locking import lock_lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

# The facts that a score depends on: a change of any of them is a reason to score again.
SCORED_FIELDS = frozenset({"email", "phone", "company", "message", "service_tier", "industry", "company_size"})
# What scoring and qualifying change on the row; the caller's copy is brought up to date with it.
_CHANGED = (
    "score", "score_confidence", "scored_at", "engagement_level", "stage", "status", "stage_changed_at",
    "last_activity_at", "board_position", "version", "next_follow_up_at", "next_step", "closed_at", "updated_at",
)  # fmt: skip


def facts_of(lead: Lead) -> rules.LeadFacts:
    """Return what the rules look at."""
    return rules.LeadFacts(
        email=lead.email,
        phone=lead.phone,
        company=lead.company,
        message=lead.message,
        service_tier=lead.service_tier,
        industry=lead.industry,
        company_size=lead.company_size,
        is_engaged=lead.engagement_level != EngagementLevel.UNKNOWN,
    )


def human_events(lead_ids: Collection[uuid.UUID], *, at: datetime) -> dict[uuid.UUID, list[tuple[str, datetime]]]:
    """Return what each lead itself did lately, as (event type, moment). Costs two queries.

    A meeting counts as long as its activity is done, so taking a completion back takes the points back; the
    timeline is never rewritten.
    """
    since = at - engagement.WINDOW
    events: dict[uuid.UUID, list[tuple[str, datetime]]] = {}
    # The bound on created_at spares the partitions of older months: nothing is recorded before it happened.
    told = JourneyEvent.objects.filter(
        lead_id__in=lead_ids, event_type__in=engagement.WEIGHTS, occurred_at__gte=since, created_at__gte=since
    ).exclude(properties__has_key="activity")
    for lead_id, event_type, moment in told.values_list("lead_id", "event_type", "occurred_at"):
        events.setdefault(lead_id, []).append((event_type, moment))
    held = Activity.objects.filter(lead_id__in=lead_ids, type__in=MEETINGS, completed_at__gte=since)
    for lead_id, completed_at in held.values_list("lead_id", "completed_at"):
        if completed_at is not None:
            events.setdefault(lead_id, []).append(("meeting_held", completed_at))
    return events


@transaction.atomic
def rescore(*, lead: Lead, actor: User | None) -> LeadScore:
    """Compute the score of a lead, write it with its reasons, and qualify the lead when it reaches the threshold.

    A score equal to the newest one, reason by reason, adds no row. The row is locked, so that two changes at
    once qualify a lead once.

    Side effects: those of ``qualification.qualify``.
    """
    current = lock_lead(lead.pk)
    now = timezone.now()
    events = human_events([current.pk], at=now).get(current.pk, [])
    current.engagement_level = engagement.level_of(events, at=now)
    table = settings.rates("leads.score_points")
    result = rules.score_facts(facts_of(current), table.values)
    newest = LeadScore.objects.filter(lead=current).newest_first().first()
    if newest is None or not is_same(newest, result):
        newest = new_score(current, result, rate_version=table.version, at=now)
        newest.save(force_insert=True)
    current.score, current.score_confidence, current.scored_at = result.score, result.confidence, now
    current.save(update_fields=["score", "score_confidence", "scored_at", "engagement_level"])
    if qualification.is_due(current):
        qualification.qualify(lead=current, actor=actor)
    for name in _CHANGED:
        setattr(lead, name, getattr(current, name))
    return newest


def new_score(lead: Lead, result: rules.RuleScore, *, rate_version: int, at: datetime) -> LeadScore:
    """Return the unsaved row of a score."""
    return LeadScore(
        organization_id=lead.organization_id,
        lead=lead,
        score=result.score,
        confidence=result.confidence,
        model_version=rules.MODEL_VERSION,
        demographic_score=result.demographic,
        behavioral_score=result.behavioral,
        temporal_score=result.temporal,
        conversational_score=result.conversational,
        explanation=result.factors,
        recommendations=result.recommendations,
        rate_version=rate_version,
        created_at=at,
    )


def is_same(row: LeadScore, result: rules.RuleScore) -> bool:
    """Tell whether a row says all that ``result`` says; the same points out of a new table are no change."""
    return (
        row.model_version == rules.MODEL_VERSION
        and row.score == result.score
        and row.confidence == result.confidence
        and row.demographic_score == result.demographic
        and row.behavioral_score == result.behavioral
        and row.temporal_score == result.temporal
        and row.conversational_score == result.conversational
        and row.explanation == result.factors
        and row.recommendations == result.recommendations
    )
