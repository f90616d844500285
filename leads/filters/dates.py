"""Stretches of time that people name: today, this week, the last 30 days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

PAST = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("this_week", "This week"),
    ("last_week", "Last week"),
    ("last_7_days", "Last 7 days"),
    ("last_30_days", "Last 30 days"),
    ("this_month", "This month"),
    ("last_month", "Last month"),
)
COMING = (
    ("today", "Today"),
    ("tomorrow", "Tomorrow"),
    ("this_week", "This week"),
    ("next_week", "Next week"),
    ("this_month", "This month"),
    ("next_month", "Next month"),
)


def days_of(name: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a named stretch; weeks start on Monday."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "tomorrow": (today + timedelta(days=1),) * 2,
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "last_7_days": (today - timedelta(days=6), today),
        "last_30_days": (today - timedelta(days=29), today),
        "this_month": (first, following - timedelta(days=1)),
        "last_month": ((first - timedelta(days=1)).replace(day=1), first - timedelta(days=1)),
        "next_month": (following, (following + timedelta(days=32)).replace(day=1) - timedelta(days=1)),
    }[name]


def start_of(day: date) -> datetime:
    """Return the first moment of a day in the time zone in force."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """Return the first moment after a day in the time zone in force."""
    return start_of(day + timedelta(days=1))
