"""Leads and what people write about them. Facts are saved through the services, so scores and timelines follow."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join

from leadcrm.core import tenancy
from leadcrm.core.admin import TenantAdmin
from leadcrm.core.admin_lists import as_uuid
from leadcrm.core.errors import DomainError
from leads.models import Activity, JourneyEvent, Lead, LeadNote, LeadScore, LeadTag
from leads.services import capture

ON_A_LEAD = (Activity, LeadNote, JourneyEvent, LeadScore, LeadTag)
LONGEST_SEARCH = 200


class TrashFilter(admin.SimpleListFilter):
    title = "trash"
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not in the trash"), ("yes", "In the trash")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() in ("yes", "no"):
            return queryset.filter(deleted_at__isnull=self.value() == "no")
        return queryset


def _section(title: str, names: str, *classes: str) -> tuple[str, dict[str, Any]]:
    return title, {"fields": names.split(), "classes": classes}


@admin.register(Lead)
class LeadAdmin(TenantAdmin):
    """Stage, owner and score are shown only: they change through the product, which asks for what they need."""

    list_display = ("title", "full_name", "email", "status", "score", "assigned_to", "created_at")
    list_filter = (TrashFilter, "status", "source", "verification_status", "do_not_contact")
    list_select_related = ("assigned_to",)
    ordering: ClassVar[Any] = ("-id",)  # newest first; this table has an index for it
    sortable_by: ClassVar[Any] = ()
    search_fields: ClassVar[Any] = ("email", "company")
    search_help_text: ClassVar[Any] = "A part of a name, company, e-mail address, phone number or city; or an id."
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "batch_id", "assigned_to_id")
    actions = ("move_to_trash", "restore")
    fieldsets: ClassVar[Any] = (
        _section(
            "Who",
            "first_name last_name job_title is_decision_maker email phone company website linkedin_url",
        ),
        _section("Where", "street postal_code city state country"),
        _section("What", "industry business_type company_size budget timeframe message service_tier"),
        _section(
            "Pipeline",
            "stage status assigned_to team outreach_status next_follow_up_at expected_close_on"
            " predicted_value_minor won_value_minor currency lost_reason closed_at",
        ),
        _section(
            "Score",
            "score score_confidence scored_at quality_score engagement_level emails_sent emails_opened emails_clicked",
        ),
        _section(
            "Origin",
            "source source_type external_source external_id batch campaign utm_source utm_medium utm_campaign"
            " referrer ip_address user_agent consent",
        ),
        _section(
            "Presence",
            "has_google_maps_listing google_rating google_review_count price_level has_weekend_hours response_time"
            " has_booking_keywords booking_keyword_score current_booking_tool has_appointment_form"
            " has_online_booking has_multi_location services_count digital_maturity_score booking_potential",
            "collapse",
        ),
        _section(
            "More",
            "verification_status do_not_contact custom_fields notes communication_preference optimal_contact_time"
            " version created_by created_at updated_at deleted_at rows_of",
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask on add only for what can be filled in."""
        sections = super().get_fieldsets(request, obj)
        if obj is not None:
            return sections
        asked = capture.EDITABLE_FIELDS | {"organization"}
        sections = [
            (title, {**options, "fields": [n for n in options["fields"] if n in asked]}) for title, options in sections
        ]
        return [(title, options) for title, options in sections if options["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, options in self.fieldsets for name in options["fields"]]
        return [name for name in shown if name not in capture.EDITABLE_FIELDS] + (["organization"] if obj else [])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a lead goes to the trash, from where it can come back."""
        return False

    @admin.display(description="what hangs on it")
    def rows_of(self, obj: Lead) -> str:
        if obj._state.adding:
            return "–"
        lists = [
            (f"admin:leads_{model._meta.model_name}_changelist", model._meta.verbose_name_plural) for model in ON_A_LEAD
        ]
        places = [(reverse(name), obj.organization_id, obj.pk, words) for name, words in lists]
        return format_html_join(", ", '<a href="{}?organization={}&amp;lead__id__exact={}">{}</a>', places)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search the stored text of leads, which has an index; Django's own way would read every row."""
        if not search_term.strip() or as_uuid(search_term) is not None:
            return super().get_search_results(request, queryset, search_term)
        for word in search_term[:LONGEST_SEARCH].lower().split():
            part = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\x00", "")
            # The text is constant, the value a parameter; Django does not know the generated column.
            queryset = queryset.filter(
                RawSQL("leads_lead.search_text LIKE %s", [f"%{part}%"], output_field=BooleanField())
            )
        return queryset, False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the facts that were touched through the service, as a person of the organisation would.

        Side effects: the service's own entries, beside the one about the access.
        """
        with tenancy.staff_in_organization(obj.organization_id):
            if change:
                touched = {name: form.cleaned_data[name] for name in form.changed_data}
                capture.update_lead(lead=obj, actor=request.user, **touched)  # type: ignore[arg-type]  # staff are users
            else:
                values = {name: value for name, value in form.cleaned_data.items() if name in capture.EDITABLE_FIELDS}
                organization = form.cleaned_data["organization"]
                values["currency"] = values.get("currency") or organization.currency
                created = capture.create_lead(actor=request.user, id=obj.pk, **values)  # type: ignore[arg-type]
                obj.stage = created.stage
                obj._state.adding = False
        self.tell(request, "change" if change else "add", obj)

    @admin.action(description="Move to the trash", permissions=["change"])
    def move_to_trash(self, request: HttpRequest, queryset: QuerySet[Lead]) -> None:
        self._each(request, queryset, capture.trash_lead, "moved to the trash")

    @admin.action(description="Restore from the trash", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Lead]) -> None:
        self._each(request, queryset, capture.restore_lead, "restored")

    def _each(self, request: HttpRequest, queryset: QuerySet[Lead], act: Any, done: str) -> None:
        leads = list(queryset[: self.list_per_page])
        for lead in leads:
            with tenancy.staff_in_organization(str(lead.organization_id)):
                act(lead=lead, actor=request.user)
            self.tell(request, "change", lead, action=done)
        messages.success(request, f"{len(leads)} {'lead is' if len(leads) == 1 else 'leads are'} {done}.")


class OnALead(TenantAdmin):
    """What hangs on a lead is made in the product, where its timeline and next step follow."""

    list_select_related: ClassVar[Any] = ("lead",)
    raw_id_fields = ("lead",)
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "lead_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Activity)
class ActivityAdmin(OnALead):
    """Words can be corrected here; dates, people and completion change in the product."""

    list_display = ("subject", "type", "lead", "user", "scheduled_at", "completed_at", "cancelled_at")
    list_filter = ("type",)
    list_select_related: ClassVar[Any] = ("lead", "user")
    search_fields: ClassVar[Any] = ("subject", "outcome")
    fields = (
        "lead", "type", "user", "subject", "description", "outcome", "scheduled_at", "remind_at", "completed_at",
        "cancelled_at", "duration_minutes", "sentiment_score", "intent_detected", "buying_signals", "metadata",
    )  # fmt: skip
    readonly_fields = (
        "lead", "type", "user", "scheduled_at", "remind_at", "completed_at", "cancelled_at", "duration_minutes",
        "sentiment_score", "intent_detected", "buying_signals", "metadata",
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LeadNote)
class LeadNoteAdmin(OnALead):
    list_display = ("__str__", "lead", "author", "created_at")
    list_select_related: ClassVar[Any] = ("lead", "author")
    search_fields: ClassVar[Any] = ("content",)
    fields = ("lead", "author", "content", "created_at", "updated_at")
    readonly_fields = ("lead", "author", "created_at", "updated_at")
