"""Score many rows: the same rules as for one lead, written as sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leads.choices import EngagementLevel
from leads.intelligence import rules

# The columns of the table of scores, beside the keys.
COLUMNS = {
    "score": "smallint",
    "confidence": "numeric(3,2)",
    "demographic_score": "smallint",
    "behavioral_score": "smallint",
    "temporal_score": "smallint",
    "conversational_score": "smallint",
    "explanation": "jsonb",
    "recommendations": "jsonb",
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Scored:
    """A score and the row that explains it."""

    score: int
    confidence: Any
    row: tuple[Any, ...]


def score(points: Any, facts: Mapping[str, Any]) -> Scored:
    """Return the score of a lead with these facts under a table of points."""
    get = facts.get
    result = rules.score_facts(
        rules.LeadFacts(
            email=get("email") or "",
            phone=get("phone") or "",
            company=get("company") or "",
            message=get("message") or "",
            service_tier=get("service_tier") or "",
            industry=get("industry") or "",
            company_size=get("company_size") or "",
            is_engaged=(get("engagement_level") or EngagementLevel.UNKNOWN) != EngagementLevel.UNKNOWN,
        ),
        points,
    )
    return Scored(
        result.score,
        result.confidence,
        (
            result.score,
            result.confidence,
            result.demographic,
            result.behavioral,
            result.temporal,
            result.conversational,
            _encode(result.factors),
            _encode(result.recommendations),
        ),
    )
