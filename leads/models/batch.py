"""Imports: the file, its mapping, its counts, what it refused, and what undo needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.choices import RowOutcome, UndoState
from leads.models.constraints import one_of
from leads.models.job import Job, JobQuerySet
from leads.permissions import LeadPermission
from leads.querysets import ALL, reach_of

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


class LeadBatchQuerySet(JobQuerySet):
    def open_to(self, user: User) -> Self:
        """Narrow to the imports that ``user`` may look at, take further and undo.

        A file shows leads, and undoing removes them, so a manager reaches no further than to imports of the own team;
        whoever manages all leads reaches all, everybody else who imports the own ones.
        """
        if not user.has_right(LeadPermission.IMPORT):
            return self.none()
        own = Q(requested_by=user)
        if not user.has_right(LeadPermission.BULK):
            return self.filter(own)
        if reach_of(user) == ALL:
            return self
        return self.filter(own | Q(requested_by__team=user.team_id)) if user.team_id else self.filter(own)


class LeadBatch(Job):
    """One import of a file.

    ``shape`` is what reading the file found: {kind, sheets, sheet, choice, layout, headers, sample, row_estimate,
    notices}. ``import_settings`` is what was chosen: {columns, rules, words}. ``report`` holds what each phase found
    beside the counts: {check, words, undo}. Rows up to ``next_row`` are committed, each chunk in one transaction
    with the counts, so a killed worker goes on after them.
    """

    class Phase(models.TextChoices):
        READING = "reading", "Read the file"
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
    report = models.JSONField(default=dict, blank=True, editable=False)
    total_leads = models.PositiveIntegerField(default=0)
    successful_imports = models.PositiveIntegerField(default=0)
    updated_leads = models.PositiveIntegerField(default=0)
    failed_imports = models.PositiveIntegerField(default=0)
    duplicates_skipped = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    next_row = models.PositiveIntegerField(default=0, editable=False)
    notes = models.TextField(blank=True)

    objects = TenantManager.from_queryset(LeadBatchQuerySet)()

    class Meta(Job.Meta):
        verbose_name = "import"
        constraints: ClassVar = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(phase__in=["reading", "mapping", "check", "import", "undo", "undone"]),
                name="%(app_label)s_%(class)s_phase",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LeadBatchRowQuerySet(TenantQuerySet["LeadBatchRow"]):
    def of_run(self, *, is_dry_run: bool) -> Self:
        return self.filter(is_dry_run=is_dry_run)

    def refused(self) -> Self:
        return self.filter(outcome=RowOutcome.REFUSED)

    def in_order(self) -> Self:
        return self.order_by("row_number")


class LeadBatchRow(TenantModel):
    """A row that somebody should look at. ``problems`` is a list of {column, header, value, message, severity}.

    Every refused row of an import is kept, so that it can be corrected and imported again; of the others enough to
    understand what happened.
    """

    batch = TenantForeignKey("leads.LeadBatch", on_delete=models.CASCADE, related_name="rows", db_index=False)
    row_number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices, default=RowOutcome.REFUSED)
    cells = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    is_dry_run = models.BooleanField(default=False)

    objects = TenantManager.from_queryset(LeadBatchRowQuerySet)()

    class Meta:
        constraints: ClassVar = [one_of("outcome", RowOutcome)]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "batch", "is_dry_run", "outcome", "row_number"], name="leads_batchrow_order"
            ),
        ]

    def __str__(self) -> str:
        return f"Row {self.row_number}"

    @property
    def summary(self) -> str:
        """What the row holds, enough to recognise it."""
        return " · ".join(filter(None, (str(cell).strip() for cell in self.cells[:20])))[:150]


class LeadBatchChange(TenantModel):
    """What a lead was before an import changed it, and what the import made of it: {column: value} each.

    Undo puts ``before`` back where the lead still has ``after``. ``tags`` in ``after`` are the tags that were added.
    """

    batch = TenantForeignKey("leads.LeadBatch", on_delete=models.CASCADE, related_name="changed_leads", db_index=False)
    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undo = models.CharField(max_length=10, choices=UndoState.choices, default=UndoState.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [one_of("undo", UndoState)]
        indexes: ClassVar = [
            models.Index(fields=["organization", "batch", "lead"], name="leads_batchchange_lead"),
            models.Index(fields=["organization", "lead"], name="leads_batchchange_by_lead"),
        ]

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
