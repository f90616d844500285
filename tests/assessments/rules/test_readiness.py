"""The readiness score: exact in worked cases, and the same rules for every possible sheet of answers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments import questionnaire
from assessments.rules.readiness import Answer, Category, assess, tier_of

SHEETS = st.lists(st.integers(1, 5), min_size=10, max_size=10)


def sheet(values):
    return [
        Answer(question.category, value, question.topic, question.next_step)
        for question, value in zip(questionnaire.QUESTIONS, values, strict=True)
    ]


def result_of(values):
    return assess(sheet(values), questionnaire.CATEGORIES)


def test_the_first_questionnaire_has_the_categories_and_weights_of_the_rule():
    counted = {one.key: 0 for one in questionnaire.CATEGORIES}
    for question in questionnaire.QUESTIONS:
        counted[question.category] += 1
        assert len({*question.scale}) == 5
        assert question.text.endswith("?")
    assert counted == {"technology": 3, "process": 3, "team": 2, "strategy": 2}
    assert [float(one.weight) for one in questionnaire.CATEGORIES] == [0.30, 0.25, 0.25, 0.20]


@pytest.mark.parametrize(
    ("values", "score", "tier"),
    [
        ([1] * 10, 0, "L1_ESSENTIALS"),
        ([5] * 10, 100, "L5_STRATEGIC"),
        ([2] * 9 + [3], 28, "L1_ESSENTIALS"),  # 27.5 exactly: half goes up
        ([4, 5, 3, 2, 4, 3, 5, 4, 3, 2], 64, "L3_CONSULTING"),
    ],
)
def test_worked_cases_are_exact(values, score, tier):
    result = result_of(values)
    assert (result.score, result.tier.value) == (score, tier)


@pytest.mark.parametrize(
    ("score", "tier"),
    [(0, 1), (30, 1), (31, 2), (50, 2), (51, 3), (70, 3), (71, 4), (85, 4), (86, 5), (100, 5)],
)
def test_each_tier_ends_where_the_table_says(score, tier):
    assert tier_of(score).value.startswith(f"L{tier}_")


@given(SHEETS, st.integers(0, 9))
def test_a_better_answer_never_lowers_the_score(values, place):
    better = [min(5, value + (number == place)) for number, value in enumerate(values)]
    before, after = result_of(values), result_of(better)
    assert after.score >= before.score
    assert all(new.exact >= old.exact for new, old in zip(after.categories, before.categories, strict=True))


@given(SHEETS)
def test_the_total_is_the_weighted_sum_of_its_parts_rounded_once(values):
    result = result_of(values)
    total = sum((one.exact * one.category.weight for one in result.categories), Fraction(0))
    assert abs(result.score - total) <= Fraction(1, 2)
    assert 0 <= result.score <= 100


@given(SHEETS)
def test_best_and_worst_are_named_unless_all_are_equal(values):
    result = result_of(values)
    scores = {one.category.name: one.exact for one in result.categories}
    named = {"up": result.strengths, "down": result.weaknesses}
    strong = {name for name in scores if any(text.startswith(f"{name} (") for text in named["up"])}
    weak = {name for name in scores if any(text.startswith(f"{name} (") for text in named["down"])}
    assert strong >= {name for name, score in scores.items() if score >= 70}
    assert weak >= {name for name, score in scores.items() if score < 50}
    if len({*scores.values()}) > 1:
        assert scores[result.strengths[0].split(" (")[0]] == max(scores.values())
        assert scores[result.weaknesses[0].split(" (")[0]] == min(scores.values())
        assert len(strong - {name for name, score in scores.items() if score >= 70}) <= 1
    else:
        assert result.is_even
        assert len(strong) in {0, 4}
        assert len(weak) in {0, 4}


@given(SHEETS)
def test_next_steps_are_those_of_the_weakest_questions(values):
    steps = result_of(values).next_steps
    improvable = sum(value < 5 for value in values)
    assert len(steps) == min(4, improvable)
    chosen = [
        value for value, question in zip(values, questionnaire.QUESTIONS, strict=True) if question.next_step in steps
    ]
    left = [
        value
        for value, question in zip(values, questionnaire.QUESTIONS, strict=True)
        if question.next_step not in steps
    ]
    assert max(chosen, default=0) <= min(left, default=5)


@pytest.mark.parametrize("value", [0, 6, -1])
def test_an_answer_off_the_scale_is_refused(value):
    with pytest.raises(ValueError, match="1 to 5"):
        result_of([value] + [3] * 9)


def test_a_category_without_answers_is_refused():
    with pytest.raises(ValueError, match="strategy"):
        assess(sheet([3] * 10)[:8], questionnaire.CATEGORIES)


def test_weights_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="add up"):
        assess([Answer("a", 3)], [Category("a", "A", Fraction(9, 10))])
