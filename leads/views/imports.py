"""The pages of an import: upload, columns, rules, dry run, result, undo."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect as plain_redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.choices import JobState, RowOutcome
from leads.forms.import_rules import RulesForm
from leads.forms.imports import ColumnsForm, LayoutForm, UploadForm
from leads.models import CustomField, LeadBatch
from leads.permissions import LeadPermission
from leads.services.importing import mappings, receiving, refused, results, rules, runs, shapes
from leads.services.importing.states import Phase

STEPS = ["File", "Columns", "Rules", "Dry run", "Import"]


def _detail(batch: LeadBatch) -> str:
    return reverse("leads:import_detail", args=[batch.pk])


@require_safe
@requires(LeadPermission.IMPORT)
def import_list(request: OrganizationRequest) -> HttpResponse:
    page = results.page_of_imports(
        access.visible_batches(request), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    return render(request, "leads/import_list.html", {"page": page}, partial="import-table")


@csrf_exempt  # checked below: Django would otherwise read the upload before we say where it goes
@require_http_methods(["GET", "POST"])
@requires(LeadPermission.IMPORT)
def import_create(request: OrganizationRequest) -> HttpResponse:
    receiver = receiving.UploadToDisk(request.organization.pk, request)
    request.upload_handlers = [receiver]
    return _upload(request, receiver=receiver)


@csrf_protect
def _upload(request: OrganizationRequest, *, receiver: receiving.UploadToDisk) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and (batch := _stored(request, form, receiver)):
        url = reverse("leads:import_mapping", args=[batch.pk])
        return redirect(request, url) if request.htmx else plain_redirect(url)
    context = {"form": form, "steps": STEPS, "most": receiving.in_words(receiving.limit()), "limit": receiving.limit()}
    return render(request, "leads/import_create.html", context, partial="import-upload", status=_status(form))


def _stored(request: OrganizationRequest, form: UploadForm, receiver: receiving.UploadToDisk) -> LeadBatch | None:
    """Make an import of what arrived, or say on the form why not."""
    form.is_valid()
    try:
        if receiver.refusal is not None:
            raise receiver.refusal
        if receiver.stored is not None and form.is_valid():
            return receiving.create_batch(upload=receiver.stored, actor=request.user, name=form.cleaned_data["name"])
    except DomainError as problem:
        form.errors.pop("file", None)
        form.add_error("file", problem.message)
    receiver.discard()
    return None


def _status(form: Any) -> int:
    return 422 if form.errors else 200


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.IMPORT)
def import_mapping(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    if batch.phase == Phase.READING or not results.can_change(batch):
        return redirect(request, _detail(batch))
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        columns=mappings.columns_of(batch),
        custom_fields=CustomField.objects.all(),
        initial={"date_order": batch.import_settings.get("date_order", "")},
    )
    if form.is_valid():
        try:
            mappings.save_columns(batch=batch, targets=form.targets, date_order=form.cleaned_data["date_order"])
        except DomainError as problem:
            add_refusal(form, problem)
        else:
            return redirect(request, reverse("leads:import_rules", args=[batch.pk]))
    return _mapping_page(request, batch, form, LayoutForm(batch=batch))


def _mapping_page(
    request: OrganizationRequest, batch: LeadBatch, form: ColumnsForm, layout: LayoutForm
) -> HttpResponse:
    context = {"batch": batch, "form": form, "layout": layout, "steps": STEPS, "facts": results.file_facts(batch)}
    status = 422 if form.errors or layout.errors else 200
    return render(request, "leads/import_mapping.html", context, status=status)


@require_POST
@requires(LeadPermission.IMPORT)
def import_layout(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    if not results.can_change(batch):
        return redirect(request, _detail(batch))
    layout = LayoutForm(request.POST, batch=batch)
    if layout.is_valid():
        try:
            shapes.change_layout(batch=batch, choice=layout.choice, sheet=layout.cleaned_data.get("sheet", ""))
        except DomainError as problem:
            batch.refresh_from_db()
            add_refusal(layout, problem)
        else:
            return redirect(request, reverse("leads:import_mapping", args=[batch.pk]))
    form = ColumnsForm(columns=mappings.columns_of(batch), custom_fields=CustomField.objects.all())
    return _mapping_page(request, batch, form, layout)


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.IMPORT)
def import_rules(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the rules; with them the dry run starts at once."""
    batch = access.get_batch(request, pk)
    if not results.can_change(batch) or "columns" not in batch.import_settings:
        return redirect(request, reverse("leads:import_mapping", args=[batch.pk]))
    form = RulesForm(
        request.POST if request.method == "POST" else None,
        batch=batch,
        rules=rules.usual_rules(batch),
        choices=rules.choices_for(request.user),
    )
    if form.is_valid():
        try:
            rules.save_rules(batch=batch, rules=form.rules(), words=form.translations(), actor=request.user)
            runs.start_check(batch=batch, actor=request.user)
        except DomainError as problem:
            add_refusal(form, problem)
        else:
            return redirect(request, _detail(batch))
    context = {"batch": batch, "form": form, "steps": STEPS}
    return render(request, "leads/import_rules.html", context, status=_status(form))


