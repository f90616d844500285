"""The readiness score of an assessment: pure functions on answers, exact until they are rounded once.

The formula is that of the consultancy system: a category is (mean answer − 1) / 4 × 100, the total is the weighted sum
of the categories, rounded to a whole number, and the total decides the tier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from assessments.rules.rounding import rounded
from leads.choices import ServiceTier

LOWEST_ANSWER, HIGHEST_ANSWER = 1, 5
STRONG, WEAK = 70, 50
MOST_NEXT_STEPS = 4

# The highest total of each tier.
TIERS = (
    (30, ServiceTier.L1_ESSENTIALS),
    (50, ServiceTier.L2_ADVANCED),
    (70, ServiceTier.L3_CONSULTING),
    (85, ServiceTier.L4_PLATFORMS),
    (100, ServiceTier.L5_STRATEGIC),
)


@dataclass(frozen=True, slots=True)
class Category:
    """A topic; the weights of all topics add up to 1."""

    key: str
    name: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question: 1 to 5, in the order of the questionnaire.

    ``topic`` names in a few words what the question is about; ``next_step`` is what to do when it is weak.
    """

    category: str
    value: int
    topic: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class CategoryScore:
    category: Category
    exact: Fraction

    @property
    def score(self) -> Decimal:
        """Return 0-100 with one decimal."""
        return rounded(self.exact, 1)


@dataclass(frozen=True, slots=True)
class Readiness:
    """The result: ``score`` 0-100, each category, and sentences for people."""

    score: int
    tier: ServiceTier
    categories: tuple[CategoryScore, ...]
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    next_steps: tuple[str, ...]
    is_even: bool


def assess(answers: Sequence[Answer], categories: Sequence[Category]) -> Readiness:
    """Score a whole questionnaire.

    Raises: ValueError when an answer is not 1-5, a category has no answer, or the weights do not add up to 1.
    """
    if sum(category.weight for category in categories) != 1:
        raise ValueError("The weights of the categories do not add up to 1.")
    scores = tuple(CategoryScore(category, category_score(answers, category.key)) for category in categories)
    total = sum((one.exact * one.category.weight for one in scores), Fraction(0))
    score = int(rounded(total, 0))
    is_even = len({one.exact for one in scores}) == 1
    strong, weak = strengths_and_weaknesses(scores, is_even=is_even)
    return Readiness(
        score=score,
        tier=tier_of(score),
        categories=scores,
        strengths=tuple(_strength(one, answers) for one in strong),
        weaknesses=tuple(_weakness(one, answers) for one in weak),
        next_steps=next_steps(answers),
        is_even=is_even,
    )


def category_score(answers: Sequence[Answer], key: str) -> Fraction:
    """Return the exact score of a category, 0-100."""
    values = [answer.value for answer in answers if answer.category == key]
    if not values:
        raise ValueError(f"No question of {key!r} was answered.")
    if any(not LOWEST_ANSWER <= value <= HIGHEST_ANSWER for value in values):
        raise ValueError("Answers are whole numbers from 1 to 5.")
    span = HIGHEST_ANSWER - LOWEST_ANSWER
    return (Fraction(sum(values), len(values)) - LOWEST_ANSWER) / span * 100


def tier_of(score: int) -> ServiceTier:
    """Return the tier that a total of 0-100 recommends."""
    return next(tier for highest, tier in TIERS if score <= highest)


def strengths_and_weaknesses(
    scores: Sequence[CategoryScore], *, is_even: bool
) -> tuple[list[CategoryScore], list[CategoryScore]]:
    """Return the strong and the weak categories, the best and the worst first.

    The best and the worst are always among them, unless all categories are equal.
    """
    ordered = sorted(scores, key=lambda one: one.exact, reverse=True)
    strong = [one for one in ordered if one.exact >= STRONG]
    weak = [one for one in reversed(ordered) if one.exact < WEAK]
    if not is_even:
        strong = strong or [ordered[0]]
        weak = weak or [ordered[-1]]
    return strong, weak


def next_steps(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return at most four things to do: those of the weakest questions, the first of equals first."""
    weakest = sorted((one for one in answers if one.value < HIGHEST_ANSWER), key=lambda one: one.value)
    return tuple(dict.fromkeys(one.next_step for one in weakest if one.next_step))[:MOST_NEXT_STEPS]


def _strength(one: CategoryScore, answers: Sequence[Answer]) -> str:
    return _sentence(one, answers, best=True)


def _weakness(one: CategoryScore, answers: Sequence[Answer]) -> str:
    return _sentence(one, answers, best=False)


def _sentence(one: CategoryScore, answers: Sequence[Answer], *, best: bool) -> str:
    """Name the category, its score, and the topics of its highest or lowest answers."""
    mine = [answer for answer in answers if answer.category == one.category.key]
    edge = (max if best else min)(answer.value for answer in mine)
    topics = [answer.topic for answer in mine if answer.value == edge and answer.topic]
    lead = f"{one.category.name} ({one.score} of 100)"
    if not topics:
        return f"{lead}."
    return f"{lead}: {'strongest' if best else 'weakest'} in {_enumerated(topics)} ({edge} of {HIGHEST_ANSWER})."


def _enumerated(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
