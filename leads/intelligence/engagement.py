"""How engaged a lead is: human events of the last 90 days, each losing half its weight in 30 days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from leads.choices import EngagementLevel

WINDOW = timedelta(days=90)
HALF_LIFE_DAYS = 30.0

WEIGHTS = {
    "email_opened": 0.5,
    "email_clicked": 1.0,
    "email_replied": 3.0,
    "message_received": 3.0,
    "form_submitted": 3.0,
    "assessment_completed": 3.0,
    "meeting_held": 5.0,
}


def level_of(events: Iterable[tuple[str, datetime]], *, at: datetime) -> EngagementLevel:
    """Return the level for (event type, moment) pairs: below 1 low, below 3 medium, below 8 high, else very high."""
    total, seen = 0.0, False
    for event_type, moment in events:
        weight = WEIGHTS.get(event_type)
        age = at - moment
        if weight is None or age > WINDOW:
            continue
        seen = True
        total += weight * 0.5 ** (max(age.total_seconds(), 0) / 86_400 / HALF_LIFE_DAYS)
    if not seen:
        return EngagementLevel.UNKNOWN
    if total < 1:
        return EngagementLevel.LOW
    if total < 3:
        return EngagementLevel.MEDIUM
    return EngagementLevel.HIGH if total < 8 else EngagementLevel.VERY_HIGH
