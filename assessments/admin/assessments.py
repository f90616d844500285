"""What visitors answered, to be read and not to be touched."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from assessments.models import Assessment
from leadcrm.core.admin import ReadOnlyTenantAdmin

HIDDEN = ("resume_token_hash", "share_token_hash")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyTenantAdmin):
    list_display = ("__str__", "status", "score", "tier", "answered_count", "questionnaire", "last_activity_at")
    list_filter = ("status", "tier")
    list_select_related = ("questionnaire",)
    search_fields: ClassVar[Any] = ("email", "company", "last_name")
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "lead_id")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return HIDDEN
