"""The worked cases of assessments, the ROI calculator and project estimates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from assessments import questionnaire
from assessments.rules import estimates, readiness, roi
from leadcrm.core.rule_checks import RULE_CHECKS, differences


def check_assessment(case: Mapping[str, Any]) -> list[str]:
    """Compare score, tier and categories of ten answers, in the order of the questionnaire."""
    questions = questionnaire.QUESTIONS
    answers = [
        readiness.Answer(question.category, value) for question, value in zip(questions, case["answers"], strict=True)
    ]
    result = readiness.assess(answers, questionnaire.CATEGORIES)
    computed = {
        "score": result.score,
        "tier": result.tier.value,
        "categories": {one.category.key: str(one.score) for one in result.categories},
    }
    return differences(computed, {name: case[name] for name in computed})


def check_roi(case: Mapping[str, Any]) -> list[str]:
    """Compare what a calculation costs and returns in each scenario; ``tier`` is L1 to L5."""
    asked = case["inputs"]
    inputs = roi.Inputs(
        employees=asked["employees"],
        average_annual_salary=Decimal(str(asked["average_annual_salary"])),
        overhead_percent=Decimal(str(asked["overhead_percent"])),
        inefficiency_percent=Decimal(str(asked["inefficiency_percent"])),
    )
    result = roi.calculate(inputs, roi.DEFAULT_RATES[asked["tier"]])
    computed: dict[str, Any] = {
        "cost_of_inefficiency": str(result.cost_of_inefficiency),
        "set_up": str(result.set_up),
        "running_per_year": str(result.running_per_year),
        "scenarios": {
            name: {
                "annual_savings": str(scenario.annual_savings),
                "roi_percent": str(scenario.roi_percent),
                "payback_months": scenario.payback_months,
                "npv": str(scenario.npv),
            }
            for name, scenario in result.scenarios.items()
        },
    }
    return differences(computed, {name: case[name] for name in computed})


def check_estimate(case: Mapping[str, Any]) -> list[str]:
    """Compare the cost, the weeks and the phases of a project."""
    result = estimates.estimate(**case["inputs"])
    computed: dict[str, Any] = {
        "cost": str(result.cost),
        "contingency": str(result.contingency),
        "total": str(result.total),
        "weeks": result.weeks,
        "phases": {name: str(amount) for name, amount in result.phases.items()},
    }
    return differences(computed, {name: case[name] for name in computed})


RULE_CHECKS.register("assessments", check_assessment)
RULE_CHECKS.register("roi", check_roi)
RULE_CHECKS.register("estimates", check_estimate)
