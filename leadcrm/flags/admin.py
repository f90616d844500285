"""Flags in the admin: switched by staff, each change kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from leadcrm.core.admin import HistoryLine
from leadcrm.flags import services
from leadcrm.flags.choices import Environment, Flag
from leadcrm.flags.forms import FlagForm
from leadcrm.flags.models import FeatureFlag, FlagChange

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MOST_LINES = 200


@admin.register(FeatureFlag)
class FeatureFlagAdmin(_ModelAdmin):
    """A flag that code asks for cannot be deleted, only switched off."""

    form = FlagForm
    list_display = ("key", "name", "here", "enabled", "enabled_dev", "enabled_staging", "enabled_prod", "share")
    search_fields = ("key", "name", "description")
    ordering = ("key",)
    fieldsets = (
        (None, {"fields": ("key", "name", "description", "here")}),
        ("Where", {"fields": ("enabled", "enabled_dev", "enabled_staging", "enabled_prod")}),
        ("For whom", {"fields": ("rollout_percentage", "user_groups")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: FeatureFlag | None = None) -> Any:
        return ("here",) if obj is None else ("key", "here")

    def has_delete_permission(self, request: HttpRequest, obj: FeatureFlag | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.key not in set(Flag))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description="in this installation")
    def here(self, obj: FeatureFlag) -> str:
        place = Environment(settings.ENVIRONMENT).label.lower()
        if obj._state.adding or not obj.is_enabled_in(settings.ENVIRONMENT):
            return f"off ({place})"
        return f"on for {self._whom(obj)} ({place})"

    def _whom(self, obj: FeatureFlag) -> str:
        if obj.rollout_percentage in (None, 100):
            return "everybody"
        groups = ", ".join(obj.user_groups)
        share = f"{obj.rollout_percentage} %" if obj.rollout_percentage else ""
        return " and ".join(filter(None, [groups, f"{share} of the others" if groups and share else share])) or "nobody"

    @admin.display(description="share", ordering="rollout_percentage")
    def share(self, obj: FeatureFlag) -> str:
        return "all" if obj.rollout_percentage is None else f"{obj.rollout_percentage} %"

    def save_model(self, request: HttpRequest, obj: FeatureFlag, form: Any, change: bool) -> None:
        services.save_flag(flag=obj, actor=request.user)  # type: ignore[arg-type]  # staff are users

    def delete_model(self, request: HttpRequest, obj: FeatureFlag) -> None:
        services.delete_flag(flag=obj, actor=request.user)  # type: ignore[arg-type]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show who switched it, newest first."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        rows = FlagChange.objects.filter(key=obj.key).order_by("-created_at")[:MOST_LINES]
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {obj}",
            "object": obj,
            "opts": self.opts,
            "lines": [
                HistoryLine(
                    row.created_at,
                    row.actor_name or "leadcrm",
                    f"{row.action} the flag",
                    [(name, str(before), str(after)) for name, (before, after) in row.changes.items()],
                )
                for row in rows
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/tenant_history.html", context)


@admin.register(FlagChange)
class FlagChangeAdmin(_ModelAdmin):
    """Who switched what, of every flag, those that are gone included."""

    list_display = ("created_at", "actor_name", "action", "key", "changes")
    list_filter = ("key", "action")
    search_fields = ("key", "actor_name")
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
