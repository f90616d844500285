"""The worked cases of lead scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadcrm.core.rule_checks import RULE_CHECKS
from leads.importing.values import parse_company_size
from leads.intelligence import rules


def check_lead_score(case: Mapping[str, Any]) -> list[str]:
    """Compare the rule score of ``case["lead"]`` with ``case["score"]``; ``tier`` is the service tier."""
    lead = case["lead"]
    facts = rules.LeadFacts(
        email=lead.get("email") or "",
        phone=lead.get("phone") or "",
        company=lead.get("company") or "",
        message=lead.get("message") or "",
        service_tier=lead.get("tier") or lead.get("service_tier") or "",
        industry=lead.get("industry") or "",
        company_size=parse_company_size(str(lead.get("company_size") or "").strip()).band or "",
    )
    result = rules.score_facts(facts)
    problems = []
    if result.score != case["score"]:
        problems.append(f"the score is {result.score}, expected {case['score']}")
    if sum(factor["points"] for factor in result.factors) != result.score:
        problems.append("the points of the explanation do not sum to the score")
    return problems


RULE_CHECKS.register("lead_scores", check_lead_score)
