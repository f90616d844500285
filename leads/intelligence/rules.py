"""The rule score of a lead: pure functions on plain values, every point explained.

The table is that of the consultancy system (start at 40, add per signal, clamp to 0-100).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, TypedDict

from leadcrm.core.errors import DomainError
from leads.choices import ServiceTier
from leads.intelligence.domains import is_business_domain

MODEL_VERSION = "rules-1"
BASE = 40
LOWEST, HIGHEST = 0, 100
LONG_MESSAGE = 50
OTHER_INDUSTRY = "*"

DEFAULT_POINTS: dict[str, Any] = {
    "company": 15,
    "phone": 10,
    "business_email": 20,
    "long_message": 10,
    "service_tier": 5,
    "industry": {
        **dict.fromkeys(("technology", "software", "manufacturing", "architecture", "engineering"), 15),
        **dict.fromkeys(("finance", "healthcare"), 12),
        **dict.fromkeys(("education", "logistics"), 10),
        **dict.fromkeys(("retail", "real_estate", "construction"), 8),
        **dict.fromkeys(("hospitality", "nonprofit", "government"), 5),
        OTHER_INDUSTRY: 3,
    },
    "company_size": {"1-10": 2, "11-50": 5, "51-200": 8, "201-500": 10, "501-1000": 10, "1000+": 10},
}


class Factor(TypedDict):
    """One line of an explanation; the points of all lines sum to the score."""

    factor: str
    label: str
    points: int
    value: str


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What the score looks at. Text that is missing is empty."""

    email: str = ""
    phone: str = ""
    company: str = ""
    message: str = ""
    service_tier: str = ""
    industry: str = ""
    company_size: str = ""
    is_engaged: bool = False  # a human event (open, click, reply, meeting, form) is on record


@dataclass(frozen=True, slots=True)
class RuleScore:
    score: int
    confidence: Decimal
    factors: list[Factor]
    demographic: int | None
    behavioral: int | None
    temporal: int | None
    conversational: int | None
    recommendations: list[str]


@lru_cache(maxsize=10_000)
def industry_key(industry: str) -> str:
    """Return the key under which an industry is looked up: small letters of any script, words joined by ``_``."""
    return re.sub(r"[\W_]+", "_", industry.casefold()).strip("_")


@lru_cache(maxsize=10_000)
def _email_domain(email: str) -> str:
    _, at, domain = email.strip().rpartition("@")
    return domain.lower().rstrip(".") if at else ""


