"""The page of a lead, its timeline and score, and the forms that create and change it."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods

from leadcrm.accounts.rights import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.lead import FactsForm, warnings_of
from leads.forms.new_lead import NewLeadForm
from leads.forms.note import NoteForm
from leads.importing.problems import ValueProblem
from leads.importing.values.emails import parse_email
from leads.importing.values.phones import parse_phone
from leads.models import Lead
from leads.permissions import LeadPermission
from leads.reports import facts, timeline
from leads.reports.lead_page import LeadPage, custom_facts_of, with_page_data
from leads.services import capture, duplicates

# Regions of the page that refresh on their own: DOM id → name of the partial.
REGIONS = {"lead-head": "lead-head", "lead-side": "lead-side"}


@require_GET
def lead_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a lead; those who may delete also see one that is in the trash."""
    user = request.user
    lead = access.get_lead(
        request, pk, trashed=user.has_right(LeadPermission.DELETE), prepare=partial(with_page_data, user=user)
    )
    page = LeadPage(lead, user=user, now=timezone.now())
    region = REGIONS.get(request.htmx.target or "")
    context: dict[str, Any] = {"page": page, "lead": lead}
    if region is None:
        kind = timeline.kind_of(request.GET.get("kind"))
        shown = timeline.timeline(lead, kind=kind, cursor=request.GET.get("before", ""), now=page.now)
        context |= {"timeline": shown, "kinds": timeline.KINDS, "form": NoteForm()}
    response = render(request, "leads/lead_detail.html", context, partial=region)
    patch_vary_headers(response, ("HX-Target",))
    return response


@require_GET
def lead_timeline(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the timeline, or the next part of it; without htmx it is on the page of the lead."""
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('leads:lead_detail', args=[pk])}?{urlencode(request.GET)}#timeline")
    lead = access.get_lead(request, pk, trashed=request.user.has_right(LeadPermission.DELETE))
    kind = timeline.kind_of(request.GET.get("kind"))
    shown = timeline.timeline(lead, kind=kind, cursor=request.GET.get("before", ""), now=timezone.now())
    page = LeadPage(lead, user=request.user, now=timezone.now())
    context = {"lead": lead, "page": page, "timeline": shown, "kinds": timeline.KINDS}
    return render(request, "leads/_timeline.html", context, partial=None if shown.is_first else "timeline-items")


@require_GET
def lead_score(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Explain the score of a lead: in the popover of a list, or on a page of its own."""
    lead = access.get_lead(request, pk)
    page = LeadPage(lead, user=request.user, now=timezone.now())
    return render(request, "leads/lead_score.html", {"lead": lead, "page": page}, partial="why")


@requires(LeadPermission.CREATE)
@require_http_methods(["GET", "POST"])
def lead_create(request: OrganizationRequest) -> HttpResponse:
    """Enter a lead by hand. Sending the same form twice makes one lead."""
    form = NewLeadForm(request.POST if request.method == "POST" else None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        form.same = duplicates.candidates(user=request.user, email=form.email, phone=form.phone, exclude=form.lead_id)
        try:
            if form.needs_consent:
                raise DomainError("This lead seems to exist already. Look at it, or tick that you want another one.")
            lead = capture.create_lead(actor=request.user, **form.creation())
        except capture.AlreadyCreated as done:
            return _created(request, done.pk)
        except DomainError as refused:
            add_refusal(form, refused)
        else:
            for warning in warnings_of(form):
                messages.warning(request, warning)
            messages.success(request, f"{lead.title} was added")
            return _created(request, lead.pk)
    return render(request, "leads/lead_form.html", {"form": form, "is_new": True}, status=422 if form.is_bound else 200)


def _created(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    is_visible = Lead.objects.visible_to(request.user).filter(pk=pk).exists()
    return HttpResponseRedirect(reverse("leads:lead_detail", args=[pk]) if is_visible else reverse("leads:lead_list"))


@require_http_methods(["GET", "POST"])
def lead_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Change any fact of a lead on one page."""
    prepare = partial(with_page_data, user=request.user)
    lead = access.get_lead(request, pk, LeadPermission.EDIT, prepare=prepare)
    custom = custom_facts_of(lead)
    groups = [*facts.GROUPS, facts.custom_group(custom)]
    form = FactsForm(
        request.POST if request.method == "POST" else None,
        facts=[fact for group in groups for fact in group.facts if not fact.needs_value or getattr(lead, fact.name)],
        organization=request.organization,
        lead=lead,
        custom=custom,
    )
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            lead = capture.update_lead(lead=lead, actor=request.user, seen=form.seen, **form.values)
        except capture.StaleLead as stale:
            form, status = form.confront(stale.lead, stale.theirs), 409
        except DomainError as refused:
            add_refusal(form, refused)
        else:
            for warning in warnings_of(form):
                messages.warning(request, warning)
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("leads:lead_detail", args=[pk]))
    sections = [(group, form.bound_facts_of(group)) for group in groups if group.is_editable]
    context = {"form": form, "lead": lead, "sections": [(group, rows) for group, rows in sections if rows]}
    return render(request, "leads/lead_edit.html", context, status=status)


@requires(LeadPermission.VIEW)
@require_GET
def lead_duplicates(request: OrganizationRequest) -> HttpResponse:
    """Say which leads may be the same as the one being typed or looked at."""
    asked = {name: request.GET.get(name, "")[:255].replace("\x00", "") for name in ("company", "last_name")}
    found = duplicates.candidates(
        user=request.user,
        email=_readable(request.GET.get("email", ""), lambda text: parse_email(text).address),
        phone=_readable(
            request.GET.get("phone", ""), lambda text: parse_phone(text, region=request.organization.country).number
        ),
        exclude=_uuid(request.GET.get("except", "")),
        **asked,
    )
    return render(request, "leads/lead_duplicates.html", {"found": found}, partial="duplicates")


def _readable(text: str, read: Any) -> str:
    """Return the normal form of what somebody is still typing, nothing while it cannot be read."""
    text = text[:255].replace("\x00", "").strip()
    try:
        return str(read(text)) if text else ""
    except ValueProblem:
        return ""


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
