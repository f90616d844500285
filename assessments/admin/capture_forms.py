"""Capture forms and their answers in the admin: to be read. Forms are built on their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from assessments.models import CaptureForm, Submission
from leadcrm.core.admin import ReadOnlyTenantAdmin


@admin.register(CaptureForm)
class CaptureFormAdmin(ReadOnlyTenantAdmin):
    list_display = ("name", "is_open", "double_opt_in", "guard", "guarded_until", "created_at")
    list_filter = ("is_open", "double_opt_in", "guard")
    search_fields = ("name",)
    search_help_text = "The name, or the id of a form."
    fields = (
        "name", "key", "is_open", "title", "introduction", "button", "fields", "consents", "double_opt_in", "thanks",
        "redirect_url", "allowed_origins", "owner", "team", "stage", "tags", "source", "guard", "guarded_until",
        "created_by", "created_at", "updated_at",
    )  # fmt: skip

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("token_hash",)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyTenantAdmin):
    list_display = ("email", "form", "state", "created_at")
    list_filter = ("state", "created_at")
    list_select_related = ("form",)
    search_fields = ("email",)
    search_help_text = "The e-mail address, or the id of an answer, a form or a lead."
    id_search_fields = ("pk", "form_id", "lead_id")
    fields = (
        "form", "state", "reasons", "email", "values", "facts", "consents", "attribution", "ip_address", "user_agent",
        "lead", "created_at", "confirmed_at", "decided_at", "decided_by",
    )  # fmt: skip

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("token_hash", "idempotency_key", "content_hash")
