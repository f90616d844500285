"""The audit log, the field history, domain events and settings in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from leadcrm.audit import settings
from leadcrm.audit.models import ActivityLog, DomainEvent, FieldChange, RateTable, Setting
from leadcrm.core.admin import BigTableAdmin, TenantAdmin
from leadcrm.core.admin_forms import TenantModelForm
from leadcrm.core.errors import DomainError


@admin.register(ActivityLog)
class ActivityLogAdmin(BigTableAdmin):
    list_display = ("created_at", "actor_name", "action", "entity_type", "description")
    search_help_text = "The id of a thing, a person or an entry."
    id_search_fields = ("pk", "entity_id", "actor_id")
    fields = (
        "created_at",
        "actor_name",
        "action",
        "entity_type",
        "entity_id",
        "description",
        "changes",
        "metadata",
        "request_id",
    )
    list_filter = ("created_at",)


@admin.register(FieldChange)
class FieldChangeAdmin(BigTableAdmin):
    list_display = ("created_at", "entity_type", "entity_id", "operation", "actor_id")
    list_filter = ("operation", "created_at")
    search_help_text = "The id of a row or a person."
    id_search_fields = ("pk", "entity_id", "actor_id")
    fields = ("created_at", "entity_type", "entity_id", "operation", "actor_id", "changes")


@admin.register(DomainEvent)
class DomainEventAdmin(BigTableAdmin):
    list_display = ("created_at", "name", "entity_type", "entity_id")
    list_filter = ("created_at",)
    search_help_text = "The id of a thing."
    id_search_fields = ("pk", "entity_id")
    fields = ("created_at", "name", "entity_type", "entity_id", "payload", "actor_id")


class SettingForm(TenantModelForm):
    key = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].choices = [(key, f"{spec.section}: {spec.label}") for key, spec in settings.SETTINGS]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Accept only what the key accepts, as the page of the organisation does."""
        data = super().clean()
        key = data.get("key") or self.instance.key
        if key in settings.SETTINGS and "value" in data:
            try:
                data["value"] = settings.SETTINGS.get(key).clean(data["value"])
            except DomainError as error:
                self.add_error("value", error.message)
        return data


@admin.register(Setting)
class SettingAdmin(TenantAdmin):
    form = SettingForm
    list_display = ("key", "value", "updated_at")
    search_fields = ("key",)
    fields = ("key", "value")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "key")


class RateTableForm(TenantModelForm):
    kind = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"].choices = [(kind, spec.label) for kind, spec in settings.RATES]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("kind") and "values" in data:
            try:
                settings.RATES.get(data["kind"]).validate(data["values"])
            except DomainError as error:
                self.add_error("values", error.message)
        return data


@admin.register(RateTable)
class RateTableAdmin(TenantAdmin):
    """A version is never changed; what is added becomes the next one."""

    form = RateTableForm
    list_display = ("kind", "version", "created_by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("created_by",)
    search_fields = ("kind",)
    fields = ("kind", "values")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Publish the next version, with its own entry in the log."""
        published = settings.publish_rates(
            kind=obj.kind,
            values=obj.values,
            actor=request.user,  # type: ignore[arg-type]  # staff are users
            organization_id=obj.organization_id,
        )
        obj.pk, obj.version = published.pk, published.version
        obj._state.adding = False
