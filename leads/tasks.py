"""Background work on leads. Tasks take ids only and can run twice; the services do the work."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="leads.fold_stage_totals")
def fold_stage_totals() -> int:
    """Fold the deltas that triggers wrote into one row per stage, team, owner and currency."""
    from leads.services import totals

    return totals.fold_all()
