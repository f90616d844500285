"""The stages of the pipelines, for those who configure."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadcrm.core.access import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest
from leads import access
from leads.forms.stages import StageForm
from leads.models import Pipeline, PipelineStage
from leads.names import stages_in_order
from leads.permissions import LeadPermission
from leads.reports import board as figures
from leads.services import stages


@require_safe
@requires(LeadPermission.CONFIGURE)
def stage_list(request: OrganizationRequest) -> HttpResponse:
    """List the stages with what is in them."""
    found = stages_in_order()
    heads = figures.heads_of(found, request.user, currency=request.organization.currency) or []
    pipelines = {stage.pipeline_id: stage.pipeline for stage in found}.values()
    groups = [(one, [head for head in heads if head.stage.pipeline_id == one.pk]) for one in pipelines]
    return render(request, "leads/stage_list.html", {"groups": groups})


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.CONFIGURE)
def stage_create(request: OrganizationRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@requires(LeadPermission.CONFIGURE)
def stage_edit(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return _edit(request, access.get_stage(request, pk))


def _edit(request: OrganizationRequest, stage: PipelineStage | None) -> HttpResponse:
    form = StageForm(request.POST if request.method == "POST" else None, stage=stage)
    if request.method == "POST" and form.is_valid():
        try:
            if stage is None:
                stages.add_stage(pipeline=_pipeline(request), **form.cleaned_data, actor=request.user)
            else:
                stages.change_stage(stage=stage, **form.cleaned_data, actor=request.user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"The stage {form.cleaned_data['name']} is saved.")
            return redirect(request, reverse("leads:stage_list"))
    context = {"form": form, "stage": stage, "pipeline": request.GET.get("pipeline", "")}
    return render(request, "leads/stage_form.html", context, status=422 if form.errors else 200)


def _pipeline(request: OrganizationRequest) -> Pipeline:
    chosen = request.GET.get("pipeline", "")
    pipelines = {str(stage.pipeline_id): stage.pipeline for stage in stages_in_order()}
    if chosen:
        if chosen not in pipelines:
            raise Http404("There is no such pipeline.")
        found: Pipeline = pipelines[chosen]
        return found
    pipeline: Pipeline = Pipeline.objects.get(is_default=True)
    return pipeline


@require_POST
@requires(LeadPermission.CONFIGURE)
def stage_shift(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a stage one place to the left or to the right."""
    stage = access.get_stage(request, pk)
    stages.shift_stage(stage=stage, by=-1 if request.POST.get("to") == "left" else 1, actor=request.user)
    return redirect(request, reverse("leads:stage_list"))


@require_POST
@requires(LeadPermission.CONFIGURE)
def stage_deletion(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    stage = access.get_stage(request, pk)
    try:
        stages.delete_stage(stage=stage, actor=request.user)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"The stage {stage.name} is deleted.")
    return redirect(request, reverse("leads:stage_list"))
