"""Exports: what was asked for, and the file the worker wrote."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from leadcrm.core.models import TenantManager
from leads.models.job import Job, JobQuerySet


class LeadExport(Job):
    """``query`` is the list's query string, ``columns`` the column names in order."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    format = models.CharField(max_length=4, choices=Format.choices, default=Format.CSV)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    stored_file = models.CharField(max_length=255, blank=True, editable=False)
    byte_size = models.BigIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(JobQuerySet)()

    class Meta(Job.Meta):
        verbose_name = "export"
        constraints: ClassVar = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(format__in=["csv", "xlsx"]), name="%(app_label)s_%(class)s_format"
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"
