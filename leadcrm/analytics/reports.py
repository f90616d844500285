"""Figures over events."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# The limits of “good” and “poor” that browser makers publish (Core Web Vitals), in milliseconds and thousandths.
LIMITS = {
    "ttfb_ms": (800, 1800),
    "fcp_ms": (1800, 3000),
    "lcp_ms": (2500, 4000),
    "load_ms": (3000, 6000),
    "cls_thousandths": (100, 250),
}
MOST_PAGES = 200
SPEED = """
SELECT properties->>'page', count(*), {percentiles}
FROM analytics_analyticsevent
WHERE event = 'page.performance' AND created_at >= %(since)s
    AND (%(organization)s::uuid IS NULL OR organization_id = %(organization)s::uuid)
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
"""
SHARES = """
SELECT organization_id, count(*) FROM analytics_analyticsevent
WHERE event = 'page.performance' AND created_at >= %(since)s
    AND (%(organization)s::uuid IS NULL OR organization_id = %(organization)s::uuid)
GROUP BY 1
"""


@dataclass(frozen=True)
class Percentile:
    """Three of four visits were at least as fast as ``value``; None when no browser measured it."""

    value: int | None
    rating: str  # good, fair, poor, or empty


@dataclass(frozen=True)
class PageSpeed:
    """How fast one page was; the percentiles are in the order of ``LIMITS``."""

    page: str
    visits: int
    percentiles: list[Percentile]


def page_speed(*, since: datetime, organization_id: uuid.UUID | None = None) -> list[PageSpeed]:
    """Return the 75th percentiles of every page, the most visited first, of the scope that is open."""
    percentiles = ", ".join(
        f"percentile_disc(0.75) WITHIN GROUP (ORDER BY (properties->>'{name}')::int)" for name in LIMITS
    )
    rows = _rows(SPEED.format(percentiles=percentiles), since, organization_id)
    return [
        PageSpeed(page or "–", visits, [_percentile(*pair) for pair in zip(LIMITS, values, strict=True)])
        for page, visits, *values in rows
    ]


def measured_visits(*, since: datetime, organization_id: uuid.UUID | None = None) -> dict[uuid.UUID | None, int]:
    """Return of whose visits ``page_speed`` tells, and of how many."""
    return dict(_rows(SHARES, since, organization_id))


def _rows(sql: str, since: datetime, organization_id: uuid.UUID | None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "organization": organization_id, "most": MOST_PAGES})
        return list(cursor.fetchall())


def _percentile(name: str, value: int | None) -> Percentile:
    if value is None:
        return Percentile(None, "")
    good, poor = LIMITS[name]
    return Percentile(value, "good" if value <= good else "fair" if value <= poor else "poor")
