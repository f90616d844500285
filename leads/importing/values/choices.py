"""Columns with a short list of answers: service tier, engagement, verification, booking potential."""

from __future__ import annotations

import re

from leads.choices import ServiceTier
from leads.importing.keys import phrase_set, plain_key
from leads.importing.problems import ValueProblem

SERVICE_TIERS: tuple[str, ...] = tuple(ServiceTier.values)

_TIER_NUMBER = re.compile(
    r"(?:l|tier|level|stufe|nivel|niveau|plan)?\s*[-_:#]?\s*([1-5])\b(?:\s*[-_:–.]?\s*[a-z][\w\s]*)?", re.IGNORECASE
)
_TIER_NAMES = {
    "essential": 1, "essentials": 1, "basic": 1, "advanced": 2, "consulting": 3, "consultancy": 3, "platform": 4,
    "platforms": 4, "strategic": 5, "strategy": 5,
}  # fmt: skip

_WORDS: dict[str, dict[str, str]] = {
    "engagement_level": {
        "unknown": "unknown, none, not known, n a, no data",
        "low": "low, cold, inactive, weak, 1, niedrig, faible, bajo",
        "medium": "medium, moderate, warm, average, mid, 2, mittel, moyen, medio",
        "high": "high, hot, active, strong, 3, hoch, eleve, alto",
        "very_high": "very_high, very hot, highest, very active, 4, sehr hoch, tres eleve, muy alto",
    },
    "verification_status": {
        "unverified": "unverified, not verified, unknown, no, false, guessed, unavailable, invalid, pending, catch all",
        "email_verified": "email_verified, verified, valid, deliverable, email ok, yes, true, accept all",
        "phone_verified": "phone_verified, phone ok",
        "fully_verified": "fully_verified, all verified, both verified, full, complete",
    },
    "booking_potential": {
        "low": "low, weak, niedrig, bajo, faible, cold",
        "medium": "medium, moderate, mid, average, mittel, medio, moyen, warm",
        "high": "high, strong, hoch, alto, eleve, hot",
    },
}
_CHOICE_OF: dict[str, dict[str, str]] = {
    column: {plain_key(word): choice for choice, text in choices.items() for word in phrase_set(text)}
    for column, choices in _WORDS.items()
}


def parse_choice(text: str, column: str) -> str:
    """Return the choice that a word stands for in one of the columns of this module.

    Raises: ValueProblem naming the choices.
    """
    found = _CHOICE_OF[column].get(plain_key(text))
    if found is None:
        names = ", ".join(choice.replace("_", " ") for choice in _WORDS[column])
        raise ValueProblem("bad_choice", f"This is not one of the choices. Accepted are {names}.")
    return found


def parse_service_tier(text: str) -> str:
    """Return the long name of a tier: L3, Tier 3, 3 and Consulting are L3_CONSULTING.

    Raises: ValueProblem.
    """
    if text in SERVICE_TIERS:
        return text
    if found := _TIER_NUMBER.fullmatch(text.replace("_", " ")):
        return SERVICE_TIERS[int(found[1]) - 1]
    number = _TIER_NAMES.get(plain_key(text))
    if number is None:
        raise ValueProblem("bad_choice", f"This is not a service tier. Accepted are {', '.join(SERVICE_TIERS)}.")
    return SERVICE_TIERS[number - 1]