@require_safe
@requires(LeadPermission.IMPORT)
def import_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    if batch.state == JobState.DRAFT:
        return redirect(request, reverse("leads:import_mapping", args=[batch.pk]))
    result = results.result_of(batch, request.user)
    context = {"batch": batch, "result": result, "progress": result.progress, "steps": STEPS}
    return render(request, "leads/import_detail.html", context)


@require_safe
@requires(LeadPermission.IMPORT)
def import_progress(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the page that asks every second; when the work is done, the page is loaded anew."""
    batch = access.get_batch(request, pk)
    if not batch.is_unfinished or not request.htmx:
        return redirect(request, _detail(batch))
    context = {"batch": batch, "progress": results.progress_of(batch)}
    return render(request, "leads/import_detail.html", context, partial="import-progress")


@require_safe
@requires(LeadPermission.IMPORT)
def import_rows(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    outcome = request.GET.get("outcome") or RowOutcome.REFUSED.value
    page = results.page_of_rows(
        batch,
        outcome=outcome,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {"batch": batch, "rows": page, "result": results.result_of(batch, request.user), "chosen": outcome}
    return render(request, "leads/import_rows.html", context, partial="import-rows")


@require_safe
@requires(LeadPermission.IMPORT)
def import_refused(request: OrganizationRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """Send the refused rows as they came, with the reasons, so that they can be corrected and imported again."""
    batch = access.get_batch(request, pk)
    response = StreamingHttpResponse(refused.lines(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = refused.disposition(batch)
    return response


def _act(request: OrganizationRequest, batch: LeadBatch, act: Any) -> HttpResponse:
    """Do one thing and go to the page of the import; a refusal is told there."""
    try:
        act()
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect(request, _detail(batch))


@require_POST
@requires(LeadPermission.IMPORT)
def import_check(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    return _act(request, batch, lambda: runs.start_check(batch=batch, actor=request.user))


@require_POST
@requires(LeadPermission.IMPORT)
def import_run(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    return _act(request, batch, lambda: runs.start_import(batch=batch, actor=request.user))


@require_POST
@requires(LeadPermission.IMPORT)
def import_cancellation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    return _act(request, batch, lambda: runs.stop(batch=batch, actor=request.user))


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.IMPORT)
def import_undo(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    if request.method == "POST":
        with_changed = request.POST.get("with_changed") == "yes"
        return _act(request, batch, lambda: runs.start_undo(batch=batch, actor=request.user, with_changed=with_changed))
    preview = results.undo_preview(batch, request.user)
    return render(request, "leads/import_undo.html", {"batch": batch, "preview": preview})


@require_POST
@requires(LeadPermission.IMPORT)
def import_deletion(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    batch = access.get_batch(request, pk)
    try:
        runs.discard(batch=batch)
    except DomainError as problem:
        messages.error(request, problem.message)
        return redirect(request, _detail(batch))
    messages.success(request, f"{batch.name} is thrown away.")
    return redirect(request, reverse("leads:import_list"))
