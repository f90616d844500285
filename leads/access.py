"""The only way from a URL to a lead: another organisation's or an unseen one is 404, a missing right 403."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404

from leadcrm.core.models import TenantModel
from leadcrm.core.request import OrganizationRequest
from leads.models import Activity, Lead, LeadBatch, LeadExport, LeadNote, PipelineStage, ScoringRun, Tag
from leads.permissions import LeadPermission
from leads.querysets import LeadQuerySet

M = TypeVar("M", bound=TenantModel)


def require(request: OrganizationRequest, right: LeadPermission) -> None:
    """Refuse a person without the right.

    Raises: PermissionDenied.
    """
    if not request.user.has_right(right):
        raise PermissionDenied("Your role does not allow this. Ask an administrator if you need it.")


def visible_leads(request: OrganizationRequest, right: LeadPermission = LeadPermission.VIEW) -> LeadQuerySet:
    """Return the leads that the person sees.

    Raises: PermissionDenied.
    """
    require(request, right)
    leads: LeadQuerySet = Lead.objects.visible_to(request.user)
    return leads


def get_lead(
    request: OrganizationRequest,
    pk: uuid.UUID,
    right: LeadPermission = LeadPermission.VIEW,
    *,
    trashed: bool = False,
    prepare: Callable[[LeadQuerySet], LeadQuerySet] | None = None,
) -> Lead:
    """Return a lead with stage, owner and team joined, and with what ``prepare`` adds to the query.

    Raises: Http404, PermissionDenied.
    """
    leads = Lead.objects.reachable_by(request.user) if trashed else Lead.objects.visible_to(request.user)
    if prepare is not None:
        leads = prepare(leads)
    lead: Lead = _one(leads.select_related("stage", "assigned_to", "team"), pk)
    lead.organization = request.organization  # whose scope this is, so nothing else can have been found
    require(request, right)
    return lead


def get_activity(request: OrganizationRequest, pk: uuid.UUID, right: LeadPermission = LeadPermission.EDIT) -> Activity:
    """Return an activity of a lead that the person sees.

    Raises: Http404, PermissionDenied.
    """
    activity = _one(Activity.objects.select_related("user"), pk)
    activity.lead = get_lead(request, activity.lead_id, right)
    return activity


def get_note(request: OrganizationRequest, pk: uuid.UUID, right: LeadPermission = LeadPermission.EDIT) -> LeadNote:
    """Return a note of a lead that the person sees.

    Raises: Http404, PermissionDenied.
    """
    note = _one(LeadNote.objects.select_related("author"), pk)
    note.lead = get_lead(request, note.lead_id, right)
    return note


def get_stage(request: OrganizationRequest, pk: uuid.UUID | str) -> PipelineStage:
    """Return a stage of the organisation.

    Raises: Http404, PermissionDenied.
    """
    require(request, LeadPermission.VIEW)
    return _one(PipelineStage.objects.select_related("pipeline"), pk)


def get_tag(request: OrganizationRequest, pk: uuid.UUID | str) -> Tag:
    """Return a tag of the organisation, for those who configure.

    Raises: Http404, PermissionDenied.
    """
    require(request, LeadPermission.CONFIGURE)
    return _one(Tag.objects.all(), pk)


def get_batch(request: OrganizationRequest, pk: uuid.UUID) -> LeadBatch:
    """Return an import within reach: all for administrators, the team's for managers, else one's own.

    Raises: Http404, PermissionDenied.
    """
    return _one(visible_batches(request), pk)


def visible_batches(request: OrganizationRequest) -> models.QuerySet[LeadBatch]:
    """Return the imports that the person may look at, as ``get_batch`` does.

    Raises: PermissionDenied.
    """
    require(request, LeadPermission.IMPORT)
    batches: models.QuerySet[LeadBatch] = LeadBatch.objects.open_to(request.user).select_related("requested_by")
    return batches


def get_export(request: OrganizationRequest, pk: uuid.UUID) -> LeadExport:
    """Return an export of one's own: it holds what its owner could see.

    Raises: Http404, PermissionDenied.
    """
    require(request, LeadPermission.EXPORT)
    export: LeadExport = _one(LeadExport.objects.filter(requested_by=request.user), pk)
    return export


def get_scoring_run(request: OrganizationRequest, pk: uuid.UUID) -> ScoringRun:
    """Return a scoring run, for those who configure.

    Raises: Http404, PermissionDenied.
    """
    require(request, LeadPermission.CONFIGURE)
    run: ScoringRun = _one(ScoringRun.objects.select_related("requested_by"), pk)
    return run


def _one(queryset: models.QuerySet[M], pk: uuid.UUID | str) -> M:
    try:
        return queryset.get(pk=pk)
    except (queryset.model.DoesNotExist, ValueError, TypeError) as missing:
        raise Http404("There is nothing here that you can see.") from missing
