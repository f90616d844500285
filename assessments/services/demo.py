"""Assessments of the demo organisation, the same every time: some completed, most left on the way, as it is."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from assessments.reports.sheet import Sheet, sheet_of
from assessments.rules import readiness
from assessments.services import answering, completing
from leadcrm.audit import settings
from leadcrm.core import public_tokens
from leadcrm.privacy.preferences import POLICY_URL
from leads.choices import JourneyEventType
from leads.models import Lead
from leads.services import journey

# How many questions visitors answered before they left.
LEFT_AFTER = (0, 0, 1, 3, 3, 3, 4, 6, 6, 7, 8, 10)
MOST_COMPLETED = 9


def load() -> None:
    """Add assessments to leads with an e-mail address, and some of nobody."""
    dice = random.Random(2026)  # noqa: S311 — invented data, the same every time
    sheet = sheet_of(answering.current_questionnaire())
    settings.change(key="leads.inbound_team", value="North", actor=None)
    settings.change(key=POLICY_URL, value="https://demo.example/privacy", actor=None)
    for number, count in enumerate(LEFT_AFTER):
        assessment = _assessment(sheet, _answers(sheet, dice, count))
        at = timezone.now() - timedelta(days=number * 2, hours=3)
        is_old = at < timezone.now() - timedelta(days=7)
        Assessment.objects.filter(pk=assessment.pk).update(
            created_at=at,
            last_activity_at=at,
            status=AssessmentStatus.ABANDONED if is_old else AssessmentStatus.STARTED,
            abandoned_at=at + timedelta(days=7) if is_old else None,
        )
    leads = Lead.objects.alive().open().exclude(email="").order_by("created_at", "pk")[:MOST_COMPLETED]
    for number, lead in enumerate(leads):
        _complete(sheet, lead, _answers(sheet, dice, len(sheet.questions)), days_ago=number * 3 + 1)


def _complete(sheet: Sheet, lead: Lead, answers: dict[str, int], *, days_ago: int) -> None:
    assessment = _assessment(sheet, answers)
    result = readiness.assess(sheet.as_answers(answers), sheet.categories)
    person = completing.Person(lead.email, lead.first_name, lead.last_name, lead.company)
    completing.keep_result(assessment=assessment, sheet=sheet, result=result, person=person, lead=lead)
    at = timezone.now() - timedelta(days=days_ago)
    Assessment.objects.filter(pk=assessment.pk).update(
        created_at=at - timedelta(minutes=6), completed_at=at, last_activity_at=at
    )
    journey.record(
        lead,
        JourneyEventType.ASSESSMENT_COMPLETED,
        actor=None,
        description=f"{result.score} of 100, {result.tier.label}",
        properties={"assessment": str(assessment.pk), "score": result.score, "tier": result.tier.value},
        occurred_at=at,
    )


def _assessment(sheet: Sheet, answers: dict[str, int]) -> Assessment:
    return Assessment.objects.create(
        questionnaire=sheet.questionnaire,
        resume_token_hash=public_tokens.new_token()[1],
        answers=answers,
        answered_count=len(answers),
    )


def _answers(sheet: Sheet, dice: random.Random, count: int) -> dict[str, int]:
    level = dice.choice([2, 3, 3, 4])
    return {
        str(question.pk): min(5, max(1, level + dice.choice([-1, 0, 0, 1]))) for question in sheet.questions[:count]
    }