def score_facts(facts: LeadFacts, points: Mapping[str, Any] = DEFAULT_POINTS) -> RuleScore:
    """Compute the rule score of a lead.

    ``points`` has the shape of ``DEFAULT_POINTS``. Confidence is the share of the eight signals that are
    known: the seven of the table, and whether a human event is on record. A sub-score is the share of its
    group's possible points, None when nothing of the group is known; the rules know nothing temporal.
    """
    factors: list[Factor] = [{"factor": "base", "label": "Every lead starts here", "points": BASE, "value": ""}]
    advice: list[tuple[int, str]] = []
    known = 0
    total = BASE
    demographic = 0
    demographic_known = 0

    company = facts.company.strip()
    if company:
        known += 1
        demographic_known += 1
        gained = points["company"]
        demographic += gained
        total += gained
        factors.append({"factor": "company", "label": "Company is known", "points": gained, "value": company})
    else:
        advice.append((points["company"], "Find out which company this person works for."))

    phone = facts.phone.strip()
    if phone:
        known += 1
        demographic_known += 1
        gained = points["phone"]
        demographic += gained
        total += gained
        factors.append({"factor": "phone", "label": "Phone is known", "points": gained, "value": phone})
    else:
        advice.append((points["phone"], "Get a phone number."))

    domain = _email_domain(facts.email)
    if domain:
        known += 1
        demographic_known += 1
        business = is_business_domain(domain)
        gained = points["business_email"] if business else 0
        demographic += gained
        total += gained
        label = "Business e-mail address" if business else "Private or disposable e-mail address"
        factors.append({"factor": "business_email", "label": label, "points": gained, "value": domain})
        if not business:
            advice.append((points["business_email"], "Ask for the business e-mail address."))
    else:
        advice.append((points["business_email"], "Get a business e-mail address."))

    message = facts.message.strip()
    conversational: int | None = None
    if message:
        known += 1
        long = len(message) > LONG_MESSAGE
        gained = points["long_message"] if long else 0
        conversational = HIGHEST if long else LOWEST
        total += gained
        factors.append(
            {
                "factor": "long_message",
                "label": "Detailed message" if long else "Short message",
                "points": gained,
                "value": f"{len(message)} characters",
            }
        )
    else:
        advice.append((points["long_message"], "Ask what they need, in their own words."))

    behavioral: int | None = None
    if facts.service_tier:
        known += 1
        gained = points["service_tier"]
        total += gained
        behavioral = HIGHEST
        factors.append(
            {
                "factor": "service_tier",
                "label": "Service tier chosen",
                "points": gained,
                "value": _TIERS.get(facts.service_tier, facts.service_tier),
            }
        )
    else:
        advice.append((points["service_tier"], "Find out which service tier fits."))

    key = industry_key(facts.industry)
    industries = points["industry"]
    best_industry = _best(tuple(industries.values()))
    if key:
        known += 1
        demographic_known += 1
        gained = industries.get(key, industries.get(OTHER_INDUSTRY, 0))
        demographic += gained
        total += gained
        factors.append(
            {"factor": "industry", "label": "Relevance of the industry", "points": gained, "value": facts.industry}
        )
    else:
        advice.append((best_industry, "Find out the industry."))

    sizes = points["company_size"]
    best_size = _best(tuple(sizes.values()))
    if facts.company_size in sizes:
        known += 1
        demographic_known += 1
        gained = sizes[facts.company_size]
        demographic += gained
        total += gained
        factors.append(
            {"factor": "company_size", "label": "Size of the company", "points": gained, "value": facts.company_size}
        )
    else:
        advice.append((best_size, "Find out how many people work there."))

    score = max(LOWEST, min(HIGHEST, total))
    if score != total:
        label = "Limited to 100" if total > HIGHEST else "Limited to 0"
        factors.append({"factor": "cap", "label": label, "points": score - total, "value": ""})
    possible = points["company"] + points["phone"] + points["business_email"] + best_industry + best_size
    advice.sort(key=lambda item: -item[0])
    return RuleScore(
        score=score,
        confidence=_CONFIDENCE[known + facts.is_engaged],
        factors=factors,
        demographic=_share(demographic, possible) if demographic_known else None,
        behavioral=behavioral,
        temporal=None,
        conversational=conversational,
        recommendations=[sentence for gain, sentence in advice[:3] if gain > 0] if score < HIGHEST else [],
    )


_CONFIDENCE = [(Decimal(known) / 8).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for known in range(9)]


_TIERS: dict[str, str] = {choice.value: str(choice.label) for choice in ServiceTier}


@lru_cache(maxsize=64)
def _best(values: tuple[int, ...]) -> int:
    return max(values, default=0)


def _share(gained: int, possible: int) -> int:
    # Half up on whole numbers: (200 g + p) // 2p.
    return max(LOWEST, min(HIGHEST, (200 * gained + possible) // (2 * possible))) if possible else LOWEST


def validate_points(points: Any) -> None:
    """Refuse a table of points that the score cannot use.

    Raises: DomainError naming the entry.
    """
    if not isinstance(points, Mapping):
        raise DomainError("The points must be a table.")
    for name, default in DEFAULT_POINTS.items():
        value = points.get(name)
        if isinstance(default, Mapping) and not isinstance(value, Mapping):
            raise DomainError(f"The points of {name} must be a table of their own.", field=name)
        entries = value.items() if isinstance(value, Mapping) else [(name, value)]
        for key, number in entries:
            if not isinstance(number, int) or isinstance(number, bool) or not -HIGHEST <= number <= HIGHEST:
                raise DomainError(f"The points of {key} must be a whole number from -100 to 100.", field=name)
    unknown = set(points) - set(DEFAULT_POINTS)
    if unknown:
        raise DomainError(f"Unknown signals: {', '.join(sorted(unknown))}.")
    if set(points["company_size"]) != set(DEFAULT_POINTS["company_size"]):
        raise DomainError("The company sizes must be exactly the six bands.", field="company_size")
