"""Capture forms for strangers: our own page, and the address that forms on other sites are sent to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.capture import AnswerForm, custom_fields_of
from assessments.models import CaptureForm, Submission
from assessments.services import attribution, spam, submissions
from assessments.services.capture_forms import may_redirect, origin_of
from leadcrm.accounts.public import public_link
from leadcrm.analytics.visits import visit_of
from leadcrm.core import throttle
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import render
from leadcrm.core.request import OrganizationRequest
from leadcrm.privacy import texts

FIND_FORM, FIND_SUBMISSION = "assessments_find_form", "assessments_find_submission"
# Per network (an office has one), and per form of all networks together.
MOST_OF_NETWORK, NETWORK_SECONDS = 20, 600
MOST_OF_FORM, FORM_SECONDS = 600, 60
# More answers than that within a minute are an attack, until it is over.
CALM_PER_MINUTE = 30
TOO_MANY = "Many answers are coming in at this moment. Nothing you typed is lost: wait {wait}, then send it again."
STALE = "This page was open for a long time, or came here by another way. Look at what you typed and send it again."
ASKED = "Many answers are coming in. Your browser has to prove a little work first; please send it once more."
ELSEWHERE = "This form was sent from a site that it does not belong to. Look at what you typed, and send it from here."


@dataclass
class Trouble:
    """Why an answer is not taken in now, in words for the person."""

    words: str
    status: int = 422
    retry_after: int = 0


@csrf_exempt  # strangers have no rights that another site could borrow; where it may come from is checked in `_submit`
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
@public_link(FIND_FORM)
def capture_page(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a form, and take its answers: from this page, and from the sites that it may stand on."""
    form = _form(request, pk)
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
    elif not form.is_open:
        response = render(request, "assessments/capture/closed.html", {"form": form}, status=410)
    elif request.method == "POST":
        response = _submit(request, form)
    else:
        response = _page(request, form)
    return _shared(request, form, response)


