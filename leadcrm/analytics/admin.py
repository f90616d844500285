"""Events and daily figures in the admin: they are read, never touched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from leadcrm.accounts.models import Organization
from leadcrm.analytics import reports
from leadcrm.analytics.models import AnalyticsEvent, AnalyticsSnapshot
from leadcrm.analytics.services import PREFIXES
from leadcrm.core.admin import BigTableAdmin
from leadcrm.core.admin_lists import MOST_ORGANIZATIONS, as_uuid

SPEED_DAYS = 7


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
    change_list_template = "admin/analytics/event_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        speed = path("speed/", self.admin_site.admin_view(self.speed_view), name="analytics_page_speed")
        return [speed, *super().get_urls()]

    def speed_view(self, request: HttpRequest) -> HttpResponse:
        """Show how fast pages were for three of four visits in the last days."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        since = timezone.now() - timedelta(days=SPEED_DAYS)
        organization_id = as_uuid(request.GET.get("organization"))
        pages = reports.page_speed(since=since, organization_id=organization_id)
        shown = reports.measured_visits(since=since, organization_id=organization_id)
        self.tell_list(request, shown, {"page": "speed", **request.GET.dict()})
        context = {
            **self.admin_site.each_context(request),
            "title": "Page speed",
            "opts": self.opts,
            "pages": pages,
            "days": SPEED_DAYS,
            "organizations": Organization.objects.order_by("name")[:MOST_ORGANIZATIONS],
            "chosen": organization_id,
        }
        return TemplateResponse(request, "admin/analytics/page_speed.html", context)


@admin.register(AnalyticsSnapshot)
class AnalyticsSnapshotAdmin(BigTableAdmin):
    list_display = ("event", "day", "event_count", "session_count", "updated_at")
    list_filter = ("day",)
