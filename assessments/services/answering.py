"""Start an assessment and save what is answered. Everything is saved at once, so a link can go on with it anywhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.events import AssessmentEvent
from assessments.models import Assessment, Questionnaire
from assessments.reports.sheet import Sheet
from assessments.rules.readiness import HIGHEST_ANSWER, LOWEST_ANSWER
from leadcrm.analytics.services import record_event
from leadcrm.analytics.visits import Visit
from leadcrm.audit import services as audit
from leadcrm.core import public_tokens
from leadcrm.core.errors import DomainError

LOOKUP, SHARED_LOOKUP = "assessments_find_assessment", "assessments_find_shared"


class NoQuestionnaire(DomainError):
    """The organisation has published no questionnaire."""

    code = "no_questionnaire"


class Finished(DomainError):
    """The assessment is completed, and its answers are what its result was computed from."""

    code = "finished"

    def __init__(self) -> None:
        super().__init__("This assessment is finished, so its answers no longer change.")


class BadAnswer(DomainError):
    """An answer is not one of the scale, or belongs to a question of another questionnaire."""

    code = "bad_answer"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visitor came from, as the page that they landed on was asked for."""

    referrer: str = ""
    landing_url: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""


def current_questionnaire() -> Questionnaire:
    """Return the version that new visitors answer. Costs a query.

    Raises: NoQuestionnaire.
    """
    newest: Questionnaire | None = Questionnaire.objects.published().newest_first().first()
    if newest is None:
        raise NoQuestionnaire("There is no assessment here at the moment.")
    return newest


@transaction.atomic
def start(*, token: str, visit: Visit | None = None, origin: Origin | None = None) -> Assessment:
    """Begin an assessment that the holder of ``token`` can go on with.

    The token was given out with the page that asks for the start, so sending that page twice begins one assessment.

    Raises: NoQuestionnaire.
    Side effects: audit entry, analytics event.
    """
    origin = origin or Origin()
    questionnaire = current_questionnaire()
    assessment, is_new = Assessment.objects.get_or_create(
        resume_token_hash=public_tokens.hash_token(token),
        defaults={
            "questionnaire": questionnaire,
            "session_id": visit.session_id if visit else "",
            "ip_address": (visit.ip_address or None) if visit else None,
            "user_agent": visit.user_agent[:200] if visit else "",
            "referrer": origin.referrer[:500],
            "landing_url": origin.landing_url[:500],
            "utm_source": origin.utm_source[:255],
            "utm_medium": origin.utm_medium[:255],
            "utm_campaign": origin.utm_campaign[:255],
        },
    )
    if is_new:
        audit.record(AssessmentEvent.STARTED, assessment, actor=None, description=str(questionnaire))
        record_event("assessment.started", visit=visit, properties={"version": questionnaire.version})
    return assessment


@transaction.atomic
def save_answers(
    *, assessment: Assessment, sheet: Sheet, answers: Mapping[uuid.UUID, int], visit: Visit | None = None
) -> Assessment:
    """Save answers on top of those that are there; two tabs that answer different questions both count.

    An assessment that counted as abandoned is under way again.

    Raises: Finished, BadAnswer.
    Side effects: an analytics event for each topic that is complete for the first time.
    """
    current = lock(assessment.pk)
    if current.is_completed:
        raise Finished
    for pk, value in answers.items():
        if sheet.question(pk) is None:
            raise BadAnswer("This question is not part of your assessment.")
        if not LOWEST_ANSWER <= value <= HIGHEST_ANSWER:
            raise BadAnswer(f"Answers are whole numbers from {LOWEST_ANSWER} to {HIGHEST_ANSWER}.")
    before = current.answers
    current.answers = before | {str(pk): value for pk, value in answers.items()}
    current.answered_count = len(current.answers)
    current.status, current.abandoned_at = AssessmentStatus.STARTED, None
    current.last_activity_at = timezone.now()
    current.save(
        update_fields=["answers", "answered_count", "status", "abandoned_at", "last_activity_at", "updated_at"]
    )
    for step in sheet.steps:
        if step.is_answered(current.answers) and not step.is_answered(before):
            record_event(
                "assessment.topic_answered",
                visit=visit,
                properties={"topic": step.category.key, "version": sheet.questionnaire.version},
            )
    return current


def lock(pk: uuid.UUID) -> Assessment:
    """Return the assessment, locked until the end of the transaction."""
    found: Assessment = Assessment.objects.select_for_update(no_key=True).get(pk=pk)
    return found
