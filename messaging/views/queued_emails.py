"""The mails that leadcrm sends in the name of the organisation: what became of each, and what can be done about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.htmx import redirect, render
from leadcrm.core.pager import page_of
from leadcrm.core.paging import Order, count_up_to
from leadcrm.core.request import OrganizationRequest
from messaging import access, preview
from messaging.forms.queued_emails import IN_DOUBT, QueuedEmailFilterForm, ResolutionForm
from messaging.models import QueuedEmail
from messaging.permissions import MessagingPermission
from messaging.services import queued_emails

NEWEST_FIRST = Order("-created_at", "created_at")
# Columns that a list does not show and that are large.
HEAVY = ("body_text", "body_html", "data", "attachments", "headers")
MOST_DOUBTS = 99


@require_safe
@requires(MessagingPermission.MANAGE_QUEUE)
def queued_email_list(request: OrganizationRequest) -> HttpResponse:
    form = QueuedEmailFilterForm(request.GET)
    chosen = form.chosen()
    context = {
        "form": form,
        "page": page_of(_filtered(chosen), request.GET, order=NEWEST_FIRST),
        "is_filtered": bool(chosen),
        "doubts": count_up_to(QueuedEmail.objects.in_doubt(), MOST_DOUBTS) if chosen.get("status") != IN_DOUBT else 0,
    }
    return render(request, "messaging/queued_email_list.html", context, partial="mail-table")


def _filtered(chosen: dict[str, Any]) -> QuerySet[QueuedEmail]:
    mails = QueuedEmail.objects.defer(*HEAVY)
    if q := chosen.get("q", "").strip().lower():
        # A whole address is found by its index; a part of one is looked for among the mails of the organisation.
        is_whole = "@" in q and "." in q.rpartition("@")[2]
        mails = mails.filter(recipient_norm=q) if is_whole else mails.filter(recipient_norm__contains=q)
    if status := chosen.get("status"):
        mails = mails.in_doubt() if status == IN_DOUBT else mails.with_status(status)
    if template := chosen.get("template"):
        mails = mails.filter(template=template)
    return mails


@require_safe
@requires(MessagingPermission.MANAGE_QUEUE)
def queued_email_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a mail says and every attempt to send it."""
    mail = access.get_queued_email(request, pk)
    return _page(request, mail, ResolutionForm())


def _page(request: OrganizationRequest, mail: QueuedEmail, form: ResolutionForm, status: int = 200) -> HttpResponse:
    context = {"mail": mail, "attempts": mail.attempts.order_by("-number")[:50], "form": form}
    response = render(request, "messaging/queued_email_detail.html", context, status=status)
    return preview.allow_style_of(request, response, mail.body_html)


@require_POST
@requires(MessagingPermission.MANAGE_QUEUE)
def queued_email_retry(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a mail that did not leave into the queue again."""
    return _act(request, pk, queued_emails.retry_email, "The mail is in the queue again.")


@require_POST
@requires(MessagingPermission.MANAGE_QUEUE)
def queued_email_cancellation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a mail out of the queue."""
    return _act(request, pk, queued_emails.cancel_email, "The mail is cancelled.")


@require_POST
@requires(MessagingPermission.MANAGE_QUEUE)
def queued_email_resolution(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Write down what became of a mail in doubt."""
    mail = access.get_queued_email(request, pk)
    form = ResolutionForm(request.POST)
    if not form.is_valid():
        return _page(request, mail, form, status=422)
    resolution = form.cleaned_data["resolution"]
    return _act(
        request,
        pk,
        lambda *, mail, actor: queued_emails.resolve_email(mail=mail, resolution=resolution, actor=actor),
        "That is noted.",
    )


def _act(request: OrganizationRequest, pk: uuid.UUID, act: Callable[..., object], done: str) -> HttpResponse:
    mail = access.get_queued_email(request, pk)
    try:
        act(mail=mail, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect(request, reverse("messaging:queued_email_detail", args=[pk]))
