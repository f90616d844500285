"""What the forms of the assessment carry, signed: nobody can make one up or use it elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.core import signing

from assessments.models import Assessment
from assessments.services.answering import Origin
from leadcrm.analytics.visits import visit_of
from leadcrm.core import public_tokens
from leadcrm.core.request import OrganizationRequest

START_SALT, STEP_SALT = "assessments.start", "assessments.step"
START_VALID_SECONDS = 60 * 60 * 48


@dataclass(frozen=True, slots=True)
class StartTicket:
    """The token of the assessment that the page will begin, and where its visitor came from."""

    token: str
    origin: Origin


def new_start(request: OrganizationRequest) -> str:
    """Return the ticket of a start page. Sending the page again begins the same assessment again, that is, nothing."""
    if request.method == "POST" and (ticket := opened_start(request)):
        token, origin = ticket.token, ticket.origin
    else:
        token, origin = public_tokens.new_token()[0], _origin(request)
    payload = {"organization": str(request.organization.pk), "token": token, "origin": asdict(origin)}
    return signing.dumps(payload, salt=START_SALT, compress=True)


def opened_start(request: OrganizationRequest) -> StartTicket | None:
    """Return the ticket that the form brought, None for one that is not ours, not for here, or too old."""
    try:
        payload: dict[str, Any] = signing.loads(
            request.POST.get("ticket", ""), salt=START_SALT, max_age=START_VALID_SECONDS
        )
    except signing.BadSignature:
        return None
    if payload["organization"] != str(request.organization.pk):
        return None
    return StartTicket(payload["token"], Origin(**payload["origin"]))


def step_ticket(assessment: Assessment, number: int) -> str:
    return signing.dumps([str(assessment.pk), number], salt=STEP_SALT)


def is_step(ticket: str, assessment: Assessment, number: int) -> bool:
    """Tell whether a form was made for this step of this assessment."""
    try:
        payload = signing.loads(ticket, salt=STEP_SALT)
    except signing.BadSignature:
        return False
    return bool(payload == [str(assessment.pk), number])


def _origin(request: OrganizationRequest) -> Origin:
    given = {name: _clean(request.GET.get(name, ""), 255) for name in ("utm_source", "utm_medium", "utm_campaign")}
    visit = visit_of(request)
    # A path without a host is a page of our own.
    referrer = visit.referrer if "://" in visit.referrer else ""
    return Origin(referrer=_clean(referrer, 500), landing_url=_clean(request.get_full_path(), 500), **given)


def _clean(text: str, limit: int) -> str:
    """Keep what can be shown and stored."""
    return "".join(sign for sign in text if sign.isprintable())[:limit]
