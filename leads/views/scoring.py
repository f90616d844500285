"""Recompute all scores: ask for a run, watch it, stop it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.accounts.rights import requires
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.models import Lead, ScoringRun
from leads.permissions import LeadPermission
from leads.services import jobs, scoring_runs

MOST = 30


@require_safe
@requires(LeadPermission.CONFIGURE)
def scoring_run_list(request: OrganizationRequest) -> HttpResponse:
    """List the latest runs."""
    runs = ScoringRun.objects.select_related("requested_by").order_by("-created_at")[:MOST]
    return render(request, "leads/scoring_run_list.html", {"runs": runs}, partial="runs")


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.CONFIGURE)
def scoring_run_create(request: OrganizationRequest) -> HttpResponse:
    """Say what a run does, and start one; while one is at work there is no second."""
    if request.method == "POST":
        run = scoring_runs.start(actor=request.user)
        return redirect(request, reverse("leads:scoring_run_detail", args=[run.pk]))
    running = ScoringRun.objects.unfinished().order_by("created_at").first()
    return render(request, "leads/scoring_run_form.html", {"running": running, "has_leads": Lead.objects.exists()})


@require_safe
@requires(LeadPermission.CONFIGURE)
def scoring_run_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how far a run is; the page asks again every second while it works."""
    return render(
        request, "leads/scoring_run_detail.html", {"run": access.get_scoring_run(request, pk)}, partial="state"
    )


@require_POST
@requires(LeadPermission.CONFIGURE)
def scoring_run_cancel(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a run after the leads it works on; what is written stays."""
    run = jobs.request_cancel(access.get_scoring_run(request, pk), actor=request.user)
    if run.cancel_requested_at is not None:
        messages.info(request, "The run is being stopped.")
    return redirect(request, reverse("leads:scoring_run_detail", args=[pk]))