@require_safe
@public_link(FIND_FORM)
def capture_stamp(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a form on another site its stamp, and the work to do while the form is under attack."""
    form = _form(request, pk)
    return _shared(request, form, JsonResponse(_ticket(form)))


@require_safe
@public_link(FIND_FORM)
def capture_thanks(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that it arrived, or that a mail is on its way."""
    return render(request, "assessments/capture/thanks.html", {"form": _form(request, pk)})


@require_http_methods(["GET", "POST"])
@public_link(FIND_SUBMISSION)
def submission_confirmation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirm an address. Opening the link alone does nothing, because mail scanners open links too."""
    submission = Submission.objects.select_related("form").get(pk=pk)
    submission.form.organization = request.organization
    context: dict[str, Any] = {"form": submission.form, "submission": submission, "problem": ""}
    status = 200
    if request.method == "POST":
        try:
            submission = submissions.confirm(submission=submission, visit=visit_of(request))
        except DomainError as refused:
            context["problem"], status = refused.message, 409
        else:
            if may_redirect(submission.form):
                return _redirect(submission.form, submission.form.redirect_url)
            context["submission"] = submission
    response = render(request, "assessments/capture/confirmation.html", context, status=status)
    return _may_lead_away(submission.form, response)


def _submit(request: OrganizationRequest, form: CaptureForm) -> HttpResponse:
    """Read an answer: whence, how often, what, and whether a person wrote it."""
    answer_form = AnswerForm(request.POST, form=form, custom=custom_fields_of(form))
    trouble = _misplaced(request, form) or _too_often(request, form)
    if trouble is not None:
        return _refuse(request, form, answer_form, trouble)
    try:
        stamp = _stamp(request, form)
    except spam.StaleStamp:
        return _refuse(request, form, answer_form, Trouble(STALE))
    if not answer_form.is_valid():
        words = "Some of it cannot be sent like this."
        return _refuse(request, form, answer_form, Trouble(words))
    reasons = _suspicions(request, answer_form, stamp)
    if form.is_guarded(at=timezone.now()) and not (stamp and spam.is_solved(request.POST.get("proof", ""), stamp.page)):
        if stamp is not None and not stamp.was_asked:
            return _refuse(request, form, answer_form, Trouble(ASKED))
        reasons.append(spam.Reason.NO_PROOF)
    try:
        submissions.submit(
            form=form, answer=answer_form.answer, page=stamp.page if stamp else "", reasons=reasons,
            visit=visit_of(request),
        )  # fmt: skip
    except DomainError as refused:
        add_refusal(answer_form, refused)
        return _refuse(request, form, answer_form, Trouble(refused.message))
    return _thank(request, form)


def _misplaced(request: OrganizationRequest, form: CaptureForm) -> Trouble | None:
    """Say so when the answer comes from a site that the form may not stand on, or from no page at all."""
    sender = _sender(request)
    if sender and (sender == _here(request) or sender in form.allowed_origins):
        return None
    return Trouble(ELSEWHERE, status=403)


def _too_often(request: OrganizationRequest, form: CaptureForm) -> Trouble | None:
    if not throttle.hit(f"capture|calm|{form.pk}", CALM_PER_MINUTE, 60):
        submissions.guard(form=form)
    if not throttle.hit(f"capture|form|{form.pk}", MOST_OF_FORM, FORM_SECONDS):
        return Trouble(TOO_MANY.format(wait="a minute"), status=429, retry_after=FORM_SECONDS)
    network = throttle.visitor_key(request, "capture", form.pk)
    if not throttle.hit(network, MOST_OF_NETWORK, NETWORK_SECONDS):
        return Trouble(TOO_MANY.format(wait="some minutes"), status=429, retry_after=NETWORK_SECONDS)
    return None


def _stamp(request: OrganizationRequest, form: CaptureForm) -> spam.Stamp | None:
    """Return what the page's stamp says; None for HTML on another site that no script has stamped.

    Raises: StaleStamp.
    """
    text = request.POST.get("stamp", "")
    if not text and _sender(request) != _here(request):
        return None
    return spam.read_stamp(text, form.pk)


def _suspicions(request: OrganizationRequest, answer: AnswerForm, stamp: spam.Stamp | None) -> list[str]:
    lines, blocks = answer.texts()
    age = stamp.age if stamp else None
    return [
        str(one) for one in spam.suspicions(trap=request.POST.get(spam.TRAP, ""), age=age, lines=lines, texts=blocks)
    ]


def _page(
    request: OrganizationRequest, form: CaptureForm, answer: AnswerForm | None = None, trouble: Trouble | None = None
) -> HttpResponse:
    if answer is None:
        answer = AnswerForm(form=form, custom=custom_fields_of(form))
    ticket = _ticket(form, is_back=trouble is not None)
    told = request.POST.get(attribution.FIELD, "") if request.method == "POST" else _attribution(request)
    context = {
        "form": form, "answer": answer, "ticket": ticket, "attribution": told, "trap": spam.TRAP,
        "policy": texts.policy_url(), "problem": trouble.words if trouble and not answer.errors else "",
    }  # fmt: skip
    status = trouble.status if trouble else 200
    return _may_lead_away(form, render(request, "assessments/capture/page.html", context, status=status))


def _refuse(request: OrganizationRequest, form: CaptureForm, answer: AnswerForm, trouble: Trouble) -> HttpResponse:
    """Give back what was typed, with the reason."""
    if _wants_json(request):
        errors = {name: [str(one) for one in found] for name, found in answer.errors.items()}
        told = {"state": "refused", "message": trouble.words, "errors": errors, **_ticket(form, is_back=True)}
        response: HttpResponse = JsonResponse(told, status=trouble.status)
    else:
        if trouble.status in (403, 429):
            answer = AnswerForm(form=form, custom=custom_fields_of(form), initial=_typed(request))
        response = _page(request, form, answer, trouble)
    if trouble.retry_after:
        response["Retry-After"] = str(trouble.retry_after)
    return response


def _thank(request: OrganizationRequest, form: CaptureForm) -> HttpResponse:
    """Answer alike for what was taken in and for what is kept back: programs learn nothing from it."""
    leads_away = may_redirect(form) and not form.double_opt_in
    target = form.redirect_url if leads_away else request.build_absolute_uri(_thanks_url(form))
    if _wants_json(request):
        words = "Please open the mail that we have just sent you." if form.double_opt_in else form.thanks
        return JsonResponse({"state": "received", "message": words, "redirect": target if leads_away else ""})
    return _redirect(form, target)


def _redirect(form: CaptureForm, url: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response["Location"] = url
    return _may_lead_away(form, response)


def _may_lead_away(form: CaptureForm, response: HttpResponse) -> HttpResponse:
    """Let the policy of the page follow the redirect: browsers count it as a target of the form."""
    if may_redirect(form):
        response._csp_update = {"form-action": [origin_of(form.redirect_url)]}  # type: ignore[attr-defined]
    return response


def _shared(request: OrganizationRequest, form: CaptureForm, response: HttpResponse) -> HttpResponse:
    """Let scripts of the sites that the form may stand on read the answer, and nobody else's."""
    response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary", ""), "Origin"]))
    origin = request.headers.get("origin", "")
    if origin and origin in form.allowed_origins:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response["Access-Control-Allow-Methods"] = "GET, POST"
            response["Access-Control-Allow-Headers"] = "Accept, Content-Type"
            response["Access-Control-Max-Age"] = "600"
    return response


def _ticket(form: CaptureForm, *, is_back: bool = False) -> dict[str, Any]:
    asks = form.is_guarded(at=timezone.now())
    stamp, page = spam.new_stamp(form.pk, asks=asks, is_back=is_back)
    return {"stamp": stamp, "challenge": spam.new_challenge(page) if asks else None}


def _form(request: OrganizationRequest, pk: uuid.UUID) -> CaptureForm:
    form: CaptureForm = CaptureForm.objects.select_related("owner", "stage").get(pk=pk)
    form.organization = request.organization
    return form


def _here(request: OrganizationRequest) -> str:
    return origin_of(request.build_absolute_uri("/"))


def _sender(request: OrganizationRequest) -> str:
    """Return the origin of the page that sent the form; browsers that name none name at least the page."""
    named = request.headers.get("origin", "") or request.headers.get("referer", "")
    return origin_of(named)


def _attribution(request: OrganizationRequest) -> str:
    page = request.build_absolute_uri(request.path)
    return attribution.attribution_of_page(request.GET, request.headers.get("referer", ""), page)


def _typed(request: OrganizationRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _thanks_url(form: CaptureForm) -> str:
    return reverse("assessments:capture_thanks", args=[form.key])


def _wants_json(request: OrganizationRequest) -> bool:
    return "application/json" in request.headers.get("accept", "")
