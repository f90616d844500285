"""The admin over tenant models: rows of all organisations, each access written to the log of its organisation.

The organisation middleware opens the staff scope for /admin/. Nothing here filters by organisation, and
nothing here may be reached without ``is_staff``.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from leadcrm.core.admin_forms import TenantInlineFormSet, TenantModelForm
from leadcrm.core.admin_lists import CappedPaginator, OrganizationFilter, as_uuid
from leadcrm.core.signals import staff_accessed

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _ModelAdmin, _TabularInline = admin.ModelAdmin, admin.TabularInline

# Values of these fields never go into a log.
SECRET_FIELDS = frozenset({"password", "token_hash"})


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history of an object; ``changes`` are (field, before, after)."""

    at: datetime
    who: str
    what: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)


# Functions that know something about the history of an object; the apps above add theirs.
history_sources: list[Callable[[Model], Iterable[HistoryLine]]] = []


class AccessLogged(_ModelAdmin):
    """Write every look and every change to the log of the organisation whose data it was."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50

    def organization_of(self, obj: Any) -> uuid.UUID | None:
        """Return the organisation that an object belongs to, if it belongs to one."""
        organization_id: uuid.UUID | None = obj.organization_id
        return organization_id

    def tell(self, request: HttpRequest, kind: str, obj: Any = None, **details: Any) -> None:
        """Announce the access to ``obj``."""
        organization_id = self.organization_of(obj)
        if organization_id is not None:
            self._send(request, kind, organization_id, obj, details)

    def _send(
        self, request: HttpRequest, kind: str, organization_id: uuid.UUID, obj: Any, details: dict[str, Any]
    ) -> None:
        staff_accessed.send(
            sender=type(self),
            kind=kind,
            actor=request.user,
            model=self.model,
            organization_id=organization_id,
            obj=obj,
            details=details,
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        change_list = (getattr(response, "context_data", None) or {}).get("cl")
        if change_list is not None:
            shown = Counter(self.organization_of(row) for row in change_list.result_list)
            asked = {key: value for key, value in request.GET.items() if not key.startswith("_")}
            self.tell_list(request, shown, asked)
        return response

    def tell_list(
        self, request: HttpRequest, shown: Mapping[uuid.UUID | None, int], asked: Mapping[str, object]
    ) -> None:
        """Announce a list: how many rows of which organisations it shows, and what was asked for."""
        for organization_id, count in shown.items():
            if organization_id is not None:
                self._send(request, "list", organization_id, None, {"rows": count, "filter": dict(asked)})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        # A form that comes back with errors shows the row as well.
        if obj is not None:
            self.tell(request, "view", obj)
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            self.tell(request, "change", obj, changes=_changes(form))
        else:
            self.tell(request, "add", obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.tell(request, "delete", obj, was=str(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.tell(request, "delete", obj, was=str(obj))
        super().delete_queryset(request, queryset)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        noun = str(formset.model._meta.verbose_name)
        for obj in formset.new_objects:
            self.tell(request, "change", form.instance, changes={f"{noun} added": (None, str(obj))})
        for obj, fields in formset.changed_objects:
            self.tell(request, "change", form.instance, changes={f"{noun} {obj}": (None, ", ".join(fields))})
        for obj in formset.deleted_objects:
            self.tell(request, "change", form.instance, changes={f"{noun} deleted": (str(obj), None)})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().delete_view(request, object_id, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("object")
        if shown is not None:
            self.tell(request, "view", shown, page="delete")
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the audit log and the field history know about an object, newest first."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        self.tell(request, "view", obj, page="history")
        lines = sorted((line for source in history_sources for line in source(obj)), key=lambda line: line.at)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {obj}",
            "object": obj,
            "opts": self.opts,
            "lines": lines[::-1],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/tenant_history.html", context)


class TenantAdmin(AccessLogged):
    """The base for models that belong to an organisation.

    Subclasses list their fields; the organisation is added to columns and filters here, and to the form
    when a row is added. ``id_search_fields`` are looked up when somebody searches for an id.
    """

    form = TenantModelForm
    # The order of the primary key, which needs no index of its own: newest first within an organisation.
    ordering: ClassVar[Any] = ("-organization_id", "-id")
    autocomplete_fields: ClassVar[Any] = ("organization",)
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk",)
    search_help_text: ClassVar[Any] = "Text, or the id of a row."
    search_fields: ClassVar[Any] = ("pk__exact",)

    def get_list_display(self, request: HttpRequest) -> Any:
        first, *others = super().get_list_display(request)
        return [first, "organization", *others]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [OrganizationFilter, *super().get_list_filter(request)]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        related = super().get_list_select_related(request)
        return ("organization", *related) if isinstance(related, tuple | list) else ("organization",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        rest = [
            (name, {**options, "fields": [field for field in options["fields"] if field != "organization"]})
            for name, options in super().get_fieldsets(request, obj)
        ]
        return [(None, {"fields": ["organization"]}), *rest]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        if obj is None:
            owner = self.model._meta.get_field("organization")
            field = self.formfield_for_foreignkey(owner, request)
            kwargs["form"] = type("AddForm", (self.form,), {"organization": field})
            # Django refuses to look for a field on the model that the model does not let people edit.
            named = kwargs["fields"] if "fields" in kwargs else flatten_fieldsets(self.get_fieldsets(request, obj))
            if named is not None:
                kwargs["fields"] = [name for name in named if name != "organization"]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "organization")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        wanted = as_uuid(search_term) if search_term else None
        if wanted is not None:
            by_id = Q()
            for name in self.id_search_fields:
                by_id |= Q(**{name: wanted})
            return queryset.filter(by_id), False
        if search_term and tuple(self.search_fields) == ("pk__exact",):
            return queryset.none(), False  # only ids can be searched for here
        return super().get_search_results(request, queryset, search_term)


class ReadOnlyTenantAdmin(TenantAdmin):
    """What the admin shows and never touches, such as history, whatever permissions somebody was given."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BigTableAdmin(ReadOnlyTenantAdmin):
    """History with millions of rows: no column can be sorted by, because no index would serve it."""

    sortable_by: ClassVar[Any] = ()


class TenantInline(_TabularInline):
    formset = TenantInlineFormSet
    extra = 0
    show_change_link = True


def _changes(form: Any) -> dict[str, tuple[Any, Any]]:
    """Return what a form changed, as texts."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name in form.changed_data:
        if name in SECRET_FIELDS or name.startswith("password"):
            changes[name] = ("•", "•")
        elif name in form.cleaned_data:
            changes[name] = (_text(form.initial.get(name)), _text(form.cleaned_data[name]))
    return changes


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, QuerySet | list | tuple | set):
        return ", ".join(sorted(str(item) for item in value)) or None
    return str(value)
