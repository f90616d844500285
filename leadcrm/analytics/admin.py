"""Events and daily figures in the admin: they are read, never touched."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from leadcrm.analytics.models import AnalyticsEvent, AnalyticsSnapshot
from leadcrm.analytics.services import PREFIXES
from leadcrm.core.admin import BigTableAdmin


class EventFilter(admin.SimpleListFilter):
    """Kinds of events by their first word: the names themselves would have to be looked for in the whole table."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(prefix, f"{prefix}.*") for prefix in PREFIXES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        prefix = self.value()
        # “/” follows the dot, so this is the range of all names that begin with it.
        return queryset.filter(event__gt=f"{prefix}.", event__lt=f"{prefix}/") if prefix in PREFIXES else queryset


@admin.register(AnalyticsEvent)
class AnalyticsEventAdmin(BigTableAdmin):
    list_display = ("created_at", "event", "properties", "url", "user_agent", "ip_address", "session_id")
    list_filter = (EventFilter, "created_at")
    id_search_fields = ("pk", "user_id")
    search_help_text = "The id of an event or of a person."


@admin.register(AnalyticsSnapshot)
class AnalyticsSnapshotAdmin(BigTableAdmin):
    list_display = ("event", "day", "event_count", "session_count", "updated_at")
    list_filter = ("day",)
