"""The assessment as a visitor meets it, without an account: start, one topic per step, address, result."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.forms.answers import ContactForm, StepForm
from assessments.models import Assessment
from assessments.reports.document import document_of
from assessments.reports.result import Result
from assessments.reports.sheet import Sheet, Step, sheet_of
from assessments.services import agreements, answering, completing, sharing
from assessments.views import tickets
from leadcrm.accounts.public import public_page
from leadcrm.analytics.visits import visit_of
from leadcrm.core import public_tokens, throttle
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import no_content, redirect, render
from leadcrm.core.request import OrganizationRequest
from leadcrm.privacy.texts import policy_url

# Per network and organisation (an office has one network), and per address that mail goes to.
MOST_STARTS, MOST_RESULTS, MOST_MAILS, WINDOW_SECONDS = 60, 30, 5, 600
TOO_MANY = (
    "Many people of your network are doing this right now. Please wait a few minutes; nothing you entered is lost."
)
STALE_START = "This page was open for a long time. Please press the button once more."
STALE_STEP = (
    "This page was changed on its way, or is from another assessment. Look at your answers and send them again."
)


@require_http_methods(["GET", "POST"])
@public_page
def start(request: OrganizationRequest) -> HttpResponse:
    """Explain the assessment, and begin it."""
    try:
        sheet = sheet_of(answering.current_questionnaire())
    except answering.NoQuestionnaire as nothing:
        raise Http404(nothing.message) from nothing
    problem, status = "", 200
    if request.method == "POST":
        ticket = tickets.opened_start(request)
        if ticket is None:
            problem, status = STALE_START, 422
        elif not _allowed(request, "start", MOST_STARTS):
            problem, status = TOO_MANY, 429
        else:
            answering.start(token=ticket.token, visit=visit_of(request), origin=ticket.origin)
            return redirect(request, _url(request, "step", ticket.token, 1))
    context = {"sheet": sheet, "ticket": tickets.new_start(request), "problem": problem}
    return render(request, "assessments/start.html", context, status=status)


@require_safe
@public_page
def resume(request: OrganizationRequest, token: str) -> HttpResponse:
    """Lead the holder of the private link to where they left off."""
    assessment = _assessment(token)
    return redirect(request, _place(request, token, assessment, sheet_of(assessment.questionnaire)))


@require_http_methods(["GET", "POST"])
@public_page
def step(request: OrganizationRequest, token: str, number: int) -> HttpResponse:
    """Ask the questions of one topic, and save what is answered, also when some are left open."""
    assessment = _assessment(token)
    sheet = sheet_of(assessment.questionnaire)
    if not 1 <= number <= len(sheet.steps):
        raise Http404("There is no such step.")
    if assessment.is_completed:
        return (
            _finished(request, token) if request.method == "POST" else redirect(request, _url(request, "result", token))
        )
    here = sheet.steps[number - 1]
    if request.method == "POST":
        return _save(request, token, assessment, sheet, here)
    first_open = sheet.open_step(assessment.answers)
    if first_open is not None and number > first_open.number:
        return redirect(request, _url(request, "step", token, first_open.number) + "?open=1")
    return _show_step(request, token, assessment, sheet, here, form=StepForm(step=here, answers=assessment.answers))


def _save(request: OrganizationRequest, token: str, assessment: Assessment, sheet: Sheet, here: Step) -> HttpResponse:
    form = StepForm(request.POST, step=here, answers=assessment.answers)
    answers = form.valid_answers()
    if not tickets.is_step(request.POST.get("ticket", ""), assessment, here.number):
        return _show_step(request, token, assessment, sheet, here, form=form, problem=STALE_STEP)
    try:
        answering.save_answers(assessment=assessment, sheet=sheet, answers=answers, visit=visit_of(request))
    except answering.Finished:
        return _finished(request, token)
    if "autosave" in request.POST:
        return no_content()
    if request.POST.get("direction") == "back" and here.number > 1:
        return redirect(request, _url(request, "step", token, here.number - 1))
    if form.errors:
        return _show_step(request, token, assessment, sheet, here, form=form)
    is_last = here.number == len(sheet.steps)
    return redirect(
        request, _url(request, "contact", token) if is_last else _url(request, "step", token, here.number + 1)
    )


def _show_step(
    request: OrganizationRequest, token: str, assessment: Assessment, sheet: Sheet, here: Step, *, form: StepForm,
    problem: str = "",
) -> HttpResponse:  # fmt: skip
    context = {
        "sheet": sheet,
        "step": here,
        "form": form,
        "problem": problem,
        "is_open": "open" in request.GET,
        "ticket": tickets.step_ticket(assessment, here.number),
        "private_url": _absolute(_url(request, "resume", token)),
        "token": token,
    }
    return render(request, "assessments/step.html", context, status=422 if problem or form.errors else 200)


@require_http_methods(["GET", "POST"])
@public_page
def contact(request: OrganizationRequest, token: str) -> HttpResponse:
    """Ask where the result goes, now that there is one, and complete the assessment."""
    assessment = _assessment(token)
    sheet = sheet_of(assessment.questionnaire)
    place = _place(request, token, assessment, sheet)
    if place != request.path:
        return redirect(request, place if assessment.is_completed else f"{place}?open=1")
    form = ContactForm(request.POST or None, agreements=agreements.texts(request.organization))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = form.cleaned_data["email"]
            if not (
                _allowed(request, "result", MOST_RESULTS)
                and throttle.hit(f"assessment|mail|{email}", MOST_MAILS, WINDOW_SECONDS)
            ):
                form.add_error(None, TOO_MANY)
                status = 429
            elif _complete(request, token, assessment, sheet, form):
                return redirect(request, _url(request, "result", token))
    context = {
        "form": form,
        "sheet": sheet,
        "token": token,
        "private_url": _absolute(_url(request, "resume", token)),
        "policy_url": policy_url(),
    }
    return render(request, "assessments/contact.html", context, status=status)


def _complete(
    request: OrganizationRequest, token: str, assessment: Assessment, sheet: Sheet, form: ContactForm
) -> bool:
    data, visit = form.cleaned_data, visit_of(request)
    try:
        completing.complete(
            assessment=assessment,
            sheet=sheet,
            person=completing.Person(data["email"], data["first_name"], data["last_name"], data["company"]),
            agreements=agreements.agreements(request.organization, form.agreed()),
            result_url=_absolute(_url(request, "result", token)),
            visit=visit,
            proof={"page": visit.url, "network": visit.ip_address, "browser": visit.user_agent},
        )
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


@require_safe
@public_page
def result(request: OrganizationRequest, token: str) -> HttpResponse:
    """Show the result to the person who answered."""
    assessment = _assessment(token)
    if not assessment.is_completed:
        return redirect(request, _place(request, token, assessment, sheet_of(assessment.questionnaire)))
    share_token = request.GET.get("link", "")
    is_current = bool(share_token) and public_tokens.hash_token(share_token) == assessment.share_token_hash
    context = {
        "result": Result(assessment),
        "assessment": assessment,
        "token": token,
        "share_url": _absolute(_url(request, "shared_result", share_token)) if is_current else "",
        "pdf_url": _url(request, "result_pdf", token),
    }
    return render(request, "assessments/result.html", context)


@require_safe
@public_page
def result_pdf(request: OrganizationRequest, token: str) -> HttpResponse:  # noqa: ARG001 — the signature of a view
    assessment = _assessment(token)
    if not assessment.is_completed:
        raise Http404("There is no result yet.")
    return _pdf(assessment, named=True)


@require_POST
@public_page
def sharing_create(request: OrganizationRequest, token: str) -> HttpResponse:
    """Make a link to the result for others. Its secret is in the address of the next page and nowhere else."""
    assessment = _assessment(token)
    try:
        share_token = sharing.share(assessment=assessment)
    except sharing.NotFinished as error:
        raise Http404(error.message) from error
    return redirect(request, f"{_url(request, 'result', token)}?link={share_token}#sharing")


@require_POST
@public_page
def sharing_revocation(request: OrganizationRequest, token: str) -> HttpResponse:
    sharing.revoke(assessment=_assessment(token))
    return redirect(request, f"{_url(request, 'result', token)}#sharing")


@require_safe
@public_page
def shared_result(request: OrganizationRequest, token: str) -> HttpResponse:
    """Show a result to whoever was given the link; the page says nothing about who answered."""
    assessment = _assessment(token, answering.SHARED_LOOKUP)
    context = {
        "result": Result(assessment),
        "assessment": assessment,
        "pdf_url": _url(request, "shared_result_pdf", token),
    }
    return render(request, "assessments/shared_result.html", context)


@require_safe
@public_page
def shared_result_pdf(request: OrganizationRequest, token: str) -> HttpResponse:  # noqa: ARG001 — the signature of a view
    return _pdf(_assessment(token, answering.SHARED_LOOKUP), named=False)


def _assessment(token: str, lookup: str = answering.LOOKUP) -> Assessment:
    """Return the assessment of a link, if it is of the organisation in the address.

    Raises: Http404.
    """
    pk = public_tokens.find_here(lookup, token)
    found: Assessment | None = (
        Assessment.objects.select_related("questionnaire", "organization").filter(pk=pk).first() if pk else None
    )
    if found is None:
        raise Http404("This link leads nowhere. It may have been taken back, or a part of it is missing.")
    return found


def _place(request: OrganizationRequest, token: str, assessment: Assessment, sheet: Sheet) -> str:
    """Return where somebody with the private link goes on."""
    if assessment.is_completed:
        return _url(request, "result", token)
    first_open = sheet.open_step(assessment.answers)
    return _url(request, "contact", token) if first_open is None else _url(request, "step", token, first_open.number)


def _finished(request: OrganizationRequest, token: str) -> HttpResponse:
    return render(request, "assessments/finished.html", {"result_url": _url(request, "result", token)}, status=409)


def _pdf(assessment: Assessment, *, named: bool) -> HttpResponse:
    response = HttpResponse(document_of(assessment, named=named), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="assessment.pdf"'
    return response


def _allowed(request: OrganizationRequest, what: str, limit: int) -> bool:
    key = throttle.visitor_key(request, "assessment", what, request.organization.pk)
    return throttle.hit(key, limit, WINDOW_SECONDS)


def _url(request: OrganizationRequest, name: str, *args: Any) -> str:
    return reverse(f"assessments:{name}", args=[request.organization.slug, *args])


def _absolute(path: str) -> str:
    return settings.SITE_URL.rstrip("/") + path
