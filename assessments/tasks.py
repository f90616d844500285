"""Background work on assessments. The services do the work."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="assessments.abandon_idle")
def abandon_idle() -> int:
    """Count assessments as abandoned that nobody went on with; return how many."""
    from assessments.services import abandoning

    return abandoning.abandon_idle()
