"""A result as people see it: on the page, in the document, beside the lead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from assessments.models import Assessment
from assessments.rules.readiness import STRONG, WEAK
from leadcrm.core import charts

EVEN = "The picture is even: every topic has the same score, so none stands out as a strength or a weakness."


@dataclass(frozen=True, slots=True)
class TopicScore:
    name: str
    score: str
    weight_percent: int
    word: str


class Result:
    """A completed assessment. Everything comes from what was stored when it was completed."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.score = assessment.score or 0
        self.tier = assessment.get_tier_display()

    @cached_property
    def topics(self) -> list[TopicScore]:
        return [
            TopicScore(one["name"], one["score"], one["weight_percent"], _word(float(one["score"])))
            for one in self.assessment.categories
        ]

    @property
    def even(self) -> str:
        """Return the sentence that stands in place of strengths and weaknesses, if there are none."""
        return EVEN if self.assessment.is_even else ""

    @cached_property
    def recommendation(self) -> str:
        return str(next(iter(self.assessment.recommendations), ""))

    @cached_property
    def next_steps(self) -> list[str]:
        return list(self.assessment.recommendations[1:])

    @cached_property
    def radar(self) -> charts.Radar | None:
        return charts.radar([(one.name, float(one.score), one.score) for one in self.topics])

    @cached_property
    def bars(self) -> charts.Bars:
        return charts.levels(
            [(one.name, float(one.score), f"{one.score} · {one.word}", _hue(float(one.score))) for one in self.topics]
        )


def _word(score: float) -> str:
    return "strong" if score >= STRONG else "weak" if score < WEAK else "fair"


def _hue(score: float) -> str:
    return "green" if score >= STRONG else "red" if score < WEAK else "amber"
