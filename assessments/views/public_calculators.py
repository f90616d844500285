"""The calculators at the address of an organisation, for everybody."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from assessments.choices import CalculationType
from assessments.forms.estimate import EstimateForm
from assessments.forms.report import ReportForm
from assessments.forms.roi import RoiForm
from assessments.models import Calculation
from assessments.preferences import PUBLIC_ESTIMATE
from assessments.reports.shown import shown
from assessments.services import documents, prospects
from assessments.views import calculators
from assessments.views.calculations import as_download
from leadcrm.accounts.public import public_link, public_page
from leadcrm.analytics.services import record_event
from leadcrm.analytics.visits import Visit, visit_of, wants_no_count
from leadcrm.audit import settings
from leadcrm.core import throttle
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render
from leadcrm.flags import services as flags

LOOKUP = "assessments_find_calculation"
# For one network and for one address: a company behind one network asks more often than one person.
MOST_OF_NETWORK, MOST_OF_ADDRESS, MINUTES, DAY = 30, 5, 600, 86_400
NAMES = {CalculationType.ROI: "roi", CalculationType.PROJECT_ESTIMATE: "estimate"}


@require_http_methods(["GET", "POST"])
@public_page
def roi_public(request: HttpRequest) -> HttpResponse:
    """Calculate returns live; on request they are kept and mailed."""
    return _calculator(request, CalculationType.ROI, _roi_form)


@require_http_methods(["GET", "POST"])
@public_page
def estimate_public(request: HttpRequest) -> HttpResponse:
    """Estimate a project, where the organisation lets everybody."""
    if not settings.get(PUBLIC_ESTIMATE):
        raise Http404("This organization has no public estimate.")
    return _calculator(request, CalculationType.PROJECT_ESTIMATE, _estimate_form)


def _roi_form(request: HttpRequest, data: Any) -> RoiForm:
    return RoiForm(data, currency=request.organization.currency)  # type: ignore[attr-defined]


def _estimate_form(request: HttpRequest, data: Any) -> EstimateForm:  # noqa: ARG001 — one signature for both
    return EstimateForm(data)


def _calculator(request: HttpRequest, type: CalculationType, make_form: Any) -> HttpResponse:
    organization = request.organization  # type: ignore[attr-defined]
    visit = visit_of(request)
    is_sent = request.method == "POST"
    form = make_form(request, request.POST if is_sent else calculators.asked_of(request, type))
    person = ReportForm(request.POST if is_sent else None, organization=organization)
    # Both are asked, so that one answer names everything that is to be mended.
    if is_sent and all([form.is_valid(), person.is_valid()]):
        answer = _keep(request, type, form, person, visit)
        if answer is not None:
            return answer
    if not is_sent and not request.htmx and not wants_no_count(request):  # type: ignore[attr-defined]
        record_event("calculator.opened", visit=visit, properties={"type": type.value})
    name = NAMES[type]
    response = calculators.show(
        request, f"assessments/public_{name}.html", form, type, organization.currency,
        person=person,
        organization=organization,
        is_live=flags.is_on(calculators.INTERACTIVE, visitor=visit.session_id, organization=organization),
        action=request.path,
        roi_url=reverse("assessments:roi_public", args=[organization.slug]),
        has_estimate=bool(settings.get(PUBLIC_ESTIMATE)),
    )  # fmt: skip
    if person.errors:
        response.status_code = 422
    return response


def _keep(
    request: HttpRequest, type: CalculationType, form: RoiForm | EstimateForm, person: ReportForm, visit: Visit
) -> HttpResponse | None:
    """Keep a valid calculation and go to its page; None when it was refused, which the form then says."""
    organization, email = request.organization, person.cleaned_data["email"]  # type: ignore[attr-defined]
    keys = (
        (throttle.visitor_key(request, "calculator", organization.pk), MOST_OF_NETWORK, MINUTES),
        (f"calculator|{organization.pk}|{email}", MOST_OF_ADDRESS, DAY),
    )
    if not all(throttle.hit(key, most, seconds) for key, most, seconds in keys):
        return render(request, "429.html", status=429)
    try:
        kept = prospects.keep(
            organization=organization,
            type=type,
            computed=form.compute(),
            person=prospects.Person(
                email=email,
                name=person.cleaned_data["name"],
                company=person.cleaned_data["company"],
                agreed=person.agreed(),
            ),
            token=person.cleaned_data["submission"],
            visit=visit,
        )
    except DomainError as refused:
        add_refusal(person, refused)
        return None
    address = reverse("assessments:calculation_public", args=[kept.token])
    return HttpResponseRedirect(f"{address}?{'mailed' if kept.is_mailed else 'kept'}")


@require_GET
@public_link(LOOKUP)
def calculation_public(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a calculation to whoever has its link, exactly as it was computed."""
    calculation = _get(pk)
    context = {
        "calculation": calculation,
        "told": shown(calculation),
        "organization": request.organization,  # type: ignore[attr-defined]
        "document_url": f"{request.path}result.pdf",
        "is_mailed": "mailed" in request.GET,
        "is_kept": "kept" in request.GET,
    }
    return render(request, "assessments/public_calculation.html", context)


@require_GET
@public_link(LOOKUP)
def calculation_public_document(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:  # noqa: ARG001 — as above
    """Download a calculation as PDF."""
    calculation = _get(pk)
    return as_download(documents.calculation_pdf(calculation), f"{NAMES[CalculationType(calculation.type)]}.pdf")


def _get(pk: uuid.UUID) -> Calculation:
    return Calculation.objects.select_related("lead", "organization").get(pk=pk)
