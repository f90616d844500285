"""Work for the worker is a row: it waits, is claimed, reports progress, can be cancelled and resumes after a crash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from leadcrm.core.models import TenantModel, TenantQuerySet, TimestampedModel
from leads.choices import JobState

# A running job renews its lease with every chunk; a lease this old belongs to a dead worker.
LEASE = timedelta(seconds=30)


class JobQuerySet(TenantQuerySet[Any]):
    def due(self, at: datetime) -> Self:
        """Narrow to jobs that wait, and to running ones whose worker died."""
        return self.filter(Q(state=JobState.QUEUED, due_at__lte=at) | Q(state=JobState.RUNNING, lease_until__lt=at))

    def unfinished(self) -> Self:
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])


class Job(TenantModel, TimestampedModel):
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    requested_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="%(app_label)s_%(class)s_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=["queued", "running"]), name="%(class)s_due"),
            models.Index(fields=["organization", "-created_at"], name="%(class)s_recent"),
        ]

    @property
    def is_unfinished(self) -> bool:
        return self.state in {JobState.QUEUED, JobState.RUNNING}

    @property
    def percent(self) -> int | None:
        """Return the progress in whole per cent, or None while the size is unknown."""
        if not self.progress_total:
            return None
        return min(100, self.progress_done * 100 // self.progress_total)
