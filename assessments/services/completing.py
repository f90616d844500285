"""Complete an assessment: everything that follows from it happens in one transaction, or nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.events import AssessmentEvent
from assessments.models import Assessment
from assessments.reports.sheet import Sheet
from assessments.rules import readiness
from assessments.rules.tiers import recommendation
from assessments.services import answering
from leadcrm.analytics.services import record_event
from leadcrm.analytics.visits import Visit
from leadcrm.audit import services as audit
from leadcrm.core.errors import DomainError
from leadcrm.privacy.services import give_consent
from leadcrm.privacy.texts import ConsentText
from leads.choices import JourneyEventType, LeadSource
from leads.models import Lead
from leads.services import inbound, journey, scoring
from messaging.services.queued_emails import queue_email


class Incomplete(DomainError):
    """Questions are open; ``step`` is the first step with one."""

    code = "incomplete"

    def __init__(self, step: int) -> None:
        super().__init__("Some questions are not answered yet.")
        self.step = step


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants the result."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""


@transaction.atomic
def complete(
    *,
    assessment: Assessment,
    sheet: Sheet,
    person: Person,
    agreements: Sequence[ConsentText],
    result_url: str,
    visit: Visit | None = None,
    proof: Mapping[str, str] | None = None,
) -> Assessment:
    """Score the answers, and create or update the lead of the address. A second time is a no-op.

    Raises: Incomplete; DomainError when the address or a name cannot be stored.
    Side effects: lead, score of the lead, journey event, consents, mail with the result, audit entry, domain event,
    analytics event; the outside world hears of it after the commit.
    """
    current = answering.lock(assessment.pk)
    if current.is_completed:
        return current
    open_step = sheet.open_step(current.answers)
    if open_step is not None:
        raise Incomplete(open_step.number)
    result = readiness.assess(sheet.as_answers(current.answers), sheet.categories)
    received = inbound.receive(
        email=person.email, source=LeadSource.ASSESSMENT, first_name=person.first_name, last_name=person.last_name,
        company=person.company, service_tier=result.tier, campaign=current.utm_campaign,
        utm_source=current.utm_source, utm_medium=current.utm_medium, utm_campaign=current.utm_campaign,
        referrer=current.referrer, ip_address=current.ip_address, user_agent=current.user_agent,
    )  # fmt: skip
    keep_result(assessment=current, sheet=sheet, result=result, person=person, lead=received.lead)
    _tell_lead(current, received.lead)
    for agreement in agreements:
        give_consent(
            email=person.email, lead_id=received.lead.pk, purpose=agreement.purpose, text=agreement.text,
            text_version=agreement.version, proof={"assessment": str(current.pk), **(proof or {})},
        )  # fmt: skip
    queue_email(
        template="assessment_results",
        to=[person.email],
        data={
            "name": current.full_name,
            "score": current.score,
            "tier": result.tier.label,
            "strengths": current.strengths,
            "weaknesses": current.weaknesses,
            "next_steps": list(result.next_steps),
            "result_url": result_url,
        },
        lead=received.lead,
        about_id=current.pk,
        dedupe_key=f"assessment_results:{current.pk}",
    )
    facts = {"score": result.score, "tier": result.tier.value, "version": sheet.questionnaire.version}
    audit.record(AssessmentEvent.COMPLETED, current, actor=None, description=received.lead.title, metadata=facts)
    audit.announce(AssessmentEvent.COMPLETED, current, payload={"lead": str(received.lead.pk), **facts})
    record_event("assessment.completed", visit=visit, properties=facts)
    if received.is_new:
        record_event("conversion.lead_created", visit=visit, properties={"source": LeadSource.ASSESSMENT.value})
    return current


def keep_result(
    *, assessment: Assessment, sheet: Sheet, result: readiness.Readiness, person: Person, lead: Lead
) -> None:
    """Write the result into the assessment, and nothing else: ``complete`` is the whole verb."""
    weights = {step.category.key: step.category.weight_percent for step in sheet.steps}
    now = timezone.now()
    assessment.lead = lead
    assessment.email, assessment.company = person.email.lower(), person.company
    assessment.first_name, assessment.last_name = person.first_name, person.last_name
    assessment.score, assessment.tier, assessment.is_even = result.score, result.tier, result.is_even
    assessment.categories = [
        {
            "key": one.category.key,
            "name": one.category.name,
            "weight_percent": weights[one.category.key],
            "score": str(one.score),
        }
        for one in result.categories
    ]
    assessment.strengths, assessment.weaknesses = list(result.strengths), list(result.weaknesses)
    assessment.recommendations = [recommendation(result.tier), *result.next_steps]
    assessment.status, assessment.abandoned_at = AssessmentStatus.COMPLETED, None
    assessment.completed_at = assessment.last_activity_at = now
    assessment.save()


def _tell_lead(assessment: Assessment, lead: Lead) -> None:
    """Write the timeline first: what the lead did counts for its score."""
    journey.record(
        lead,
        JourneyEventType.ASSESSMENT_COMPLETED,
        actor=None,
        description=f"{assessment.score} of 100, {assessment.get_tier_display()}",
        properties={"assessment": str(assessment.pk), "score": assessment.score, "tier": assessment.tier},
    )
    scoring.rescore(lead=lead, actor=None)
