"""The pages that belong to no app: help, and what is shown when something fails."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.http import require_safe

from leadcrm.core import navigation, palette
from leadcrm.core.htmx import render, toast
from leadcrm.core.request import OrganizationRequest

MOST_COMMANDS = 12
CSRF_TEXT = "The form was open for too long or cookies are blocked. Go back, reload the page and send it again."


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain the first steps, the words and the shortcuts."""
    return render(request, "core/help.html")


@require_safe
def palette_results(request: OrganizationRequest) -> HttpResponse:
    """List what the command palette finds: things first, then pages."""
    query = request.GET.get("q", "")
    has_organization = getattr(request, "organization", None) is not None
    found = palette.find(request, query) if has_organization else []
    context = {"leads": found, "commands": navigation.commands(request, query)[:MOST_COMMANDS], "q": query[:60]}
    return render(request, "components/_palette_results.html", context)


@require_safe
def events(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """Tell a browser that there is no stream here: 204 ends its attempts.

    Streams are served by ``leadcrm.core.stream`` in a process of its own, to which a proxy sends this address.
    Where nobody set that up, pages work without live news, and no thread of the web server waits.
    """
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _failure(request: HttpRequest, template: str, status: int, text: str, **context: Any) -> HttpResponse:
    """Render an error page without request, context processors or database; htmx gets the words as a toast."""
    if navigation.wants_fragment(request):
        return toast(HttpResponse(status=status), text, tone="error")
    context["theme"] = getattr(request, "theme", "")
    return HttpResponse(loader.get_template(template).render(context), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """Answer 400."""
    return _failure(request, "400.html", 400, "That could not be read. Reload the page and try again.")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403, with the reason when the code gave one."""
    reason = str(exception) if exception and exception.args else ""
    return _failure(request, "403.html", 403, reason or "Your role does not include this.", reason=reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 — Django's signature
    """Answer 403 to a form without a valid token, in words that help."""
    return _failure(request, "403.html", 403, CSRF_TEXT, reason=CSRF_TEXT)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """Answer 404. It never says whether the thing exists in another organisation."""
    return _failure(request, "404.html", 404, "That is no longer there.")


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """Answer 429."""
    return _failure(request, "429.html", 429, "Too many tries. Wait a moment, then try again.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return _failure(request, "500.html", 500, "Something went wrong on our side. Nothing was half saved.")
