"""Consent in the admin: it is read, because only the person can give it or take it back."""

from __future__ import annotations

from django.contrib import admin

from leadcrm.core.admin import ReadOnlyTenantAdmin
from leadcrm.privacy.models import Consent


@admin.register(Consent)
class ConsentAdmin(ReadOnlyTenantAdmin):
    list_display = ("email", "purpose", "channel", "text_version", "given_at", "ended_at", "end")
    list_filter = ("purpose", "channel", "end")
    search_fields = ("email_norm__startswith",)
    search_help_text = "The beginning of an address in small letters, or the id of a lead."
    id_search_fields = ("pk", "lead_id")
