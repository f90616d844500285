"""Imports: the file, its mapping, its counts, what it refused, and what undo needs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.models.job import Job, JobQuerySet


class LeadBatch(Job):
    """One import of a file.

    ``import_settings`` holds {mapping, options, values, identity, on_duplicate}; ``shape`` what reading the
    file found: {encoding, delimiter, headers, sample, row_estimate, warnings}. Rows up to ``next_row`` are
    committed, each chunk in one transaction with the counts, so a killed worker goes on after them.
    """

    class Phase(models.TextChoices):
        MAPPING = "mapping", "Choose columns"
        CHECK = "check", "Dry run"
        IMPORT = "import", "Import"
        UNDO = "undo", "Undo"
        UNDONE = "undone", "Undone"

    name = models.CharField(max_length=255)
    source_file = models.CharField(max_length=255, blank=True)  # the name the user gave it
    stored_file = models.CharField(max_length=255, blank=True, editable=False)  # where we keep it
    canonical_file = models.CharField(max_length=255, blank=True, editable=False)  # a workbook's sheet as CSV
    byte_size = models.BigIntegerField(default=0)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.MAPPING)
    shape = models.JSONField(default=dict, blank=True)
    import_settings = models.JSONField(default=dict, blank=True)
    total_leads = models.PositiveIntegerField(default=0)
    successful_imports = models.PositiveIntegerField(default=0)
    updated_leads = models.PositiveIntegerField(default=0)
    failed_imports = models.PositiveIntegerField(default=0)
    duplicates_skipped = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    next_row = models.PositiveIntegerField(default=0, editable=False)
    notes = models.TextField(blank=True)

    objects = TenantManager.from_queryset(JobQuerySet)()

    class Meta(Job.Meta):
        verbose_name = "import"
        constraints: ClassVar = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(phase__in=["mapping", "check", "import", "undo", "undone"]),
                name="%(app_label)s_%(class)s_phase",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def uploaded_by(self) -> object:
        return self.requested_by


class LeadBatchRow(TenantModel):
    """A row that was refused or doubtful. ``problems`` is a list of {column, value, message, severity}."""

    batch = TenantForeignKey("leads.LeadBatch", on_delete=models.CASCADE, related_name="rows", db_index=False)
    row_number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    is_refused = models.BooleanField(default=True)
    is_dry_run = models.BooleanField(default=False)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "batch", "is_dry_run", "row_number"], name="leads_batchrow_order"),
        ]

    def __str__(self) -> str:
        return f"Row {self.row_number}"


class LeadBatchChange(TenantModel):
    """What a lead was before an import overwrote it: {column: value}; undo puts it back."""

    batch = TenantForeignKey("leads.LeadBatch", on_delete=models.CASCADE, related_name="changed_leads", db_index=False)
    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "batch", "lead"], name="leads_batchchange_lead")]

    def __str__(self) -> str:
        return f"Values of {self.lead_id} before {self.batch_id}"


class ColumnMapping(TenantModel, TimestampedModel):
    """The mapping last used for a set of headers: {column index: target}."""

    header_fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "header_fingerprint"], name="%(app_label)s_%(class)s_headers_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.header_fingerprint
