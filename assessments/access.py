"""The only way from a URL to an assessment, calculation or proposal: through the lead that it belongs to."""

from __future__ import annotations

import uuid

from django.http import Http404

from assessments.models import Assessment, Calculation, Proposal
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
