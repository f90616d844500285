"""Answers to capture forms, and the decision about those in quarantine."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments import access
from assessments.choices import SubmissionState
from assessments.models import Submission
from assessments.permissions import AssessmentPermission
from assessments.services import spam, submissions
from leadcrm.accounts.models import User
from leadcrm.core.access import requires
from leadcrm.core.errors import DomainError
from leadcrm.core.htmx import redirect, render
from leadcrm.core.pager import page_of
from leadcrm.core.paging import Order
from leadcrm.core.request import OrganizationRequest
from leads.models import Lead

NEWEST = Order("-created_at", "created_at")


@require_safe
@requires(AssessmentPermission.FORMS)
def submission_list(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """List the answers to a form, newest first; ``state`` narrows."""
    form = access.get_capture_form(request, pk)
    rows = Submission.objects.filter(form=form)
    state = request.GET.get("state", "")
    if state in SubmissionState.values:
        rows = rows.filter(state=state)
    context = {
        "form": form, "page": page_of(rows, request.GET, order=NEWEST), "state": state,
        "states": SubmissionState.choices,
    }  # fmt: skip
    return render(request, "assessments/capture/submission_list.html", context)


@require_safe
@requires(AssessmentPermission.FORMS)
def submission_detail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    submission = access.get_submission(request, pk)
    sees_lead = submission.lead_id and Lead.objects.visible_to(request.user).filter(pk=submission.lead_id).exists()
    reasons = [spam.WORDS.get(reason, reason) for reason in submission.reasons]
    context = {"submission": submission, "form": submission.form, "reasons": reasons, "sees_lead": sees_lead}
    return render(request, "assessments/capture/submission_detail.html", context)


@require_POST
@requires(AssessmentPermission.FORMS)
def submission_release(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return _decide(request, pk, submissions.release, "Released.")


@require_POST
@requires(AssessmentPermission.FORMS)
def submission_rejection(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    return _decide(request, pk, submissions.reject, "Rejected. It stays here to be read, and is no lead.")


def _decide(
    request: OrganizationRequest, pk: uuid.UUID, verb: Callable[..., Submission], words: str, /
) -> HttpResponse:
    submission = access.get_submission(request, pk)
    actor: User = request.user
    try:
        verb(submission=submission, actor=actor)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, words)
    return redirect(request, reverse("assessments:submission_detail", args=[pk]))
