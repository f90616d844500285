"""The door through which browsers tell how long a page took."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadcrm.accounts.models import Organization
from leadcrm.analytics import services, timing
from leadcrm.analytics.visits import Visit, wants_no_count
from leadcrm.core import tenancy, throttle
from leadcrm.core.user_agents import is_bot, reduce_user_agent

MOST_BYTES = 2048
MOST_PER_MINUTE = 120


# No session and no cookie come along, so there is nothing that a foreign page could misuse.
@csrf_exempt
@login_not_required
@require_POST
def page_timing(request: HttpRequest) -> HttpResponse:
    """Record the measures of one page, when its ticket is ours."""
    said = _read(request)
    ticket = timing.read_ticket(said.get("page"))
    measures = timing.read_measures(said)
    if ticket is None or not measures:
        return HttpResponse(status=400)
    agent = request.headers.get("user-agent")
    if wants_no_count(request) or is_bot(agent):
        return HttpResponse(status=204)
    if not throttle.hit(throttle.visitor_key(request, "page timing"), MOST_PER_MINUTE, 60):
        return HttpResponse(status=429)
    if Organization.objects.filter(pk=ticket.organization_id, is_active=True).exists():
        with tenancy.organization_scope(ticket.organization_id):
            services.record_event(
                "page.performance",
                visit=Visit(user_agent=reduce_user_agent(agent)),
                properties={"page": ticket.page, **measures},
            )
    return HttpResponse(status=204)


# Whoever is signed in, the scope is that of the ticket.
page_timing.is_public_page = True  # type: ignore[attr-defined]


def _read(request: HttpRequest) -> dict[str, object]:
    try:
        size = int(request.headers.get("content-length") or 0)
        said = json.loads(request.body) if size <= MOST_BYTES else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
