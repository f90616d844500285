"""Proposals as members make them, send them and take them back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import access
from assessments.forms.proposal import ProposalForm
from assessments.models import Proposal
from assessments.reports.shown import shown
from assessments.services import documents, proposals
from assessments.views.calculations import as_download
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leads.permissions import LeadPermission


@require_http_methods(["GET", "POST"])
def proposal_create(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Offer an estimate to its lead."""
    calculation = access.get_calculation(request, pk, LeadPermission.EDIT)
    form = ProposalForm(request.POST if request.method == "POST" else None, initial={"title": calculation.label})
    if request.method == "POST" and form.is_valid():
        try:
            proposal = proposals.make(calculation=calculation, actor=request.user, **form.cleaned_data)
        except DomainError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"The proposal {proposal.reference} is ready.")
            return HttpResponseRedirect(reverse("assessments:proposal_detail", args=[proposal.pk]))
    context = {"form": form, "calculation": calculation, "lead": calculation.lead, "told": shown(calculation)}
    return render(request, "assessments/proposal_form.html", context, status=422 if form.is_bound else 200)


@require_GET
def proposal_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a proposal with its state."""
    return _show(request, access.get_proposal(request, pk))


@require_POST
@never_cache
def proposal_link(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a new link and show it, this once: only its hash is kept."""
    proposal = access.get_proposal(request, pk, LeadPermission.EDIT)
    try:
        _, token = proposals.renew_link(proposal=proposal, actor=request.user)
    except DomainError as refused:
        return _refused(request, proposal, refused)
    link = settings.SITE_URL.rstrip("/") + reverse("assessments:proposal_public", args=[token])
    proposal = access.get_proposal(request, pk)
    return _show(request, proposal, link=link)


@require_POST
def proposal_withdrawal(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a proposal back."""
    proposal = access.get_proposal(request, pk, LeadPermission.EDIT)
    try:
        proposals.withdraw(proposal=proposal, actor=request.user)
    except DomainError as refused:
        return _refused(request, proposal, refused)
    messages.success(request, f"The proposal {proposal.reference} is withdrawn.")
    return HttpResponseRedirect(reverse("assessments:proposal_detail", args=[pk]))


@require_GET
def proposal_document(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Download a proposal as PDF."""
    proposal = access.get_proposal(request, pk)
    return as_download(documents.proposal_pdf(proposal), f"proposal-{proposal.reference}.pdf")


def _show(request: OrganizationRequest, proposal: Proposal, *, link: str = "") -> HttpResponse:
    context = {
        "proposal": proposal,
        "lead": proposal.lead,
        "told": shown(proposal.calculation),
        "is_expired": proposal.is_expired(today=timezone.localdate()),
        "can_edit": proposal.lead.deleted_at is None and request.user.has_right(LeadPermission.EDIT),
        "valid_until": documents.long_day(proposal.valid_until),
        "link": link,
    }
    return render(request, "assessments/proposal_detail.html", context)


def _refused(request: OrganizationRequest, proposal: Proposal, refused: DomainError) -> HttpResponse:
    messages.error(request, refused.message)
    return HttpResponseRedirect(reverse("assessments:proposal_detail", args=[proposal.pk]))
