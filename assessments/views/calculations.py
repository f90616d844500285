"""The calculators on the page of a lead, and the versions that were kept."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from assessments import access
from assessments.choices import CalculationType
from assessments.forms.estimate import LeadEstimateForm
from assessments.forms.roi import LeadRoiForm
from assessments.models import Calculation, Proposal
from assessments.reports.shown import shown
from assessments.services import calculations, documents
from assessments.views import calculators
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leadcrm.flags import services as flags
from leads.access import get_lead
from leads.models import Lead
from leads.permissions import LeadPermission

MOST_VERSIONS, MOST_COMPARED = 50, 4
# The middle of each band, for a calculator that starts from what is known of a lead.
PEOPLE_IN = {"1-10": 5, "11-50": 30, "51-200": 120, "201-500": 350, "501-1000": 750, "1000+": 1_500}


@require_GET
def lead_calculations(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """List the versions of a lead and compare those that ``v`` names, or the newest; a panel for the lead's page."""
    lead = get_lead(request, pk, trashed=request.user.has_right(LeadPermission.DELETE))
    found = list(Calculation.objects.of_lead(lead).select_related("created_by").newest_first()[:MOST_VERSIONS])
    context = {
        "lead": lead,
        "can_edit": _may_edit(request, lead),
        "groups": [_group(type, found, request.GET) for type in CalculationType],
        "proposals": list(Proposal.objects.of_lead(lead).newest_first()[:MOST_VERSIONS]),
    }
    return render(request, "assessments/lead_calculations.html", context, partial="panel")


def _group(type: CalculationType, found: list[Calculation], query: QueryDict) -> dict[str, Any]:
    versions = [calculation for calculation in found if calculation.type == type]
    wanted = set(query.getlist("v"))
    chosen = [calculation for calculation in versions if str(calculation.pk) in wanted]
    compared = (chosen or versions)[:MOST_COMPARED]
    told = [shown(calculation) for calculation in compared]
    rows = [
        (cells[0][0], [value for _, value in cells], len({value for _, value in cells}) > 1)
        for cells in zip(*(_cells(one) for one in told), strict=True)
    ]
    return {
        "type": type,
        "versions": versions,
        "compared": compared,
        "chosen": {calculation.pk for calculation in compared},
        "rows": rows,
    }


def _cells(told: Any) -> list[tuple[str, str]]:
    """Return what two versions are compared by, as (label, value)."""
    if hasattr(told, "scenarios"):
        low, expected, high = told.scenarios
        return [
            *told.asked, *told.costs, ("Savings a year", expected.annual_savings), ("Return", expected.roi),
            ("Pays for itself after", expected.payback), ("Net present value", expected.npv),
            ("Low case", low.npv), ("High case", high.npv),
        ]  # fmt: skip
    return [*told.asked, ("Cost", told.cost), ("Total", told.total), ("Time", told.weeks)]


def _may_edit(request: OrganizationRequest, lead: Lead) -> bool:
    return lead.deleted_at is None and request.user.has_right(LeadPermission.EDIT)


@require_http_methods(["GET", "POST"])
def roi_create(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Calculate what a project would return for a lead, and keep it as a version."""
    lead = get_lead(request, pk, LeadPermission.EDIT)
    currency = request.organization.currency
    data = request.POST if request.method == "POST" else calculators.asked_of(request, CalculationType.ROI)
    form = LeadRoiForm(data, initial=_known(lead), currency=currency)
    if request.method == "POST" and form.is_valid():
        return _saved(request, lead, CalculationType.ROI, form)
    return _show(request, "assessments/lead_roi.html", form, CalculationType.ROI, lead)


@require_http_methods(["GET", "POST"])
def estimate_create(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Estimate a project for a lead, and keep it as a version."""
    lead = get_lead(request, pk, LeadPermission.EDIT)
    data = request.POST if request.method == "POST" else calculators.asked_of(request, CalculationType.PROJECT_ESTIMATE)
    form = LeadEstimateForm(data)
    if request.method == "POST" and form.is_valid():
        return _saved(request, lead, CalculationType.PROJECT_ESTIMATE, form)
    return _show(request, "assessments/lead_estimate.html", form, CalculationType.PROJECT_ESTIMATE, lead)


def _known(lead: Lead) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if lead.company_size in PEOPLE_IN:
        known["employees"] = PEOPLE_IN[lead.company_size]
    if lead.service_tier:
        known["tier"] = lead.service_tier[:2]
    return known


def _show(request: OrganizationRequest, template: str, form: Any, type: CalculationType, lead: Lead) -> HttpResponse:
    is_live = flags.is_on(calculators.INTERACTIVE, user=request.user, organization=request.organization)
    return calculators.show(
        request, template, form, type, request.organization.currency, lead=lead, is_live=is_live, action=request.path
    )


def _saved(
    request: OrganizationRequest, lead: Lead, type: CalculationType, form: LeadRoiForm | LeadEstimateForm
) -> HttpResponse:
    calculation = calculations.save_for_lead(
        lead=lead, type=type, computed=form.compute(), currency=request.organization.currency, actor=request.user,
        label=form.cleaned_data["label"],
    )  # fmt: skip
    messages.success(request, f"{calculation} is kept.")
    return HttpResponseRedirect(reverse("assessments:calculation_detail", args=[calculation.pk]))


@require_GET
def calculation_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a calculation as it was computed."""
    calculation = access.get_calculation(request, pk)
    again = QueryDict(mutable=True)
    for name, value in calculation.inputs.items():
        again.setlist(name, value if isinstance(value, list) else [str(value)])
    context = {
        "calculation": calculation,
        "lead": calculation.lead,
        "told": shown(calculation),
        "can_edit": _may_edit(request, calculation.lead),
        "again": again.urlencode(),
        "proposals": list(Proposal.objects.filter(calculation=calculation).newest_first()[:MOST_VERSIONS]),
    }
    return render(request, "assessments/calculation_detail.html", context)


@require_GET
def calculation_document(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Download a calculation as PDF."""
    calculation = access.get_calculation(request, pk)
    return as_download(documents.calculation_pdf(calculation), f"{calculation.type.replace('_', '-')}.pdf")


def as_download(document: bytes, name: str) -> HttpResponse:
    """Return a document under a name of ours: what people typed never becomes part of a header."""
    return HttpResponse(
        document, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
