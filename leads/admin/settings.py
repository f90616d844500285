"""Pipelines, stages, tags, custom fields and remembered mappings: what an organisation sets up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from leadcrm.core.admin import TenantAdmin, TenantInline
from leads.models import ColumnMapping, CustomField, Lead, LeadTag, Pipeline, PipelineStage, Tag


def has_leads(stages: Any) -> bool:
    return Lead.objects.filter(stage__in=stages).exists()


class StageInline(TenantInline):
    """The stages in their order. A stage is changed on its own page, which knows whether leads are in it."""

    model = PipelineStage
    fields = ("position", "name", "colour", "status", "win_probability")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pipeline)
class PipelineAdmin(TenantAdmin):
    list_display = ("name", "is_default", "position")
    list_filter = ("is_default",)
    search_fields: ClassVar[Any] = ("name",)
    fields = ("name", "is_default", "position")
    inlines = (StageInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse the default pipeline, and one with leads in it."""
        if obj is not None and (obj.is_default or has_leads(obj.stages.all())):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        return _without_bulk_deletion(super().get_actions(request))


@admin.register(PipelineStage)
class PipelineStageAdmin(TenantAdmin):
    list_display = ("name", "pipeline", "position", "status", "colour", "win_probability")
    list_filter = ("status",)
    list_select_related = ("pipeline",)
    search_fields: ClassVar[Any] = ("name",)
    raw_id_fields = ("pipeline",)
    fields = ("pipeline", "name", "position", "colour", "status", "win_probability")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep pipeline and status of a stage with leads: their status follows the stage they are in."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "pipeline", "status") if obj is not None and has_leads([obj.pk]) else fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and has_leads([obj.pk]):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        return _without_bulk_deletion(super().get_actions(request))


@admin.register(Tag)
class TagAdmin(TenantAdmin):
    list_display = ("name", "colour", "created_at")
    search_fields: ClassVar[Any] = ("name",)
    fields = ("name", "colour")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse a tag that leads carry: the product takes it off them one by one, with its history."""
        if obj is not None and LeadTag.objects.filter(tag=obj).exists():
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        return _without_bulk_deletion(super().get_actions(request))


@admin.register(CustomField)
class CustomFieldAdmin(TenantAdmin):
    """A field is switched off and not deleted: the values stay with the leads."""

    list_display = ("label", "key", "type", "position", "is_active")
    list_filter = ("type", "is_active")
    search_fields: ClassVar[Any] = ("label", "key")
    fields = ("label", "key", "type", "position", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep key and type, under which values are stored already."""
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "key", "type") if obj is not None else fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ColumnMapping)
class ColumnMappingAdmin(TenantAdmin):
    """What an import remembers about a set of headers; forgetting it is harmless."""

    list_display = ("header_fingerprint", "updated_at")
    fields = ("header_fingerprint", "mapping", "settings", "created_at", "updated_at")
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _without_bulk_deletion(actions: Any) -> Any:
    """Take away Django's bulk deletion, which would not ask whether a single row may go."""
    actions.pop("delete_selected", None)
    return actions
