"""Count the public pages that people open."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from leadcrm.accounts.signals import public_page_served
from leadcrm.analytics import services
from leadcrm.analytics.visits import visit_of, wants_no_count
from leadcrm.core.navigation import wants_fragment
from leadcrm.core.user_agents import is_bot


@receiver(public_page_served, dispatch_uid="analytics.page_viewed")
def page_viewed(request: HttpRequest, response: HttpResponse, **_: Any) -> None:
    """Record ``page.viewed`` for a page that somebody sees: no fragment, no bot, nothing fetched in advance."""
    counts = (
        request.method == "GET"
        and response.status_code == 200
        and response.get("Content-Type", "").startswith("text/html")
        and not wants_fragment(request)
        and not is_bot(request.headers.get("user-agent"))
        and "prefetch" not in request.headers.get("sec-purpose", request.headers.get("purpose", ""))
        and not wants_no_count(request)
    )
    if counts:
        page = request.resolver_match.view_name if request.resolver_match else ""
        services.record_event("page.viewed", visit=visit_of(request), properties={"page": page})
