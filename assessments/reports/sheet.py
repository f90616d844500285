"""The questions of a questionnaire in the order in which they are asked: one topic per step."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from assessments.models import Question, QuestionCategory, Questionnaire
from assessments.rules.readiness import Answer, Category


@dataclass(frozen=True)
class Step:
    """One page of the assessment; ``number`` starts at 1."""

    number: int
    category: QuestionCategory
    questions: list[Question]

    def is_answered(self, answers: Mapping[str, int]) -> bool:
        return all(str(question.pk) in answers for question in self.questions)


@dataclass(frozen=True)
class Sheet:
    """A questionnaire with its steps. ``answers`` are those of an assessment: id of the question to 1-5."""

    questionnaire: Questionnaire
    steps: list[Step]

    @cached_property
    def questions(self) -> list[Question]:
        return [question for step in self.steps for question in step.questions]

    @cached_property
    def names(self) -> list[str]:
        return [step.category.name for step in self.steps]

    @cached_property
    def categories(self) -> list[Category]:
        return [step.category.as_rule() for step in self.steps]

    def question(self, pk: uuid.UUID) -> Question | None:
        return next((question for question in self.questions if question.pk == pk), None)

    def open_step(self, answers: Mapping[str, int]) -> Step | None:
        """Return the first step with a question that is not answered, None when all are."""
        return next((step for step in self.steps if not step.is_answered(answers)), None)

    def as_answers(self, answers: Mapping[str, int]) -> list[Answer]:
        """Return what the rules score.

        Raises: KeyError when a question is not answered.
        """
        return [
            Answer(step.category.key, answers[str(question.pk)], question.topic, question.next_step)
            for step in self.steps
            for question in step.questions
        ]


def sheet_of(questionnaire: Questionnaire) -> Sheet:
    """Return the questions of a version. Costs a query."""
    questions = questionnaire.questions.select_related("category").order_by(
        "category__position", "category_id", "position", "pk"
    )
    steps = [
        Step(number, category, list(asked))
        for number, (category, asked) in enumerate(groupby(questions, key=lambda one: one.category), start=1)
    ]
    return Sheet(questionnaire, steps)
