"""Mails in the admin: what staff need to find out what became of one, and to decide about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from leadcrm.core import tenancy
from leadcrm.core.admin import ReadOnlyTenantAdmin, TenantInline
from leadcrm.core.errors import DomainError
from messaging import preview
from messaging.choices import STATES_OF_STATUS, MailStatus, Resolution
from messaging.models import QueuedEmail, QueuedEmailAttempt
from messaging.services import queued_emails


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in MailStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in MailStatus.values:
            return queryset.filter(state__in=STATES_OF_STATUS[MailStatus(str(self.value()))])
        return queryset


class AttemptInline(TenantInline):
    model = QueuedEmailAttempt
    fields = ("number", "worker", "started_at", "finished_at", "outcome", "response")
    readonly_fields = fields
    ordering = ("-number",)
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(QueuedEmail)
class QueuedEmailAdmin(ReadOnlyTenantAdmin):
    """What a mail says never changes. Actions decide about mails, with the rules that hold for the organisation."""

    list_display = ("subject", "recipient", "template", "shown_status", "state", "next_attempt_at", "attempt_count",
                    "last_error", "created_at")  # fmt: skip
    list_filter = (StatusFilter, "state", "template", "created_at")
    sortable_by: ClassVar[Any] = ()
    search_fields: ClassVar[Any] = ("recipient_norm__exact", "message_id__exact")
    search_help_text: ClassVar[Any] = "A whole e-mail address, a Message-ID, or the id of a mail or a lead."
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "lead_id", "about_id")
    inlines = (AttemptInline,)
    actions = ("send_again", "cancel", "it_arrived", "it_did_not_arrive", "give_up")
    fieldsets: ClassVar[Any] = (
        ("Mail", {"fields": ("template", "recipient", "sender_name", "reply_to", "subject", "lead", "requested_by")}),
        ("As mail programs show it", {"fields": ("html_preview",)}),
        ("As text", {"fields": ("text_preview",)}),
        (
            "What became of it",
            {
                "fields": (
                    "shown_status", "state", "due_at", "not_after", "next_attempt_at", "sent_at", "in_doubt_since",
                    "attempt_count", "failure_count", "crash_count", "last_error", "lease_until",
                )
            },
        ),
        (
            "More",
            {
                "fields": (
                    "message_id", "headers", "data", "attachments", "dedupe_key", "created_at", "updated_at",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("html_preview", "text_preview", "shown_status")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, search_term.strip().lower())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mails = super().get_queryset(request)
        is_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith("changelist")
        return mails.defer("body_text", "body_html", "data", "attachments", "headers") if is_list else mails

    @admin.display(description="status")
    def shown_status(self, obj: QueuedEmail) -> str:
        return obj.get_status_display()

    @admin.display(description="HTML")
    def html_preview(self, obj: QueuedEmail) -> str:
        """Show the mail in a frame that may do nothing; its text is escaped into an attribute."""
        return format_html(
            '<iframe class="mail-preview" sandbox title="The mail as HTML" srcdoc="{}"></iframe>', obj.body_html
        )

    @admin.display(description="text")
    def text_preview(self, obj: QueuedEmail) -> str:
        return format_html("<pre>{}</pre>", obj.body_text)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("original")
        return preview.allow_style_of(request, response, shown.body_html) if shown is not None else response

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person may act on mails; viewing alone does not suffice."""
        return request.user.has_perm("messaging.change_queuedemail")

    @admin.action(description="Send again what did not leave", permissions=["decide"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        self._each(request, queryset, queued_emails.retry_email, "in the queue again")

    @admin.action(description="Cancel what waits", permissions=["decide"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        self._each(request, queryset, queued_emails.cancel_email, "cancelled")

    @admin.action(description="In doubt: it arrived", permissions=["decide"])
    def it_arrived(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        self._each(request, queryset, queued_emails.resolve_email, "settled", resolution=Resolution.ARRIVED)

    @admin.action(description="In doubt: it did not arrive, send it again", permissions=["decide"])
    def it_did_not_arrive(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        self._each(request, queryset, queued_emails.resolve_email, "settled", resolution=Resolution.SEND_AGAIN)

    @admin.action(description="In doubt: it did not arrive, leave it", permissions=["decide"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        self._each(request, queryset, queued_emails.resolve_email, "settled", resolution=Resolution.GIVE_UP)

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[QueuedEmail],
        act: Callable[..., object],
        done: str,
        **details: Any,
    ) -> None:
        count = 0
        for mail in list(queryset[: self.list_per_page]):
            try:
                with tenancy.staff_in_organization(str(mail.organization_id)):
                    act(mail=mail, actor=request.user, **details)
            except DomainError as error:
                messages.error(request, f"{mail.recipient}: {error.message}")
                continue
            self.tell(request, "change", mail, action=done)
            count += 1
        if count:
            messages.success(request, f"{count} {'mail is' if count == 1 else 'mails are'} {done}.")


@admin.register(QueuedEmailAttempt)
class QueuedEmailAttemptAdmin(ReadOnlyTenantAdmin):
    list_display = ("__str__", "mail", "worker", "started_at", "finished_at", "outcome", "response")
    list_filter = ("outcome",)
    list_select_related: ClassVar[Any] = ("mail",)
    sortable_by: ClassVar[Any] = ()
    id_search_fields: ClassVar[tuple[str, ...]] = ("pk", "mail_id")
    fields = ("mail", "number", "worker", "started_at", "finished_at", "outcome", "response")
