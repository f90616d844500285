"""Assessments as members see them: the list with its funnel, one result, and those of a lead."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from assessments import access
from assessments.filters import AssessmentFilterForm
from assessments.models import Assessment, Questionnaire
from assessments.permissions import AssessmentPermission
from assessments.reports.document import document_of
from assessments.reports.funnel import funnel_of
from assessments.reports.result import Result
from assessments.reports.sheet import sheet_of
from leadcrm.accounts.rights import requires
from leadcrm.core.htmx import render
from leadcrm.core.pager import page_of
from leadcrm.core.paging import Order
from leadcrm.core.request import OrganizationRequest
from leads.access import get_lead

NEWEST_FIRST = Order("-last_activity_at", "last_activity_at")
# A lead with more has the rest in the list.
MOST_OF_A_LEAD = 5


@require_safe
@requires(AssessmentPermission.VIEW)
def assessment_list(request: OrganizationRequest) -> HttpResponse:
    """List the assessments, with the funnel of one version above them."""
    form = AssessmentFilterForm(request.GET)
    rows = form.narrow(access.visible_assessments(request).select_related("lead", "questionnaire"))
    page = page_of(rows, request.GET, order=NEWEST_FIRST)
    versions = list(Questionnaire.objects.published().newest_first())
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.version) == asked), versions[0] if versions else None)
    context = {
        "form": form,
        "page": page,
        "is_filtered": bool(form.chosen()),
        "versions": versions,
        "shown": shown,
        "funnel": funnel_of(sheet_of(shown)) if shown else None,
    }
    return render(request, "assessments/assessment_list.html", context, partial="assessment-table")


@require_safe
@requires(AssessmentPermission.VIEW)
def assessment_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    assessment = access.get_assessment(request, pk)
    sheet = sheet_of(assessment.questionnaire)
    context = {
        "assessment": assessment,
        "result": Result(assessment) if assessment.is_completed else None,
        "topics": [
            (step.category, [(question, assessment.answer_to(question.pk)) for question in step.questions])
            for step in sheet.steps
        ],
        "total": len(sheet.questions),
    }
    return render(request, "assessments/assessment_detail.html", context)


@require_safe
@requires(AssessmentPermission.VIEW)
def assessment_pdf(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    assessment = access.get_assessment(request, pk)
    if not assessment.is_completed:
        raise Http404("There is no result yet.")
    response = HttpResponse(document_of(assessment, named=True), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="assessment.pdf"'
    return response


@require_safe
@requires(AssessmentPermission.VIEW)
def lead_assessments(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the results of a lead, newest first; the page of the lead includes this by its address."""
    lead = get_lead(request, pk)
    rows = Assessment.objects.completed().filter(lead=lead).order_by("-completed_at", "-id")
    found = [Result(one) for one in rows[:MOST_OF_A_LEAD]]
    return render(
        request, "assessments/lead_assessments.html", {"lead": lead, "results": found}, partial="lead-assessments"
    )
