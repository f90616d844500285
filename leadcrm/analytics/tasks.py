"""Background work on events."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="analytics.roll_up")
def roll_up() -> int:
    """Bring the daily figures of every organisation up to date."""
    from leadcrm.analytics import services

    return services.roll_up_all()
