"""A proposal behind its link: to read, to print, and to accept once."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.forms.proposal import AcceptanceForm
from assessments.models import Proposal
from assessments.reports.shown import shown
from assessments.services import documents, proposals
from assessments.views.calculations import as_download
from leadcrm.accounts.public import public_link
from leadcrm.core import throttle
from leadcrm.core.addresses import network_of
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render

LOOKUP = "assessments_find_proposal"
# Somebody who mistypes a name tries a few times; a program tries more often.
MOST_TRIES, WITHIN_SECONDS = 20, 600


@require_http_methods(["GET", "POST"])
@public_link(LOOKUP)
def proposal_public(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a proposal to the prospect, who can accept it."""
    proposal = _get(pk)
    form = AcceptanceForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if not throttle.hit(throttle.visitor_key(request, "proposal", pk), MOST_TRIES, WITHIN_SECONDS):
            return render(request, "429.html", status=429)
        status = 422
        if form.is_valid():
            try:
                proposals.accept(proposal=proposal, name=form.cleaned_data["name"], address=network_of(request))
            except proposals.ProposalClosed as closed:
                proposal, status = _get(pk), 409
                add_refusal(form, closed)
            except DomainError as refused:
                add_refusal(form, refused)
            else:
                return HttpResponseRedirect(request.path)
    today = timezone.localdate()
    context = {
        "proposal": proposal,
        "told": shown(proposal.calculation),
        "form": form,
        "can_accept": proposal.can_be_accepted(today=today) and proposal.lead.deleted_at is None,
        "valid_until": documents.long_day(proposal.valid_until),
        "document_url": f"{request.path}proposal.pdf",
    }
    return render(request, "assessments/public_proposal.html", context, status=status)


@require_GET
@public_link(LOOKUP)
def proposal_public_document(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:  # noqa: ARG001 — the signature is the URL's
    """Download the proposal as PDF; one that was withdrawn has none any more."""
    proposal = _get(pk)
    if proposal.state == "withdrawn":
        return HttpResponse("This proposal was withdrawn.", status=410, content_type="text/plain")
    return as_download(documents.proposal_pdf(proposal), f"proposal-{proposal.reference}.pdf")


def _get(pk: uuid.UUID) -> Proposal:
    return Proposal.objects.select_related("calculation", "lead").get(pk=pk)
