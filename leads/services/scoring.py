"""Score leads and qualify those that reach the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.audit import settings
from leads import signals
from leads.choices import ActivityType, JourneyEventType, LeadStatus
from leads.events import LeadEvent
from leads.intelligence import engagement, rules
from leads.models import JourneyEvent, Lead, LeadScore
from leads.services import journey, pipeline

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

QUALIFIABLE = (LeadStatus.NEW, LeadStatus.CONTACTED)
# The facts that a score depends on: a change of any of them is a reason to score again.
SCORED_FIELDS = frozenset({"email", "phone", "company", "message", "service_tier", "industry", "company_size"})


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
        is_engaged=lead.engagement_level != "unknown",
    )


@transaction.atomic
def rescore(*, lead: Lead, actor: User | None) -> LeadScore:
    """Compute the score of a lead, write it with its reasons, and qualify the lead when it reaches the threshold.

    A score equal to the newest one, reason by reason, adds no row.
    """
    now = timezone.now()
    lead.engagement_level = engagement.level_of(
        JourneyEvent.objects.filter(
            lead=lead, event_type__in=engagement.WEIGHTS, occurred_at__gte=now - engagement.WINDOW
        ).values_list("event_type", "occurred_at"),
        at=now,
    )
    table = settings.rates("leads.score_points")
    result = rules.score_facts(facts_of(lead), table.values)
    newest = LeadScore.objects.filter(lead=lead).newest_first().first()
    if newest is None or not _is_same(newest, result, table.version):
        newest = LeadScore.objects.create(
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
            rate_version=table.version,
        )
    lead.score, lead.score_confidence, lead.scored_at = result.score, result.confidence, now
    lead.save(update_fields=["score", "score_confidence", "scored_at", "engagement_level"])
    if lead.status in QUALIFIABLE and lead.score >= settings.get("leads.qualification_threshold"):
        qualify(lead=lead, actor=actor)
    return newest


def _is_same(row: LeadScore, result: rules.RuleScore, version: int) -> bool:
    return (
        row.model_version == rules.MODEL_VERSION
        and row.rate_version == version
        and row.score == result.score
        and row.confidence == result.confidence
        and row.explanation == result.factors
        and row.recommendations == result.recommendations
    )


@transaction.atomic
def qualify(*, lead: Lead, actor: User | None) -> bool:
    """Make a lead qualified because of its score; return whether its pipeline has a stage for that.

    Side effects: journey event, domain event, signal, and a follow-up for the owner (or the team) on the next
    working day.
    """
    from leads.services import activities

    stage = pipeline.stage_for_status(LeadStatus.QUALIFIED, pipeline_id=lead.stage.pipeline_id)
    if stage is None:
        return False
    moved = pipeline.move_lead(lead=lead, stage=stage, actor=actor)
    for field in ("stage", "status", "stage_changed_at", "last_activity_at", "board_position", "version"):
        setattr(lead, field, getattr(moved, field))
    journey.record(
        lead, JourneyEventType.LEAD_QUALIFIED, actor=None, description=f"Score {lead.score}",
        properties={"score": lead.score},
    )  # fmt: skip
    audit.record(LeadEvent.QUALIFIED, lead, actor=actor, metadata={"score": lead.score})
    audit.announce(LeadEvent.QUALIFIED, lead, actor=actor, payload={"score": lead.score})
    activities.plan_activity(
        lead=lead,
        type=ActivityType.FOLLOW_UP,
        subject="Follow up on a newly qualified lead",
        scheduled_at=activities.next_working_morning(lead),
        user=lead.assigned_to,
        actor=actor,
    )
    signals.lead_qualified.send(Lead, lead=lead, actor=actor)
    return True
