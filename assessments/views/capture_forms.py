"""Build capture forms, for those who configure."""

from __future__ import annotations

import uuid
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import access
from assessments.capture_fields import ChosenField
from assessments.forms.capture import CONSENT, widget_of
from assessments.forms.capture_form import NameForm, SettingsForm, read_fields
from assessments.models import CaptureForm
from assessments.permissions import AssessmentPermission
from assessments.services import capture_forms, spam
from leadcrm.core.access import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest


@require_safe
@requires(AssessmentPermission.FORMS)
def capture_form_list(request: OrganizationRequest) -> HttpResponse:
    rows = CaptureForm.objects.with_counts().order_by("name")
    return render(request, "assessments/capture/form_list.html", {"forms": rows})


@require_http_methods(["GET", "POST"])
@requires(AssessmentPermission.FORMS)
def capture_form_create(request: OrganizationRequest) -> HttpResponse:
    named = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and named.is_valid():
        try:
            form = capture_forms.create(actor=request.user, name=named.cleaned_data["name"])
        except DomainError as refused:
            add_refusal(named, refused)
        else:
            return redirect(request, reverse("assessments:capture_form_fields", args=[form.pk]))
    status = 422 if named.errors else 200
    return render(request, "assessments/capture/form_create.html", {"named": named}, status=status)


@require_http_methods(["GET", "POST"])
@requires(AssessmentPermission.FORMS)
def capture_form_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    form = access.get_capture_form(request, pk)
    data = request.POST if request.method == "POST" else None
    edited = SettingsForm(data, form=form, organization=request.organization)
    if request.method == "POST" and edited.is_valid():
        try:
            capture_forms.change(form=form, actor=request.user, **edited.values)
        except DomainError as refused:
            add_refusal(edited, refused)
        else:
            messages.success(request, f"The form {edited.cleaned_data['name']} is saved.")
            return redirect(request, reverse("assessments:capture_form_edit", args=[pk]))
    status = 422 if edited.errors else 200
    return render(request, "assessments/capture/form_edit.html", {"form": form, "edited": edited}, status=status)


@require_http_methods(["GET", "POST"])
@requires(AssessmentPermission.FORMS)
def capture_form_fields(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose and order the fields. Every button saves what was typed, so nothing is lost by moving a row."""
    form = access.get_capture_form(request, pk)
    problem = ""
    rows = form.chosen
    if request.method == "POST":
        try:
            rows = read_fields(request.POST)
            rows = _rearranged(request, form, rows)
            capture_forms.set_fields(form=form, fields=rows, actor=request.user)
        except (DomainError, ValidationError) as refused:
            problem = refused.message if isinstance(refused, DomainError) else " ".join(refused.messages)
        else:
            messages.success(request, "The fields are saved.")
            return redirect(request, reverse("assessments:capture_form_fields", args=[pk]))
    context = {"form": form, "rows": rows, "addable": capture_forms.addable_fields(form), "problem": problem}
    return render(request, "assessments/capture/form_fields.html", context, status=422 if problem else 200)


@require_safe
@requires(AssessmentPermission.FORMS)
def capture_form_embed(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the address of the form, and the HTML to put on another site."""
    form = access.get_capture_form(request, pk)
    site = settings.SITE_URL.rstrip("/")
    address = site + reverse("assessments:capture_page", args=[form.key])
    context = {"form": form, "address": address, "snippet": snippet_of(form, site=site, address=address)}
    return render(request, "assessments/capture/form_embed.html", context)


@require_POST
@requires(AssessmentPermission.FORMS)
def capture_form_deletion(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    form = access.get_capture_form(request, pk)
    try:
        capture_forms.delete(form=form, actor=request.user)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"The form {form.name} is deleted.")
    return redirect(request, reverse("assessments:capture_form_list"))


def snippet_of(form: CaptureForm, *, site: str, address: str) -> str:
    """Return the form as plain HTML, with labels, for a page of another site."""
    fields = [(one, widget_of(one)) for one in form.chosen]
    consents = [(CONSENT + one["purpose"], one) for one in form.consents]
    # Without the hash in its name, so that what was copied once goes on working after an update.
    script = urljoin(f"{site}/", f"{settings.STATIC_URL}js/capture.js")
    context = {"form": form, "fields": fields, "consents": consents, "address": address, "script": script,
               "trap": spam.TRAP}  # fmt: skip
    return render_to_string("assessments/capture/snippet.html", context).strip() + "\n"


def _rearranged(request: OrganizationRequest, form: CaptureForm, rows: list[ChosenField]) -> list[ChosenField]:
    """Do what the pressed button says: move a row, take it away, or add one."""
    data = request.POST
    if name := data.get("up") or data.get("down"):
        return capture_forms.moved(rows, name, capture_forms.UP if data.get("up") else capture_forms.DOWN)
    if name := data.get("remove"):
        return [row for row in rows if row.name != name]
    if "add" in data:
        label = dict(capture_forms.addable_fields(form)).get(data.get("new", ""))
        if label is None:
            raise DomainError("Choose the field to add.")
        return [*rows, ChosenField(data["new"], label)]
    return rows
