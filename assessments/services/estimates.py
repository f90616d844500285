"""Estimate projects with the rates of the organisation, in the shape that a calculation stores.

``inputs``: {project_type, complexity, timeline: text, services: [text, …]}.
``results``: {words: {project_type, complexity, timeline}, base, factors: {complexity, timeline}, services: [{name,
cost, weeks}], base_weeks, cost, contingency, total, weeks, phases: [{name, percent, cost}], deliverables: [text, …]}.
Words are stored too, so that a renamed service does not rename what was estimated.
"""

from __future__ import annotations

from collections.abc import Sequence

from assessments.preferences import ESTIMATE_RATES
from assessments.rules import estimates, tables
from assessments.services.roi import Computed
from leadcrm.audit import settings

WORDS = {
    "3d_design": "3D design",
    "parametric_design": "Parametric design",
    "workshop": "Workshop",
    "platform": "Platform",
    "strategic": "Strategic programme",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
    "relaxed": "Relaxed",
    "standard": "Standard",
    "fast": "Fast",
    "urgent": "Urgent",
    "training": "Training",
    "integration": "Integration",
    "data_migration": "Data migration",
    "support_year": "Support for a year",
    "documentation": "Documentation",
    "security_review": "Security review",
    "discovery": "Discovery",
    "design": "Design",
    "build": "Build",
    "testing": "Testing",
    "handover": "Handover",
}


def compute(*, project_type: str, complexity: str, timeline: str, services: Sequence[str]) -> Computed:
    """Return what a project costs and how long it takes, by the rates in force.

    Raises: KeyError for a word that the rates do not know.
    """
    table = settings.rates(ESTIMATE_RATES)
    rates = tables.estimate_rates(table.values)
    chosen = list(dict.fromkeys(services))
    result = estimates.estimate(
        project_type=project_type, complexity=complexity, timeline=timeline, services=chosen, rates=rates
    )
    base = rates.types[project_type]
    return Computed(
        inputs={"project_type": project_type, "complexity": complexity, "timeline": timeline, "services": chosen},
        results={
            "words": {
                "project_type": WORDS[project_type],
                "complexity": WORDS[complexity],
                "timeline": WORDS[timeline],
            },
            "base": str(base.cost),
            "base_weeks": base.weeks,
            "factors": {
                "complexity": str(rates.complexities[complexity].cost),
                "timeline": str(rates.timelines[timeline].cost),
            },
            "services": [
                {"name": WORDS[name], "cost": str(rates.services[name].cost), "weeks": rates.services[name].weeks}
                for name in chosen
            ],
            "cost": str(result.cost),
            "contingency": str(result.contingency),
            "total": str(result.total),
            "weeks": result.weeks,
            "phases": [
                {"name": WORDS[name], "percent": estimates.PHASES[name], "cost": str(cost)}
                for name, cost in result.phases.items()
            ],
            "deliverables": list(result.deliverables),
        },
        total=result.total,
        roi_percent=None,
        payback_months=None,
        rate_version=table.version,
    )
