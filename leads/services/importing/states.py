"""The life of an import: which phase it is in, and who may start the next one."""

from __future__ import annotations

import uuid

from django.utils import timezone

from leads.choices import JobState
from leads.models import LeadBatch
from leads.services import jobs

TASK = "leads.run_import"
Phase = LeadBatch.Phase
# What a run counts.
COUNTERS = (
    "total_leads", "successful_imports", "updated_leads", "failed_imports", "duplicates_skipped", "warning_count",
)  # fmt: skip


def organization_of(batch: LeadBatch) -> uuid.UUID:
    """Return whose import it is."""
    return uuid.UUID(str(batch.organization_id))


def queue(batch: LeadBatch, phase: LeadBatch.Phase) -> None:
    """Put an import into a phase and in front of the worker.

    Side effects: saves the import; rings for the worker after the commit.
    """
    batch.phase, batch.state = phase, JobState.QUEUED
    batch.due_at = timezone.now()
    batch.attempts, batch.worker, batch.error = 0, "", ""
    batch.lease_until = batch.cancel_requested_at = batch.completed_at = None
    batch.save()
    jobs.ring(TASK, batch)
