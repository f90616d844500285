"""What happened: timelines, scores, imports, exports and their rows. All of it can only be read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from leadcrm.core.admin import BigTableAdmin
from leads.models import (
    JourneyEvent,
    LeadBatch,
    LeadBatchChange,
    LeadBatchRow,
    LeadExport,
    LeadScore,
    LeadTag,
    ScoringRun,
    StageTotal,
)

OF_A_LEAD = ("pk", "lead_id")
OF_A_BATCH = ("pk", "batch_id")
OF_A_JOB = ("pk", "requested_by_id")
BY_ID = "An id of the row, or of what it belongs to."


@admin.register(JourneyEvent)
class JourneyEventAdmin(BigTableAdmin):
    list_display = ("event_name", "event_type", "lead", "user", "occurred_at")
    list_filter = ("event_type",)
    list_select_related = ("lead", "user")
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_LEAD


@admin.register(LeadScore)
class LeadScoreAdmin(BigTableAdmin):
    list_display = ("score", "lead", "confidence", "model_version", "rate_version", "created_at")
    list_filter = ("model_version",)
    list_select_related = ("lead",)
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_LEAD


@admin.register(LeadTag)
class LeadTagAdmin(BigTableAdmin):
    list_display = ("tag", "lead")
    list_select_related = ("lead", "tag")
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "lead_id", "tag_id")


@admin.register(StageTotal)
class StageTotalAdmin(BigTableAdmin):
    list_display = ("stage_id", "team_id", "assigned_to_id", "lead_count", "value_minor", "currency")
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "stage_id", "team_id", "assigned_to_id")


@admin.register(LeadBatch)
class LeadBatchAdmin(BigTableAdmin):
    list_display = (
        "name", "phase", "state", "progress_done", "progress_total", "successful_imports", "updated_leads",
        "duplicates_skipped", "failed_imports", "requested_by", "created_at",
    )  # fmt: skip
    list_filter = ("phase", "state")
    list_select_related = ("requested_by",)
    search_fields: ClassVar[Any] = ("name", "source_file")
    search_help_text: ClassVar[Any] = "A name of the import or its file, or an id."
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_JOB


@admin.register(LeadBatchRow)
class LeadBatchRowAdmin(BigTableAdmin):
    list_display = ("row_number", "batch", "outcome", "is_dry_run")
    list_filter = ("outcome", "is_dry_run")
    list_select_related = ("batch",)
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_BATCH


@admin.register(LeadBatchChange)
class LeadBatchChangeAdmin(BigTableAdmin):
    list_display = ("lead", "batch", "undo", "created_at")
    list_filter = ("undo",)
    list_select_related = ("lead", "batch")
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "batch_id", "lead_id")


@admin.register(LeadExport)
class LeadExportAdmin(BigTableAdmin):
    list_display = ("__str__", "format", "state", "row_count", "byte_size", "requested_by", "created_at")
    list_filter = ("format", "state")
    list_select_related = ("requested_by",)
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_JOB


@admin.register(ScoringRun)
class ScoringRunAdmin(BigTableAdmin):
    list_display = (
        "__str__",
        "state",
        "progress_done",
        "progress_total",
        "changed_count",
        "requested_by",
        "created_at",
    )
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    search_help_text: ClassVar[Any] = BY_ID
    id_search_fields: ClassVar[tuple[str, ...]] = OF_A_JOB
