"""What the pages of leads answer after a change: events for the regions that show it, or the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from leadcrm.core.errors import DomainError
from leadcrm.core.htmx import no_content, toast, trigger
from leadcrm.core.request import OrganizationRequest
from leads.models import Lead


def lead_changed(response: HttpResponse, lead: Lead) -> HttpResponse:
    """Tell the page that the lead is another one now: its regions load again, its title is set."""
    return trigger(response, "lead:changed", {"id": str(lead.pk), "title": lead.title})


def done(
    request: OrganizationRequest, lead: Lead, text: str, *, undo_url: str | None = None, event: str = ""
) -> HttpResponse:
    """Answer a change: 204 with events for htmx, else back to where the form was, with a message."""
    if request.htmx:
        response = toast(lead_changed(no_content(), lead), text, undo_url)
        return trigger(response, event) if event else response
    messages.success(request, text, extra_tags=f"undo:{undo_url}" if undo_url else "")
    return HttpResponseRedirect(way_back(request, lead))


def refused(request: OrganizationRequest, lead: Lead, problem: DomainError, *, status: int = 409) -> HttpResponse:
    """Answer a change that a rule forbids and that no form can mend."""
    if request.htmx:
        return toast(lead_changed(HttpResponse(status=status), lead), problem.message, tone="error")
    messages.error(request, problem.message)
    return HttpResponseRedirect(way_back(request, lead))


def way_back(request: OrganizationRequest, lead: Lead) -> str:
    """Return the page that ``next`` names when it is one of ours, else the page of the lead."""
    named = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(named, allowed_hosts=None) and named.startswith("/")
    return named if is_ours else reverse("leads:lead_detail", args=[lead.pk])
