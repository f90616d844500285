"""Exports: ask for one, watch it, fetch it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.exporting.columns import DEFAULT
from leads.forms.exports import ExportForm
from leads.models import LeadExport
from leads.permissions import LeadPermission
from leads.services import exporting, jobs

MOST = 50


@require_safe
@requires(LeadPermission.EXPORT)
def export_list(request: OrganizationRequest) -> HttpResponse:
    exports = LeadExport.objects.filter(requested_by=request.user).order_by("-created_at")[:MOST]
    return render(request, "leads/export_list.html", {"exports": exports}, partial="exports")


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.EXPORT)
def export_create(request: OrganizationRequest) -> HttpResponse:
    custom = exporting.custom_labels()
    if request.method == "POST":
        form = ExportForm(request.POST, custom=custom)
        if form.is_valid():
            try:
                exporting.request_export(**form.cleaned_data, actor=request.user)
            except DomainError as error:
                add_refusal(form, error)
            else:
                messages.success(request, "The export is being written. It appears here when it is done.")
                return redirect(request, reverse("leads:export_list"))
    else:
        shown = request.user.preferences.get("lead_columns") or list(DEFAULT)
        form = ExportForm(initial={"query": _filters(request.GET), "columns": shown}, custom=custom)
    return render(request, "leads/export_form.html", {"form": form}, status=422 if form.errors else 200)


def _filters(query: QueryDict) -> str:
    kept = query.copy()
    for name in ("after", "before", "page_size", "sort"):
        kept.pop(name, None)
    return kept.urlencode()


@require_safe
@requires(LeadPermission.EXPORT)
def export_progress(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "leads/_export_row.html", {"export": access.get_export(request, pk)})


@require_POST
@requires(LeadPermission.EXPORT)
def export_cancellation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    jobs.request_cancel(access.get_export(request, pk), actor=request.user)
    messages.info(request, "The export is being stopped.")
    return redirect(request, reverse("leads:export_list"))


@require_safe
@requires(LeadPermission.EXPORT)
def export_download(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponseBase:
    export = access.get_export(request, pk)
    path = exporting.file_of(export)
    if path is None:
        raise Http404("This export is not finished, or its file has been deleted after a week.")
    exporting.record_download(export=export, actor=request.user)
    day = timezone.localtime(export.created_at).strftime("%Y-%m-%d-%H%M")
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"leads-{day}.{export.format}")
