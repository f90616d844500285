"""Questionnaires: a draft is edited, looked at and published; a published version is copied into a new draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from assessments.models import Question, QuestionCategory, Questionnaire
from assessments.reports.funnel import funnel_of
from assessments.reports.sheet import Sheet, sheet_of
from assessments.services import questionnaires
from leadcrm.core import tenancy
from leadcrm.core.admin import TenantAdmin
from leadcrm.core.admin_forms import TenantInlineFormSet
from leadcrm.core.errors import DomainError

if TYPE_CHECKING:
    _Inline = InlineModelAdmin[Any, Any]
    _Tabular = admin.TabularInline[Any, Any]
    _Stacked = admin.StackedInline[Any, Any]
else:
    _Inline, _Tabular, _Stacked = InlineModelAdmin, admin.TabularInline, admin.StackedInline


class PartOfDraft(_Inline):
    """Topics and questions can be changed as long as their questionnaire is a draft."""

    formset = TenantInlineFormSet
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_published(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_published(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_published(obj) and super().has_delete_permission(request, obj)


class CategoryInline(PartOfDraft, _Tabular):
    model = QuestionCategory
    fields = ("position", "key", "name", "introduction", "weight_percent")


class QuestionInline(PartOfDraft, _Stacked):
    model = Question
    fields = (
        ("position", "category"), "text", "help", "topic", "answer_1", "answer_2", "answer_3", "answer_4", "answer_5",
        "next_step",
    )  # fmt: skip

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the topics of this questionnaire and no others."""
        if db_field.name == "category":
            kwargs["queryset"] = QuestionCategory.objects.filter(questionnaire_id=_object_id(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Questionnaire)
class QuestionnaireAdmin(TenantAdmin):
    """The database refuses changes of a published version; here the forms for it are not offered."""

    list_display = ("title", "version", "published_at", "created_by", "created_at")
    list_filter: ClassVar[Any] = (("published_at", admin.EmptyFieldListFilter),)
    list_select_related = ("created_by",)
    search_fields: ClassVar[Any] = ("title",)
    fields = ("title", "introduction", "version", "published_at", "created_by")
    readonly_fields = ("version", "published_at", "created_by")
    inlines = (CategoryInline, QuestionInline)
    change_form_template = "admin/assessments/questionnaire_change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_published(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_published(obj) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Take away Django's bulk deletion, which would not ask whether a version is published."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer topics and questions once there is a questionnaire that they can belong to."""
        return self.inlines if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            newest = Questionnaire.objects.filter(organization_id=obj.organization_id).aggregate(last=Max("version"))
            obj.version, obj.created_by = (newest["last"] or 0) + 1, request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the topics and questions."""
        return HttpResponseRedirect(_change_url(obj))

    # --- what is done with a version as a whole ------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def door(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(
                f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"assessments_questionnaire_{name}"
            )

        own = [
            door("copy", self.copy_view), door("publication", self.publication_view),
            door("preview", self.preview_view), door("figures", self.figures_view),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a draft out of a version and open it."""
        return self._do(
            request, object_id, "assessments.add_questionnaire", questionnaires.copy_to_draft, "a new draft"
        )

    def publication_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish a draft: from now on visitors answer it."""
        return self._do(request, object_id, "assessments.change_questionnaire", questionnaires.publish, "published")

    def _do(
        self, request: HttpRequest, object_id: str, permission: str, act: Callable[..., Questionnaire], word: str
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        questionnaire = self.get_object(request, unquote(object_id))
        if questionnaire is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        try:
            done = act(questionnaire=questionnaire, actor=request.user)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(_change_url(questionnaire))
        messages.success(
            request, f"{questionnaire} is {word}." if done == questionnaire else f"This is {done}, a draft."
        )
        return HttpResponseRedirect(_change_url(done))

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a version step by step as visitors will see it; nothing is saved."""

        def problems(sheet: Sheet) -> dict[str, Any]:
            return {"problems": questionnaires.problems_of(sheet.questionnaire)}

        return self._show(request, object_id, "preview", problems)

    def figures_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show how far visitors come with a version."""
        return self._show(request, object_id, "figures", lambda sheet: {"funnel": funnel_of(sheet)})

    def _show(
        self, request: HttpRequest, object_id: str, page: str, more: Callable[[Sheet], dict[str, Any]]
    ) -> HttpResponse:
        questionnaire = self.get_object(request, unquote(object_id))
        if questionnaire is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not self.has_view_or_change_permission(request, questionnaire):
            raise PermissionDenied
        self.tell(request, "view", questionnaire, page=page)
        with tenancy.staff_in_organization(questionnaire.organization_id):
            sheet = sheet_of(questionnaire)
            context = {"sheet": sheet, **more(sheet)}
        context |= {
            **self.admin_site.each_context(request), "title": f"{questionnaire}: {page}", "original": questionnaire,
            "opts": self.opts, "page": page,
        }  # fmt: skip
        return TemplateResponse(request, f"assessments/questionnaire_{page}.html", context)


def _is_published(obj: Any) -> bool:
    return obj is not None and obj.published_at is not None


def _object_id(request: HttpRequest) -> Any:
    match = request.resolver_match
    return unquote(match.kwargs["object_id"]) if match and "object_id" in match.kwargs else None


def _change_url(questionnaire: Questionnaire) -> str:
    return reverse("admin:assessments_questionnaire_change", args=[questionnaire.pk])
