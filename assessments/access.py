"""The only way from a URL to what hangs on a lead: through the lead; and to capture forms and their answers."""

from __future__ import annotations

import uuid

from django.http import Http404

from assessments.models import Assessment, Calculation, CaptureForm, Proposal, Submission
from assessments.querysets import AssessmentQuerySet
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.permissions import LeadPermission


def get_calculation(
    request: OrganizationRequest, pk: uuid.UUID, right: LeadPermission = LeadPermission.VIEW
) -> Calculation:
    """Return a calculation of a lead that the person sees.

    Raises: Http404, PermissionDenied.
    """
    calculation = Calculation.objects.select_related("created_by").filter(pk=pk, lead__isnull=False).first()
    if calculation is None or calculation.lead_id is None:
        raise Http404("There is no such calculation.")
    calculation.lead = access.get_lead(request, calculation.lead_id, right)
    return calculation


def get_proposal(request: OrganizationRequest, pk: uuid.UUID, right: LeadPermission = LeadPermission.VIEW) -> Proposal:
    """Return a proposal to a lead that the person sees.

    Raises: Http404, PermissionDenied.
    """
    found = Proposal.objects.select_related("calculation", "created_by", "withdrawn_by")
    proposal = found.filter(pk=pk).first()
    if proposal is None:
        raise Http404("There is no such proposal.")
    proposal.lead = access.get_lead(request, proposal.lead_id, right)
    return proposal


def visible_assessments(request: OrganizationRequest) -> AssessmentQuerySet:
    """Return the assessments of leads that the person sees, and those that belong to nobody yet."""
    found: AssessmentQuerySet = Assessment.objects.visible_to(request.user)
    return found


def get_assessment(request: OrganizationRequest, pk: uuid.UUID) -> Assessment:
    """Return an assessment that the person sees, with its lead and its version.

    Raises: Http404.
    """
    assessment: Assessment | None = (
        visible_assessments(request).select_related("lead", "questionnaire", "organization").filter(pk=pk).first()
    )
    if assessment is None:
        raise Http404("There is nothing here that you can see.")
    return assessment


def get_capture_form(request: OrganizationRequest, pk: uuid.UUID) -> CaptureForm:  # noqa: ARG001 — the scope is that of the request
    """Return a capture form of the organisation; the right is checked by the view's decorator.

    Raises: Http404.
    """
    form: CaptureForm | None = CaptureForm.objects.filter(pk=pk).first()
    if form is None:
        raise Http404("There is no such form.")
    return form


def get_submission(request: OrganizationRequest, pk: uuid.UUID) -> Submission:  # noqa: ARG001 — as above
    """Return an answer to a capture form of the organisation; the right is checked by the view's decorator.

    Raises: Http404.
    """
    found: Submission | None = Submission.objects.select_related("form", "lead", "decided_by").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such answer.")
    return found
