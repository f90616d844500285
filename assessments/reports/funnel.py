"""How far visitors come: from the start through the topics to the result, and question by question."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.db.models import Avg, Count, Q

from assessments.choices import AssessmentStatus
from assessments.models import Assessment
from assessments.reports.sheet import Sheet, Step
from leadcrm.core import charts

# What one statement counts: how many assessments of a version answered each question.
ANSWERED = """
SELECT key, count(*) FROM assessments_assessment, jsonb_object_keys(answers) AS key
WHERE organization_id = %s AND questionnaire_id = %s GROUP BY key
"""


@dataclass(frozen=True)
class Funnel:
    """The figures of one version of the questionnaire, of the whole organisation; they name nobody."""

    sheet: Sheet
    started: int
    topics: list[int]
    completed: int
    abandoned: int
    average_score: int | None
    answered: dict[uuid.UUID, int]

    @cached_property
    def completion_percent(self) -> int | None:
        return round(self.completed * 100 / self.started) if self.started else None

    @cached_property
    def chart(self) -> charts.Bars:
        topics = [(f"{step.number}. {step.category.name}", count, "blue") for step, count in self._by_step]
        return charts.funnel([("Started", self.started, "sky"), *topics, ("Result", self.completed, "green")])

    @cached_property
    def questions(self) -> charts.Bars:
        """Return how many answered each question; where the bars get shorter, people leave."""
        rows = []
        for number, question in enumerate(self.sheet.questions, start=1):
            count = self.answered.get(question.pk, 0)
            share = f" · {round(count * 100 / self.started)} %" if self.started else ""
            rows.append((f"{number}. {question.topic}", float(count), f"{count}{share}", "blue"))
        return charts.levels(rows, highest=float(self.started))

    @property
    def _by_step(self) -> list[tuple[Step, int]]:
        return list(zip(self.sheet.steps, self.topics, strict=True))


def funnel_of(sheet: Sheet) -> Funnel:
    """Return the figures of a version. Costs two queries."""
    questionnaire = sheet.questionnaire
    mine = Assessment.objects.filter(questionnaire=questionnaire)
    # A visitor who skipped ahead has not come to the end of a topic before those that stand before it.
    seen: list[str] = []
    steps = {}
    for step in sheet.steps:
        seen += [str(question.pk) for question in step.questions]
        steps[f"step_{step.number}"] = Count("pk", filter=Q(answers__has_keys=list(seen)))
    found = mine.aggregate(
        started=Count("pk"),
        completed=Count("pk", filter=Q(status=AssessmentStatus.COMPLETED)),
        abandoned=Count("pk", filter=Q(status=AssessmentStatus.ABANDONED)),
        average=Avg("score"),
        **steps,
    )
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, [questionnaire.organization_id, questionnaire.pk])
        answered = {uuid.UUID(key): count for key, count in cursor.fetchall()}
    return Funnel(
        sheet=sheet,
        started=found["started"],
        topics=[found[f"step_{step.number}"] for step in sheet.steps],
        completed=found["completed"],
        abandoned=found["abandoned"],
        average_score=None if found["average"] is None else round(found["average"]),
        answered=answered,
    )
